package storage

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"trainingbot/domain"
)

// outboxRow is a row of the outbox as it is written.
type outboxRow struct {
	ID         string          `json:"id"`
	Key        string          `json:"key"`
	Kind       string          `json:"kind"`
	Notice     ref             `json:"notice"`
	Thread     string          `json:"thread"`
	Office     domain.OfficeID `json:"office"`
	Platform   string          `json:"platform"`
	Person     domain.PersonID `json:"person"`
	Recipients []string        `json:"recipients"`
	Body       domain.Body     `json:"body"`
	Target     *domain.Receipt `json:"target"`
	Buttons    bool            `json:"buttons"`
	State      string          `json:"state"`
	RunAt      stamp           `json:"run_at"`
	Reason     string          `json:"reason"`
	Expires    stamp           `json:"expires_at"`
	Created    stamp           `json:"created_at"`
	Settled    stamp           `json:"settled_at"`
}

// noHandle is why a message to somebody without an account on any platform is dead.
const noHandle = "no handle"

// expansion is what turning notices into rows needs to know.
type expansion struct {
	platforms []Platform
	handles   map[domain.PersonID][]domain.Handle // preferred first, listed platforms only
	newID     func() string
	now       time.Time
}

// row is what all rows of a notice have in common.
func (e expansion) row(n domain.Notice) outboxRow {
	row := outboxRow{Kind: "notice", Notice: ref(n.Key), Thread: n.Thread, Office: n.Office, Body: n.Body, Buttons: hasButtons(n.Body),
		State: "ready", RunAt: at(later(e.now, n.At)), Expires: at(n.Expires), Created: at(e.now)}
	if len(n.Items) == 1 { // a digest of one goes on as that notice: its card ends with the matter
		row.Thread = n.Items[0].Thread
	}
	return row
}

// rows gives the fewest calls that tell everybody a notice: each person on the platform it names (Via) or
// their first, as many to a call as the platform takes. A card with buttons goes to each person alone, so that each
// can be brought up to date by itself. Who cannot be reached gets a dead row that says so.
func (e expansion) rows(n domain.Notice) []outboxRow {
	row := e.row(n)
	single := row.Buttons
	var out []outboxRow
	add := func(platform, part string, person domain.PersonID, to []string) {
		r := row
		r.ID, r.Key, r.Platform, r.Person, r.Recipients = e.newID(), n.Key+"|"+platform+"|"+part, platform, person, to
		if platform == "" {
			r.State, r.Reason, r.Settled = "dead", noHandle, at(e.now)
		}
		out = append(out, r)
	}
	groups := make([][]string, len(e.platforms))
	told := make(map[domain.PersonID]bool, len(n.To))
	for _, id := range n.To {
		if told[id] {
			continue
		}
		told[id] = true
		hs := e.handles[id]
		if len(hs) == 0 {
			add("", string(id), id, []string{})
			continue
		}
		h := hs[max(0, slices.IndexFunc(hs, func(h domain.Handle) bool { return h.Platform == n.Via }))]
		if single {
			add(h.Platform, string(id), id, []string{h.User})
			continue
		}
		i := slices.IndexFunc(e.platforms, func(p Platform) bool { return p.Name == h.Platform })
		groups[i] = append(groups[i], h.User)
	}
	for i, users := range groups {
		part := 0
		for chunk := range slices.Chunk(users, max(1, e.platforms[i].Limit)) {
			part++
			add(e.platforms[i].Name, strconv.Itoa(part), "", chunk)
		}
	}
	return out
}

func hasButtons(b domain.Body) bool { return b.Card != nil && len(b.Card.Buttons) > 0 }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// outboxChunk bounds the rows one statement writes.
const outboxChunk = 2000

// enqueue writes rows into the outbox; a key that is there already stays what it is.
func (t *Tx) enqueue(rows []outboxRow) error {
	if len(rows) == 0 {
		return nil
	}
	for chunk := range slices.Chunk(rows, outboxChunk) {
		data, err := json.Marshal(chunk)
		if err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO outbox (id, key, kind, notice, thread, office, platform, person, recipients, body, target, buttons, state, attempt, run_at, lease_owner, over, updates, reason, expires_at, created_at, settled_at)
			SELECT id, key, kind, notice, thread, office, platform, person, recipients, body, target, buttons, state, 0, run_at, '', FALSE, 0, reason, expires_at, created_at, settled_at
			FROM `+t.db.dialect.rows(1, "id TEXT", "key TEXT", "kind TEXT", "notice TEXT", "thread TEXT", "office TEXT", "platform TEXT", "person TEXT", "recipients JSONB", "body JSONB",
			"target JSONB", "buttons BOOLEAN", "state TEXT", "run_at TIMESTAMP", "reason TEXT", "expires_at TIMESTAMP", "created_at TIMESTAMP", "settled_at TIMESTAMP")+
			` WHERE TRUE ON CONFLICT (key) DO NOTHING`, string(data))
		if err != nil {
			return err
		}
	}
	t.events = append(t.events, t.db.wake)
	return nil
}
