package kv

import (
	"context"
	"math"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// DefaultTTL, as a ttl, says that none is given: the entry lives for the default_ttl that the store
// was opened with, without one for ever. It is no duration to count with.
const DefaultTTL time.Duration = math.MinInt64

// ExpireFlags are the conditions of [Store.Expire] and [Tx.Expire], as Redis has them. No expiry
// counts as the latest.
type ExpireFlags uint32

// Either ExpireNX alone, or ExpireXX, ExpireGT and ExpireLT with each other where that makes sense.
const (
	// ExpireNX: only if the entry has no expiry.
	ExpireNX = ExpireFlags(capi.ExpireNX)
	// ExpireXX: only if the entry has an expiry.
	ExpireXX = ExpireFlags(capi.ExpireXX)
	// ExpireGT: only if the new expiry is later.
	ExpireGT = ExpireFlags(capi.ExpireGT)
	// ExpireLT: only if the new expiry is earlier.
	ExpireLT = ExpireFlags(capi.ExpireLT)
)

// TTL returns how long a key has to live, at least a millisecond, and whether it expires at all; if
// not, the time is 0. A key that is absent or expired is [ErrNotFound].
func (s *Store) TTL(ctx context.Context, group, key string) (remaining time.Duration, expires bool, err error) {
	op := keyOp("ttl", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, false, err
	}
	defer in.end(&err)
	ttl, status, failure := capi.TTL(in.handle, group, key)
	runtime.KeepAlive(s)
	return remainder(ttl, op.outcome(status, failure))
}

// remainder makes the results of TTL of the milliseconds left.
func remainder(ttl int64, err error) (time.Duration, bool, error) {
	if err != nil || ttl == capi.TTLNever {
		return 0, false, err
	}
	return time.Duration(ttl) * time.Millisecond, true, nil
}

// Expire lets a key live for a time from now, as [Store.SetTTL] takes it. Its value and version
// stay. A key that is absent is [ErrNotFound]; flags that do not allow it are [ErrConflict], flags
// that contradict each other [ErrArgument].
func (s *Store) Expire(ctx context.Context, group, key string, ttl time.Duration, flags ...ExpireFlags) (err error) {
	op := keyOp("expire", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := capi.Expire(in.handle, group, key, milliseconds(ttl), together(flags))
	runtime.KeepAlive(s)
	return op.outcome(status, failure)
}

// Persist lets a key live for ever. Its value and version stay. A key that is absent is
// [ErrNotFound].
func (s *Store) Persist(ctx context.Context, group, key string) (err error) {
	op := keyOp("persist", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := capi.Persist(in.handle, group, key)
	runtime.KeepAlive(s)
	return op.outcome(status, failure)
}

func together(flags []ExpireFlags) uint32 {
	var all ExpireFlags
	for _, flag := range flags {
		all |= flag
	}
	return uint32(all)
}

// negativeTTL is a number of milliseconds that the library refuses.
const negativeTTL = -2

// milliseconds rounds up, so that a short ttl does not become 0, which is for ever. Of the negative
// numbers two are words of the library's, so a negative ttl becomes one that is none.
func milliseconds(d time.Duration) int64 {
	switch {
	case d == DefaultTTL:
		return capi.TTLDefault
	case d < 0:
		return negativeTTL
	case d%time.Millisecond > 0:
		return int64(d/time.Millisecond) + 1
	default:
		return int64(d / time.Millisecond)
	}
}

// signedMilliseconds rounds away from 0, so that a short time does not become none, and one that is
// negative, which the library refuses, stays so.
func signedMilliseconds(d time.Duration) int64 {
	ms := d.Milliseconds()
	switch rest := d % time.Millisecond; {
	case rest > 0:
		return ms + 1
	case rest < 0:
		return ms - 1
	default:
		return ms
	}
}

// timeOf returns the zero time for an entry that never expires.
func timeOf(ms int64) time.Time {
	if ms == capi.TTLNever {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
