package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/dingtalk"
	"trainingbot/bot/link"
	"trainingbot/bot/wecom"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/storage"
)

// openPlatforms makes the sending side of every platform that is set up.
func (a *App) openPlatforms(limits link.Limiter) (err error) {
	if a.o.Settings.WeCom.Enabled() {
		var p chat.Platform
		if a.o.Settings.WeCom.Mode == "bot" {
			a.wecomBot, err = wecom.NewBot(a.botConfig(limits), a.o.Now, a.o.Log)
			p = a.wecomBot
		} else {
			a.wecom, err = wecom.New(a.wecomConfig(limits), a.o.Now)
			p = a.wecom
		}
		if err != nil {
			return err
		}
		a.platforms = append(a.platforms, p, wecom.NewRobot(a.wecomConfig(limits), a.o.Now, a.db.RobotKey))
	}
	if a.o.Settings.DingTalk.Enabled() {
		a.meter = newMeter(a.db, a.o.Settings.DingTalk, a.procedure.zone, a.o.Now)
		if a.dingtalk, err = dingtalk.New(a.dingtalkConfig(), a.o.Now); err != nil {
			return err
		}
		a.platforms = append(a.platforms, a.dingtalk)
	}
	return nil
}

// openDoors makes the receiving side of every platform that is set up.
func (a *App) openDoors(limits link.Limiter, h chat.Handler) {
	if a.wecom != nil {
		a.callback = wecom.NewCallback(a.wecomConfig(limits), h, a.o.Now, a.o.Log)
	}
	if a.wecomBot != nil {
		a.wecomBot.Receive(h)
	}
	if a.dingtalk != nil {
		a.inbox = dingtalk.NewInbox(a.dingtalk, h, a.o.Now, a.o.Log)
		if a.o.Settings.DingTalk.Mode == "stream" {
			a.stream = a.inbox.Stream()
		}
	}
}

// doors adds the platforms' callbacks to the routes.
func (a *App) doors(mux *http.ServeMux) {
	if a.callback != nil {
		mux.Handle("/wecom/callback", a.callback)
	}
	if a.inbox != nil && a.stream == nil {
		mux.Handle("/dingtalk/robot", a.inbox.Robot())
		mux.Handle("/dingtalk/card", a.inbox.Card())
		mux.Handle("/dingtalk/event", a.inbox.Event())
	}
}

// idle waits until no message of any platform is in work.
func (a *App) idle(ctx context.Context) error {
	if a.callback != nil {
		if err := a.callback.Wait(ctx); err != nil {
			return err
		}
	}
	if a.wecomBot != nil {
		if err := a.wecomBot.Wait(ctx); err != nil {
			return err
		}
	}
	if a.inbox != nil {
		return a.inbox.Wait(ctx)
	}
	return nil
}

func (a *App) wecomConfig(limits link.Limiter) wecom.Config {
	s := a.o.Settings.WeCom
	c := wecom.Config{
		CorpID: s.CorpID, AgentID: s.AgentID, Secret: s.Secret.Reveal(), Token: s.Token.Reveal(),
		EncodingAESKey: s.EncodingAESKey.Reveal(), BaseURL: s.APIBase, Limiter: limits, Transport: a.o.Transport,
	}
	if a.redis != nil {
		c.Cache = a.redis
	}
	return c
}

func (a *App) botConfig(limits link.Limiter) wecom.BotConfig {
	s := a.o.Settings.WeCom
	c := wecom.BotConfig{BotID: s.BotID, Secret: s.BotSecret.Reveal(), CorpID: s.CorpID, URL: s.BotURL, Limiter: limits}
	if a.redis != nil {
		c.Cache = a.redis
	}
	return c
}

// outgoing keeps the connections open that the platforms deliver over, until ctx ends and what came by
// them is finished.
func (a *App) outgoing(ctx context.Context) {
	var wg sync.WaitGroup
	if a.stream != nil {
		wg.Go(func() { a.stream.Run(ctx) })
	}
	if a.wecomBot != nil {
		wg.Go(func() { a.wecomBot.Run(ctx) })
	}
	wg.Wait()
}

func (a *App) dingtalkConfig() dingtalk.Config {
	s := a.o.Settings.DingTalk
	c := dingtalk.Config{
		CorpID: s.CorpID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), RobotCode: s.RobotCode, CardTemplate: s.CardTemplateID,
		EventToken: s.EventToken.Reveal(), EventAESKey: s.EventAESKey.Reveal(), BaseURL: s.APIBase, OldURL: s.OAPIBase, Transport: a.o.Transport, Meter: a.meter, PerSecond: a.o.CallsPerSecond,
	}
	if a.redis != nil {
		c.Cache = a.redis
	}
	if s.Mode == "webhook" {
		if secret := s.CardCallbackSecret.Reveal(); secret != "" {
			c.CardSecret, c.CardURL = secret, strings.TrimRight(a.o.Settings.PublicURL, "/")+"/dingtalk/card"
		} else {
			c.CardTemplate = dingtalk.TextCard // a press could not come back
		}
	}
	return c
}

// listed lists the platforms for the storage: WeCom first where a person has both. What is not set up
// keeps its accounts. When nothing is set up yet, WeCom's accounts count as if it were.
func listed(s configs.Settings) []storage.Platform {
	limit := 1000
	if s.WeCom.Mode == "bot" {
		limit = 1 // a bot speaks to one chat at a time
	}
	return []storage.Platform{
		{Name: wecom.Name, Limit: limit, FoldCase: true, Daily: true, Off: !s.WeCom.Enabled() && s.DingTalk.Enabled()},
		{Name: dingtalk.Name, Limit: 20, Off: !s.DingTalk.Enabled()},
	}
}

// meter counts what is used of DingTalk's monthly quotas: here at once, and together with the other
// replicas each minute.
type meter struct {
	db    *storage.DB
	zone  *time.Location
	now   func() time.Time
	limit map[dingtalk.Kind]int

	mu    sync.Mutex
	month domain.Date           // the month of known
	known map[dingtalk.Kind]int // used by all, as last heard
	fresh map[dingtalk.Kind]int // used since
}

func newMeter(db *storage.DB, s configs.DingTalk, zone *time.Location, now func() time.Time) *meter {
	return &meter{db: db, zone: zone, now: now, known: map[dingtalk.Kind]int{}, fresh: map[dingtalk.Kind]int{},
		limit: map[dingtalk.Kind]int{dingtalk.APICalls: s.APIQuota, dingtalk.Messages: s.MessageQuota}}
}

// Count implements dingtalk.Meter.
func (m *meter) Count(k dingtalk.Kind, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fresh[k] += n
}

// Left implements dingtalk.Meter.
func (m *meter) Left(k dingtalk.Kind) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(0, 1-float64(m.known[k]+m.fresh[k])/float64(m.limit[k]))
}

// flush writes what was counted and hears what the others counted. What cannot be written is written the
// next time.
func (m *meter) flush(ctx context.Context) error {
	month := domain.DateOf(m.now().In(m.zone))
	month.Day = 1
	for _, k := range []dingtalk.Kind{dingtalk.APICalls, dingtalk.Messages} {
		m.mu.Lock()
		n := m.fresh[k]
		m.mu.Unlock()
		used, err := m.db.CountUse(ctx, dingtalk.Name, string(k), month, n)
		if err != nil {
			return err
		}
		m.mu.Lock()
		m.known[k], m.month = used, month
		m.fresh[k] -= n
		m.mu.Unlock()
	}
	return nil
}

// use gives what this month used so far.
func (m *meter) use() []domain.MonthUse {
	m.mu.Lock()
	defer m.mu.Unlock()
	return []domain.MonthUse{
		{Platform: "钉钉", Kind: string(dingtalk.APICalls), What: "API 调用次数", Used: m.known[dingtalk.APICalls] + m.fresh[dingtalk.APICalls], Limit: m.limit[dingtalk.APICalls]},
		{Platform: "钉钉", Kind: string(dingtalk.Messages), What: "消息条数（收到的和用会话回复的）", Used: m.known[dingtalk.Messages] + m.fresh[dingtalk.Messages], Limit: m.limit[dingtalk.Messages]},
	}
}

// english names a quota for the command line.
func english(m domain.MonthUse) string {
	what := map[string]string{string(dingtalk.APICalls): "API calls", string(dingtalk.Messages): "messages by Stream, callback and webhook"}[m.Kind]
	return fmt.Sprintf("%d of %d %s this month", m.Used, m.Limit, what)
}
