package cache

import (
	"errors"
	"fmt"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Errors of a Cache, with the texts of plumego's. For [errors.Is] each is also the one of plumego's
// own package, and the one of kv that is named with it.
var (
	// ErrNotFound: the key is absent or expired. It is also [kv.ErrNotFound].
	ErrNotFound = sentinel.New("cache: key not found", kv.ErrNotFound)
	// ErrInvalidConfig: something in the configuration cannot be. It is also [kv.ErrArgument].
	ErrInvalidConfig = sentinel.New("cache: invalid config", kv.ErrArgument)
	// ErrCacheFull: the cache may hold no more; nothing was stored, and the old value stays. It is
	// also [kv.ErrFull].
	ErrCacheFull = sentinel.New("cache: cache full", kv.ErrFull)
	// ErrKeyTooLong: the key is longer than the configuration allows, or than 65,535 bytes. It is
	// also [kv.ErrTooLarge].
	ErrKeyTooLong = sentinel.New("cache: key too long", kv.ErrTooLarge)
	// ErrInvalidKey: the key is empty or has a control character.
	ErrInvalidKey = sentinel.New("cache: key is required")
	// ErrNotInteger: a value is no integer, or the sum is none of 64 bits. It is also
	// [kv.ErrNotInteger].
	ErrNotInteger = sentinel.New("cache: value is not an integer", kv.ErrNotInteger)
	// ErrCacheClosed: the cache was closed, or was never open. It is also [kv.ErrClosed].
	ErrCacheClosed = sentinel.New("cache: cache is closed", kv.ErrClosed)
	// ErrCapabilityUnsupported: the cache's engine cannot do what is asked. It is also
	// [kv.ErrUnsupported].
	ErrCapabilityUnsupported = sentinel.New("cache: capability unsupported", kv.ErrUnsupported)
)

// cacheError returns plumego's error for that of a call.
func cacheError(err error, key string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrClosed):
		return ErrCacheClosed
	case errors.Is(err, kv.ErrFull):
		return fmt.Errorf("%w: %w", ErrCacheFull, err)
	case errors.Is(err, kv.ErrTooLarge) && keys.IsTooLong(key):
		return fmt.Errorf("%w: %w", ErrKeyTooLong, err)
	case errors.Is(err, kv.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrCapabilityUnsupported, err)
	default:
		return err
	}
}
