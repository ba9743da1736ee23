package db_test

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

// insert is a transaction's function that runs one statement and returns an error.
func insert(err error) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		if _, failed := tx.Exec("INSERT"); failed != nil {
			return failed
		}
		return err
	}
}

func TestATransactionIsCommitted(t *testing.T) {
	database := &fake{}
	pool := database.open(t)
	if err := db.WithTransaction(t.Context(), pool, nil, insert(nil)); err != nil {
		t.Error(err)
	}
	database.wants(t, "begin", "INSERT", "commit")
	if err := db.WithTransaction(t.Context(), pool, &sql.TxOptions{ReadOnly: true}, insert(nil)); err != nil {
		t.Error(err)
	}
	database.wants(t, "begin to read", "INSERT", "commit")
}

func TestTheErrorOfEachStepOfATransactionIsReturned(t *testing.T) {
	refused, broken, lost := errors.New("refused"), errors.New("broken"), errors.New("lost")
	for name, given := range map[string]struct {
		fail  map[string]error
		fn    func(*sql.Tx) error
		want  []error
		steps []string
	}{
		"begin":               {map[string]error{"begin": refused}, insert(nil), []error{refused}, []string{"begin"}},
		"statement":           {map[string]error{"INSERT": broken}, insert(nil), []error{broken}, []string{"begin", "INSERT", "rollback"}},
		"function":            {nil, insert(refused), []error{refused}, []string{"begin", "INSERT", "rollback"}},
		"function, rollback":  {map[string]error{"rollback": lost}, insert(refused), []error{refused, lost}, []string{"begin", "INSERT", "rollback"}},
		"commit":              {map[string]error{"commit": lost}, insert(nil), []error{lost}, []string{"begin", "INSERT", "commit"}},
		"function's rollback": {nil, func(tx *sql.Tx) error { return tx.Rollback() }, []error{sql.ErrTxDone}, []string{"begin", "rollback"}},
		"function's commit":   {nil, func(tx *sql.Tx) error { return tx.Commit() }, []error{sql.ErrTxDone}, []string{"begin", "commit"}},
		"commit, then an error": {nil, func(tx *sql.Tx) error { return errors.Join(tx.Commit(), refused) },
			[]error{refused, sql.ErrTxDone}, []string{"begin", "commit"}},
	} {
		database := &fake{fail: given.fail}
		err := db.WithTransaction(t.Context(), database.open(t), nil, given.fn)
		for _, want := range append(given.want, db.ErrTransactionFailed) {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		if errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		database.wants(t, given.steps...)
	}
}

func TestAPanicRollsBackAndGoesOn(t *testing.T) {
	database := &fake{}
	pool := database.open(t)
	value := errors.New("the function's own")
	panics(t, value, func() {
		db.WithTransaction(t.Context(), pool, nil, func(tx *sql.Tx) error {
			insert(nil)(tx)
			panic(value)
		})
	})
	database.wants(t, "begin", "INSERT", "rollback")
}

func TestAFunctionThatEndsItsGoroutineIsRolledBack(t *testing.T) {
	database := &fake{}
	pool := database.open(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		db.WithTransaction(t.Context(), pool, nil, func(*sql.Tx) error {
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	database.wants(t, "begin", "rollback")
}

func TestAContextThatEndsInTheFunctionRollsBack(t *testing.T) {
	refused := errors.New("refused")
	for name, given := range map[string]struct {
		returns func(*sql.Tx) error
		want    []error
	}{
		"success":         {func(*sql.Tx) error { return nil }, nil},
		"a failure":       {func(*sql.Tx) error { return refused }, []error{refused}},
		"a later failure": {insert(nil), []error{sql.ErrTxDone}},
	} {
		database := &fake{}
		pool := database.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.WithTransaction(ctx, pool, nil, func(tx *sql.Tx) error {
			cancel()
			database.awaits(t, "rollback")
			return given.returns(tx)
		})
		for _, want := range append(given.want, context.Canceled, db.ErrTransactionFailed) {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		if strings.Contains(err.Error(), "rollback failed") {
			t.Errorf("%s: %v", name, err)
		}
		database.wants(t, "begin", "rollback")
		until(t, "free connection", func() bool { return pool.Stats().InUse == 0 })
	}
}

// A context that ends beside the commit leaves one end of the transaction, and its error says
// which.
func TestACommitAndTheEndOfItsContextDoNotMix(t *testing.T) {
	ends := map[string]int{}
	for round := 0; ends["commit"] < 100 || ends["rollback"] < 100; round++ {
		database := &fake{}
		pool := database.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.WithTransaction(ctx, pool, nil, func(*sql.Tx) error {
			go cancel()
			for range round % 8 {
				runtime.Gosched()
			}
			return nil
		})
		end := "commit"
		if err != nil {
			end = "rollback"
			if !errors.Is(err, context.Canceled) || !errors.Is(err, db.ErrTransactionFailed) {
				t.Fatal(err)
			}
		}
		database.awaits(t, end)
		database.wants(t, "begin", end)
		until(t, "free connection", func() bool { return pool.Stats().InUse == 0 })
		ends[end]++
	}
	t.Log(ends)
}
