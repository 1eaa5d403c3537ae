package domain

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Rule is one number of the procedure as the office runs it, for the chat word 规程, the exports
// and the documents.
type Rule struct {
	Key       string // its path in the policy file: plan.monthly_due_day
	Value     string // as the policy file writes it
	Clause    string
	Meaning   string // in Chinese
	Group     string // 培训计划, 提醒 …
	OpenPoint int    // number of the open point it settles, 0 when the source is clear
	Ask       bool   // only the office can know the value
	Confirm   bool   // rests on an open point the administrator has not confirmed yet
}

// Rules lists every number of the policy in the order of its file, the curriculum aside, which
// has its own table. Keys, clauses and meanings are those of the fields' tags.
func (p Policy) Rules() []Rule {
	confirmed := map[int]bool{}
	for _, n := range p.Confirmed {
		confirmed[n] = true
	}
	var out []Rule
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		group, f := v.Field(i), v.Type().Field(i)
		if group.Kind() != reflect.Struct {
			continue
		}
		for j := range group.NumField() {
			tag := group.Type().Field(j).Tag
			open, _ := strconv.Atoi(tag.Get("open")) // a test holds that every tag is a number
			out = append(out, Rule{
				Key:   f.Tag.Get("yaml") + "." + tag.Get("yaml"),
				Value: ruleValue(group.Field(j)), Clause: tag.Get("clause"), Meaning: tag.Get("zh"),
				Group: f.Tag.Get("zh"), OpenPoint: open, Ask: tag.Get("ask") == "yes",
				Confirm: open > 0 && !confirmed[open],
			})
		}
	}
	return out
}

// ruleValue writes a value as the policy file does.
func ruleValue(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return shortDuration(x)
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	if v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = ruleValue(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// shortDuration writes 30m, 4h, 1h30m instead of 30m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
