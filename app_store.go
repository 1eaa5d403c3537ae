package main

import (
	"context"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/link"
	"trainingbot/domain"
	"trainingbot/storage"
)

// ledger is the storage as the bot wants it: the same methods over the bot's own words.
type ledger struct{ *storage.DB }

// Change implements bot.Store.
func (l ledger) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	return l.DB.Change(ctx, storage.Cause(c), func(tx *storage.Tx) (domain.Change, error) { return decide(tx) })
}

// CheckIn implements bot.Store.
func (l ledger) CheckIn(ctx context.Context, c bot.Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	return l.DB.CheckIn(ctx, storage.Cause(c), decide)
}

var _ bot.Store = ledger{}

// What one person may say: more is answered with a sentence and not looked at. Nobody types so
// fast; a phone gone wild or a script does.
const (
	personLimit  = 40
	personWindow = time.Minute
)

// patience is the bot's limit per person over the counter the platforms' limits use too.
type patience struct{ link.Limiter }

// Allow implements bot.Limiter.
func (p patience) Allow(ctx context.Context, key string) (bool, time.Duration, error) {
	return p.Limiter.Allow(ctx, key, personLimit, personWindow)
}
