package db_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

// sentinel returns the error that a helper's errors are.
func sentinel(call string) error {
	switch call {
	case "Ping":
		return db.ErrPingFailed
	case "WithTransaction":
		return db.ErrTransactionFailed
	default:
		return db.ErrQueryFailed
	}
}

// foreign is a DB that returns what database/sql has not made, and keeps the context of each call.
type foreign struct {
	rows     *sql.Rows
	row      *sql.Row
	tx       *sql.Tx
	contexts []context.Context
}

func (f *foreign) saw(ctx context.Context) { f.contexts = append(f.contexts, ctx) }

func (f *foreign) ExecContext(ctx context.Context, _ string, _ ...any) (sql.Result, error) {
	f.saw(ctx)
	return nil, errors.New("no statements")
}

func (f *foreign) QueryContext(ctx context.Context, _ string, _ ...any) (*sql.Rows, error) {
	f.saw(ctx)
	return f.rows, nil
}

func (f *foreign) QueryRowContext(ctx context.Context, _ string, _ ...any) *sql.Row {
	f.saw(ctx)
	return f.row
}

func (f *foreign) BeginTx(ctx context.Context, _ *sql.TxOptions) (*sql.Tx, error) {
	f.saw(ctx)
	return f.tx, nil
}

func (f *foreign) PingContext(ctx context.Context) error {
	f.saw(ctx)
	return errors.New("no answer")
}

func (f *foreign) Close() error { return nil }

func TestADatabaseThatCannotBeUsedIsAnErrorOfEachCall(t *testing.T) {
	closed := (&fake{}).open(t)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, unusable := range map[string]struct {
		database db.DB
		says     string
	}{
		"nil":         {nil, "database is nil"},
		"nil sql.DB":  {(*sql.DB)(nil), "database is nil"},
		"nil Conn":    {(*sql.Conn)(nil), "database is nil"},
		"nil foreign": {(*foreign)(nil), "database is nil"},
		"zero sql.DB": {&sql.DB{}, "database was not opened"},
		"closed":      {closed, "database is closed"},
	} {
		for call, err := range failures(t.Context(), unusable.database) {
			if !errors.Is(err, sentinel(call)) || !strings.Contains(err.Error(), unusable.says) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}

func TestANilContextIsAnErrorOfEachCallAndReachesNoDatabase(t *testing.T) {
	database := &fake{}
	var none context.Context
	for call, err := range failures(none, database.open(t)) {
		if !errors.Is(err, sentinel(call)) || !strings.Contains(err.Error(), "context is nil") {
			t.Errorf("%s: %v", call, err)
		}
	}
	database.wants(t)
}

func TestAContextThatHasEndedIsTheErrorOfEachCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	database := &fake{}
	for call, err := range failures(ctx, database.open(t)) {
		if !errors.Is(err, sentinel(call)) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", call, err)
		}
	}
	database.wants(t)
}

// Some drivers report only that the statement was cancelled.
func TestTheErrorOfACallWhoseContextHasEndedIsTheContextsToo(t *testing.T) {
	for step, call := range map[string]func(context.Context, db.DB) error{
		"ping":  func(ctx context.Context, pool db.DB) error { return db.Ping(ctx, pool) },
		"begin": func(ctx context.Context, pool db.DB) error { return db.WithTransaction(ctx, pool, nil, insert(nil)) },
		"INSERT": func(ctx context.Context, pool db.DB) error {
			_, err := db.ExecContext(ctx, pool, "INSERT")
			return err
		},
		"query": func(ctx context.Context, pool db.DB) error {
			_, err := db.QueryContext(ctx, pool, "SELECT")
			return err
		},
		"close": func(ctx context.Context, pool db.DB) error {
			return db.QueryRowStrict(ctx, pool, "SELECT", func(rows *sql.Rows) error { return rows.Close() })
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := errors.New("the statement was cancelled")
		database := &fake{
			rows:   [][]driver.Value{ada},
			fail:   map[string]error{step: cancelled},
			before: map[string]func(){step: cancel},
		}
		err := call(ctx, database.open(t))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cancelled) {
			t.Errorf("%s: %v", step, err)
		}
	}
}

func TestEachCallPassesItsContextAsItIs(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "the caller's")
	database := &foreign{}
	calls := failures(ctx, database)
	if len(database.contexts) != len(calls) {
		t.Errorf("%d calls for %d", len(database.contexts), len(calls))
	}
	for _, passed := range database.contexts {
		if passed != ctx {
			t.Errorf("it was passed %v", passed)
		}
	}
}

func TestWhatDatabaseSQLHasNotMadeIsAnError(t *testing.T) {
	for name, database := range map[string]*foreign{
		"nil": {}, "zero": {rows: &sql.Rows{}, row: &sql.Row{}, tx: &sql.Tx{}},
	} {
		for call, err := range failures(t.Context(), database) {
			// Whether these rows can be read shows in their scan.
			if call == "QueryContext" && name == "zero" {
				continue
			}
			if !errors.Is(err, sentinel(call)) || errors.Is(err, db.ErrNoRows) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
	toID := func(rows *sql.Rows) (id int, err error) { return id, rows.Scan(&id) }
	for name, rows := range map[string]*sql.Rows{"nil": nil, "zero": {}} {
		if _, err := db.ScanRows(rows, toID); !errors.Is(err, db.ErrQueryFailed) {
			t.Errorf("%s rows: %v", name, err)
		}
	}
	for name, row := range map[string]*sql.Row{"nil": nil, "zero": {}} {
		if err := db.ScanRow(row, new(int)); !errors.Is(err, db.ErrQueryFailed) || errors.Is(err, db.ErrNoRows) {
			t.Errorf("%s row: %v", name, err)
		}
	}
}

func TestANilFunctionIsAnErrorAndReachesNoDatabase(t *testing.T) {
	database := &fake{}
	pool := database.open(t)
	err := db.QueryRowStrict(t.Context(), pool, "SELECT", nil)
	if !errors.Is(err, db.ErrQueryFailed) || !strings.Contains(err.Error(), "scan function is nil") {
		t.Error(err)
	}
	err = db.WithTransaction(t.Context(), pool, nil, nil)
	if !errors.Is(err, db.ErrTransactionFailed) || !strings.Contains(err.Error(), "transaction function is nil") {
		t.Error(err)
	}
	database.wants(t)
}
