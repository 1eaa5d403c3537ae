package wecomtest

import (
	"encoding/json"
	"net/http"
	"time"
)

// robot is a group's robot: a key that is the whole secret, and when it spoke.
type robot struct {
	group string
	spoke []time.Time
}

// AddRobot gives a group a robot and tells its webhook address as the platform shows it. What it says is
// in the Inbox of the group's name.
func (s *Server) AddRobot(group, key string) (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.robots == nil {
		s.robots = map[string]*robot{}
	}
	s.robots[key] = &robot{group: group}
	return "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + key
}

// webhook is /cgi-bin/webhook/send (document 91770): no token, the key says all; 20 messages a minute.
func (s *Server) webhook(r *http.Request, body []byte) (answer, []event) {
	if r.Method != http.MethodPost {
		return fail(40058), nil
	}
	bot := s.robots[r.URL.Query().Get("key")]
	if bot == nil {
		return fail(93000), nil
	}
	var m struct {
		Type string `json:"msgtype"`
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	switch err := json.Unmarshal(body, &m); {
	case err != nil:
		return fail(40058), nil
	case m.Type != "text":
		return fail(40008), nil
	case m.Text.Content == "":
		return fail(44004), nil
	case len(m.Text.Content) > 2048:
		return fail(93000), nil
	}
	now := s.now()
	var minute []time.Time
	for _, at := range bot.spoke {
		if now.Sub(at) < time.Minute {
			minute = append(minute, at)
		}
	}
	if bot.spoke = minute; len(minute) >= 20 {
		return fail(45009), nil
	}
	bot.spoke = append(bot.spoke, now)
	_, e := s.put(bot.group, Shown{Text: m.Text.Content})
	return answer{}, []event{e}
}
