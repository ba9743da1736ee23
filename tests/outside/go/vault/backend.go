// Package vault is a group of a kv store as a physical backend of Vault and OpenBao: a tree of
// entries, transactions, and locks for standby servers.
package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/vault/sdk/physical"
	"kv.internal/kv"
	"kv.internal/kv/outside/folders"
)

// The longest key that a store takes, in bytes.
const keyMax = 64<<10 - 1

// Backend keeps each entry under its path.
type Backend struct {
	store   *kv.Store
	group   string
	lockTTL time.Duration
}

var (
	_ physical.TransactionalBackend = (*Backend)(nil)
	_ physical.HABackend            = (*Backend)(nil)
)

// New returns a group as a backend. A server that stops renewing its lock loses it after lockTTL.
func New(store *kv.Store, group string, lockTTL time.Duration) *Backend {
	return &Backend{store, group, lockTTL}
}

// Put writes an entry.
func (b *Backend) Put(ctx context.Context, entry *physical.Entry) error {
	return backendError(entry.Key, b.store.Set(ctx, b.group, entry.Key, entry.Value))
}

// Get returns an entry, nil for a missing one.
func (b *Backend) Get(ctx context.Context, key string) (*physical.Entry, error) {
	value, err := b.store.Get(ctx, b.group, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, backendError(key, err)
	}
	return &physical.Entry{Key: key, Value: value}, nil
}

// Delete removes an entry; a missing one is no error.
func (b *Backend) Delete(ctx context.Context, key string) error {
	return backendError(key, b.store.Delete(ctx, b.group, key))
}

// List returns the names below a prefix, up to and with the next slash.
func (b *Backend) List(ctx context.Context, prefix string) ([]string, error) {
	names := []string{}
	for name, err := range folders.Children(ctx, b.store, b.group, prefix) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// Transaction does all operations, or none.
func (b *Backend) Transaction(ctx context.Context, operations []*physical.TxnEntry) error {
	var batch kv.Batch
	for _, operation := range operations {
		key := operation.Entry.Key
		switch operation.Operation {
		case physical.PutOperation:
			batch.Set(b.group, key, operation.Entry.Value)
		case physical.DeleteOperation:
			batch.Delete(b.group, key)
		case physical.GetOperation:
			batch.Get(b.group, key)
		default:
			return fmt.Errorf("vault: a transaction has get, put and delete, and not %q", operation.Operation)
		}
	}
	results, err := b.store.Commit(ctx, &batch)
	if err != nil {
		return err
	}
	for at, operation := range operations {
		if operation.Operation == physical.GetOperation && results[at].Found() {
			operation.Entry.Value = results[at].Value
		}
	}
	return nil
}

// backendError returns the error of a call on a key, with Vault's words for what is too large.
func backendError(key string, err error) error {
	switch {
	case !errors.Is(err, kv.ErrTooLarge):
		return err
	case len(key) > keyMax:
		return fmt.Errorf("%s: %w", physical.ErrKeyTooLarge, err)
	default:
		return fmt.Errorf("%s: %w", physical.ErrValueTooLarge, err)
	}
}
