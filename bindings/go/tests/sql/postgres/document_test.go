package postgres

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

// The calls of plumego's document, in their order.
func TestTheDocumentsExample(t *testing.T) {
	need(t)
	ctx := t.Context()
	dsn := postgres.create(t, "postgres").DSN
	sqlDB, err := db.Open(db.DefaultConfig("postgres", dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer sqlDB.Close()
	err = db.WithTransaction(ctx, sqlDB, nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE users (id INTEGER, name TEXT, active BOOLEAN);
			CREATE TABLE orders (user_id INTEGER);
			INSERT INTO users VALUES (1, 'Ada', true), (2, 'Grace', false), (3, 'Edsger', true)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	rows, err := db.QueryContext(ctx, sqlDB, "SELECT id, name FROM users WHERE active = $1", true)
	if err != nil {
		t.Fatal(err)
	}
	active, err := db.ScanRows(rows, func(rows *sql.Rows) (name string, err error) {
		return name, rows.Scan(new(int), &name)
	})
	if err != nil || !slices.Equal(active, []string{"Ada", "Edsger"}) {
		t.Error(active, err)
	}
	result, err := db.ExecContext(ctx, sqlDB, "UPDATE users SET name = $1 WHERE id = $2", "Barbara", 2)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := result.RowsAffected(); changed != 1 || err != nil {
		t.Error(changed, err)
	}
	err = db.WithTransaction(ctx, sqlDB, nil, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO orders VALUES ($1)", 2)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	row, err := db.QueryRow(ctx, sqlDB, "SELECT name FROM users JOIN orders ON user_id = id")
	if err != nil {
		t.Fatal(err)
	}
	var name string
	if err := db.ScanRow(row, &name); err != nil || name != "Barbara" {
		t.Error(name, err)
	}
	err = db.ScanRow(sqlDB.QueryRowContext(ctx, "SELECT name FROM users WHERE id = 9"), &name)
	if !errors.Is(err, db.ErrNoRows) {
		t.Error(err)
	}
}
