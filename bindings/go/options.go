package kv

import (
	"time"

	"kv.internal/kv/internal/capi"
)

// PutOption is a condition or an expiry of a write. At most one of each may be given. Without a
// condition the write takes place in any case; without an expiry the entry never expires, and an
// earlier expiry is cleared.
type PutOption struct {
	isCondition bool
	put         capi.Put
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

// ExpireAfter lets the entry expire that long after the write; 0 is never, a negative duration is
// refused. Part of a millisecond counts as a whole one.
func ExpireAfter(ttl time.Duration) PutOption {
	return PutOption{put: capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}}
}

// ExpireAt lets the entry expire at a time. A time that has passed leaves no live entry.
func ExpireAt(at time.Time) PutOption {
	return PutOption{put: capi.Put{Expiry: capi.ExpiryAt, TimeMs: at.UnixMilli()}}
}

// KeepExpiry leaves a live entry's expiry as it is; a new entry never expires.
func KeepExpiry() PutOption {
	return PutOption{put: capi.Put{Expiry: capi.ExpiryKeep}}
}

// merge makes one of the options, or says which two contradict.
func merge(options []PutOption) (capi.Put, error) {
	var put capi.Put
	var hasCondition, hasExpiry bool
	for _, option := range options {
		if option.isCondition {
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
	request  capi.Scan
	patterns int
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

// After begins behind a key, in the order of the walk; this is how pages are turned.
func After(key string) ScanOption {
	return func(s *scan) { s.request.StartAfter = capi.Bound{Text: key, IsSet: true} }
}

// Before ends in front of a key, in the order of the walk.
func Before(key string) ScanOption {
	return func(s *scan) { s.request.End = capi.Bound{Text: key, IsSet: true} }
}

// Reverse walks from the last key to the first.
func Reverse() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanReverse }
}

// KeysOnly leaves the values out, which are then nil.
func KeysOnly() ScanOption {
	return func(s *scan) { s.request.Flags |= capi.ScanKeysOnly }
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
	if s.patterns > 1 {
		return s.request, argumentError("scan: more than one prefix or glob is given")
	}
	return s.request, nil
}

// milliseconds rounds away from 0, so that a short ttl does not become 0, which is for ever, and a
// negative one stays negative.
func milliseconds(d time.Duration) int64 {
	whole := int64(d / time.Millisecond)
	switch rest := d % time.Millisecond; {
	case rest > 0:
		return whole + 1
	case rest < 0:
		return whole - 1
	default:
		return whole
	}
}

// timeOf gives the zero time for an entry that never expires.
func timeOf(ms int64) time.Time {
	if ms == capi.TTLNone {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
