// Package db has plumego's helpers over database/sql: opening, queries, scans and transactions,
// with errors that name the operation and wrap its cause. A kv store takes no part in it.
//
// # One file with a kv store
//
// The tables of an application and a kv store may be in one SQLite file, if both use one copy of
// SQLite: kv is built with KV_SYSTEM_SQLITE=ON, and the application with the tag libsqlite3 of
// mattn/go-sqlite3. With two copies, kv.Open is kv.ErrBusy while the application has the file open.
// The DSN has _txlock=immediate, and a _busy_timeout for which the application waits for the file:
// a transaction that begins otherwise, reads and then writes fails when the store has committed in
// between.
//
// [WithTransaction] has its twin in kv's Store.Update. They differ: Update holds no lock and calls
// its function again when what was read has changed, WithTransaction calls it once. The rows of the
// application and the entries of the store cannot commit together. A write to the store inside a
// transaction that has written to the same file waits for that transaction, until its context or
// the store's busy_timeout ends.
//
// # Differences from plumego
//
// A nil context, a nil pointer in a [DB], and a sql.DB, sql.Row, sql.Rows or sql.Tx that
// database/sql has not made are errors, where plumego panics. The text of a driver's error that
// can have the password of a DSN is left out. WithTransaction also rolls back when its function
// ends the goroutine. The error of a call whose context has ended is also the context's, whatever
// the driver says; ScanRow and ScanRows have no context, and return the driver's.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
)

// Errors of this package, for [errors.Is]. Each but ErrMultipleRows comes with its cause.
var (
	// ErrInvalidConfig: a setting is missing or negative.
	ErrInvalidConfig = errors.New("db: invalid config")
	// ErrConnectionFailed: the driver is unknown or refuses the DSN.
	ErrConnectionFailed = errors.New("db: connection failed")
	// ErrPingFailed: the database does not answer.
	ErrPingFailed = errors.New("db: ping failed")
	// ErrTransactionFailed: a transaction was not committed.
	ErrTransactionFailed = errors.New("db: transaction failed")
	// ErrQueryFailed: a statement, or the reading of its rows, has failed.
	ErrQueryFailed = errors.New("db: query failed")
	// ErrNoRows: a query for one row has none. It comes with a [sql.ErrNoRows].
	ErrNoRows = errors.New("db: no rows returned")
	// ErrMultipleRows: a query for one row has several.
	ErrMultipleRows = errors.New("db: multiple rows returned")
)

// DB is a database that the helpers can use: a [sql.DB], a [sql.Conn], or one of the caller's own.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
	PingContext(ctx context.Context) error
	Close() error
}

var (
	_ DB = (*sql.DB)(nil)
	_ DB = (*sql.Conn)(nil)
)

// callError returns why a call with this context and database cannot be made, or nil.
func callError(ctx context.Context, db DB) error {
	switch pool, isPool := db.(*sql.DB); {
	case isNil(db):
		return errors.New("database is nil")
	case isPool && !isOpened(pool):
		return errors.New("database was not opened; Open does so")
	case ctx == nil:
		return errors.New("context is nil; context.Background() never ends")
	default:
		return nil
	}
}

// withEnd makes an error also that of a context that has ended: some drivers report only that the
// statement was cancelled.
func withEnd(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}

func isNil(db DB) bool {
	value := reflect.ValueOf(db)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

// isOpened reports whether a sql.DB has a driver, without which its calls panic.
func isOpened(pool *sql.DB) (opened bool) {
	defer func() { opened = recover() == nil }()
	pool.Driver()
	return
}

// isZero reports whether database/sql has not made a value that a DB has returned. The first field
// of one that it has made is never zero, so no field is read that may be changing.
func isZero[T any](made *T) bool { return reflect.ValueOf(made).Elem().IsZero() }
