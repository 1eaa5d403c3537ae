package storage

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"trainingbot/domain"
)

// table describes to the storage one kind of record that stands in one table as it is: its columns
// and where each of them is in T. What needs more than that (several tables, a hot path) is
// written out by hand.
type table[T any] struct {
	name    string
	key     int // how many of the first columns are the primary key
	columns []column[T]
	version func(*T) *int64 // of a record that is changed: it is kept only when it is still the one it was decided on; nil: it is written once
}

// column is one column and its place in T.
type column[T any] struct {
	name  string
	value func(*T) any // what is bound
	into  func(*T) any // where it is scanned to
}

// text is a column of any string type.
func text[T any, S ~string](name string, at func(*T) *S) column[T] {
	return column[T]{name, func(t *T) any { return string(*at(t)) }, func(t *T) any { return at(t) }}
}

// maybe is a text that may be missing: "" is NULL, so that a foreign key can point nowhere.
func maybe[T any, S ~string](name string, at func(*T) *S) column[T] {
	return column[T]{name, func(t *T) any { return ref(*at(t)) }, func(t *T) any { return scanned[ref](func(r ref) { *at(t) = S(r) }) }}
}

// number is an integer column.
func number[T any, N ~int | ~int64](name string, at func(*T) *N) column[T] {
	return column[T]{name, func(t *T) any { return int64(*at(t)) }, func(t *T) any { return at(t) }}
}

// flag is a BOOLEAN column.
func flag[T any](name string, at func(*T) *bool) column[T] {
	return column[T]{name, func(t *T) any { return *at(t) }, func(t *T) any { return at(t) }}
}

// instant is an instant; zero is NULL.
func instant[T any](name string, where func(*T) *time.Time) column[T] {
	return column[T]{name, func(t *T) any { return at(*where(t)) }, func(t *T) any { return scanned[stamp](func(s stamp) { *where(t) = s.Time }) }}
}

// date is a day; zero is NULL.
func date[T any](name string, where func(*T) *domain.Date) column[T] {
	return column[T]{name, func(t *T) any { return day{*where(t)} }, func(t *T) any { return scanned[day](func(d day) { *where(t) = d.Date }) }}
}

// month is a month as text, YYYY-MM; the zero month is "".
func month[T any](name string, where func(*T) *domain.Month) column[T] {
	return column[T]{name, func(t *T) any {
		if *where(t) == (domain.Month{}) {
			return ""
		}
		return where(t).String()
	}, func(t *T) any {
		return scanned[ref](func(r ref) { *where(t), _ = domain.ParseMonth(string(r)) })
	}}
}

// document is any value kept as JSON; a nil list is JSON's null.
func document[T, V any](name string, where func(*T) *V) column[T] {
	return column[T]{name, func(t *T) any { return JSON[V]{*where(t)} }, func(t *T) any { return scanned[JSON[V]](func(j JSON[V]) { *where(t) = j.V }) }}
}

// scan is a sql.Scanner that hands what it read on.
type scan func(src any) error

// Scan implements sql.Scanner.
func (s scan) Scan(src any) error { return s(src) }

// scanned reads a V and gives it to put.
func scanned[V any, P interface {
	*V
	sql.Scanner
}](put func(V)) scan {
	return func(src any) error {
		var v V
		if err := P(&v).Scan(src); err != nil {
			return err
		}
		put(v)
		return nil
	}
}

func (d table[T]) names() string {
	out := make([]string, len(d.columns))
	for i, c := range d.columns {
		out[i] = "r." + c.name
	}
	return strings.Join(out, ", ")
}

// keep writes one record: a new one (version 0, or no version at all) is inserted, a known one is
// changed when it is still what it was, else errStale.
func (d table[T]) keep(t *Tx, x T) error {
	args := make([]any, 0, len(d.columns)+1)
	for _, c := range d.columns {
		args = append(args, c.value(&x))
	}
	var q strings.Builder
	if d.version != nil && *d.version(&x) > 0 {
		fmt.Fprintf(&q, "UPDATE %s SET version = version + 1", d.name)
		for i, c := range d.columns[d.key:] {
			fmt.Fprintf(&q, ", %s = $%d", c.name, d.key+i+1)
		}
		for i, c := range d.columns[:d.key] {
			fmt.Fprintf(&q, "%s %s = $%d", map[bool]string{true: " WHERE", false: " AND"}[i == 0], c.name, i+1)
		}
		args = append(args, *d.version(&x))
		fmt.Fprintf(&q, " AND version = $%d", len(args))
	} else {
		names, places := make([]string, len(d.columns)), make([]string, len(d.columns))
		for i, c := range d.columns {
			names[i], places[i] = c.name, fmt.Sprintf("$%d", i+1)
		}
		if d.version != nil {
			names, places = append(names, "version"), append(places, "1")
		}
		fmt.Fprintf(&q, "INSERT INTO %s (%s) VALUES (%s)", d.name, strings.Join(names, ", "), strings.Join(places, ", "))
	}
	n, err := t.exec(q.String(), args...)
	return stale(d.name, n, err)
}

// keepAll is keep for a list.
func (d table[T]) keepAll(t *Tx, all []T) error {
	for _, x := range all {
		if err := d.keep(t, x); err != nil {
			return err
		}
	}
	return nil
}

// find reads the records a condition on r names, which may end in an ORDER BY.
func (d table[T]) find(t *Tx, where string, args ...any) ([]T, error) {
	names := d.names()
	if d.version != nil {
		names += ", r.version"
	}
	rows, err := t.x.QueryxContext(t.ctx, "SELECT "+names+" FROM "+d.name+" r WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("storage: %s: %w", d.name, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var x T
		into := make([]any, 0, len(d.columns)+1)
		for _, c := range d.columns {
			into = append(into, c.into(&x))
		}
		if d.version != nil {
			into = append(into, d.version(&x))
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("storage: %s: %w", d.name, err)
		}
		out = append(out, x)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("storage: %s: %w", d.name, err)
	}
	return out, nil
}

// one is find for at most one record.
func (d table[T]) one(t *Tx, where string, args ...any) (x T, ok bool, err error) {
	all, err := d.find(t, where, args...)
	if err != nil || len(all) == 0 {
		return x, false, err
	}
	return all[0], true, nil
}
