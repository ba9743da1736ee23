// Package store has go-store's Store under the names of go-store's own package: a program that
// imports it from here is the same otherwise. See package gostore for what it decides where the
// document leaves a choice.
package store

import "kv.internal/kv/adapters/gostore"

// Errors, for errors.Is.
const (
	// NotFoundError is gostore.NotFoundError.
	NotFoundError = gostore.NotFoundError
	// QuotaExceededError is gostore.QuotaExceededError.
	QuotaExceededError = gostore.QuotaExceededError
)

// The kinds of changes.
const (
	// EventSet is gostore.EventSet.
	EventSet = gostore.EventSet
	// EventDelete is gostore.EventDelete.
	EventDelete = gostore.EventDelete
	// EventDeleteGroup is gostore.EventDeleteGroup.
	EventDeleteGroup = gostore.EventDeleteGroup
)

type (
	// Store is gostore.Store.
	Store = gostore.Store
	// ScopedStore is gostore.ScopedStore.
	ScopedStore = gostore.ScopedStore
	// QuotaConfig is gostore.QuotaConfig.
	QuotaConfig = gostore.QuotaConfig
	// KeyValue is gostore.KeyValue.
	KeyValue = gostore.KeyValue
	// EventType is gostore.EventType.
	EventType = gostore.EventType
	// Event is gostore.Event.
	Event = gostore.Event
	// Watcher is gostore.Watcher.
	Watcher = gostore.Watcher
)

// New is gostore.New.
func New(databasePath string) (*Store, error) { return gostore.New(databasePath) }

// NewScoped is gostore.NewScoped.
func NewScoped(storeInstance *Store, namespace string) (*ScopedStore, error) {
	return gostore.NewScoped(storeInstance, namespace)
}

// NewScopedWithQuota is gostore.NewScopedWithQuota.
func NewScopedWithQuota(storeInstance *Store, namespace string, quota QuotaConfig) (*ScopedStore, error) {
	return gostore.NewScopedWithQuota(storeInstance, namespace, quota)
}
