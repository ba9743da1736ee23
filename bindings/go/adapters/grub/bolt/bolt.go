// Package bolt makes a provider of a store in a file, under the name that grub gives it. The file is
// one of kv; one of BoltDB is not read. Unlike there, a ttl has its effect.
//
//	db, err := kv.Open(ctx, "sessions.db")
//	sessions := grub.NewStore[models.Session](bolt.New(db, "sessions"))
package bolt

import (
	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
)

// Provider is grub.Provider.
type Provider = grub.Provider

// New returns a group of a store, which the caller closes. It is named as the bucket would be.
func New(db *kv.Store, bucket string) *Provider { return grub.NewProvider(db, bucket) }
