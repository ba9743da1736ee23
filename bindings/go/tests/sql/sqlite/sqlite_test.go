// Package sqlite tests plumego's store/db on SQLite, by mattn/go-sqlite3.
package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	sqlite3 "github.com/mattn/go-sqlite3"

	"kv.internal/kv/adapters/plumego/store/db"
	"kv.internal/sqltests/contract"
)

var database = contract.Database{
	Config: func(t *testing.T) db.Config {
		path := filepath.Join(t.TempDir(), "app.db")
		return db.DefaultConfig("sqlite3", "file:"+path+"?_txlock=immediate&_busy_timeout=60000&_journal_mode=WAL")
	},
	Endless:  "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
	Breaking: "WITH n(i) AS (VALUES (1), (2), (3)) SELECT CASE i WHEN 3 THEN abs(-9223372036854775807 - 1) ELSE i END FROM n",
	IsOwnError: func(err error) bool {
		var own sqlite3.Error
		return errors.As(err, &own)
	},
}

func TestQueries(t *testing.T)            { contract.Queries(t, database) }
func TestTransactions(t *testing.T)       { contract.Transactions(t, database) }
func TestOpenRows(t *testing.T)           { contract.OpenRows(t, database) }
func TestTransactionsAtOnce(t *testing.T) { contract.TransactionsAtOnce(t, database) }
func TestContexts(t *testing.T)           { contract.Contexts(t, database) }

func TestAFileThatCannotBeMadeIsAPingThatFails(t *testing.T) {
	pool, err := db.Open(db.DefaultConfig("sqlite3", filepath.Join(t.TempDir(), "no folder", "app.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var own sqlite3.Error
	err = db.Ping(t.Context(), pool)
	if !errors.Is(err, db.ErrPingFailed) || !errors.As(err, &own) || own.Code != sqlite3.ErrCantOpen {
		t.Error(err)
	}
}
