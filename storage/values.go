package storage

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"trainingbot/domain"
)

// JSON keeps a value as JSON text. It is sent as a string: PostgreSQL takes no bytes for JSONB in
// binary mode, SQLite would keep them as a blob.
type JSON[T any] struct{ V T }

// Value implements driver.Valuer.
func (j JSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("storage: to JSON: %w", err)
	}
	return string(b), nil
}

// Scan implements sql.Scanner; NULL leaves the zero value.
func (j *JSON[T]) Scan(src any) error {
	var zero T
	j.V = zero
	var b []byte
	switch s := src.(type) {
	case nil:
		return nil
	case string:
		b = []byte(s)
	case []byte:
		b = s
	default:
		return fmt.Errorf("storage: JSON from %T", src)
	}
	if err := json.Unmarshal(b, &j.V); err != nil {
		return fmt.Errorf("storage: from JSON: %w", err)
	}
	return nil
}

// MarshalJSON lets a JSON stand inside a row that is sent as JSON itself.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.V) }

// stampFormat is what modernc writes for a time (_time_format=sqlite) and PostgreSQL reads.
const stampFormat = "2006-01-02 15:04:05.999999-07:00"

// stamp is an instant in UTC to the microsecond, what both databases can keep. Zero is NULL.
type stamp struct{ time.Time }

// utc gives the instant as it will be kept.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

func at(t time.Time) stamp { return stamp{utc(t)} }

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) {
	if s.IsZero() {
		return nil, nil
	}
	return s.Time, nil
}

// Scan implements sql.Scanner.
func (s *stamp) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		s.Time = time.Time{}
	case time.Time:
		s.Time = v.UTC()
	default:
		return fmt.Errorf("storage: time from %T", src)
	}
	return nil
}

// MarshalJSON lets a stamp stand inside a row that is sent as JSON.
func (s stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + s.Format(stampFormat) + `"`), nil
}

// day is a calendar day in a DATE column. It is never bound as a time: PostgreSQL would cut the day
// off in the time's zone and SQLite would keep the whole instant. The zero day is NULL.
type day struct{ domain.Date }

// Value implements driver.Valuer.
func (d day) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan implements sql.Scanner.
func (d *day) Scan(src any) (err error) {
	switch v := src.(type) {
	case nil:
		d.Date = domain.Date{}
	case time.Time:
		d.Date = domain.DateOf(v)
	case string:
		d.Date, err = domain.ParseDate(v)
	default:
		err = fmt.Errorf("storage: day from %T", src)
	}
	return err
}

// MarshalJSON lets a day stand inside a row that is sent as JSON.
func (d day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// ref is a text that may be missing: "" is NULL, so that a foreign key can point nowhere.
type ref string

// Value implements driver.Valuer.
func (r ref) Value() (driver.Value, error) {
	if r == "" {
		return nil, nil
	}
	return string(r), nil
}

// Scan implements sql.Scanner.
func (r *ref) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*r = ""
	case string:
		*r = ref(v)
	case []byte:
		*r = ref(v)
	default:
		return fmt.Errorf("storage: text from %T", src)
	}
	return nil
}

// MarshalJSON lets a ref stand inside a row that is sent as JSON.
func (r ref) MarshalJSON() ([]byte, error) {
	if r == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(r))
}
