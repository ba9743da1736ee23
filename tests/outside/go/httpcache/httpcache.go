// Package httpcache is a group of a kv store as a Cache of httpcache, whose transport keeps the
// responses of HTTP servers. Responses are kept for a time, as the interface has none.
package httpcache

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gregjones/httpcache"
	"kv.internal/kv"
)

// Cache keeps responses. A failure of the store is logged, and counts as a response that is not there:
// the transport asks the server then.
type Cache struct {
	store *kv.Store
	group string
	ttl   time.Duration
}

var _ httpcache.Cache = (*Cache)(nil)

// New returns a group as a cache whose entries live for a ttl, 0 for ever.
func New(store *kv.Store, group string, ttl time.Duration) *Cache { return &Cache{store, group, ttl} }

// Get returns a response, and whether there is one.
func (c *Cache) Get(key string) ([]byte, bool) {
	response, err := c.store.Get(context.Background(), c.group, key)
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		slog.Error("httpcache: get", "key", key, "error", err)
	}
	return response, err == nil
}

// Set keeps a response.
func (c *Cache) Set(key string, response []byte) {
	if err := c.store.SetTTL(context.Background(), c.group, key, response, c.ttl); err != nil {
		slog.Error("httpcache: set", "key", key, "error", err)
	}
}

// Delete removes a response.
func (c *Cache) Delete(key string) {
	if err := c.store.Delete(context.Background(), c.group, key); err != nil {
		slog.Error("httpcache: delete", "key", key, "error", err)
	}
}
