package contract

import (
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

var errRefused = errors.New("refused")

func add(tx *sql.Tx, id int, name string) error {
	_, err := tx.Exec(insert, id, name, nil)
	return err
}

// Transactions tests on one connection that a transaction is committed when its function succeeds,
// and leaves nothing when it does not.
func Transactions(t *testing.T, database Database) {
	pool := database.open(t, 1)
	err := db.WithTransaction(limit(t), pool, nil, func(tx *sql.Tx) error {
		return errors.Join(add(tx, 1, "Ada"), add(tx, 2, "Grace"))
	})
	if err != nil {
		t.Error(err)
	}
	for name, failed := range map[string]struct {
		end  func(tx *sql.Tx) error
		isIt func(err error) bool
	}{
		"an error of the function": {
			func(*sql.Tx) error { return errRefused },
			func(err error) bool { return errors.Is(err, errRefused) }},
		"an id that is taken": {
			func(tx *sql.Tx) error { return add(tx, 1, "Barbara") },
			database.IsOwnError},
		"a rollback by the function": {
			func(tx *sql.Tx) error { return tx.Rollback() },
			func(err error) bool { return errors.Is(err, sql.ErrTxDone) }},
	} {
		err := db.WithTransaction(limit(t), pool, nil, func(tx *sql.Tx) error {
			if err := add(tx, 3, "Edsger"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return failed.end(tx)
		})
		if !errors.Is(err, db.ErrTransactionFailed) || !failed.isIt(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unreturned(t, pool)
	if found := names(t, pool); !slices.Equal(found, []string{"Ada", "Grace"}) {
		t.Errorf("the users are %q", found)
	}
}

// unreturned runs a transaction whose function panics, and one whose function ends its goroutine.
func unreturned(t *testing.T, pool *sql.DB) {
	t.Helper()
	run := func(end func()) (recovered any) {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer func() { recovered = recover() }()
			db.WithTransaction(limit(t), pool, nil, func(tx *sql.Tx) error {
				if err := add(tx, 3, "Edsger"); err != nil {
					t.Error(err)
				}
				end()
				return nil
			})
			t.Error("it has returned")
		}()
		<-ended
		return recovered
	}
	if value := run(func() { panic(errRefused) }); value != errRefused {
		t.Error("the panic is", value)
	}
	if value := run(runtime.Goexit); value != nil {
		t.Error("the panic is", value)
	}
}

// OpenRows tests that a transaction whose function leaves rows open is committed.
func OpenRows(t *testing.T, database Database) {
	pool := database.open(t, 1)
	for id := range 3 {
		exec(t, pool, insert, id, fmt.Sprint("user ", id), nil)
	}
	err := db.WithTransaction(limit(t), pool, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(limit(t), "DELETE FROM users WHERE id = 0"); err != nil {
			return err
		}
		rows, err := tx.QueryContext(limit(t), "SELECT id FROM users")
		if err == nil && !rows.Next() {
			t.Error("no rows:", rows.Err())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if found := names(t, pool); !slices.Equal(found, []string{"user 1", "user 2"}) {
		t.Errorf("the users are %q", found)
	}
}

// TransactionsAtOnce tests that none of many transactions at once is lost, and that those which
// fail leave nothing.
func TransactionsAtOnce(t *testing.T, database Database) {
	const writers, rounds = 4, 50
	pool := database.open(t, writers)
	exec(t, pool, "CREATE TABLE counters (n INTEGER)")
	exec(t, pool, "INSERT INTO counters VALUES (0)")
	var all sync.WaitGroup
	for writer := range writers {
		all.Add(1)
		go func() {
			defer all.Done()
			for round := range rounds {
				err := db.WithTransaction(limit(t), pool, nil, func(tx *sql.Tx) error {
					if _, err := tx.Exec("UPDATE counters SET n = n + 1"); err != nil {
						return err
					}
					id := writer*rounds + round
					if err := add(tx, id, fmt.Sprint("user ", id)); err != nil {
						return err
					}
					if round%5 == 4 {
						return errRefused
					}
					return nil
				})
				if isRefused := round%5 == 4; isRefused != errors.Is(err, errRefused) || !isRefused && err != nil {
					t.Errorf("%d, %d: %v", writer, round, err)
				}
			}
		}()
	}
	all.Wait()
	var counted int
	err := db.QueryRowStrict(limit(t), pool, "SELECT n FROM counters",
		func(rows *sql.Rows) error { return rows.Scan(&counted) })
	if want := writers * rounds * 4 / 5; err != nil || counted != want || len(names(t, pool)) != want {
		t.Errorf("counted %d, inserted %d, committed %d, %v", counted, len(names(t, pool)), want, err)
	}
}
