// Package grub has the operations of grub's Store over a kv store.
//
// [NewProvider] makes a StoreProvider of a group of a store, and [NewStore] a typed store of a
// provider. Behaviour that grub leaves to its providers is the same for all here: every ttl works,
// lists are in byte order, prefixes are literal, a batch is written whole or not at all.
//
// A [Provider] is also one for the Store of grub's own module: it has the methods that this module
// asks for, and its errors are this module's, for [errors.Is]. A nil context is never cancelled.
package grub

import (
	"context"
	"maps"
	"slices"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
)

// StoreProvider keeps bytes under keys.
type StoreProvider interface {
	// Get returns a value, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set writes a value; a ttl of 0 is none.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete removes a value, or returns ErrNotFound.
	Delete(ctx context.Context, key string) error
	// Exists reports whether there is a value; a missing one is no error.
	Exists(ctx context.Context, key string) (bool, error)
	// List returns the keys with a prefix, all of them for a limit of 0 or less.
	List(ctx context.Context, prefix string, limit int) ([]string, error)
	// GetBatch returns the values there are; keys that are missing are left out.
	GetBatch(ctx context.Context, keys []string) (map[string][]byte, error)
	// SetBatch writes values with one ttl.
	SetBatch(ctx context.Context, items map[string][]byte, ttl time.Duration) error
}

// Provider is a group of a store as a StoreProvider. Every call of the zero Provider, of a nil one,
// and of one without a store is [kv.ErrClosed].
type Provider struct {
	store *kv.Store
	group string
}

var _ StoreProvider = (*Provider)(nil)

// NewProvider returns a group of a store, which the caller closes.
func NewProvider(store *kv.Store, group string) *Provider { return &Provider{store, group} }

// Get returns a value, or [ErrNotFound].
func (p *Provider) Get(ctx context.Context, key string) ([]byte, error) {
	if !p.hasStore() {
		return nil, errNoStore
	}
	value, err := p.store.Get(contexts.OrBackground(ctx), p.group, key)
	return value, grubError(err, key)
}

// Set writes a value; a ttl of 0 is none, a negative one is refused.
func (p *Provider) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if !p.hasStore() {
		return errNoStore
	}
	return grubError(p.store.SetTTL(contexts.OrBackground(ctx), p.group, key, value, ttl), key)
}

// Delete removes a value, or returns [ErrNotFound].
func (p *Provider) Delete(ctx context.Context, key string) error {
	if !p.hasStore() {
		return errNoStore
	}
	deleted, err := p.store.Deleted(contexts.OrBackground(ctx), p.group, key)
	if err == nil && !deleted {
		return ErrNotFound
	}
	return grubError(err, key)
}

// Exists reports whether there is a value.
func (p *Provider) Exists(ctx context.Context, key string) (bool, error) {
	if !p.hasStore() {
		return false, errNoStore
	}
	exists, err := p.store.Exists(contexts.OrBackground(ctx), p.group, key)
	return exists, grubError(err, key)
}

// List returns the keys with a prefix, in byte order.
func (p *Provider) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	if !p.hasStore() {
		return nil, errNoStore
	}
	keys, err := p.store.List(contexts.OrBackground(ctx), p.group, prefix, limit)
	return keys, grubError(err, prefix)
}

// GetBatch returns the values there are, from one snapshot.
func (p *Provider) GetBatch(ctx context.Context, keys []string) (map[string][]byte, error) {
	if !p.hasStore() {
		return nil, errNoStore
	}
	items, err := p.store.GetBatch(contexts.OrBackground(ctx), p.group, keys)
	return items, grubError(err, keys...)
}

// SetBatch writes values, all or none.
func (p *Provider) SetBatch(ctx context.Context, items map[string][]byte, ttl time.Duration) error {
	if !p.hasStore() {
		return errNoStore
	}
	err := p.store.SetBatch(contexts.OrBackground(ctx), p.group, items, kv.ExpireAfter(ttl))
	if err == nil {
		return nil
	}
	return grubError(err, slices.Collect(maps.Keys(items))...)
}

func (p *Provider) hasStore() bool { return p != nil && p.store != nil }
