// Package badger makes a provider of a store in a file, under the name that grub gives it. The file
// is one of kv; one of Badger is not read.
//
//	db, err := kv.Open(ctx, "sessions.db")
//	sessions := grub.NewStore[models.Session](badger.New(db))
package badger

import (
	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
)

// Provider is grub.Provider.
type Provider = grub.Provider

// New returns the default group of a store, which the caller closes.
func New(db *kv.Store) *Provider { return grub.NewProvider(db, "") }
