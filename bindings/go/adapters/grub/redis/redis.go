// Package redis makes a provider of a store in a Redis, under the name that grub gives it.
//
//	client, err := kv.Open(ctx, "redis://localhost:6379?prefix=")
//	sessions := grub.NewStore[models.Session](redis.New(client))
//
// With an empty prefix the keys are those that grub's own package redis reads and writes.
package redis

import (
	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
)

// Provider is grub.Provider.
type Provider = grub.Provider

// New returns the default group of a store, which the caller closes.
func New(client *kv.Store) *Provider { return grub.NewProvider(client, "") }
