package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// WithTransaction calls a function with a transaction and commits it. An error of the function
// rolls it back and is in the error of WithTransaction; so is that of a rollback that fails. A
// panic, or a runtime.Goexit, rolls it back and goes on.
//
// The end of the context rolls it back too, also while the function runs, whose later statements
// then fail, and WithTransaction is the context's error. The rollback may still be going on when
// WithTransaction returns.
//
// The function must neither commit nor roll back. One that does has ended the transaction for good,
// and WithTransaction fails with [sql.ErrTxDone].
func WithTransaction(ctx context.Context, db DB, txOpts *sql.TxOptions, fn func(*sql.Tx) error) error {
	if err := callError(ctx, db); err != nil {
		return transactionError(err)
	}
	if fn == nil {
		return transactionError(errors.New("transaction function is nil"))
	}
	tx, err := db.BeginTx(ctx, txOpts)
	switch {
	case err != nil:
		return transactionError(fmt.Errorf("begin transaction failed: %w", withEnd(ctx, withoutURL(err))))
	case tx == nil:
		return transactionError(errors.New("begin transaction returned nil transaction"))
	case isZero(tx):
		return transactionError(errors.New("begin transaction returned one that was not begun"))
	}
	if err := call(fn, tx); err != nil {
		return transactionError(rollback(ctx, tx, err))
	}
	if err := tx.Commit(); err != nil {
		return transactionError(notCommitted(ctx, tx, err))
	}
	return nil
}

// call calls a function with a transaction, and rolls that back if the function does not return.
func call(fn func(*sql.Tx) error, tx *sql.Tx) error {
	hasReturned := false
	// Without recover, so that the panic keeps its stack.
	defer func() {
		if !hasReturned {
			tx.Rollback()
		}
	}()
	err := fn(tx)
	hasReturned = true
	return err
}

// rollback rolls a transaction back because of an error, and returns all that went wrong. A
// transaction that has ended by its context is rolled back already; one that has ended otherwise
// was committed or rolled back by the function, so its error is returned as well.
func rollback(ctx context.Context, tx *sql.Tx, err error) error {
	rollbackErr := tx.Rollback()
	if ctx.Err() != nil && errors.Is(rollbackErr, sql.ErrTxDone) {
		rollbackErr = nil
	}
	return withRollback(ctx, err, rollbackErr)
}

// notCommitted returns the error of a commit. A commit ends the transaction unless the context has
// ended before it.
func notCommitted(ctx context.Context, tx *sql.Tx, err error) error {
	rollbackErr := tx.Rollback()
	if errors.Is(rollbackErr, sql.ErrTxDone) {
		rollbackErr = nil
	}
	return withRollback(ctx, fmt.Errorf("commit failed: %w", err), rollbackErr)
}

// withRollback adds the error of a rollback, and that of the context if it has ended.
func withRollback(ctx context.Context, err, rollbackErr error) error {
	if rollbackErr != nil {
		err = fmt.Errorf("%w; rollback failed: %w", err, rollbackErr)
	}
	return withEnd(ctx, err)
}

func transactionError(err error) error { return fmt.Errorf("%w: %w", ErrTransactionFailed, err) }
