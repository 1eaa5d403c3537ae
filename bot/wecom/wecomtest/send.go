package wecomtest

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DuplicateMode says what the platform answers for a request it has delivered before; the documents
// do not.
type DuplicateMode string

// The modes.
const (
	SameAgain DuplicateMode = ""        // mode A: the first message id again
	Nothing   DuplicateMode = "nothing" // mode B: neither message id nor response code
)

// SetDuplicateMode chooses the answer for suppressed duplicates.
func (s *Server) SetDuplicateMode(m DuplicateMode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dupMode = m
}

// Accepted are all accepted sends, in order.
func (s *Server) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.All()
}

type duplicate struct {
	until       time.Time
	msgID, code string
}

// message is one accepted message.
type message struct {
	id       string
	task     string
	sent     time.Time
	copies   map[string]*Shown // by user, lower case
	recalled bool
}

// code is a response code: one update, within 72 hours.
type code struct {
	message *message
	expires time.Time
	used    bool
}

const codeLife = 72 * time.Hour

type sendBody struct {
	ToUser  string          `json:"touser"`
	ToParty string          `json:"toparty"`
	ToTag   string          `json:"totag"`
	MsgType string          `json:"msgtype"`
	AgentID json.RawMessage `json:"agentid"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Markdown struct {
		Content string `json:"content"`
	} `json:"markdown"`
	File struct {
		MediaID string `json:"media_id"`
	} `json:"file"`
	Card     wireCard `json:"template_card"`
	DupCheck int      `json:"enable_duplicate_check"`
	DupFor   int      `json:"duplicate_check_interval"`
}

// escapePattern finds \uXXXX where the backslash is not itself escaped.
var escapePattern = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\u[0-9a-fA-F]{4}`)

// send is message/send.
func (s *Server) send(_ *http.Request, raw []byte) (answer, []event) {
	var b sendBody
	if err := json.Unmarshal(raw, &b); err != nil {
		return fail(40058), nil
	}
	if m := escapePattern.Find(raw); m != nil {
		s.problem("message/send: the body has the escape %s", m)
	}
	if code := s.checkAgent("message/send", b.AgentID); code != 0 {
		return fail(code), nil
	}
	if code := s.checkBody(&b); code != 0 {
		return fail(code), nil
	}
	people, invalid, unlicensed, code := s.receivers(&b)
	if code != 0 {
		return answer{code: code, fields: map[string]any{"invaliduser": strings.Join(invalid, "|")}}, nil
	}
	fields := map[string]any{
		"invaliduser": strings.Join(invalid, "|"), "invalidparty": "", "invalidtag": "",
		"unlicenseduser": strings.Join(unlicensed, "|"),
	}
	sum := sha256.Sum256(raw)
	if d := s.dup[sum]; b.DupCheck == 1 && d != nil && s.now().Before(d.until) {
		s.record(Accepted{MsgID: d.msgID, TaskID: b.Card.TaskID, Invalid: invalid, Duplicate: true, Body: raw})
		if s.dupMode == SameAgain {
			fields["msgid"], fields["response_code"] = d.msgID, d.code
		}
		return answer{fields: fields}, nil
	}
	return s.deliver(&b, raw, sum, people, invalid, fields)
}

func (s *Server) checkAgent(api string, raw json.RawMessage) int64 {
	text := strings.Trim(string(raw), `"`)
	if text != string(raw) {
		s.problem("%s: agentid is a string", api)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 40056
	case n != s.set.AgentID:
		return 301002
	}
	return 0
}

func (s *Server) checkBody(b *sendBody) int64 {
	switch b.MsgType {
	case "text":
		if b.Text.Content == "" {
			return 44004
		}
	case "markdown":
		if b.Markdown.Content == "" {
			return 44004
		}
		if len(b.Markdown.Content) > 2048 {
			return 45002
		}
	case "file":
		if m, ok := s.media[b.File.MediaID]; !ok || !s.now().Before(m.expires) {
			return 40007
		}
	case "template_card":
		if code := b.Card.check(); code != 0 {
			return code
		}
		if b.Card.calledBack() && s.callback == "" {
			return 43012
		}
	default:
		return 40008
	}
	if b.DupFor > 14400 {
		s.problem("message/send: duplicate_check_interval above 14400")
	}
	return 0
}

// receivers sorts the addressees into people, unknown and unlicensed ones.
func (s *Server) receivers(b *sendBody) (people, invalid, unlicensed []string, code int64) {
	users := split(b.ToUser)
	if len(users) > 1000 {
		return nil, nil, nil, 40032
	}
	if len(users)+len(split(b.ToParty))+len(split(b.ToTag)) == 0 {
		return nil, nil, nil, 82001
	}
	seen := map[string]bool{}
	add := func(id string) {
		low := strings.ToLower(id)
		m := s.members[low]
		switch {
		case seen[low]:
		case m == nil || m.Hidden:
			invalid = append(invalid, low)
		case m.Unlicensed:
			unlicensed = append(unlicensed, low)
		default:
			people = append(people, low)
		}
		seen[low] = true
	}
	for _, id := range users {
		if strings.EqualFold(id, "@all") {
			for low, m := range s.members {
				if !m.Hidden {
					add(low)
				}
			}
			continue
		}
		add(id)
	}
	for _, party := range split(b.ToParty) {
		for low, m := range s.members {
			if n, err := strconv.Atoi(party); err == nil && slices.Contains(m.Departments, n) {
				add(low)
			}
		}
	}
	if len(people)+len(unlicensed) == 0 {
		return nil, invalid, nil, 81013
	}
	return people, invalid, unlicensed, 0
}

// deliver puts a message on the phones.
func (s *Server) deliver(b *sendBody, raw []byte, sum [32]byte, people, invalid []string, fields map[string]any) (answer, []event) {
	id := fmt.Sprintf("msg%d-%s", len(s.messages)+1, rand.Text()[:8])
	m := &message{id: id, task: b.Card.TaskID, sent: s.now(), copies: map[string]*Shown{}}
	s.messages[id] = m
	fields["msgid"] = id
	what := Shown{MsgID: id}
	switch b.MsgType {
	case "template_card":
		if was, ok := s.tasks[m.task]; ok && was != sum {
			s.problem("message/send: task_id %s is used for another body", m.task)
		}
		s.tasks[m.task] = sum
		what.Card = b.Card.shown(s)
	case "file":
		what.Text = "[" + s.media[b.File.MediaID].Name + "]"
	default:
		what.Text = cutText(b.Text.Content + b.Markdown.Content)
		what.Links = links(what.Text)
	}
	a := Accepted{MsgID: id, TaskID: m.task, Invalid: invalid, Body: slices.Clone(raw)}
	var events []event
	for _, user := range people {
		if !s.roomFor(user) {
			a.Dropped = append(a.Dropped, user)
			continue
		}
		kept, e := s.put(user, what)
		m.copies[user] = kept
		a.Users = append(a.Users, user)
		events = append(events, e)
	}
	s.record(a)
	responseCode := ""
	if b.MsgType == "template_card" && b.Card.calledBack() {
		responseCode = s.newCode(m)
		fields["response_code"] = responseCode
	}
	if b.DupCheck == 1 {
		window := time.Duration(cmp.Or(b.DupFor, 1800)) * time.Second
		s.dup[sum] = &duplicate{s.now().Add(min(window, 4*time.Hour)), id, responseCode}
	}
	return answer{fields: fields}, events
}

// roomFor books a message for a person, unless 30 a minute or 1000 an hour are used up.
func (s *Server) roomFor(user string) bool {
	now := s.now()
	at := slices.DeleteFunc(s.delivered[user], func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	minute := 0
	for _, t := range at {
		if now.Sub(t) < time.Minute {
			minute++
		}
	}
	ok := minute < 30 && len(at) < 1000
	if ok {
		at = append(at, now)
	}
	s.delivered[user] = at
	return ok
}

func (s *Server) newCode(m *message) string {
	name := "rc-" + rand.Text()
	s.codes[name] = &code{message: m, expires: s.now().Add(codeLife)}
	return name
}

// record keeps an accepted send and writes it through to the journal before it is answered.
func (s *Server) record(a Accepted) {
	if err := s.journal.Record(s.now(), a); err != nil {
		s.problem("journal: %v", err)
	}
}
