package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// metrics is what the program tells Prometheus, in a registry of its own.
type metrics struct {
	registry   *prometheus.Registry
	now        func() time.Time
	requests   *prometheus.HistogramVec
	messages   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	panics     prometheus.Counter
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		now:      a.o.Now,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "trainingbot_http_request_seconds", Help: "Time to answer HTTP requests, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route", "status"}),
		messages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "trainingbot_message_seconds", Help: "Time to decide and keep the answer to one message, by platform and result (ok, error).",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"platform", "result"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trainingbot_deliveries_total", Help: "Tries to send, by platform and fate (sent, again, dead, moot).",
		}, []string{"platform", "fate"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "trainingbot_panics_total", Help: "Requests that ended in a panic; each is a bug."}),
	}
	b := thisBuild()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "trainingbot_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "go": b.Go},
	})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.messages, m.deliveries, m.panics, info, &stock{app: a},
		collectors.NewDBStatsCollector(a.db.Stats().DB, a.db.Dialect()), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// page serves the metrics.
func (m *metrics) page() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 8 * time.Second}))
	return mux
}

func (m *metrics) delivered(platform string, f domain.Fate) {
	m.deliveries.WithLabelValues(platform, string(f)).Inc()
}

// count times every request under its route's pattern, so that no stranger can invent label values.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, seen := m.now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			route := r.Pattern
			if route == "" {
				route = "none"
			}
			m.requests.WithLabelValues(route, strconv.Itoa(seen.status)).Observe(m.now().Sub(from).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// timed is a chat.Handler that times another.
type timed struct {
	chat.Handler
	m *metrics
}

func (m *metrics) handler(h chat.Handler) chat.Handler { return timed{h, m} }

// Handle implements chat.Handler.
func (t timed) Handle(ctx context.Context, msg chat.Message) (chat.Reply, error) {
	from, result := t.m.now(), "ok"
	reply, err := t.Handler.Handle(ctx, msg)
	if err != nil {
		result = "error"
	}
	t.m.messages.WithLabelValues(msg.From.Platform, result).Observe(t.m.now().Sub(from).Seconds())
	return reply, err
}

// stock reads the outbox and the scheduler's last tick when Prometheus asks.
type stock struct{ app *App }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (s *stock) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector. A database that does not answer leaves its lines out.
func (s *stock) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	db, now := s.app.db, s.app.o.Now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if s.app.stream != nil {
		st := s.app.stream.State()
		gauge(describe("trainingbot_dingtalk_connections", "Stream connections to DingTalk that listen."), float64(st.Open))
		gauge(describe("trainingbot_dingtalk_connected_total", "Stream connections opened since the start."), float64(st.Opened))
	}
	if s.app.wecomBot != nil {
		st, open := s.app.wecomBot.State(), 0.0
		if st.Open {
			open = 1
		}
		gauge(describe("trainingbot_wecom_connections", "Long connections to WeCom that listen."), open)
		gauge(describe("trainingbot_wecom_connected_total", "Long connections opened since the start."), float64(st.Opened))
	}
	if s.app.meter != nil {
		used := describe("trainingbot_dingtalk_quota_used", "What this month used of the organisation's quotas, by kind (api, message).", "kind")
		for _, m := range s.app.meter.use() {
			gauge(used, float64(m.Used), m.Kind)
		}
	}
	up := 1.0
	if b, err := db.Backlog(ctx, now); err == nil {
		rows := describe("trainingbot_outbox_rows", "Messages in the outbox that are not settled, and dead ones.", "state")
		gauge(rows, float64(b.Ready), "ready")
		gauge(rows, float64(b.Leased), "leased")
		gauge(rows, float64(b.Dead), "dead")
		age := 0.0
		if !b.Oldest.IsZero() {
			age = now.Sub(b.Oldest).Seconds()
		}
		gauge(describe("trainingbot_outbox_oldest_seconds", "How long the oldest message that could go out has waited."), age)
	} else {
		up = 0
	}
	if last, err := db.LastTick(ctx, "plan"); err == nil && !last.IsZero() {
		gauge(describe("trainingbot_scheduler_tick_age_seconds", "Time since the timetable was last looked at, by any replica."), now.Sub(last).Seconds())
	}
	gauge(describe("trainingbot_database_up", "1 when the database answers."), up)
}
