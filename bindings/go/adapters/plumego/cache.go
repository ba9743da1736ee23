package plumego

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"kv.internal/kv"
)

// Errors of a Cache.
var (
	// ErrNotFound: the key is absent or expired.
	ErrNotFound = errors.New("cache: key not found")
	// ErrInvalidKey: the key is empty or has a control character.
	ErrInvalidKey = errors.New("cache: invalid key")
	// ErrKeyTooLong: the key is longer than the configuration allows.
	ErrKeyTooLong = errors.New("cache: key too long")
	// ErrCacheFull: the cache may hold no more; nothing was stored, and the old value stays.
	ErrCacheFull = errors.New("cache: full")
	// ErrCacheClosed: the cache was closed.
	ErrCacheClosed = errors.New("cache: closed")
	// ErrInvalidConfig: a number in the configuration is negative.
	ErrInvalidConfig = errors.New("cache: invalid configuration")
)

// Cache keeps bytes for a time.
type Cache interface {
	// Get returns a value, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set stores a value; a ttl of 0 or less is the default one.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete removes a value; a missing one is no error.
	Delete(ctx context.Context, key string) error
	// Exists reports whether there is a value.
	Exists(ctx context.Context, key string) (bool, error)
	// Close ends the cache.
	Close() error
}

// Config says how a cache behaves.
type Config struct {
	// DefaultTTL is that of values which are given none; 0 is for ever.
	DefaultTTL time.Duration
	// MaxKeyLength is in bytes; 0 is no limit.
	MaxKeyLength int
	// MaxMemoryUsage is how many bytes of keys and values a cache of its own memory may hold; 0 is
	// no limit. Nothing is evicted; expired entries are removed to make room.
	MaxMemoryUsage int64
}

// DefaultConfig is ten minutes, and keys of 256 bytes.
func DefaultConfig() Config { return Config{DefaultTTL: 10 * time.Minute, MaxKeyLength: 256} }

func (c Config) isValid() bool {
	return c.DefaultTTL >= 0 && c.MaxKeyLength >= 0 && c.MaxMemoryUsage >= 0
}

// StoreCache is a group of a kv store as a Cache.
type StoreCache struct {
	store    *kv.Store
	group    string
	config   Config
	isOwner  bool
	isClosed atomic.Bool
}

var _ Cache = (*StoreCache)(nil)

// NewMemoryCacheWithConfig returns a cache in memory, of its own.
func NewMemoryCacheWithConfig(config Config) (*StoreCache, error) {
	if !config.isValid() {
		return nil, ErrInvalidConfig
	}
	store, err := kv.Open(context.Background(), fmt.Sprintf("memory:?max_bytes=%d", config.MaxMemoryUsage))
	if err != nil {
		return nil, err
	}
	return &StoreCache{store: store, config: config, isOwner: true}, nil
}

// NewCache returns a cache in a group of a store, which several processes may share. The caller
// closes the store, after the cache. How much it may hold is the store's; a limit of memory in the
// configuration is [ErrInvalidConfig].
func NewCache(store *kv.Store, group string, config Config) (*StoreCache, error) {
	if !config.isValid() || config.MaxMemoryUsage != 0 {
		return nil, ErrInvalidConfig
	}
	return &StoreCache{store: store, group: group, config: config}, nil
}

// Get returns a value, or [ErrNotFound].
func (c *StoreCache) Get(ctx context.Context, key string) ([]byte, error) {
	if err := c.check(ctx, key); err != nil {
		return nil, err
	}
	value, err := c.store.Get(ctx, c.group, key)
	return value, cacheError(err)
}

// Set stores a value; a ttl of 0 or less is the default one.
func (c *StoreCache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := c.check(ctx, key); err != nil {
		return err
	}
	if ttl <= 0 {
		ttl = c.config.DefaultTTL
	}
	return cacheError(c.store.SetTTL(ctx, c.group, key, value, ttl))
}

// Delete removes a value; a missing one is no error.
func (c *StoreCache) Delete(ctx context.Context, key string) error {
	if err := c.check(ctx, key); err != nil {
		return err
	}
	return cacheError(c.store.Delete(ctx, c.group, key))
}

// Exists reports whether there is a value.
func (c *StoreCache) Exists(ctx context.Context, key string) (bool, error) {
	if err := c.check(ctx, key); err != nil {
		return false, err
	}
	exists, err := c.store.Exists(ctx, c.group, key)
	return exists, cacheError(err)
}

// Close ends the cache. Closing again does nothing.
func (c *StoreCache) Close() error {
	if c.isClosed.Swap(true) || !c.isOwner {
		return nil
	}
	return c.store.Close()
}

// check returns the error that comes first: a context that is done before all others.
func (c *StoreCache) check(ctx context.Context, key string) error {
	switch err := ctx.Err(); {
	case err != nil:
		return err
	case c.isClosed.Load():
		return ErrCacheClosed
	case !isKey(key):
		return ErrInvalidKey
	case c.config.MaxKeyLength > 0 && len(key) > c.config.MaxKeyLength:
		return ErrKeyTooLong
	default:
		return nil
	}
}

func cacheError(err error) error {
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrClosed):
		return ErrCacheClosed
	case errors.Is(err, kv.ErrFull):
		return fmt.Errorf("%w: %w", ErrCacheFull, err)
	default:
		return err
	}
}
