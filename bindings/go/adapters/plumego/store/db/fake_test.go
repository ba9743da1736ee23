package db_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"
)

// fake is a database of one table that every query returns. It records what is done to it, and each
// step fails with the error that a test has set for it.
type fake struct {
	rows [][]driver.Value
	fail map[string]error
	// Called before a step.
	before map[string]func()
	// Whether a query has a second result.
	hasMore bool

	mutex sync.Mutex
	steps []string
}

// open returns the database, and checks at the end of the test that no call has kept a connection.
func (f *fake) open(t *testing.T) *sql.DB {
	t.Helper()
	pool := sql.OpenDB(f)
	t.Cleanup(func() {
		if used := pool.Stats().InUse; used != 0 {
			t.Errorf("%d connections are still in use", used)
		}
		pool.Close()
	})
	return pool
}

// do records a step and returns its error.
func (f *fake) do(step string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.steps = append(f.steps, step)
	if before := f.before[step]; before != nil {
		before()
	}
	return f.fail[step]
}

// did returns the steps since the last call.
func (f *fake) did() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	steps := f.steps
	f.steps = nil
	return steps
}

// wants fails the test unless the steps since the last look are these.
func (f *fake) wants(t *testing.T, steps ...string) {
	t.Helper()
	if did := f.did(); !slices.Equal(did, steps) {
		t.Errorf("the steps are %q, not %q", did, steps)
	}
}

// awaits returns when a step was done, which another goroutine does.
func (f *fake) awaits(t *testing.T, step string) {
	t.Helper()
	until(t, step, func() bool {
		f.mutex.Lock()
		defer f.mutex.Unlock()
		return slices.Contains(f.steps, step)
	})
}

// until returns when a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within a minute", what)
		}
	}
}

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	if err := f.fail["connect"]; err != nil {
		return nil, err
	}
	return fakeConn{f}, nil
}

func (f *fake) Driver() driver.Driver { return f }

func (f *fake) Open(string) (driver.Conn, error) { return f.Connect(context.Background()) }

type fakeConn struct{ *fake }

func (c fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }

func (c fakeConn) Close() error { return nil }

func (c fakeConn) Ping(context.Context) error { return c.do("ping") }

func (c fakeConn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c fakeConn) BeginTx(_ context.Context, options driver.TxOptions) (driver.Tx, error) {
	step := "begin"
	if options.ReadOnly {
		step = "begin to read"
	}
	return fakeTx(c), c.do(step)
}

func (c fakeConn) ExecContext(_ context.Context, statement string, _ []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(c.rows)), c.do(statement)
}

func (c fakeConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	if err := c.do("query"); err != nil {
		return nil, err
	}
	return &fakeRows{fake: c.fake}, nil
}

type fakeTx struct{ *fake }

func (t fakeTx) Commit() error { return t.do("commit") }

func (t fakeTx) Rollback() error { return t.do("rollback") }

type fakeRows struct {
	*fake
	read int
}

func (r *fakeRows) Columns() []string { return []string{"id", "name"} }

func (r *fakeRows) Close() error { return r.do("close") }

// Next fails behind the last row with the error for "next".
func (r *fakeRows) Next(into []driver.Value) error {
	if r.read == len(r.rows) {
		if err := r.fail["next"]; err != nil {
			return err
		}
		return io.EOF
	}
	copy(into, r.rows[r.read])
	r.read++
	return nil
}

func (r *fakeRows) HasNextResultSet() bool { return r.hasMore }

func (r *fakeRows) NextResultSet() error { return io.EOF }

var (
	ada   = []driver.Value{int64(1), "Ada"}
	grace = []driver.Value{int64(2), "Grace"}
)
