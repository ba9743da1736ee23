// Package grub has the operations of grub's Store over a kv store.
//
// [NewProvider] makes a StoreProvider of a group of a store, and [NewStore] a typed store of a
// provider. Behaviour that grub leaves to its providers is the same for all here: every ttl works,
// lists are in byte order, prefixes are literal, a batch is written whole or not at all.
package grub

import (
	"context"
	"time"

	"kv.internal/kv"
)

// ErrNotFound is the error of reading and deleting a key that is absent or expired.
const ErrNotFound = kv.ErrNotFound

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

// Provider is a group of a store as a StoreProvider.
type Provider struct {
	store *kv.Store
	group string
}

var _ StoreProvider = (*Provider)(nil)

// NewProvider returns a group of a store, which the caller closes.
func NewProvider(store *kv.Store, group string) *Provider { return &Provider{store, group} }

// Get returns a value, or [ErrNotFound].
func (p *Provider) Get(ctx context.Context, key string) ([]byte, error) {
	return p.store.Get(ctx, p.group, key)
}

// Set writes a value; a ttl of 0 is none, a negative one is refused.
func (p *Provider) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return p.store.SetTTL(ctx, p.group, key, value, ttl)
}

// Delete removes a value, or returns [ErrNotFound].
func (p *Provider) Delete(ctx context.Context, key string) error {
	deleted, err := p.store.Deleted(ctx, p.group, key)
	if err == nil && !deleted {
		return ErrNotFound
	}
	return err
}

// Exists reports whether there is a value.
func (p *Provider) Exists(ctx context.Context, key string) (bool, error) {
	return p.store.Exists(ctx, p.group, key)
}

// List returns the keys with a prefix, in byte order.
func (p *Provider) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	return p.store.List(ctx, p.group, prefix, limit)
}

// GetBatch returns the values there are, from one snapshot.
func (p *Provider) GetBatch(ctx context.Context, keys []string) (map[string][]byte, error) {
	return p.store.GetBatch(ctx, p.group, keys)
}

// SetBatch writes values, all or none.
func (p *Provider) SetBatch(ctx context.Context, items map[string][]byte, ttl time.Duration) error {
	return p.store.SetBatch(ctx, p.group, items, kv.ExpireAfter(ttl))
}
