package gostore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/gostore"
)

// A database of go-store: the table entries with one row, and no store.
const oldData = "testdata/store.db"

func TestADatabaseOfGoStoreIsRefusedWithItsImport(t *testing.T) {
	before, err := os.ReadFile(oldData)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := gostore.New(path)
	if store != nil || !errors.Is(err, kv.ErrFormat) ||
		!strings.HasPrefix(err.Error(), "store.New: ") ||
		!strings.Contains(err.Error(), "`kv import --format go-store store.db --db-path store.db`") {
		t.Error(store, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Error("the file has changed", err)
	}
}
