//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// digest is the essential state with the names people use instead of ids: the same seed must end in
// the same state on either database.
func (y *year) digest() []string {
	var out []string
	for _, q := range []string{
		`SELECT 'plan' AS x, p.no, p.period, v.number, v.state, v.item_count FROM plan p JOIN plan_version v ON v.plan = p.id ORDER BY p.no, v.number`,
		`SELECT 'session' AS x, s.no, s.starts_at, s.state, COALESCE(p.no, '') AS lecturer FROM session s LEFT JOIN person p ON p.id = s.lecturer ORDER BY s.no`,
		`SELECT 'present' AS x, s.no, p.no AS person, a.late, a.way FROM attendance a JOIN session s ON s.id = a.session JOIN person p ON p.id = a.person ORDER BY s.no, p.no`,
		`SELECT 'points' AS x, e.no, p.no AS person, e.month, e.points FROM points e JOIN person p ON p.id = e.person ORDER BY e.no`,
		`SELECT 'proposal' AS x, r.no, r.kind, r.state, COALESCE(p.no, '') AS about FROM proposal r LEFT JOIN person p ON p.id = r.about ORDER BY r.no`,
		`SELECT 'settled' AS x, o.name, s.kind, COUNT(*) AS n FROM settled s JOIN office o ON o.id = s.office GROUP BY o.name, s.kind ORDER BY o.name, s.kind`,
		`SELECT 'act' AS x, o.name, a.act, COUNT(*) AS n FROM audit a JOIN office o ON o.id = a.office GROUP BY o.name, a.act ORDER BY o.name, a.act`,
	} {
		rows, err := y.apps[0].Store().Stats().Queryx(q)
		if err != nil {
			y.violation(nil, "%s: %v", q, err)
			return nil
		}
		for rows.Next() {
			m := map[string]any{}
			if err := rows.MapScan(m); err != nil {
				y.violation(nil, "%s: %v", q, err)
			}
			var line []string
			for k, v := range m {
				switch x := v.(type) {
				case []byte:
					v = string(x)
				case time.Time:
					v = x.UTC().Format(time.RFC3339)
				}
				line = append(line, fmt.Sprintf("%s=%v", k, v))
			}
			slices.Sort(line)
			out = append(out, strings.Join(line, " "))
		}
		rows.Close()
	}
	return out
}

// differ gives the first line in which two ends of a year differ, "" when they do not.
func differ(a, b []string) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "only the second has " + b[i]
		case i >= len(b):
			return "only the first has " + a[i]
		case a[i] != b[i]:
			return a[i] + " and " + b[i]
		}
	}
	return ""
}

// undelivered: at the end of the year nothing waits in the outbox, and nothing was given up but what
// was for somebody who has left.
func (y *year) undelivered() {
	var rows []struct{ Key, State, Reason string }
	y.all(&rows, `SELECT key, state, reason FROM outbox WHERE (state IN ('ready', 'leased') AND run_at < $1) OR state = 'dead' ORDER BY key`, y.now().Add(-time.Minute).UTC())
	for _, r := range rows {
		y.violation(nil, "%s is %s at the end: %s", r.Key, r.State, r.Reason)
	}
}
