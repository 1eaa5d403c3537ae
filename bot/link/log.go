package link

import (
	"log/slog"
	"sync"
	"time"
)

// Log writes at most so many lines a minute and then says how many it kept back: a flood of forgeries
// must not become a flood of lines. Safe for concurrent use.
type Log struct {
	log       *slog.Logger
	now       func() time.Time
	perMinute int
	prefix    string

	mu     sync.Mutex
	since  time.Time
	lines  int
	silent int
}

// NewLog makes a Log whose lines begin with the platform's name.
func NewLog(log *slog.Logger, now func() time.Time, platform string, perMinute int) *Log {
	return &Log{log: log, now: now, perMinute: perMinute, prefix: platform + ": "}
}

// Warn writes a line, if there is room for one in this minute.
func (l *Log) Warn(msg string, args ...any) {
	l.mu.Lock()
	now := l.now()
	if now.Sub(l.since).Abs() >= time.Minute {
		l.since, l.lines = now, 0
	}
	if l.lines == l.perMinute {
		l.silent++
		l.mu.Unlock()
		return
	}
	l.lines++
	silent := l.silent
	l.silent = 0
	l.mu.Unlock()
	l.log.Warn(l.prefix+msg, append(args, slog.Int("suppressed", silent))...)
}
