package db_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"reflect"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

type user struct {
	id   int
	name string
}

func scanUser(rows *sql.Rows) (found user, err error) {
	return found, rows.Scan(&found.id, &found.name)
}

func TestARowIsScannedAndTheRowsAreClosed(t *testing.T) {
	database := &fake{rows: [][]driver.Value{ada, grace}}
	row, err := db.QueryRow(t.Context(), database.open(t), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	var found user
	if err := db.ScanRow(row, &found.id, &found.name); err != nil || found != (user{1, "Ada"}) {
		t.Error(found, err)
	}
	database.wants(t, "query", "close")
}

func TestWithoutARowNothingIsScanned(t *testing.T) {
	database := &fake{}
	row, err := db.QueryRowContext(t.Context(), database.open(t), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	id := 7
	err = db.ScanRow(row, &id, new(string))
	if !errors.Is(err, db.ErrNoRows) || !errors.Is(err, sql.ErrNoRows) || errors.Is(err, db.ErrQueryFailed) {
		t.Error(err)
	}
	if id != 7 {
		t.Error("it scanned", id)
	}
	database.wants(t, "query", "close")
}

func TestARowThatCannotBeScannedIsAFailedQuery(t *testing.T) {
	database := &fake{rows: [][]driver.Value{ada}}
	pool := database.open(t)
	for name, dest := range map[string][]any{"too few": {new(int)}, "wrong type": {new(int), new(int)}, "nil": {nil, nil}} {
		row, err := db.QueryRow(t.Context(), pool, "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.ScanRow(row, dest...); !errors.Is(err, db.ErrQueryFailed) || errors.Is(err, db.ErrNoRows) {
			t.Errorf("%s: %v", name, err)
		}
		database.wants(t, "query", "close")
	}
}

func TestRowsAreScannedInOrderAndClosed(t *testing.T) {
	database := &fake{rows: [][]driver.Value{ada, grace}}
	pool := database.open(t)
	rows, err := db.QueryContext(t.Context(), pool, "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	users, err := db.ScanRows(rows, scanUser)
	if want := []user{{1, "Ada"}, {2, "Grace"}}; err != nil || !reflect.DeepEqual(users, want) {
		t.Error(users, err)
	}
	database.wants(t, "query", "close")
	if again, err := db.ScanRows(rows, scanUser); again != nil || err != nil {
		t.Error("closed rows:", again, err)
	}
}

// Each case ends the reading of two rows in another way.
func TestRowsThatCannotBeReadGiveNoResultsAndAreClosed(t *testing.T) {
	broken, unclosed := errors.New("broken"), errors.New("unclosed")
	refuse := func(rows *sql.Rows) (user, error) { return user{}, broken }
	for name, given := range map[string]struct {
		fail map[string]error
		scan func(*sql.Rows) (user, error)
		want []error
	}{
		"the rows end early":         {map[string]error{"next": broken}, scanUser, []error{broken}},
		"the function fails":         {nil, refuse, []error{broken}},
		"that, and closing":          {map[string]error{"close": unclosed}, refuse, []error{broken, unclosed}},
		"no function":                {nil, nil, nil},
		"no function, and closing":   {map[string]error{"close": unclosed}, nil, []error{unclosed}},
		"the function reads nothing": {nil, func(rows *sql.Rows) (user, error) { return user{}, rows.Scan() }, nil},
	} {
		database := &fake{rows: [][]driver.Value{ada, grace}, fail: given.fail}
		rows, err := db.QueryContext(t.Context(), database.open(t), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		users, err := db.ScanRows(rows, given.scan)
		if users != nil || !errors.Is(err, db.ErrQueryFailed) {
			t.Errorf("%s: %v, %v", name, users, err)
		}
		for _, want := range given.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		database.wants(t, "query", "close")
	}
}

// Rows are open behind the last one of a result that another follows.
func TestRowsThatCannotBeClosedAfterTheLastGiveNoResults(t *testing.T) {
	unclosed := errors.New("unclosed")
	database := &fake{rows: [][]driver.Value{ada}, fail: map[string]error{"close": unclosed}, hasMore: true}
	pool := database.open(t)
	rows, err := db.QueryContext(t.Context(), pool, "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	users, err := db.ScanRows(rows, scanUser)
	if users != nil || !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, unclosed) {
		t.Error(users, err)
	}
	err = db.QueryRowStrict(t.Context(), pool, "SELECT", func(rows *sql.Rows) error { return nil })
	if !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, unclosed) {
		t.Error(err)
	}
	database.wants(t, "query", "close", "query", "close")
}

func TestAPanicOfAScanClosesTheRows(t *testing.T) {
	database := &fake{rows: [][]driver.Value{ada}}
	pool := database.open(t)
	rows, err := db.QueryContext(t.Context(), pool, "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	panics(t, "ScanRows", func() {
		db.ScanRows(rows, func(*sql.Rows) (user, error) { panic("ScanRows") })
	})
	database.wants(t, "query", "close")
	panics(t, "QueryRowStrict", func() {
		db.QueryRowStrict(t.Context(), pool, "SELECT", func(*sql.Rows) error { panic("QueryRowStrict") })
	})
	database.wants(t, "query", "close")
}

// panics fails the test unless a function panics with a value.
func panics(t *testing.T, value any, function func()) {
	t.Helper()
	defer func() {
		if recovered := recover(); recovered != value {
			t.Errorf("it panics with %v", recovered)
		}
	}()
	function()
}

func TestQueryRowStrictWantsOneRow(t *testing.T) {
	broken, unclosed := errors.New("broken"), errors.New("unclosed")
	for name, given := range map[string]struct {
		rows [][]driver.Value
		fail map[string]error
		want []error
	}{
		"one":                       {[][]driver.Value{ada}, nil, nil},
		"none":                      {nil, nil, []error{db.ErrNoRows, sql.ErrNoRows}},
		"two":                       {[][]driver.Value{ada, grace}, nil, []error{db.ErrMultipleRows}},
		"two, and closing":          {[][]driver.Value{ada, grace}, map[string]error{"close": unclosed}, []error{db.ErrMultipleRows, unclosed}},
		"an error before the first": {nil, map[string]error{"next": broken}, []error{db.ErrQueryFailed, broken}},
		"an error behind the first": {[][]driver.Value{ada}, map[string]error{"next": broken}, []error{db.ErrQueryFailed, broken}},
		"a row that does not fit":   {[][]driver.Value{{"one", "Ada"}}, nil, []error{db.ErrQueryFailed}},
	} {
		database := &fake{rows: given.rows, fail: given.fail}
		var found user
		err := db.QueryRowStrict(t.Context(), database.open(t), "SELECT", func(rows *sql.Rows) (err error) {
			found, err = scanUser(rows)
			return err
		})
		if given.want == nil && (err != nil || found != user{1, "Ada"}) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		for _, want := range given.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		database.wants(t, "query", "close")
	}
}

func TestAStatementReturnsItsResultOrItsError(t *testing.T) {
	refused := errors.New("refused")
	database := &fake{rows: [][]driver.Value{ada, grace}, fail: map[string]error{"DROP": refused, "query": refused}}
	pool := database.open(t)
	result, err := db.ExecContext(t.Context(), pool, "UPDATE")
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := result.RowsAffected(); changed != 2 || err != nil {
		t.Error(changed, err)
	}
	result, err = db.ExecContext(t.Context(), pool, "DROP")
	if result != nil || !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, refused) {
		t.Error(result, err)
	}
	rows, err := db.QueryContext(t.Context(), pool, "SELECT")
	if rows != nil || !errors.Is(err, db.ErrQueryFailed) || !errors.Is(err, refused) {
		t.Error(rows, err)
	}
}

func TestPingAsksTheDatabase(t *testing.T) {
	silent := errors.New("silent")
	database := &fake{fail: map[string]error{}}
	pool := database.open(t)
	if err := db.Ping(t.Context(), pool); err != nil {
		t.Error(err)
	}
	database.wants(t, "ping")
	database.fail["ping"] = silent
	if err := db.Ping(t.Context(), pool); !errors.Is(err, db.ErrPingFailed) || !errors.Is(err, silent) {
		t.Error(err)
	}
}
