// Package contract has the tests of plumego's store/db that hold for every database.
package contract

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"kv.internal/kv/adapters/plumego/store/db"
)

// Database is a database with its driver.
type Database struct {
	// Config returns the configuration of an empty database, a new one for each call.
	Config func(t *testing.T) db.Config
	// Endless is a query that does not end by itself.
	Endless string
	// Breaking is a query whose third row is an error.
	Breaking string
	// IsOwnError reports whether an error is, or wraps, one of the driver's.
	IsOwnError func(err error) bool
}

// open returns a new database with a table of users. Of one connection, a call that kept it would
// leave the next without any.
func (d Database) open(t *testing.T, connections int) *sql.DB {
	t.Helper()
	config := d.Config(t)
	config.MaxOpenConns = connections
	pool, err := db.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Ping(limit(t), pool); err != nil {
			t.Errorf("after the test: %v", err)
		}
		if used := pool.Stats().InUse; used != 0 {
			t.Errorf("%d connections are still in use", used)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	exec(t, pool, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT)")
	return pool
}

// limit returns a context that ends long after a call that works: a call without a connection would
// wait for ever.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// exec runs a statement and returns how many rows it has changed.
func exec(t *testing.T, database db.DB, statement string, args ...any) int64 {
	t.Helper()
	result, err := db.ExecContext(limit(t), database, statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := result.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// names returns the names of all users, in the order of their ids.
func names(t *testing.T, database db.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(limit(t), database, "SELECT name FROM users ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	found, err := db.ScanRows(rows, func(rows *sql.Rows) (name string, err error) {
		return name, rows.Scan(&name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
