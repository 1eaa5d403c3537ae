package configs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"trainingbot/configs"
	"trainingbot/domain"
)

var update = flag.Bool("update", false, "write the generated files anew")

// golden holds a file to what the tables say.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the tables say: go test ./configs -update", path)
	}
}

func TestGeneratedFiles(t *testing.T) {
	golden(t, "config.example.yaml", configs.Example())
	golden(t, "policy.yaml", configs.PolicyFile(domain.DefaultPolicy()))
	golden(t, "../docs/configuration.md", configs.Reference())
}

// files is a file system in a map.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		data, ok := m[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(data), nil
	}
}

func load(t *testing.T, file string, environ ...string) configs.Settings {
	t.Helper()
	s, err := configs.Load("c.yaml", environ, files(map[string]string{"c.yaml": file}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The example is the defaults, as it stands and uncommented, and names every key there is.
func TestExampleIsTheDefaults(t *testing.T) {
	example := configs.Example()
	uncommented := regexp.MustCompile(`(?m)^#([^ ]|  [a-z])`).ReplaceAllString(example, "$1")
	for name, file := range map[string]string{"as it stands": example, "uncommented": uncommented} {
		s := load(t, file)
		if s.Groups = nil; !reflect.DeepEqual(s, configs.Default()) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	var keys map[string]any
	if err := yaml.Unmarshal([]byte(uncommented), &keys); err != nil {
		t.Fatal(err)
	}
	var walk func(typ reflect.Type, m map[string]any, path string)
	walk = func(typ reflect.Type, m map[string]any, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("yaml")
			value, ok := m[key]
			if !ok {
				t.Errorf("the example lacks %s%s", path, key)
			}
			if f.Tag.Get("zh") == "" {
				t.Errorf("%s%s has no meaning", path, key)
			}
			if sub, nested := value.(map[string]any); nested {
				walk(f.Type, sub, path+key+".")
			}
		}
	}
	walk(reflect.TypeFor[configs.Settings](), keys, "")
}

const aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

const whole = `
listen: :9000
public_url: https://train.example.com
timezone: Asia/Urumqi
database: {url: "postgres://bot:hunter2@db/training?sslmode=verify-full"}
redis: {url: "redis://:hunter2@redis:6379/0"}
wecom: {corp_id: ww1, agent_id: 1000002, secret: hunter2, token: hunter2, encoding_aes_key: ` + aesKey + `}
dingtalk: {corp_id: ding1, client_id: c, client_secret: hunter2, robot_code: r, mode: webhook, card_template_id: t.schema, card_callback_secret: hunter2hunter2hunter2, event_token: hunter2, event_aes_key: ` + aesKey + `}
groups:
  - {office: 翠湖管理处, platform: wecom, webhook_url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hunter2"}
  - {office: 翠湖管理处, platform: dingtalk, webhook_url: "https://oapi.dingtalk.com/robot/send?access_token=hunter2", secret: hunter2}
log: {level: debug, format: text}
metrics: {listen: "127.0.0.1:9100"}
`

func TestEverySettingFromAFile(t *testing.T) {
	s := load(t, whole)
	if s.Listen != ":9000" || s.WeCom.AgentID != 1000002 || s.WeCom.Secret.Reveal() != "hunter2" || len(s.Groups) != 2 || s.Metrics.Listen == "" || s.Timezone != "Asia/Urumqi" {
		t.Errorf("%+v", s)
	}
	if !s.WeCom.Enabled() || !s.DingTalk.Enabled() || configs.Default().WeCom.Enabled() || configs.Default().DingTalk.Enabled() {
		t.Error("a platform is on when it is set up")
	}
	if s.Database.AutoMigrate {
		t.Error("auto_migrate is off for Postgres unless it is set")
	}
	if s := load(t, `database: {url: "postgres://db/training", auto_migrate: true}`); !s.Database.AutoMigrate {
		t.Error("auto_migrate was set")
	}
	if s := load(t, ""); !s.Database.AutoMigrate {
		t.Error("auto_migrate is on for the embedded database")
	}
}

// Nothing shows a secret: no verb, no encoding, no printed setting, no log.
func TestSecretsDoNotShow(t *testing.T) {
	s := load(t, whole)
	var b bytes.Buffer
	if err := s.Print(&b); err != nil {
		t.Fatal(err)
	}
	printed := b.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", s)
		fmt.Fprintf(&b, verb+"\n", &s)
		fmt.Fprintf(&b, verb+"\n", s.WeCom.Secret)
	}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		data, err := encode(s)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("settings", "s", s, "secret", s.WeCom.Secret, "url", s.Database.URL)
	slog.New(slog.NewTextHandler(&b, nil)).Info("settings", "s", s, "secret", s.WeCom.Secret, "url", s.Database.URL)
	for _, secret := range []string{"hunter2", "68756e74657232", aesKey} {
		if strings.Contains(strings.ToLower(b.String()), strings.ToLower(secret)) {
			t.Errorf("a secret shows: %s", b.String())
		}
	}
	for _, want := range []string{"postgres://bot:******@db/training?sslmode=verify-full", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=******", "corp_id: ww1", "secret: '******'"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the printed settings lack %q:\n%s", want, printed)
		}
	}
}

func TestEnvironment(t *testing.T) {
	read := files(map[string]string{"c.yaml": "listen: :1\nwecom: {corp_id: a}", "/run/secret": "from a file\n", "/run/url": "postgres://db/x"})
	s, err := configs.Load("c.yaml", []string{
		"PATH=/bin", "TRAININGBOT_LISTEN=:2", "TRAININGBOT_WECOM_CORP_ID=b", "TRAININGBOT_WECOM_AGENT_ID=7", "TRAININGBOT_WECOM_SECRET_FILE=/run/secret",
		"TRAININGBOT_WECOM_TOKEN=x=y", "TRAININGBOT_WECOM_ENCODING_AES_KEY=" + aesKey, "TRAININGBOT_DATABASE_URL_FILE=/run/url", "TRAININGBOT_TIMEZONE=",
		"TRAININGBOT_DATABASE_AUTO_MIGRATE=true",
	}, read)
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != ":2" || s.WeCom.CorpID != "b" || s.WeCom.AgentID != 7 || s.WeCom.Secret.Reveal() != "from a file" || s.WeCom.Token.Reveal() != "x=y" ||
		s.Database.URL.Reveal() != "postgres://db/x" || !s.Database.AutoMigrate {
		t.Errorf("%+v", s)
	}
}

// Every key but groups has a variable, and the variable sets it.
func TestEveryKeyHasAVariable(t *testing.T) {
	reference := configs.Reference()
	n := 0
	for _, m := range regexp.MustCompile("`(TRAININGBOT_[A-Z_]+)` \\|").FindAllStringSubmatch(reference, -1) {
		n++
		_, err := configs.Load("", []string{m[1] + "=1"}, files(nil))
		if err != nil && strings.Contains(err.Error(), "no such setting") {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if n != 33 {
		t.Errorf("%d variables in the reference", n)
	}
}

// All faults are told at once, each with its key.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name, file string
		environ    []string
		want       []string
	}{
		{"typos in keys", "listn: :1\nwecom: {corpid: a}\nlog: {level: info, colour: red}\n", nil, []string{
			"c.yaml: line 1: listn: no such key, did you mean listen?", "line 2: wecom.corpid: no such key, did you mean corp_id?", "line 3: log.colour: no such key",
		}},
		{"a key twice", "listen: :1\nlisten: :2\n", nil, []string{"line 2: listen: stands in line 1 already"}},
		{"wrong shapes", "database: x\nwecom: {agent_id: abc}\ngroups: {a: b}\nlog: [info]\n", nil, []string{
			"line 1: database: want keys with values, e.g. url: …", `line 2: wecom.agent_id: "abc": want a whole number`, "line 3: groups: want a list", "line 4: log: want keys",
		}},
		{"not YAML", "listen: [", nil, []string{"c.yaml: yaml:"}},
		{"two documents", "listen: :1\n---\nlisten: :2\n", nil, []string{"more than one document"}},
		{"half a platform", "wecom: {corp_id: a, secret: s}\ndingtalk: {client_id: c, event_token: e}\n", nil, []string{
			"wecom.agent_id: is missing", "wecom.token: is missing", "wecom.encoding_aes_key: is missing", "dingtalk.corp_id: is missing", "dingtalk.client_secret: is missing", "dingtalk.robot_code: is missing",
			"dingtalk.event_token: and dingtalk.event_aes_key belong together",
		}},
		{"half a bot", "wecom: {mode: bot, bot_id: b}", nil, []string{"wecom.bot_secret: is missing"}},
		{"a bot without its mode", "wecom: {bot_id: b, bot_secret: hunter2}", nil, []string{"wecom.mode: is callback, and a bot_id is set", "wecom.token: is missing"}},
		{"no such mode", "wecom: {mode: stream}", nil, []string{`wecom.mode: "stream": want callback, bot`}},
		{"values", "listen: nowhere\npublic_url: train.example.com/\ntimezone: Beijing\ndatabase: {url: mysql://x}\nredis: {url: \"localhost:6379\"}\nlog: {level: loud, format: xml}\ndingtalk: {mode: poll}\nmetrics: {listen: nowhere}\n", nil, []string{
			`listen: "nowhere": want host:port`, "public_url: want an address", `timezone: "Beijing"`, "database.url: want sqlite:FILE or postgres://", "redis.url: want redis://", `log.level: "loud": want debug, info, warn, error`,
			`log.format: "xml"`, `dingtalk.mode: "poll": want stream, webhook`, "metrics.listen: is the same as listen",
		}},
		{"cards", "dingtalk: {corp_id: d, client_id: c, client_secret: s, robot_code: r, mode: webhook, card_template_id: x, card_callback_secret: hunter2, api_quota: 0}", nil, []string{
			"dingtalk.card_template_id: want the id of a template", "public_url: is missing: with mode webhook", "dingtalk.card_callback_secret: want at least 16 characters, this has 7", "dingtalk.api_quota: and dingtalk.message_quota",
		}},
		{"own template, nobody answers", "dingtalk: {corp_id: d, client_id: c, client_secret: s, robot_code: r, mode: webhook, card_template_id: x.schema}", nil, []string{"dingtalk.card_callback_secret: is missing"}},
		{"groups", "groups: [{platform: slack}, {office: a, platform: wecom, open_conversation_id: c, secret: s}]", nil, []string{
			"groups[0].office: is missing", `groups[0].platform: "slack"`, "groups[0]: want either webhook_url or open_conversation_id", "groups[1].open_conversation_id: is DingTalk's", "groups[1].secret: signs a DingTalk",
		}},
		{"a short AES key", "wecom: {corp_id: a, agent_id: 1, secret: s, token: t, encoding_aes_key: short}", nil, []string{"wecom.encoding_aes_key: want the 43 letters and digits the console shows, this has 5 characters"}},
		{"a variable with a typo", "", []string{"TRAININGBOT_WECOM_SECERT=hunter2", "TRAININGBOT_LISTEN_FILE=/x", "TRAININGBOT_GROUPS_0_OFFICE=a"}, []string{
			"TRAININGBOT_WECOM_SECERT: no such setting, did you mean TRAININGBOT_WECOM_SECRET?", "TRAININGBOT_LISTEN_FILE: only secrets can be read from a file", "groups can be set in the settings file only",
		}},
		{"a secret both ways", "", []string{"TRAININGBOT_WECOM_SECRET=hunter2", "TRAININGBOT_WECOM_SECRET_FILE=/x"}, []string{"TRAININGBOT_WECOM_SECRET and TRAININGBOT_WECOM_SECRET_FILE are both set"}},
		{"a secret's file that is not there", "", []string{"TRAININGBOT_WECOM_SECRET_FILE=/x"}, []string{"TRAININGBOT_WECOM_SECRET_FILE: open /x"}},
		{"a variable of the wrong shape", "", []string{"TRAININGBOT_WECOM_AGENT_ID=hunter2"}, []string{"TRAININGBOT_WECOM_AGENT_ID: want a whole number"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := configs.Load("c.yaml", row.environ, files(map[string]string{"c.yaml": row.file}))
			if err == nil {
				t.Fatal("no fault")
			}
			for _, w := range row.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("lacks %q:\n%v", w, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("an error repeats a value that may be a secret:\n%v", err)
			}
		})
	}
	if _, err := configs.Load("missing.yaml", nil, files(nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
