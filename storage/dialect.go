package storage

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// dialect is everything the two databases disagree about inside a query. The values never go into
// the text: all of it is fixed when the program is compiled.
type dialect struct {
	name string
}

// postgres says which of the two it is.
func (d dialect) postgres() bool { return d.name == "postgres" }

// lock makes a SELECT keep others from changing the rows of the named tables until the end of the
// transaction. It leaves room for foreign keys that point at them. SQLite writes one at a time.
func (d dialect) lock(tables string) string {
	if d.postgres() {
		return " FOR NO KEY UPDATE OF " + tables
	}
	return ""
}

// share makes a SELECT keep others from changing the rows, while others may share them.
func (d dialect) share(tables string) string {
	if d.postgres() {
		return " FOR SHARE OF " + tables
	}
	return ""
}

// skip makes a SELECT take the rows nobody else holds.
func (d dialect) skip() string {
	if d.postgres() {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// in compares the text before it with the members of parameter n, made by list. In PostgreSQL it is
// an array and not JSON because its length is known when the query is planned: fifty thousand
// members are hashed, not looked up one by one.
func (d dialect) in(n int) string {
	if d.postgres() {
		return fmt.Sprintf("= ANY(CAST($%d AS TEXT[]))", n)
	}
	return fmt.Sprintf("IN (SELECT value FROM json_each($%d))", n)
}

// list makes the parameter of dialect.in.
func list[S ~string](d dialect, members []S) driver.Valuer {
	if d.postgres() {
		return pq.StringArray(texts(members))
	}
	return JSON[[]string]{texts(members)}
}

func texts[S ~string](members []S) []string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = string(m)
	}
	return out
}

// rows gives a table r from parameter n, a JSON list of objects. Columns are "name type" in
// PostgreSQL's words, with TIMESTAMP for instants.
func (d dialect) rows(n int, columns ...string) string {
	if d.postgres() {
		cols := strings.ReplaceAll(strings.Join(columns, ", "), " TIMESTAMP", " TIMESTAMPTZ")
		return fmt.Sprintf("jsonb_to_recordset(CAST($%d AS JSONB)) AS r(%s)", n, cols)
	}
	out := make([]string, len(columns))
	for i, c := range columns {
		name, _, _ := strings.Cut(c, " ")
		out[i] = "value->>'" + name + "' AS " + name
	}
	return fmt.Sprintf("(SELECT %s FROM json_each($%d)) AS r", strings.Join(out, ", "), n)
}

// render renders the type tokens of a migration.
func (d dialect) render(sql string) string {
	if d.postgres() {
		// COLLATE "C": the order of texts is the same on every server, and the same as SQLite's.
		return strings.NewReplacer("@TEXT@", `TEXT COLLATE "C"`, "@TIMESTAMP@", "TIMESTAMPTZ", "@JSON@", "JSONB", "@BYTES@", "BYTEA").Replace(sql)
	}
	return strings.NewReplacer("@TEXT@", "TEXT", "@TIMESTAMP@", "TIMESTAMP", "@JSON@", "TEXT", "@BYTES@", "BLOB").Replace(sql)
}
