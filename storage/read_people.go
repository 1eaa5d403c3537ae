package storage

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"trainingbot/domain"
)

type officeRow struct {
	ID    domain.OfficeID
	Name  string
	Since day
}

func (r officeRow) office() domain.Office {
	return domain.Office{ID: r.ID, Name: r.Name, Since: r.Since.Date}
}

type personRow struct {
	ID      domain.PersonID `json:"id"`
	No      string          `json:"no"`
	Name    string          `json:"name"`
	Version int64           `json:"version"`
}

type handleRow struct {
	Platform string          `json:"platform"`
	UserKey  string          `db:"user_key" json:"user_key"`
	UserID   string          `db:"user_id" json:"user_id"`
	Person   domain.PersonID `json:"person"`
}

type membershipRow struct {
	Person domain.PersonID     `json:"person"`
	Ord    int                 `json:"ord"`
	Office domain.OfficeID     `json:"office"`
	Roles  JSON[[]domain.Role] `json:"roles"`
	Shift  string              `json:"shift"`
	Since  day                 `db:"since_on" json:"since_on"`
	Until  day                 `db:"until_on" json:"until_on"`
}

// Offices lists the offices by name.
func (t *Tx) Offices() ([]domain.Office, error) {
	var rows []officeRow
	if err := t.all(&rows, "SELECT id, name, since FROM office ORDER BY name"); err != nil {
		return nil, fmt.Errorf("storage: offices: %w", err)
	}
	out := make([]domain.Office, len(rows))
	for i, r := range rows {
		out[i] = r.office()
	}
	return out, nil
}

// Office gives one office.
func (t *Tx) Office(id domain.OfficeID) (domain.Office, bool, error) {
	if err := t.hold(id); err != nil {
		return domain.Office{}, false, err
	}
	var r officeRow
	err := t.get(&r, "SELECT id, name, since FROM office WHERE id = $1", id)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Office{}, false, nil
	}
	if err != nil {
		return domain.Office{}, false, fmt.Errorf("storage: office: %w", err)
	}
	return r.office(), true, nil
}

// PersonByHandle gives who writes under the handle.
func (t *Tx) PersonByHandle(h domain.Handle) (domain.Person, bool, error) {
	return t.person("SELECT p.id, p.no, p.name, p.version FROM handle h JOIN person p ON p.id = h.person WHERE h.platform = $1 AND h.user_key = $2",
		h.Platform, t.db.handleKey(h))
}

// PersonByNo gives who has the staff number (工号).
func (t *Tx) PersonByNo(no string) (domain.Person, bool, error) {
	return t.person("SELECT id, no, name, version FROM person WHERE no = $1", no)
}

// Person gives somebody, or ErrNotFound.
func (t *Tx) Person(id domain.PersonID) (domain.Person, error) {
	p, ok, err := t.person("SELECT id, no, name, version FROM person WHERE id = $1", id)
	if err == nil && !ok {
		err = fmt.Errorf("storage: person %s: %w", id, ErrNotFound)
	}
	return p, err
}

func (t *Tx) person(query string, args ...any) (domain.Person, bool, error) {
	people, err := t.people(query, args...)
	if err != nil || len(people) == 0 {
		return domain.Person{}, false, err
	}
	return people[0], true, nil
}

// Staff gives everyone who is or ever was a member of the office, ordered by staff number.
func (t *Tx) Staff(o domain.OfficeID) (domain.Staff, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return t.people("SELECT id, no, name, version FROM person WHERE id IN (SELECT person FROM membership WHERE office = $1) ORDER BY no", o)
}

// people reads the persons a query names, whole, in four statements however many they are.
func (t *Tx) people(query string, args ...any) ([]domain.Person, error) {
	var rows []personRow
	if err := t.all(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("storage: people: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]domain.PersonID, len(rows))
	index := make(map[domain.PersonID]int, len(rows))
	out := make([]domain.Person, len(rows))
	for i, r := range rows {
		ids[i], index[r.ID] = r.ID, i
		out[i] = domain.Person{ID: r.ID, No: r.No, Name: r.Name, Version: r.Version}
	}
	in := t.db.dialect.in(1)
	var handles []handleRow
	if err := t.all(&handles, "SELECT platform, user_key, user_id, person FROM handle WHERE person "+in+"", list(t.db.dialect, ids)); err != nil {
		return nil, fmt.Errorf("storage: handles: %w", err)
	}
	var stays []membershipRow
	if err := t.all(&stays, "SELECT person, ord, office, roles, shift, since_on, until_on FROM membership WHERE person "+in+" ORDER BY person, ord", list(t.db.dialect, ids)); err != nil {
		return nil, fmt.Errorf("storage: memberships: %w", err)
	}
	for _, h := range handles {
		p := &out[index[h.Person]]
		p.Handles = append(p.Handles, domain.Handle{Platform: h.Platform, User: h.UserID})
	}
	for _, m := range stays {
		p := &out[index[m.Person]]
		p.Memberships = append(p.Memberships, domain.Membership{Office: m.Office, Roles: m.Roles.V, Shift: m.Shift, Since: m.Since.Date, Until: m.Until.Date})
	}
	for i := range out {
		t.db.sortHandles(out[i].Handles)
	}
	if err := t.bars(out, index, ids); err != nil {
		return nil, err
	}
	return out, t.standIns(out, index, ids)
}

// sortHandles puts the preferred platform first.
func (db *DB) sortHandles(hs []domain.Handle) {
	rank := func(h domain.Handle) int {
		if i, ok := db.rank[h.Platform]; ok {
			return i
		}
		return len(db.rank)
	}
	slices.SortFunc(hs, func(a, b domain.Handle) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.User, b.User))
	})
}

// Question gives what the person is expected to say next, nil when nothing.
func (t *Tx) Question(p domain.PersonID) (*domain.Question, error) { return t.question(string(p)) }

// QuestionFrom gives what somebody who is not known yet is expected to say next, nil when nothing.
func (t *Tx) QuestionFrom(h domain.Handle) (*domain.Question, error) {
	return t.question(t.db.stranger(h))
}

// stranger is how a question to an unknown handle is kept. Ids of people have no colon.
func (db *DB) stranger(h domain.Handle) string { return h.Platform + ":" + db.handleKey(h) }

func (t *Tx) question(owner string) (*domain.Question, error) {
	var r struct {
		Kind    domain.QuestionKind
		Line    string
		Expires stamp
	}
	err := t.get(&r, "SELECT kind, line, expires FROM question WHERE owner = $1", owner)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("storage: question: %w", err)
	}
	return &domain.Question{Kind: r.Kind, Line: r.Line, Expires: r.Expires.Time}, nil
}
