package configs

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// prefix begins the name of every environment variable of ours.
const prefix = "TRAININGBOT_"

// Load gives the settings in force: the defaults, over them the file at path ("" means none), over
// it the environment (os.Environ form). Every key of Settings but groups is also the variable
// TRAININGBOT_ and the path in capitals joined by _ (wecom.corp_id: TRAININGBOT_WECOM_CORP_ID); a
// secret may stand in a file named by the variable with _FILE behind. A variable without a value
// counts as not set. The error tells every fault there is, each with its key.
func Load(path string, environ []string, readFile func(string) ([]byte, error)) (Settings, error) {
	s := Default()
	x := &strict{}
	if path != "" {
		data, err := readFile(path)
		if err != nil {
			return s, fmt.Errorf("settings: %w", err)
		}
		x.readYAML(bytes.NewReader(data), &s)
		for i, err := range x.errs {
			x.errs[i] = fmt.Errorf("%s: %w", path, err)
		}
	}
	x.environment(environ, keys(&s), readFile)
	if !x.set["database.auto_migrate"] && !strings.HasPrefix(s.Database.URL.Reveal(), "sqlite:") {
		s.Database.AutoMigrate = false
	}
	return s, errors.Join(append(x.errs, s.Validate())...)
}

// key is one setting: its path, its field and the field's description.
type key struct {
	path  string
	env   string
	value reflect.Value
	zh    string
}

// secret says whether the key may also come from a file of its own.
func (k key) secret() bool {
	return k.value.Type() == reflect.TypeFor[Secret]() || k.value.Type() == reflect.TypeFor[SecretURL]()
}

// keys lists the settings in the order of the struct, groups left out.
func keys(s *Settings) []key {
	var out []key
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			full := join(path, keyOf(f))
			switch {
			case isLeaf(f.Type):
				env := prefix + strings.ToUpper(strings.ReplaceAll(full, ".", "_"))
				out = append(out, key{full, env, v.Field(i), f.Tag.Get("zh")})
			case f.Type.Kind() == reflect.Struct:
				walk(v.Field(i), full)
			}
		}
	}
	walk(reflect.ValueOf(s).Elem(), "")
	return out
}

// environment puts the variables over the settings.
func (x *strict) environment(environ []string, all []key, readFile func(string) ([]byte, error)) {
	given := map[string]string{}
	for _, line := range environ {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, prefix) && value != "" {
			given[name] = value
		}
	}
	var names []string
	for _, k := range all {
		names = append(names, k.env)
		value, direct := given[k.env]
		file, fromFile := given[k.env+"_FILE"]
		delete(given, k.env)
		if k.secret() {
			names = append(names, k.env+"_FILE")
			delete(given, k.env+"_FILE")
		} else {
			fromFile = false
		}
		switch {
		case direct && fromFile:
			x.fault("%s and %s_FILE are both set: remove one", k.env, k.env)
			continue
		case fromFile:
			data, err := readFile(file)
			if err != nil {
				x.fault("%s_FILE: %w", k.env, err)
				continue
			}
			value = strings.TrimRight(string(data), "\r\n")
		case !direct:
			continue
		}
		if err := setText(k.value, value); err != nil {
			x.fault("%s: want %s", k.env, shape(k.value.Type())) // the value may be a misplaced secret
			continue
		}
		x.mark(k.path)
	}
	unknown := make([]string, 0, len(given))
	for name := range given {
		unknown = append(unknown, name)
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		if base, ok := strings.CutSuffix(name, "_FILE"); ok && slices.Contains(names, base) {
			x.fault("%s: only secrets can be read from a file; set %s", name, base)
			continue
		}
		if strings.HasPrefix(name, prefix+"GROUPS") {
			x.fault("%s: groups can be set in the settings file only", name)
			continue
		}
		x.fault("%s: no such setting%s", name, suggestion(name, names))
	}
}
