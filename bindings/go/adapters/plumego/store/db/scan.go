package db

import (
	"database/sql"
	"errors"
	"fmt"
)

var (
	errNoScan   = errors.New("scan function is nil")
	errZeroRows = errors.New("rows are not those of a query")
)

// ScanRow copies the columns of a row into what dest points to. Without a row it is [ErrNoRows],
// and nothing is copied.
func ScanRow(row *sql.Row, dest ...any) error {
	switch {
	case row == nil:
		return queryError(errors.New("row is nil"))
	case *row == sql.Row{}:
		return queryError(errors.New("row is not that of a query"))
	}
	switch err := row.Scan(dest...); {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %w", ErrNoRows, err)
	default:
		return queryError(withoutURL(err))
	}
}

// ScanRows returns what a function makes of each row, and closes the rows. Without rows it is nil.
// After an error it returns no results.
func ScanRows[T any](rows *sql.Rows, scanFunc func(*sql.Rows) (T, error)) (results []T, err error) {
	switch {
	case rows == nil:
		return nil, queryError(errors.New("rows is nil"))
	case isZero(rows):
		return nil, queryError(errZeroRows)
	}
	defer func() {
		if closeRows(rows, &err); err != nil {
			results = nil
		}
	}()
	if scanFunc == nil {
		return nil, queryError(errNoScan)
	}
	for rows.Next() {
		result, err := scanFunc(rows)
		if err != nil {
			return nil, queryError(err)
		}
		results = append(results, result)
	}
	if err := rows.Err(); err != nil {
		return nil, queryError(err)
	}
	return results, nil
}

// closeRows closes rows, and adds to an error that they cannot be closed.
func closeRows(rows *sql.Rows, err *error) {
	closeErr := rows.Close()
	switch {
	case closeErr == nil:
	case *err == nil:
		*err = queryError(fmt.Errorf("close rows failed: %w", closeErr))
	default:
		*err = fmt.Errorf("%w; close rows failed: %w", *err, closeErr)
	}
}
