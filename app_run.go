package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// The limits of the HTTP server (goals 4.3). The adapter bounds the bodies.
const (
	maxConnections = 4096
	stopWithin     = 5 * time.Second // from the signal to the exit
)

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 3 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // resets and scans, not our faults
	}
}

// Run serves until ctx ends, and then stops within five seconds: no new connection, no new claim;
// what was taken is finished and answered. It gives an error when it could not serve.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listeners, err := a.listen(ctx)
	if err != nil {
		return err
	}
	var (
		wg     sync.WaitGroup
		faults = make(chan error, len(listeners)+1)
	)
	for _, l := range listeners {
		wg.Go(func() {
			if err := l.server.Serve(l.net); !errors.Is(err, http.ErrServerClosed) {
				faults <- fmt.Errorf("serve %s: %w", l.name, err)
				cancel()
			}
		})
		a.o.Log.Info("listening", "for", l.name, "address", l.net.Addr().String())
	}
	wg.Go(func() {
		if err := a.scheduler.Run(ctx); err != nil {
			faults <- err
			cancel()
		}
	})
	wg.Go(func() { a.watch(ctx) })
	streamed := make(chan struct{})
	go func() {
		defer close(streamed)
		a.outgoing(ctx)
	}()
	<-ctx.Done()
	a.stop(listeners, streamed, &wg)
	close(faults)
	var errs []error
	for err := range faults {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// stop finishes what was taken, all of it within stopWithin.
func (a *App) stop(listeners []listener, streamed <-chan struct{}, wg *sync.WaitGroup) {
	a.o.Log.Info("stopping")
	limit, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() {
			if err := l.server.Shutdown(limit); err != nil {
				a.o.Log.Warn("connections cut", "for", l.name, "err", err)
				l.server.Close()
			}
		})
	}
	serving.Wait()
	select {
	case <-streamed:
	case <-limit.Done():
	}
	if err := a.idle(limit); err != nil {
		a.o.Log.Warn("messages still in work; the platform delivers them again", "err", err)
	}
	if a.meter != nil {
		if err := a.meter.flush(limit); err != nil {
			a.o.Log.Warn("the count of the month's quotas is short by the last minute", "err", err)
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		a.o.Log.Info("stopped")
	case <-limit.Done():
		a.o.Log.Warn("stopped before everything was finished")
	}
}

// watch looks for holiday notices and confirmed points that came in elsewhere.
func (a *App) watch(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := a.procedure.refresh(ctx, a.db); err != nil && ctx.Err() == nil {
				a.o.Log.Error("reload the procedure", "err", err)
			}
		}
	}
}

// listener is one address the program serves.
type listener struct {
	name   string
	net    net.Listener
	server *http.Server
}

// listen opens every address, or none.
func (a *App) listen(ctx context.Context) (all []listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range all {
				l.net.Close()
			}
		}
	}()
	add := func(name, network, address string, h http.Handler, limit int) error {
		var lc net.ListenConfig
		n, err := lc.Listen(ctx, network, address)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, listener{name, netutil.LimitListener(n, limit), newServer(a.guard(h), a.o.Log)})
		return nil
	}
	s := a.o.Settings
	if err := add("listen", "tcp", s.Listen, a.Handler(), maxConnections); err != nil {
		return all, err
	}
	if s.Metrics.Listen != "" {
		if err := add("metrics.listen", "tcp", s.Metrics.Listen, a.metrics.page(), 64); err != nil {
			return all, err
		}
	}
	if path := controlPath(s); path != "" {
		n, err := listenControl(ctx, path)
		if err != nil {
			// The bot can do without: commands then have to wait until it is stopped.
			a.o.Log.Warn("no control socket: commands that need the database are refused while serving", "err", err)
			return all, nil
		}
		server := newServer(a.guard(a.control()), a.o.Log)
		server.ReadTimeout, server.WriteTimeout = time.Minute, 5*time.Minute // files of people
		all = append(all, listener{"control", n, server})
	}
	return all, nil
}

// guard answers a panic with 500 and keeps the program running; only the adapter's own abort of a
// connection passes.
func (a *App) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			a.o.Log.Error("panic", "path", r.URL.Path, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			a.metrics.panics.Inc()
			http.Error(w, "internal error", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
