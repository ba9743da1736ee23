// Package cache is plumego's store/cache over a kv store.
//
// [NewMemoryCache] and [NewMemoryCacheWithConfig] return a cache in memory of its own, and
// [NewGroupCache] one in a group of a store of the caller's: a file, memory or a Redis, which
// several processes may share.
//
// [Cache] is that of plumego's code, with Clear and without Close; its page has it with Close and
// without Clear. A [GroupCache] has both methods, so it implements either. A nil context is no
// cancellation.
//
// Differences: a nil value is read back as an empty one; and MaxMemoryUsage counts the bytes of
// keys, too, and no entry that has expired.
package cache

import (
	"context"
	"time"
)

// Cache keeps bytes for a time.
type Cache interface {
	// Get returns a value, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set writes a value; a ttl of 0 or less is the default one.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete removes a value; a missing one is no error.
	Delete(ctx context.Context, key string) error
	// Exists reports whether there is a value; a missing one is no error.
	Exists(ctx context.Context, key string) (bool, error)
	// Clear removes all values.
	Clear(ctx context.Context) error
}

// CounterCache counts in values that are integers.
type CounterCache interface {
	// Incr adds to the integer under a key and returns the sum. A missing key counts as 0 and lives
	// for the default ttl; another keeps its expiry. A value that is no integer, and a sum that is
	// none of 64 bits, is ErrNotInteger, and nothing is written.
	Incr(ctx context.Context, key string, delta int64) (int64, error)
	// Decr subtracts from the integer under a key, as Incr adds.
	Decr(ctx context.Context, key string, delta int64) (int64, error)
}

// AppenderCache appends to values.
type AppenderCache interface {
	// Append appends to the value under a key. A missing key counts as empty and lives for the
	// default ttl; another keeps its expiry.
	Append(ctx context.Context, key string, data []byte) error
}

// AtomicCache is a Cache that counts and appends.
type AtomicCache interface {
	Cache
	CounterCache
	AppenderCache
}
