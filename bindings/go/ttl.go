package kv

import (
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// TTL gives how long a key has to live, at least a millisecond, and whether it expires at all; if
// not, the time is 0. A key that is absent or expired is [ErrNotFound].
func (s *Store) TTL(ctx context.Context, group, key string) (remaining time.Duration, expires bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	ttl, status, failure := capi.TTL(s.handle, group, key)
	runtime.KeepAlive(s)
	if err := outcome(status, failure); err != nil || ttl == capi.TTLNever {
		return 0, false, err
	}
	return time.Duration(ttl) * time.Millisecond, true, nil
}

// Expire lets a key live for a time from now, as [Store.SetTTL] takes it. Its value and version stay. A key that is absent is [ErrNotFound]; flags that do not allow it are
// [ErrConflict], flags that contradict each other [ErrArgument].
func (s *Store) Expire(ctx context.Context, group, key string, ttl time.Duration, flags ...ExpireFlags) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	status, failure := capi.Expire(s.handle, group, key, milliseconds(ttl), together(flags))
	runtime.KeepAlive(s)
	return outcome(status, failure)
}

// Persist lets a key live for ever. Its value and version stay. A key that is absent is
// [ErrNotFound].
func (s *Store) Persist(ctx context.Context, group, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	status, failure := capi.Persist(s.handle, group, key)
	runtime.KeepAlive(s)
	return outcome(status, failure)
}

func together(flags []ExpireFlags) uint32 {
	var all ExpireFlags
	for _, flag := range flags {
		all |= flag
	}
	return uint32(all)
}
