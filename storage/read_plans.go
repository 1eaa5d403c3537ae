package storage

import (
	"fmt"

	"trainingbot/domain"
)

type planRow struct {
	ID      domain.PlanID
	No      int64
	Office  domain.OfficeID
	Period  string
	Version int64
}

type planVersionRow struct {
	Plan        domain.PlanID
	Number      int
	State       domain.PlanState
	Items       JSON[[]domain.Item]
	ItemCount   int   `db:"item_count"`
	DraftedBy   ref   `db:"drafted_by"`
	DraftedAt   stamp `db:"drafted_at"`
	SubmittedBy ref   `db:"submitted_by"`
	SubmittedAt stamp `db:"submitted_at"`
	DaysLate    int   `db:"days_late"`
	DecidedBy   ref   `db:"decided_by"`
	DecidedAt   stamp `db:"decided_at"`
	DecidedLate int   `db:"decided_late"`
	SelfDecided bool  `db:"self_decided"`
	Reason      string
	OnBehalf    ref `db:"on_behalf"`
	Changes     string
	Clashes     string
}

func (r planVersionRow) version() domain.PlanVersion {
	return domain.PlanVersion{
		Number: r.Number, State: r.State, Items: r.Items.V,
		DraftedBy: domain.PersonID(r.DraftedBy), DraftedAt: r.DraftedAt.Time,
		SubmittedBy: domain.PersonID(r.SubmittedBy), SubmittedAt: r.SubmittedAt.Time, DaysLate: r.DaysLate,
		DecidedBy: domain.PersonID(r.DecidedBy), DecidedAt: r.DecidedAt.Time, DecidedLate: r.DecidedLate,
		SelfDecided: r.SelfDecided, Reason: r.Reason, OnBehalf: domain.PersonID(r.OnBehalf), Changes: r.Changes, Clashes: r.Clashes,
	}
}

const (
	planColumns        = "p.id, p.no, p.office, p.period, p.version"
	planVersionColumns = "v.plan, v.number, v.state, v.drafted_by, v.drafted_at, v.submitted_by, v.submitted_at, v.days_late, v.decided_by, v.decided_at, v.decided_late, v.self_decided, v.reason, v.item_count, v.on_behalf, v.changes, v.clashes"
)

// Plan gives the plan of an office for a period.
func (t *Tx) Plan(o domain.OfficeID, p domain.Period) (domain.Plan, bool, error) {
	if err := t.hold(o); err != nil {
		return domain.Plan{}, false, err
	}
	return t.plan("SELECT "+planColumns+" FROM plan p WHERE p.office = $1 AND p.period = $2"+t.lock("p"), o, p.String())
}

// PlanByNo gives the plan people call P<no>.
func (t *Tx) PlanByNo(no int64) (domain.Plan, bool, error) {
	return t.plan("SELECT "+planColumns+" FROM office o JOIN plan p ON p.office = o.id WHERE p.no = $1"+t.lock("o, p"), no)
}

func (t *Tx) plan(query string, args ...any) (domain.Plan, bool, error) {
	plans, err := t.plans(true, query, args...)
	if err != nil || len(plans) == 0 {
		return domain.Plan{}, false, err
	}
	t.holds(plans[0].Office)
	return plans[0], true, nil
}

// holds notes that a query has taken the office's lock itself.
func (t *Tx) holds(o domain.OfficeID) {
	if t.locks {
		t.held[o] = true
	}
}

// Plans gives the plans of an office whose period lies from … to, both included, by period. A year
// stands before its January.
func (t *Tx) Plans(o domain.OfficeID, from, to domain.Period) ([]domain.Plan, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return t.plans(true, "SELECT "+planColumns+" FROM plan p WHERE p.office = $1 AND p.period >= $2 AND p.period <= $3 ORDER BY p.period", o, from.String(), to.String())
}

// plans reads the plans a query names with their versions. Without items each version has as many
// empty ones as it has lines: enough to count them.
func (t *Tx) plans(items bool, query string, args ...any) ([]domain.Plan, error) {
	var rows []planRow
	if err := t.all(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("storage: plans: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]domain.PlanID, len(rows))
	index := make(map[domain.PlanID]int, len(rows))
	out := make([]domain.Plan, len(rows))
	for i, r := range rows {
		period, err := domain.ParsePeriod(r.Period)
		if err != nil {
			return nil, fmt.Errorf("storage: plan %s: %w", r.ID, err)
		}
		ids[i], index[r.ID] = r.ID, i
		out[i] = domain.Plan{ID: r.ID, No: r.No, Office: r.Office, Period: period, Version: r.Version}
	}
	columns := planVersionColumns
	if items {
		columns += ", v.items"
	}
	var versions []planVersionRow
	err := t.all(&versions, "SELECT "+columns+" FROM plan_version v WHERE v.plan "+t.db.dialect.in(1)+" ORDER BY v.plan, v.number", list(t.db.dialect, ids))
	if err != nil {
		return nil, fmt.Errorf("storage: plan versions: %w", err)
	}
	for _, v := range versions {
		pv := v.version()
		if !items {
			pv.Items = make([]domain.Item, v.ItemCount)
		}
		p := &out[index[v.Plan]]
		p.Versions = append(p.Versions, pv)
	}
	return out, nil
}

// Settled lists what the office has done by hand, by kind and subject.
func (t *Tx) Settled(o domain.OfficeID) ([]domain.Matter, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	var out []domain.Matter
	if err := t.all(&out, "SELECT office, kind, subject FROM settled WHERE office = $1 ORDER BY kind, subject", o); err != nil {
		return nil, fmt.Errorf("storage: settled matters: %w", err)
	}
	return out, nil
}

// Years lists the holiday notices loaded, by year.
func (t *Tx) Years() ([]domain.Year, error) {
	var rows []struct {
		Year   int
		Source string
		Days   JSON[[]domain.Day]
	}
	if t.locks && t.db.dialect.postgres() {
		// The whole table: the notice that is about to be changed may not be in it yet.
		if _, err := t.exec("LOCK TABLE holiday_year IN SHARE ROW EXCLUSIVE MODE"); err != nil {
			return nil, fmt.Errorf("storage: hold the holiday years: %w", err)
		}
	}
	if err := t.all(&rows, "SELECT year, source, days FROM holiday_year ORDER BY year"); err != nil {
		return nil, fmt.Errorf("storage: holiday years: %w", err)
	}
	out := make([]domain.Year, len(rows))
	for i, r := range rows {
		out[i] = domain.Year{Year: r.Year, Source: r.Source, Days: r.Days.V}
	}
	return out, nil
}

// AuditTrail gives the newest lines of the office's log, newest first, at most limit.
func (t *Tx) AuditTrail(o domain.OfficeID, limit int) ([]domain.Audit, error) {
	var rows []struct {
		At      stamp
		Office  domain.OfficeID
		Actor   domain.PersonID
		Act     string
		Subject string
		Clause  string
		Text    string
	}
	err := t.all(&rows, "SELECT at, office, actor, act, subject, clause, text FROM audit WHERE office = $1 ORDER BY at DESC, id DESC LIMIT $2", o, limit)
	if err != nil {
		return nil, fmt.Errorf("storage: audit trail: %w", err)
	}
	out := make([]domain.Audit, len(rows))
	for i, r := range rows {
		out[i] = domain.Audit{At: r.At.Time, Office: r.Office, Actor: r.Actor, Act: r.Act, Subject: r.Subject, Clause: r.Clause, Text: r.Text}
	}
	return out, nil
}
