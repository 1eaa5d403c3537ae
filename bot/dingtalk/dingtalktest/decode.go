package dingtalktest

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode"
)

// decode reads JSON as the platform does: a field whose name has other capitals is no field of it. Names
// the documents do not have are noted; encoding/json alone would let both pass.
func (s *Server) decode(where string, raw []byte, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return err
	}
	var all any
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for _, name := range unknown("", all, reflect.TypeOf(into).Elem()) {
		s.problem("%s: the documents have no field %s", where, name)
	}
	return nil
}

// unknown lists the fields of a value that a type does not have under exactly that name.
func unknown(path string, v any, t reflect.Type) (out []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch x := v.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for _, item := range x {
				out = append(out, unknown(path, item, t.Elem())...)
			}
		}
	case map[string]any:
		if t.Kind() == reflect.Map {
			for _, name := range sortedKeys(x) {
				out = append(out, unknown(path+name+".", x[name], t.Elem())...)
			}
		}
		if t.Kind() != reflect.Struct {
			break
		}
		fields := map[string]reflect.Type{}
		for i := range t.NumField() {
			fields[wireName(t.Field(i))] = t.Field(i).Type
		}
		for _, name := range sortedKeys(x) {
			field, known := fields[name]
			if !known {
				out = append(out, path+name)
				continue
			}
			out = append(out, unknown(path+name+".", x[name], field)...)
		}
	}
	return out
}

// wireName is a field's name in JSON: its tag, or its own with a small first letter.
func wireName(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
		return name
	}
	letters := []rune(f.Name)
	letters[0] = unicode.ToLower(letters[0])
	return string(letters)
}
