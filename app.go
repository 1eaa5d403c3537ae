package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/chat"
	"trainingbot/bot/dingtalk"
	"trainingbot/bot/link"
	"trainingbot/bot/wecom"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/scheduler"
	"trainingbot/storage"
)

// AppOptions are the parts of an App that come from outside.
type AppOptions struct {
	Settings configs.Settings
	Now      func() time.Time // UTC, whole microseconds
	Log      *slog.Logger
	Open     func(path string) ([]byte, error) // reads the policy file
	// Transport carries the calls to the platforms. nil: the network. The demo records them.
	Transport http.RoundTripper
	// CallsPerSecond bounds the calls of one API of DingTalk. 0: what the platform takes. A test on a
	// still clock need not wait.
	CallsPerSecond int
}

// App is the product, wired: the storage, the platforms, the bot, the scheduler and the server.
type App struct {
	o         AppOptions
	db        *storage.DB
	redis     *storage.Redis // nil without one
	procedure *procedure
	platforms []chat.Platform
	wecom     *wecom.Platform // nil when it is not configured
	callback  *wecom.Callback // likewise
	wecomBot  *wecom.Bot      // nil unless WeCom is reached by its AI bot
	dingtalk  *dingtalk.Platform
	inbox     *dingtalk.Inbox
	stream    *dingtalk.Stream // nil when DingTalk calls us
	meter     *meter           // of DingTalk's quotas
	bot       *bot.Bot
	scheduler *scheduler.Scheduler
	metrics   *metrics
	ready     *readiness
}

// NewApp opens the database and joins the rooms. It serves nothing yet and calls no platform. The
// database must be at this version's schema, unless the settings let it be brought there.
func NewApp(ctx context.Context, o AppOptions) (_ *App, err error) {
	a := &App{o: o}
	if a.procedure, err = newProcedure(o.Settings, o.Open); err != nil {
		return nil, err
	}
	if a.db, err = openStore(ctx, o.Settings, a.procedure, o.Log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if err := ensureSchema(ctx, a.db, o.Settings); err != nil {
		return nil, err
	}
	if err := a.procedure.refresh(ctx, a.db); err != nil {
		return nil, err
	}
	limits := link.Limiter(link.NewMemoryLimiter(o.Now))
	if url := o.Settings.Redis.URL.Reveal(); url != "" {
		if a.redis, err = storage.OpenRedis(url, "trainingbot:", o.Log); err != nil {
			return nil, fmt.Errorf("redis.url: %w", err)
		}
		limits = a.redis
	}
	if err := a.openPlatforms(limits); err != nil {
		return nil, err
	}
	a.metrics = newMetrics(a)
	a.bot = bot.New(bot.Options{
		Store: ledger{a.db}, SOP: a.procedure.SOP, Now: o.Now, Secret: secret,
		Limit: patience{limits}, Checks: a.chatChecks, Loaded: a.changed,
	})
	a.openDoors(limits, a.metrics.handler(a.bot))
	a.scheduler = scheduler.New(scheduler.Options{
		Store: a.db, Outbox: tidy{a.db, a.procedure.SOP, o.Now, a.meter}, Post: postman{bot.NewPost(o.Now, a.platforms...), o.Now, a.metrics.delivered},
		SOP: a.procedure.SOP, Now: o.Now, Owner: owner(), Log: o.Log, Wake: a.db.Ready(),
	})
	a.ready = newReadiness(a)
	return a, nil
}

// Tick plans and delivers once for the instant now. The demo's clock drives it.
func (a *App) Tick(ctx context.Context, now time.Time) error { return a.scheduler.Tick(ctx, now) }

// SOP gives the procedure in force.
func (a *App) SOP() domain.SOP { return a.procedure.SOP() }

// Store gives the database.
func (a *App) Store() *storage.DB { return a.db }

// Close gives everything back. Call it after Run has returned.
func (a *App) Close() error {
	var errs []error
	if a.redis != nil {
		errs = append(errs, a.redis.Close())
	}
	return errors.Join(append(errs, a.db.Close())...)
}

// changed takes a holiday notice or an open point that was changed in chat into force at once; the
// other replicas look each minute.
func (a *App) changed() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := a.procedure.refresh(ctx, a.db); err != nil {
		a.o.Log.Error("reload the procedure", "err", err)
	}
}

// openStore connects to the database of the settings and tells it who can be reached where.
func openStore(ctx context.Context, s configs.Settings, p *procedure, log *slog.Logger) (*storage.DB, error) {
	return storage.Open(ctx, s.Database.URL.Reveal(), storage.Options{
		Platforms: listed(s),
		Expected: func(x domain.Session, staff domain.Staff) []domain.PersonID {
			return p.SOP().Expected(x, staff)
		},
		Statements: func(w domain.Window) []domain.Month { return p.SOP().StatementMonths(w) },
		Coverage:   func(w domain.Window) domain.CoverageWanted { return p.SOP().CoverageWanted(w) },
		Log:        log,
	})
}

// ensureSchema holds the database to this version, or brings it there when the settings say so.
func ensureSchema(ctx context.Context, db *storage.DB, s configs.Settings) error {
	have, want, err := db.SchemaState(ctx)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("the database has schema %d, which is newer than this program knows (%d): run the newer trainingbot, or restore the backup made before the upgrade", have, want)
	case have == want:
		return nil
	case s.Database.AutoMigrate:
		return db.Migrate(ctx)
	}
	return fmt.Errorf("the database has schema %d and this program needs %d: make a backup, then run trainingbot migrate (or set database.auto_migrate: true)", have, want)
}

// owner tells this process from the other replicas.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d:%s", cmp.Or(host, "unknown"), os.Getpid(), rand.Text()[:6])
}

// secret gives random bytes nobody can guess.
func secret() []byte {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program first
	return b
}
