package cache

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/plumego/internal/group"
)

// GroupCache is a group of a kv store as an [AtomicCache]. Any number of goroutines may use it.
// Every operation of a nil one, of the zero GroupCache and of one that was closed is
// [ErrCacheClosed].
type GroupCache struct {
	group  *group.Group
	config Config
	// The figures at the moment of Close, of a cache whose memory is gone then.
	last atomic.Pointer[Stats]
}

// MemoryCache is a GroupCache whose store is its own, in memory.
type MemoryCache = GroupCache

var _ AtomicCache = (*GroupCache)(nil)

// NewMemoryCache returns a cache in memory with [DefaultConfig]. It panics if memory, or the
// library of kv, cannot be had; [NewMemoryCacheWithConfig] returns that as an error.
func NewMemoryCache() *MemoryCache {
	cache, err := NewMemoryCacheWithConfig(DefaultConfig())
	if err != nil {
		panic(err)
	}
	return cache
}

// NewMemoryCacheWithConfig returns a cache in memory.
func NewMemoryCacheWithConfig(config Config) (*MemoryCache, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	interval := config.CleanupInterval / time.Millisecond
	if config.CleanupInterval%time.Millisecond > 0 {
		interval++
	}
	location := fmt.Sprintf("memory:?max_bytes=%d&purge_interval=%dms",
		min(config.MaxMemoryUsage, math.MaxInt64), interval)
	store, err := kv.Open(context.Background(), location)
	if err != nil {
		return nil, cacheError(err, "")
	}
	return &MemoryCache{group: group.Owned(store), config: config}, nil
}

// NewGroupCache returns a cache in a group of a store, which the caller closes after the cache. How
// much it may hold is the store's, so a MaxMemoryUsage in the configuration is [ErrInvalidConfig].
func NewGroupCache(store *kv.Store, name string, config Config) (*GroupCache, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.MaxMemoryUsage != 0 {
		return nil, fmt.Errorf("%w: MaxMemoryUsage is of a cache in its own memory; open the store with max_bytes=%d",
			ErrInvalidConfig, config.MaxMemoryUsage)
	}
	return &GroupCache{group: group.Of(store, name), config: config}, nil
}

// Get returns a value, or [ErrNotFound]. The bytes are the caller's own.
func (c *GroupCache) Get(ctx context.Context, key string) ([]byte, error) {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return nil, err
	}
	value, err := c.group.Store.Get(ctx, c.group.Name, key)
	return value, cacheError(err, key)
}

// Set writes a value; a ttl of 0 or less is the default one.
func (c *GroupCache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return err
	}
	if ttl <= 0 {
		ttl = c.config.DefaultTTL
	}
	return cacheError(c.group.Store.SetTTL(ctx, c.group.Name, key, value, ttl), key)
}

// Append appends to the value under a key. A missing key counts as empty and lives for the default
// ttl; another keeps its expiry.
func (c *GroupCache) Append(ctx context.Context, key string, data []byte) error {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return err
	}
	_, err = c.group.Store.Append(ctx, c.group.Name, key, data, c.config.DefaultTTL)
	return cacheError(err, key)
}

// Delete removes a value; a missing one is no error.
func (c *GroupCache) Delete(ctx context.Context, key string) error {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return err
	}
	return cacheError(c.group.Store.Delete(ctx, c.group.Name, key), key)
}

// Exists reports whether there is a value.
func (c *GroupCache) Exists(ctx context.Context, key string) (bool, error) {
	ctx, err := c.enterKey(ctx, key)
	if err != nil {
		return false, err
	}
	exists, err := c.group.Store.Exists(ctx, c.group.Name, key)
	return exists, cacheError(err, key)
}

// Clear removes all values of the cache in one step; other groups of its store stay.
func (c *GroupCache) Clear(ctx context.Context) error {
	ctx, err := c.enter(ctx)
	if err != nil {
		return err
	}
	_, err = c.group.Store.DeleteGroup(ctx, c.group.Name)
	return cacheError(err, "")
}

// enter returns the context of a call, or the error that comes first: a context that is done before
// all others.
func (c *GroupCache) enter(ctx context.Context) (context.Context, error) {
	return contexts.Enter(ctx, c != nil && c.group.IsOpen(), ErrCacheClosed)
}

func (c *GroupCache) enterKey(ctx context.Context, key string) (context.Context, error) {
	ctx, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, ErrInvalidKey
	}
	if longest := c.config.MaxKeyLength; longest > 0 && len(key) > longest {
		return nil, fmt.Errorf("%w: key length %d exceeds maximum %d", ErrKeyTooLong, len(key), longest)
	}
	if at := keys.ControlAt(key); at >= 0 {
		return nil, fmt.Errorf("%w: control character at position %d", ErrInvalidKey, at)
	}
	return ctx, nil
}
