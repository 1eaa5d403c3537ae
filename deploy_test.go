package main

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"trainingbot/configs"
)

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// instruction is one line of a Dockerfile, continuations joined.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	var out []instruction
	joined := strings.ReplaceAll(text(t, "Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(joined) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out = append(out, instruction{word, strings.TrimSpace(rest)})
	}
	return out
}

// TestDockerfile lints what cannot be built here: the instructions are known ones, the last stage
// has no shell and no root, and what it runs is a command of ours.
func TestDockerfile(t *testing.T) {
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "ARG", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
	last := map[string]string{} // of the last stage
	build := ""
	for _, in := range dockerfile(t) {
		if !slices.Contains(known, in.word) {
			t.Errorf("unknown instruction %s", in.word)
		}
		if in.word == "FROM" {
			clear(last)
		}
		if in.word == "RUN" {
			build += in.rest + "\n"
		}
		last[in.word] = in.rest
	}
	for word, want := range map[string]string{
		"FROM":        "gcr.io/distroless/static-debian13:nonroot",
		"USER":        "65532:65532",
		"ENTRYPOINT":  `["/trainingbot"]`,
		"CMD":         `["serve"]`,
		"VOLUME":      `["/data"]`,
		"EXPOSE":      "8080",
		"HEALTHCHECK": `--interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/trainingbot", "healthcheck"]`,
	} {
		if last[word] != want {
			t.Errorf("%s %s, want %s", word, last[word], want)
		}
	}
	if last["RUN"] != "" {
		t.Error("the last stage has no shell to RUN anything")
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", `-ldflags "-s -w`, "-X main.version="} {
		if !strings.Contains(build, want) {
			t.Errorf("the build lacks %s", want)
		}
	}
	// The image's Go is the one the module asks for.
	mod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(text(t, "go.mod"))
	if from := dockerfile(t)[0]; mod == nil || from.rest != "golang:"+mod[1]+" AS build" {
		t.Errorf("FROM %s, but go.mod wants %v", from.rest, mod)
	}
	checkEnvironment(t, environment(last["ENV"]))
}

func environment(line string) map[string]string {
	out := map[string]string{}
	for _, pair := range strings.Fields(line) {
		k, v, _ := strings.Cut(pair, "=")
		out[k] = v
	}
	return out
}

// checkEnvironment holds variables of ours to the settings there are: an unknown one is refused.
func checkEnvironment(t *testing.T, env map[string]string) {
	t.Helper()
	var list []string
	for k, v := range env {
		if strings.HasPrefix(k, "TRAININGBOT_") {
			list = append(list, k+"="+v)
		}
	}
	_, err := configs.Load("", list, func(path string) ([]byte, error) { return []byte(secretFor(path)), nil })
	if err != nil {
		t.Errorf("the settings refuse %v:\n%v", list, err)
	}
}

// secretFor gives the content of a secret file a deployment names.
func secretFor(path string) string {
	switch {
	case strings.HasSuffix(path, "database_url"):
		return "postgres://trainingbot:x@postgres:5432/trainingbot?sslmode=disable\n"
	case strings.HasSuffix(path, "encoding_aes_key"):
		return "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n"
	}
	return "0123456789abcdef\n"
}

func TestComposeFile(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Image       string
			Build       string
			Command     []string
			User        string
			Restart     string
			ReadOnly    bool     `yaml:"read_only"`
			CapDrop     []string `yaml:"cap_drop"`
			SecurityOpt []string `yaml:"security_opt"`
			Environment map[string]string
			Secrets     []string
			Ports       []string
			Healthcheck struct {
				Test    []string
				Disable bool
			}
			DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
			Volumes   []string
		}
		Secrets map[string]struct{ File string }
		Volumes map[string]any
	}
	if err := yaml.Unmarshal([]byte(text(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for name, image := range map[string]string{"trainingbot": "trainingbot", "migrate": "trainingbot", "postgres": "postgres:17", "redis": "redis:8"} {
		if file.Services[name].Image != image {
			t.Errorf("service %s runs %q, want %q", name, file.Services[name].Image, image)
		}
	}
	image := map[string]string{}
	for _, in := range dockerfile(t) {
		if in.word == "ENV" {
			image = environment(in.rest)
		}
	}
	if len(file.Services) != 4 {
		t.Errorf("%d services, want 4", len(file.Services))
	}
	for name, s := range file.Services {
		if len(s.Healthcheck.Test) == 0 && !s.Healthcheck.Disable {
			t.Errorf("service %s has no health check", name)
		}
		for _, secret := range s.Secrets {
			if file.Secrets[secret].File != "./secrets/"+secret {
				t.Errorf("service %s: secret %s is not in secrets/%s", name, secret, secret)
			}
		}
		for other := range s.DependsOn {
			if _, ok := file.Services[other]; !ok {
				t.Errorf("service %s waits for %s, which does not exist", name, other)
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("service %s is open to everyone on %s: the reverse proxy holds the certificate", name, port)
			}
		}
		env := map[string]string{}
		if s.Image == "trainingbot" { // what the image sets holds too
			env = maps.Clone(image)
		}
		for k, v := range s.Environment {
			if word := regexp.MustCompile(`(?i)(secret|password|token|key|database_url)$`); word.MatchString(k) {
				t.Errorf("service %s: %s stands in the open: name a file with _FILE", name, k)
			}
			if path, ok := strings.CutPrefix(v, "/run/secrets/"); ok && !slices.Contains(s.Secrets, path) {
				t.Errorf("service %s: %s points to a secret the service does not get", name, k)
			}
			env[k] = expand(v)
		}
		if name != "trainingbot" && name != "migrate" {
			continue
		}
		checkEnvironment(t, env)
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("service %s may more than it needs", name)
		}
	}
}

// expand fills in compose's own variables as an installer would.
func expand(v string) string {
	switch {
	case strings.Contains(v, "WECOM_CORP_ID"):
		return "ww0123456789abcdef"
	case strings.Contains(v, "WECOM_AGENT_ID"):
		return "1000002"
	case strings.HasPrefix(v, "${"):
		return ""
	}
	return v
}

// TestUnitIsConfined holds the systemd unit to the hardening of the deployment goals.
func TestUnitIsConfined(t *testing.T) {
	unit := text(t, "deploy/trainingbot.service")
	for _, want := range []string{
		"DynamicUser=yes", "ProtectSystem=strict", "PrivateTmp=yes", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallFilter=@system-service", "CapabilityBoundingSet=\n",
		"LoadCredential=config.yaml:/etc/trainingbot/config.yaml", "StateDirectory=trainingbot", "RestartPreventExitStatus=2",
	} {
		if !strings.Contains(unit, want) {
			t.Errorf("the unit lacks %s", strings.TrimSpace(want))
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		return // the list above is what other systems can check
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", "deploy/trainingbot.service").CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze finds the unit too open (2.0 at most): %v\n%s", err, out)
	}
}

// TestScriptsAreExecutableAndParse keeps the two commands of the README working.
func TestScriptsAreExecutableAndParse(t *testing.T) {
	for _, path := range []string{"test.sh", ".ci/run"} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o111 == 0 {
			t.Errorf("%s is not executable", path)
		}
		if out, err := exec.Command("bash", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("bash -n %s: %v\n%s", path, err, out)
		}
	}
	if !strings.Contains(text(t, ".ci/run"), "exec ./test.sh") {
		t.Error(".ci/run does not run ./test.sh")
	}
}
