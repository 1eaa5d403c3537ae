package domain

import (
	"reflect"
	"testing"
)

// And keeps every record of both changes, whatever kinds of record there are.
func TestAndKeepsEverything(t *testing.T) {
	full := func() Change {
		var c Change
		v := reflect.ValueOf(&c).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Slice {
				f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			}
		}
		return c
	}
	got := reflect.ValueOf(full().And(full()))
	for i := range got.NumField() {
		if f := got.Field(i); f.Kind() == reflect.Slice && f.Len() != 2 {
			t.Errorf("%s: %d of 2 kept", got.Type().Field(i).Name, f.Len())
		}
	}
	ask := &Question{Kind: Fill, Line: "a"}
	if c := (Change{}).And(Change{Ask: ask, Reply: Answer{Body: Say("b")}}); c.Ask != ask || c.Reply.Text != "b" {
		t.Errorf("question and answer of the second are lost: %+v", c)
	}
}
