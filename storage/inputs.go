package storage

import (
	"time"

	"trainingbot/domain"
)

// inputs is the table of what plans are drawn from besides 4.0.
func inputs() table[domain.Input] {
	type X = domain.Input
	return table[X]{name: "input", key: 1, version: func(x *X) *int64 { return &x.Version }, columns: []column[X]{
		text("id", func(x *X) *domain.InputID { return &x.ID }),
		number("no", func(x *X) *int64 { return &x.No }),
		text("office", func(x *X) *domain.OfficeID { return &x.Office }),
		text("kind", func(x *X) *domain.InputKind { return &x.Kind }),
		text("text", func(x *X) *string { return &x.Text }),
		text("topic", func(x *X) *string { return &x.Topic }),
		text("given_by", func(x *X) *domain.PersonID { return &x.By }),
		instant("at", func(x *X) *time.Time { return &x.At }),
		text("state", func(x *X) *domain.InputState { return &x.State }),
		maybe("session", func(x *X) *domain.SessionID { return &x.Session }),
		instant("closed_at", func(x *X) *time.Time { return &x.Closed }),
		text("reason", func(x *X) *string { return &x.Reason }),
	}}
}

// InputByNo gives the input people call X<no>.
func (t *Tx) InputByNo(no int64) (domain.Input, bool, error) {
	x, ok, err := inputs().one(t, "r.no = $1", no)
	if err == nil && ok {
		err = t.hold(x.Office)
	}
	if err != nil || !ok {
		return x, false, err
	}
	return inputs().one(t, "r.no = $1", no) // again: it may have been used while this waited for the office
}

// Inputs gives the open inputs of an office, oldest first.
func (t *Tx) Inputs(o domain.OfficeID) ([]domain.Input, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return inputs().find(t, "r.office = $1 AND r.state = 'open' ORDER BY r.no", o)
}

// InputsOf gives the inputs of a kind an office took down from … up to, not including, to, oldest
// first, whatever became of them.
func (t *Tx) InputsOf(o domain.OfficeID, kind domain.InputKind, from, to time.Time) ([]domain.Input, error) {
	return inputs().find(t, "r.office = $1 AND r.kind = $2 AND r.at >= $3 AND r.at < $4 ORDER BY r.no", o, kind, at(from), at(to))
}

// bookings is the table of rooms taken for something else.
func bookings() table[domain.Booking] {
	type B = domain.Booking
	return table[B]{name: "booking", key: 1, version: func(b *B) *int64 { return &b.Version }, columns: []column[B]{
		text("id", func(b *B) *domain.BookingID { return &b.ID }),
		text("office", func(b *B) *domain.OfficeID { return &b.Office }),
		text("room", func(b *B) *string { return &b.Room }),
		instant("from_at", func(b *B) *time.Time { return &b.From }),
		instant("to_at", func(b *B) *time.Time { return &b.To }),
		text("why", func(b *B) *string { return &b.Why }),
		text("taken_by", func(b *B) *domain.PersonID { return &b.By }),
		instant("at", func(b *B) *time.Time { return &b.At }),
		instant("freed_at", func(b *B) *time.Time { return &b.Freed }),
	}}
}

// Bookings gives the rooms of an office that are taken at some time from … to, by start.
func (t *Tx) Bookings(o domain.OfficeID, from, to time.Time) ([]domain.Booking, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return bookings().find(t, "r.office = $1 AND r.freed_at IS NULL AND r.from_at < $3 AND r.to_at > $2 ORDER BY r.from_at, r.id", o, at(from), at(to))
}

// keepPlanning writes what plans rest on: the duty roster, inputs, rooms taken.
func (t *Tx) keepPlanning(ch domain.Change) error {
	if err := t.keepDuties(ch.Duties); err != nil {
		return err
	}
	if err := inputs().keepAll(t, ch.Inputs); err != nil {
		return err
	}
	return bookings().keepAll(t, ch.Bookings)
}
