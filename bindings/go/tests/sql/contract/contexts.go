package contract

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"kv.internal/kv/adapters/plumego/store/db"
)

// Contexts tests that calls end with their contexts, that nothing of a transaction is left then,
// and that the database can be used on.
func Contexts(t *testing.T, database Database) {
	pool := database.open(t, 2)
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	all := func(rows *sql.Rows) (any, error) { return nil, nil }
	// ScanRow has no context, so its error is the driver's.
	row, err := db.QueryRow(soon(), pool, database.Endless)
	if err != nil {
		t.Fatal(err)
	}
	err = db.ScanRow(row, new(any))
	if !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, context.DeadlineExceeded) && !database.IsOwnError(err) {
		t.Error("ScanRow:", err)
	}
	for name, call := range map[string]func() error{
		"QueryRowStrict": func() error {
			return db.QueryRowStrict(soon(), pool, database.Endless, func(rows *sql.Rows) error { return nil })
		},
		"ScanRows": func() error {
			rows, err := db.QueryContext(soon(), pool, database.Endless)
			if err == nil {
				_, err = db.ScanRows(rows, all)
			}
			return err
		},
	} {
		if err := call(); !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cancelledTransactions(t, pool, database)
}

func cancelledTransactions(t *testing.T, pool *sql.DB, database Database) {
	t.Helper()
	for name, fail := range map[string]func(ctx context.Context, tx *sql.Tx, cancel func()) error{
		"before the commit": func(ctx context.Context, tx *sql.Tx, cancel func()) error {
			cancel()
			return nil
		},
		"before a statement": func(ctx context.Context, tx *sql.Tx, cancel func()) error {
			cancel()
			_, err := tx.ExecContext(ctx, insert, 2, "Grace", nil)
			return err
		},
		"in a query": func(ctx context.Context, tx *sql.Tx, cancel func()) error {
			time.AfterFunc(50*time.Millisecond, cancel)
			return tx.QueryRowContext(ctx, database.Endless).Scan(new(any))
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.WithTransaction(ctx, pool, nil, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, insert, 1, "Ada", nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return fail(ctx, tx, cancel)
		})
		if !errors.Is(err, db.ErrTransactionFailed) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if found := names(t, pool); len(found) != 0 {
			t.Errorf("%s: it has left %q", name, found)
		}
		// Waits for a rollback that is still going on.
		exec(t, pool, "DELETE FROM users")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.WithTransaction(ctx, pool, nil, func(*sql.Tx) error {
		t.Error("the function is called")
		return nil
	})
	if !errors.Is(err, db.ErrTransactionFailed) || !errors.Is(err, context.Canceled) {
		t.Error("before the beginning:", err)
	}
}
