// Package core has petrock's KVStore under the names that petrock's documents use, which are those
// of the package core of an application.
//
// An application that keeps its own core has the store by its field: app.KVStore =
// petrock.New(store).
package core

import (
	"context"
	"errors"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/location"
	"kv.internal/kv/adapters/petrock"
)

// KVStore is petrock.KVStore.
type KVStore = petrock.KVStore

// SQLiteKVStore is petrock.SQLiteKVStore.
type SQLiteKVStore = petrock.SQLiteKVStore

// NewSQLiteKVStore is petrock.NewSQLiteKVStore.
func NewSQLiteKVStore(store *kv.Store) (*SQLiteKVStore, error) {
	return petrock.NewSQLiteKVStore(store)
}

// App is what handlers and workers are given. Of the App of an application it has the store alone.
type App struct {
	KVStore KVStore
	store   *kv.Store
}

// NewApp opens the store in a database file, which is created if it is missing.
func NewApp(dbPath string) (*App, error) {
	store, err := kv.Open(context.Background(), location.OfFile(dbPath))
	if err != nil {
		return nil, err
	}
	return &App{KVStore: petrock.New(store), store: store}, nil
}

// Close closes the store. Closing again, or an App that was not made by NewApp, does nothing.
func (a *App) Close() error {
	if a == nil || a.store == nil {
		return nil
	}
	if err := a.store.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}
