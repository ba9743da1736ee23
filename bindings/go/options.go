package kv

import (
	"math"
	"time"

	"kv.internal/kv/internal/capi"
)

// DefaultTTL, as a ttl, says that none is given: the entry lives for the default_ttl that the store
// was opened with, without one for ever. It is no duration to count with.
const DefaultTTL time.Duration = math.MinInt64

// PutOption is a condition, an expiry or a durability of a write. At most one of each may be given.
// Without a condition the write takes place in any case; without an expiry the entry lives for the
// store's default_ttl, without one for ever, and an earlier expiry is cleared.
type PutOption struct {
	isCondition  bool
	isDurability bool
	put          capi.Put
}

// IfAbsent requires that there is no live entry under the key.
func IfAbsent() PutOption {
	return PutOption{isCondition: true, put: capi.Put{Condition: capi.IfAbsent}}
}

// IfPresent requires that there is a live entry under the key.
func IfPresent() PutOption {
	return PutOption{isCondition: true, put: capi.Put{Condition: capi.IfPresent}}
}

// IfVersion requires that the key is at a version; 0 is absent.
func IfVersion(version uint64) PutOption {
	return PutOption{isCondition: true, put: capi.Put{Condition: capi.IfVersion, Version: version}}
}

// ExpireAfter lets the entry expire that long after the write; 0 is never, [DefaultTTL] as if no
// expiry were given, any other negative duration is refused. Part of a millisecond counts as a whole
// one.
func ExpireAfter(ttl time.Duration) PutOption {
	return PutOption{put: capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}}
}

// ExpireAt lets the entry expire at a time. The zero time, which is that of an entry that never
// expires, is never; any other that has passed leaves no live entry.
func ExpireAt(at time.Time) PutOption {
	put := capi.Put{Expiry: capi.ExpiryAt, TimeMs: capi.TTLNever}
	if !at.IsZero() {
		put.TimeMs = at.UnixMilli()
		if put.TimeMs == capi.TTLNever {
			// The number of "never" is a moment of 1969, as long past as the one before it.
			put.TimeMs--
		}
	}
	return PutOption{put: put}
}

// KeepExpiry leaves a live entry's expiry as it is; a new entry gets that of no expiry given.
func KeepExpiry() PutOption {
	return PutOption{put: capi.Put{Expiry: capi.ExpiryKeep}}
}

// Durability is how safe a write is when the call returns.
type Durability uint32

const (
	// DurabilityDefault is that of the store.
	DurabilityDefault = Durability(capi.DurabilityDefault)
	// DurabilityNormal survives the end of the process. It is [ErrUnsupported] so far.
	DurabilityNormal = Durability(capi.DurabilityNormal)
	// DurabilityFull survives a loss of power. It is [ErrUnsupported] so far: [Store.Flush] after the
	// write does the same.
	DurabilityFull = Durability(capi.DurabilityFull)
)

// WithDurability chooses the durability of one write.
func WithDurability(durability Durability) PutOption {
	return PutOption{isDurability: true, put: capi.Put{Durability: uint32(durability)}}
}

// merge makes one of the options, or says which two contradict.
func merge(options []PutOption) (capi.Put, error) {
	var put capi.Put
	var hasCondition, hasExpiry bool
	for _, option := range options {
		if option.isDurability {
			put.Durability = option.put.Durability
		} else if option.isCondition {
			if hasCondition {
				return put, argumentError("put: more than one condition is given")
			}
			hasCondition = true
			put.Condition, put.Version = option.put.Condition, option.put.Version
		} else {
			if hasExpiry {
				return put, argumentError("put: more than one expiry is given")
			}
			hasExpiry = true
			put.Expiry, put.TimeMs = option.put.Expiry, option.put.TimeMs
		}
	}
	return put, nil
}

// ExpireFlags are the conditions of [Store.Expire], as Redis has them. No expiry counts as the
// latest.
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

// ScanOption says what a walk visits. Without any it visits all entries, in key order.
type ScanOption func(*scan)

// scan is what a walk was told.
type scan struct {
	request                  capi.Scan
	patterns, lowers, uppers int
	// A bound on the side at which the walk begins.
	after *string
}

// Prefix visits keys that begin with a text, byte for byte; the empty one is all.
func Prefix(prefix string) ScanOption { return pattern(prefix, 0) }

// Glob visits keys that match a glob as SQLite's GLOB takes it: "*", "?" one character, "[a-z]",
// "[^x]", no escape. The empty one matches the empty key alone.
func Glob(glob string) ScanOption { return pattern(glob, capi.ScanGlob) }

// RedisGlob visits keys that match a glob as Redis' KEYS takes it: "*", "?" one byte, "[a-z]",
// "[^x]", a backslash escapes.
func RedisGlob(glob string) ScanOption { return pattern(glob, capi.ScanGlobRedis) }

func pattern(text string, flag uint32) ScanOption {
	return func(s *scan) {
		s.patterns++
		s.request.Flags |= flag
		s.request.Pattern = capi.Bound{Text: text, IsSet: true}
	}
}

// From visits keys from this one on, in byte order, whatever the direction of the walk.
func From(key string) ScanOption { return lower(key, 0) }

// Above visits keys after this one, in byte order, whatever the direction of the walk.
func Above(key string) ScanOption { return lower(key, capi.ScanLowerExclusive) }

// To visits keys up to this one and this one, in byte order, whatever the direction of the walk.
func To(key string) ScanOption { return upper(key, capi.ScanUpperInclusive) }

// Below visits keys before this one, in byte order, whatever the direction of the walk.
func Below(key string) ScanOption { return upper(key, 0) }

// After begins behind a key, in the direction of the walk: the last key of the page before.
func After(key string) ScanOption {
	return func(s *scan) { s.after = &key }
}

func lower(key string, flag uint32) ScanOption {
	return func(s *scan) {
		s.lowers++
		s.request.Flags |= flag
		s.request.Lower = capi.Bound{Text: key, IsSet: true}
	}
}

func upper(key string, flag uint32) ScanOption {
	return func(s *scan) {
		s.uppers++
		s.request.Flags |= flag
		s.request.Upper = capi.Bound{Text: key, IsSet: true}
	}
}

// Reverse walks from the last key to the first.
func Reverse() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanReverse }
}

// KeysOnly leaves the values out, which are then nil.
func KeysOnly() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanKeysOnly }
}

// Sizes leaves the values out, which are then nil, and gives their sizes.
func Sizes() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanSizes }
}

// Snapshot asks for a walk over one snapshot where a store gives others too: a Redis that was opened
// with scans=live. If it cannot give one, the error is [ErrUnsupported].
func Snapshot() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanSnapshot }
}

// Limit visits at most so many entries; 0 and less are no limit.
func Limit(limit int) ScanOption {
	return func(s *scan) { s.request.Limit = uint64(max(limit, 0)) }
}

func scanOf(options []ScanOption) (capi.Scan, error) {
	var s scan
	for _, option := range options {
		option(&s)
	}
	if s.after != nil && s.request.Flags&capi.ScanReverse != 0 {
		Below(*s.after)(&s)
	} else if s.after != nil {
		Above(*s.after)(&s)
	}
	if s.patterns > 1 {
		return s.request, argumentError("scan: more than one prefix or glob is given")
	}
	if s.lowers > 1 || s.uppers > 1 {
		return s.request, argumentError("scan: more than one bound is given for one side")
	}
	return s.request, nil
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

// timeOf gives the zero time for an entry that never expires.
func timeOf(ms int64) time.Time {
	if ms == capi.TTLNever {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
