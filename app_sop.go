package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/storage"
)

// procedure holds the SOP in force. Its numbers come from the policy file; a holiday notice may be
// loaded and an open point of the source confirmed at any time, in chat or by another process.
type procedure struct {
	zone   *time.Location
	policy domain.Policy
	built  []domain.Year // the notices this version was released with

	mu     sync.RWMutex
	sop    domain.SOP
	loaded map[int]domain.Year // what the database says instead
	chosen []domain.Choice     // every choice the database holds
}

// newProcedure reads the policy and the notices the program was released with.
func newProcedure(s configs.Settings, open func(string) ([]byte, error)) (*procedure, error) {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: %w", err)
	}
	policy, err := readPolicy(s.PolicyFile, open)
	if err != nil {
		return nil, err
	}
	built, err := configs.Holidays()
	if err != nil {
		return nil, err
	}
	p := &procedure{zone: zone, policy: policy, built: built}
	return p, p.replace(nil, nil)
}

// SOP gives the procedure as of now.
func (p *procedure) SOP() domain.SOP {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.sop
}

// replace puts the notices of the database over those of the release, and the choices made in chat
// over the policy file.
func (p *procedure) replace(kept []domain.Year, chosen []domain.Choice) error {
	loaded := map[int]domain.Year{}
	for _, y := range kept {
		loaded[y.Year] = y
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded != nil && reflect.DeepEqual(p.loaded, loaded) && reflect.DeepEqual(p.chosen, chosen) {
		return nil
	}
	policy, in, err := p.policy.Choose(chosen)
	var errs []error
	if err != nil {
		errs = append(errs, err)
	}
	calendar, err := domain.NewCalendar(p.zone, policy.Calendar, p.built...)
	if err != nil {
		return fmt.Errorf("holiday notices: %w", err)
	}
	for _, y := range kept {
		with, err := calendar.With(y)
		if err != nil {
			errs = append(errs, fmt.Errorf("holiday notice in the database: %w", err))
			continue
		}
		calendar = with
	}
	p.sop, p.loaded, p.chosen = domain.SOP{Policy: policy, Calendar: calendar, Chosen: in}, loaded, chosen
	return errors.Join(errs...)
}

// refresh looks for notices that were loaded and points that were confirmed since, by anyone.
func (p *procedure) refresh(ctx context.Context, db *storage.DB) error {
	var years []domain.Year
	var chosen []domain.Choice
	err := db.View(ctx, func(tx *storage.Tx) (err error) {
		if years, err = tx.Years(); err != nil {
			return err
		}
		chosen, err = tx.Choices()
		return err
	})
	if err != nil {
		return err
	}
	return p.replace(years, chosen)
}
