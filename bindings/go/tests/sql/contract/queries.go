package contract

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

const insert = "INSERT INTO users (id, name, note) VALUES ($1, $2, $3)"

// Queries tests statements, queries and scans on one connection.
func Queries(t *testing.T, database Database) {
	pool := database.open(t, 1)
	for id, name := range []string{"Ada", "Grace", "Edsger"} {
		if changed := exec(t, pool, insert, id, name, nil); changed != 1 {
			t.Errorf("%d rows are inserted", changed)
		}
	}
	if changed := exec(t, pool, "UPDATE users SET note = $1 WHERE id > $2", "a note", 0); changed != 2 {
		t.Errorf("%d rows are changed", changed)
	}
	if found := names(t, pool); !slices.Equal(found, []string{"Ada", "Grace", "Edsger"}) {
		t.Errorf("%q", found)
	}
	queryRows(t, pool)
	queryRowsStrictly(t, pool)
	failedQueries(t, pool, database)
}

func queryRows(t *testing.T, pool *sql.DB) {
	t.Helper()
	scan := func(id int, dest ...any) error {
		row, err := db.QueryRow(limit(t), pool, "SELECT name, note FROM users WHERE id = $1", id)
		if err != nil {
			t.Fatal(err)
		}
		return db.ScanRow(row, dest...)
	}
	var name, note string
	if err := scan(1, &name, &note); err != nil || name != "Grace" || note != "a note" {
		t.Error(name, note, err)
	}
	if err := scan(0, &name, &note); !errors.Is(err, db.ErrQueryFailed) {
		t.Error("NULL as a string:", err)
	}
	var none sql.NullString
	if err := scan(0, &name, &none); err != nil || name != "Ada" || none.Valid {
		t.Error(name, none, err)
	}
	err := scan(9, &name, &none)
	if !errors.Is(err, db.ErrNoRows) || !errors.Is(err, sql.ErrNoRows) || errors.Is(err, db.ErrQueryFailed) {
		t.Error("no row:", err)
	}
}

func queryRowsStrictly(t *testing.T, pool *sql.DB) {
	t.Helper()
	for condition, want := range map[string]error{
		"id = 1": nil, "id = 9": db.ErrNoRows, "id > 0": db.ErrMultipleRows,
	} {
		var name string
		err := db.QueryRowStrict(limit(t), pool, "SELECT name FROM users WHERE "+condition+" ORDER BY id",
			func(rows *sql.Rows) error { return rows.Scan(&name) })
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", condition, err)
		}
		if want == nil && name != "Grace" {
			t.Errorf("%s: %q", condition, name)
		}
	}
}

// failedQueries tests that an error of the database comes with the driver's, from each helper.
func failedQueries(t *testing.T, pool *sql.DB, database Database) {
	t.Helper()
	_, taken := db.ExecContext(limit(t), pool, insert, 1, "Barbara", nil)
	_, exec := db.ExecContext(limit(t), pool, "DELETE FROM nowhere")
	_, query := db.QueryContext(limit(t), pool, "SELECT id FROM nowhere")
	row, err := db.QueryRow(limit(t), pool, "SELECT id FROM nowhere")
	if err != nil {
		t.Fatal(err)
	}
	toID := func(rows *sql.Rows) (id int, err error) { return id, rows.Scan(&id) }
	rows, err := db.QueryContext(limit(t), pool, database.Breaking)
	if err != nil {
		t.Fatal(err)
	}
	ids, breaking := db.ScanRows(rows, toID)
	if ids != nil {
		t.Error("rows before the error:", ids)
	}
	for name, err := range map[string]error{
		"an id that is taken": taken,
		"ExecContext":         exec,
		"QueryContext":        query,
		"ScanRow":             db.ScanRow(row, new(int)),
		"ScanRows":            breaking,
		"QueryRowStrict": db.QueryRowStrict(limit(t), pool, "SELECT id FROM nowhere",
			func(*sql.Rows) error { return nil }),
	} {
		if !errors.Is(err, db.ErrQueryFailed) || !database.IsOwnError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
