package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"
)

// prepared opens connections to a SQLite file that prepare a text once: parsing and planning a query
// costs the embedded database more than running it, and the product's texts are fixed. Each connection
// keeps its own statements, so a text prepared for one transaction is never run by another.
type prepared struct {
	driver sqlite.Driver
	dsn    string
}

// Connect implements driver.Connector.
func (p *prepared) Connect(context.Context) (driver.Conn, error) {
	c, err := p.driver.Open(p.dsn)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(sqliteConn)
	if !ok {
		c.Close()
		return nil, errors.New("storage: the sqlite driver has no context")
	}
	return &preparedConn{sqliteConn: inner, texts: map[string]*preparedText{}}, nil
}

// Driver implements driver.Connector.
func (p *prepared) Driver() driver.Driver { return &p.driver }

// sqliteConn is what database/sql asks of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what the cache asks of the driver's statement.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparedConn is one connection with the texts it has prepared. database/sql uses a connection from one
// goroutine at a time.
type preparedConn struct {
	sqliteConn
	texts map[string]*preparedText
}

// preparedText is one prepared statement; while somebody reads its rows it is busy.
type preparedText struct {
	stmt sqliteStmt
	busy bool
}

// textsMost bounds the statements of one connection. The product has fewer texts than that; one that
// made them up would begin anew instead of growing.
const textsMost = 512

// text gives a statement that is not in use, nil for a text that is not kept.
func (c *preparedConn) text(ctx context.Context, query string) (*preparedText, error) {
	if t := c.texts[query]; t != nil {
		if t.busy {
			return nil, nil // the same text within its own rows: the driver makes another
		}
		return t, nil
	}
	switch word, _, _ := strings.Cut(strings.TrimSpace(query), " "); word {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
	default: // pragmas, migrations: once each
		return nil, nil
	}
	if len(c.texts) >= textsMost {
		c.forget()
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := made.(sqliteStmt)
	if !ok {
		return nil, made.Close()
	}
	t := &preparedText{stmt: stmt}
	c.texts[query] = t
	return t, nil
}

// forget closes what is not in use.
func (c *preparedConn) forget() {
	for query, t := range c.texts {
		if !t.busy {
			t.stmt.Close()
			delete(c.texts, query)
		}
	}
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	t, err := c.text(ctx, query)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return t.stmt.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	t, err := c.text(ctx, query)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := t.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	t.busy = true
	return &preparedRows{rows, t}, nil
}

// Close implements driver.Conn.
func (c *preparedConn) Close() error {
	for query, t := range c.texts {
		t.stmt.Close()
		delete(c.texts, query)
	}
	return c.sqliteConn.Close()
}

// preparedRows gives the statement back when they are closed.
type preparedRows struct {
	driver.Rows
	text *preparedText
}

// Close implements driver.Rows.
func (r *preparedRows) Close() error {
	r.text.busy = false
	return r.Rows.Close()
}

// openPrepared is sql.Open with the texts kept.
func openPrepared(dsn string) *sql.DB { return sql.OpenDB(&prepared{dsn: dsn}) }
