package petrock_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock/core"
)

// The database of an application of petrock: the table kv_store with one row, and no store.
const oldData = "testdata/app.db"

func TestADatabaseOfPetrockIsRefusedWithItsImport(t *testing.T) {
	before, err := os.ReadFile(oldData)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("app.db", before, 0o600); err != nil {
		t.Fatal(err)
	}
	const command = "`kv import --format petrock app.db --db-path app.db`"
	app, err := core.NewApp("app.db")
	if app != nil || !errors.Is(err, kv.ErrFormat) || !strings.Contains(err.Error(), command) {
		t.Fatal(app, err)
	}
	for _, args := range [][]string{{"get", "user:123:name"}, {"set", "k", "v"}, {"list"}} {
		fails(t, command, args...)
	}
	if after, err := os.ReadFile("app.db"); err != nil || !bytes.Equal(after, before) {
		t.Error("the file has changed", err)
	}

	store, err := kv.Open(t.Context(), "sqlite:app.db?foreign_data=ignore")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// From now on it is a store.
	prints(t, "", "list")
}
