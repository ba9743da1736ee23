package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ExecContext runs a statement that returns no rows.
func ExecContext(ctx context.Context, db DB, query string, args ...any) (sql.Result, error) {
	if err := callError(ctx, db); err != nil {
		return nil, queryError(err)
	}
	result, err := db.ExecContext(ctx, query, args...)
	if err != nil {
		return nil, queryError(withEnd(ctx, withoutURL(err)))
	}
	return result, nil
}

// QueryContext returns the rows of a query, which the caller closes; [ScanRows] does so.
func QueryContext(ctx context.Context, db DB, query string, args ...any) (*sql.Rows, error) {
	if err := callError(ctx, db); err != nil {
		return nil, queryError(err)
	}
	rows, err := db.QueryContext(ctx, query, args...)
	switch {
	case err != nil:
		return nil, queryError(withEnd(ctx, withoutURL(err)))
	case rows == nil:
		return nil, queryError(errors.New("query returned nil rows"))
	default:
		return rows, nil
	}
}

// QueryRowContext returns the first row of a query. The errors of the query are those of its scan,
// as with database/sql; [ScanRow] scans it.
func QueryRowContext(ctx context.Context, db DB, query string, args ...any) (*sql.Row, error) {
	if err := callError(ctx, db); err != nil {
		return nil, queryError(err)
	}
	row := db.QueryRowContext(ctx, query, args...)
	if row == nil {
		return nil, queryError(errors.New("query returned nil row"))
	}
	return row, nil
}

// QueryRow is [QueryRowContext]. [QueryRowStrict] is for a query that has to have one row.
func QueryRow(ctx context.Context, db DB, query string, args ...any) (*sql.Row, error) {
	return QueryRowContext(ctx, db, query, args...)
}

// QueryRowStrict calls a function with the row of a query, and closes the rows. Without a row it is
// [ErrNoRows]. With several it is [ErrMultipleRows], and the function was called with the first.
func QueryRowStrict(ctx context.Context, db DB, query string, scan func(*sql.Rows) error, args ...any) (err error) {
	if err := callError(ctx, db); err != nil {
		return queryError(err)
	}
	if scan == nil {
		return queryError(errNoScan)
	}
	rows, err := QueryContext(ctx, db, query, args...)
	if err != nil {
		return err
	}
	if isZero(rows) {
		return queryError(errZeroRows)
	}
	defer closeRows(rows, &err)
	switch hasRow := rows.Next(); {
	case !hasRow && rows.Err() != nil:
		return queryError(withEnd(ctx, rows.Err()))
	case !hasRow:
		return fmt.Errorf("%w: %w", ErrNoRows, sql.ErrNoRows)
	}
	if err := scan(rows); err != nil {
		return queryError(withEnd(ctx, err))
	}
	if rows.Next() {
		return ErrMultipleRows
	}
	if err := rows.Err(); err != nil {
		return queryError(withEnd(ctx, err))
	}
	return nil
}

// Ping makes a connection if there is none, and asks the database for an answer.
func Ping(ctx context.Context, db DB) error {
	if err := callError(ctx, db); err != nil {
		return fmt.Errorf("%w: %w", ErrPingFailed, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrPingFailed, withEnd(ctx, withoutURL(err)))
	}
	return nil
}

func queryError(err error) error { return fmt.Errorf("%w: %w", ErrQueryFailed, err) }
