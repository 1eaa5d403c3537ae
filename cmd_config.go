package main

import (
	"bytes"
	"errors"
	"fmt"

	"trainingbot/bot/wecom"
	"trainingbot/configs"
	"trainingbot/domain"
)

type confCmd struct {
	Check confCheckCmd `cmd:"" help:"Tell every fault of the settings, the policy file included."`
	Print confPrintCmd `cmd:"" help:"Print the settings in force, secrets redacted."`
}

type confCheckCmd struct{}

// Run tells every fault at once: of the settings file and environment, of the policy file, and of
// what a platform itself would refuse.
func (confCheckCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := checkSettings(c, s); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.stdout, "the settings are right; trainingbot doctor checks what they point to")
	return err
}

// checkSettings looks at what configs cannot know: the files named, the adapters' own rules.
func checkSettings(c *console, s configs.Settings) error {
	var errs []error
	if _, err := newProcedure(s, c.open); err != nil {
		errs = append(errs, err)
	}
	if s.WeCom.Enabled() {
		a := &App{o: AppOptions{Settings: s}}
		if s.WeCom.Mode == "bot" {
			errs = append(errs, a.botConfig(nil).Validate())
		} else {
			_, err := wecom.New(a.wecomConfig(nil), c.now)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

type confPrintCmd struct{}

// Run prints the settings in force.
func (confPrintCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	return s.Print(c.stdout)
}

// readPolicy reads the policy file, or gives the procedure's own numbers when there is none.
func readPolicy(path string, open func(string) ([]byte, error)) (domain.Policy, error) {
	if path == "" {
		return domain.DefaultPolicy(), nil
	}
	data, err := open(path)
	if err != nil {
		return domain.Policy{}, fmt.Errorf("policy_file: %w", err)
	}
	p, err := configs.ReadPolicy(bytes.NewReader(data))
	if err != nil {
		return domain.Policy{}, fmt.Errorf("policy_file %s: %w", path, err)
	}
	return p, nil
}
