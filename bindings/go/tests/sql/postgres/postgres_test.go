// Package postgres tests plumego's store/db on PostgreSQL, by lib/pq and by pgx.
package postgres

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"kv.internal/kv/adapters/plumego/store/db"
	"kv.internal/sqltests/contract"
)

// state returns the SQLSTATE of the server's error within an error, or nothing.
func state(err error) string {
	var ofPQ *pq.Error
	var ofPgx *pgconn.PgError
	switch {
	case errors.As(err, &ofPQ):
		return string(ofPQ.Code)
	case errors.As(err, &ofPgx):
		return ofPgx.Code
	default:
		return ""
	}
}

func TestQueries(t *testing.T)            { onEachDriver(t, contract.Queries) }
func TestTransactions(t *testing.T)       { onEachDriver(t, contract.Transactions) }
func TestOpenRows(t *testing.T)           { onEachDriver(t, contract.OpenRows) }
func TestTransactionsAtOnce(t *testing.T) { onEachDriver(t, contract.TransactionsAtOnce) }
func TestContexts(t *testing.T)           { onEachDriver(t, contract.Contexts) }

func onEachDriver(t *testing.T, test func(*testing.T, contract.Database)) {
	t.Helper()
	withEachDriver(t, func(t *testing.T, driver string) {
		test(t, contract.Database{
			Config:     func(t *testing.T) db.Config { return postgres.create(t, driver) },
			Endless:    "SELECT pg_sleep(600)",
			Breaking:   "SELECT 1 / (3 - i) FROM generate_series(1, 5) AS i",
			IsOwnError: func(err error) bool { return state(err) != "" },
		})
	})
}

func withEachDriver(t *testing.T, test func(t *testing.T, driver string)) {
	t.Helper()
	need(t)
	for _, driver := range []string{"postgres", "pgx"} {
		t.Run(driver, func(t *testing.T) { test(t, driver) })
	}
}

func open(t *testing.T, config db.Config) *sql.DB {
	t.Helper()
	pool, err := db.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

func TestAPasswordIsInNoError(t *testing.T) {
	withEachDriver(t, func(t *testing.T, driver string) {
		wrong := open(t, postgres.config(driver, "postgres", "hush you"))
		unescaped := postgres.config(driver, "postgres", password)
		unescaped.DSN = strings.Replace(unescaped.DSN, "hush%20me", "hush%zz", 1)
		invalid := open(t, unescaped)
		for name, err := range map[string]error{
			"wrong":              db.Ping(t.Context(), wrong),
			"invalid":            db.Ping(t.Context(), invalid),
			"wrong, transaction": db.WithTransaction(t.Context(), wrong, nil, func(*sql.Tx) error { return nil }),
		} {
			if err == nil || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %v", name, err)
			}
			if strings.HasPrefix(name, "wrong") && state(err) != "28P01" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTheOptionsOfATransactionReachTheServer(t *testing.T) {
	withEachDriver(t, func(t *testing.T, driver string) {
		pool := open(t, postgres.create(t, driver))
		err := db.WithTransaction(t.Context(), pool, &sql.TxOptions{ReadOnly: true}, func(tx *sql.Tx) error {
			_, err := tx.Exec("CREATE TABLE t (n INTEGER)")
			return err
		})
		if !errors.Is(err, db.ErrTransactionFailed) || state(err) != "25006" {
			t.Error(err)
		}
	})
}

// The server commits nothing after a statement that has failed, whatever the function returns.
func TestAFailedStatementThatTheFunctionHidesIsNoSuccess(t *testing.T) {
	withEachDriver(t, func(t *testing.T, driver string) {
		pool := open(t, postgres.create(t, driver))
		err := db.WithTransaction(t.Context(), pool, nil, func(tx *sql.Tx) error {
			if _, err := tx.Exec("CREATE TABLE t (n INTEGER)"); err != nil {
				return err
			}
			tx.Exec("INSERT INTO nowhere VALUES (1)")
			return nil
		})
		if !errors.Is(err, db.ErrTransactionFailed) || !strings.Contains(err.Error(), "commit failed") {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), pool, "SELECT n FROM t"); state(err) != "42P01" {
			t.Error("the table is there:", err)
		}
	})
}

// Each of two transactions reads what the other writes, so that the second to commit is refused.
func TestAConflictOfTransactionsIsTheServersError(t *testing.T) {
	withEachDriver(t, func(t *testing.T, driver string) {
		pool := open(t, postgres.create(t, driver))
		for _, statement := range []string{"CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1), (2)"} {
			if _, err := db.ExecContext(t.Context(), pool, statement); err != nil {
				t.Fatal(err)
			}
		}
		options := &sql.TxOptions{Isolation: sql.LevelSerializable}
		count := func(tx *sql.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM t").Scan(new(int))
		}
		err := db.WithTransaction(t.Context(), pool, options, func(outer *sql.Tx) error {
			if err := count(outer); err != nil {
				return err
			}
			err := db.WithTransaction(t.Context(), pool, options, func(inner *sql.Tx) error {
				_, err := inner.Exec("INSERT INTO t VALUES (3)")
				return errors.Join(err, count(inner))
			})
			if err != nil {
				t.Error("the first:", err)
			}
			_, err = outer.Exec("INSERT INTO t VALUES (4)")
			return err
		})
		if !errors.Is(err, db.ErrTransactionFailed) || state(err) != "40001" {
			t.Error("the second:", err)
		}
		err = db.QueryRowStrict(t.Context(), pool, "SELECT count(*) FROM t HAVING count(*) = 3",
			func(*sql.Rows) error { return nil })
		if err != nil {
			t.Error("the rows of the first:", err)
		}
	})
}

func TestAConnectionThatIsLostInATransactionCommitsNothing(t *testing.T) {
	withEachDriver(t, func(t *testing.T, driver string) {
		pool := open(t, postgres.create(t, driver))
		err := db.WithTransaction(t.Context(), pool, nil, func(tx *sql.Tx) error {
			var process int
			if err := tx.QueryRow("SELECT pg_backend_pid()").Scan(&process); err != nil {
				return err
			}
			if _, err := tx.Exec("CREATE TABLE t (n INTEGER)"); err != nil {
				return err
			}
			_, err := db.ExecContext(t.Context(), pool, "SELECT pg_terminate_backend($1, 60000)", process)
			return err
		})
		if !errors.Is(err, db.ErrTransactionFailed) || !strings.Contains(err.Error(), "commit failed") {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), pool, "SELECT n FROM t"); state(err) != "42P01" {
			t.Error("the table is there:", err)
		}
	})
}
