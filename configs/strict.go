package configs

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// strict reads YAML into a value that holds the defaults and notes every fault: keys that do not
// exist or come twice, and values of the wrong shape. A key without a value leaves the default.
type strict struct {
	errs []error
	set  map[string]bool // the paths that were set
}

// readYAML reads one document; an empty one is no fault.
func (x *strict) readYAML(r io.Reader, into any) {
	d := yaml.NewDecoder(r)
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return
	case err != nil:
		x.fault("%v", err)
		return
	}
	if !errors.Is(d.Decode(&more), io.EOF) {
		x.fault("more than one document: remove the second ---")
	}
	x.value(doc.Content[0], reflect.ValueOf(into).Elem(), "")
}

func (x *strict) fault(format string, a ...any) { x.errs = append(x.errs, fmt.Errorf(format, a...)) }

// value reads a node into v, which lies at path.
func (x *strict) value(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	switch {
	case isLeaf(v.Type()):
		x.leaf(n, v, path)
	case v.Kind() == reflect.Struct:
		x.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		x.sequence(n, v, path)
	}
}

func (x *strict) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		x.fault("line %d: %s: want keys with values, e.g. %s: …", n.Line, name(path), keysOf(v.Type())[0])
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, at := n.Content[i].Value, n.Content[i].Line
		full := join(path, key)
		f := fieldByKey(v, key)
		switch {
		case !f.IsValid():
			x.fault("line %d: %s: no such key%s", at, full, suggestion(key, keysOf(v.Type())))
		case seen[key] > 0:
			x.fault("line %d: %s: stands in line %d already", at, full, seen[key])
		default:
			x.value(n.Content[i+1], f, full)
		}
		seen[key] = at
	}
}

func (x *strict) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		x.fault("line %d: %s: want a list, e.g. [a, b]", n.Line, name(path))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		x.value(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
	x.mark(path)
}

func (x *strict) leaf(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		x.fault("line %d: %s: want %s", n.Line, path, shape(v.Type()))
		return
	}
	if (v.Kind() == reflect.Bool || v.CanInt() && !textual(v.Type())) && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		x.fault("line %d: %s: %q: want %s, without quotes", n.Line, path, n.Value, shape(v.Type()))
		return
	}
	if err := setText(v, n.Value); err != nil {
		x.fault("line %d: %s: %q: want %s", n.Line, path, n.Value, shape(v.Type()))
		return
	}
	x.mark(path)
}

func (x *strict) mark(path string) {
	if x.set == nil {
		x.set = map[string]bool{}
	}
	x.set[path] = true
}

// isLeaf says whether a type is written as one scalar.
func isLeaf(t reflect.Type) bool {
	return textual(t) || t.Kind() != reflect.Struct && t.Kind() != reflect.Slice
}

// textual says whether a type is written as text of its own.
func textual(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Duration]() || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// setText sets a leaf from text, as it stands in a file or in the environment; a text that cannot
// be read leaves it as it was.
func setText(v reflect.Value, text string) error {
	parsed := reflect.New(v.Type())
	var err error
	switch u := parsed.Interface().(type) {
	case encoding.TextUnmarshaler:
		err = u.UnmarshalText([]byte(text))
	case *time.Duration:
		*u, err = time.ParseDuration(text)
	default:
		err = setPlain(parsed.Elem(), text)
	}
	if err == nil {
		v.Set(parsed.Elem())
	}
	return err
}

// setPlain sets a string, a truth value or a whole number.
func setPlain(v reflect.Value, text string) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Bool && (text == "true" || text == "false"):
		v.SetBool(text == "true")
		return nil
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	}
	return fmt.Errorf("want %s", shape(v.Type()))
}

// shape says how a value of a type is written.
func shape(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration like 30m or 4h"
	}
	switch {
	case strings.HasSuffix(t.String(), ".Clock"):
		return "a time of day, HH:MM"
	case strings.HasSuffix(t.String(), ".Shift"):
		return "a shift, e.g. 夜班 22:00-08:00 20:30"
	case strings.HasSuffix(t.String(), ".MonthDay"):
		return "a day of the year, MM-DD"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return "a whole number"
	}
	return "text"
}

// keyOf gives a field's key in YAML.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = keyOf(t.Field(i))
	}
	return keys
}

func fieldByKey(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if keyOf(v.Type().Field(i)) == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func name(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// suggestion names the key that was probably meant.
func suggestion(got string, keys []string) string {
	best, distance := "", len(got)/2+1
	for _, k := range keys {
		if d := editDistance(got, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// editDistance counts the letters to insert, drop, change or swap with their neighbour.
func editDistance(a, b string) int {
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
