package kv

import (
	"time"

	"kv.internal/kv/internal/capi"
)

// PutOption is a condition, an expiry or a durability of a write. At most one of each may be given.
// Without a condition the write takes place in any case; without an expiry the entry lives for the
// store's default_ttl, without one for ever, and an earlier expiry is cleared.
type PutOption struct {
	part putPart
	put  capi.Put
}

// putPart is the part of a write that an option is about.
type putPart int

const (
	putCondition putPart = iota
	putExpiry
	putDurability
)

// IfAbsent requires that there is no live entry under the key.
func IfAbsent() PutOption {
	return PutOption{putCondition, capi.Put{Condition: capi.IfAbsent}}
}

// IfPresent requires that there is a live entry under the key.
func IfPresent() PutOption {
	return PutOption{putCondition, capi.Put{Condition: capi.IfPresent}}
}

// IfVersion requires that the key is at a version; 0 is absent.
func IfVersion(version uint64) PutOption {
	return PutOption{putCondition, capi.Put{Condition: capi.IfVersion, Version: version}}
}

// ExpireAfter lets the entry expire that long after the write; 0 is never, [DefaultTTL] as if no
// expiry were given, any other negative duration is refused. Part of a millisecond counts as a
// whole one.
func ExpireAfter(ttl time.Duration) PutOption {
	return PutOption{putExpiry, capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}}
}

// ExpireAt lets the entry expire at a time. The zero time, which is that of an entry that never
// expires, is never; any other that has passed leaves no live entry. Part of a millisecond counts as
// a whole one.
func ExpireAt(at time.Time) PutOption {
	put := capi.Put{Expiry: capi.ExpiryAt, TimeMs: capi.TTLNever}
	if !at.IsZero() {
		put.TimeMs = at.Add(time.Millisecond - time.Nanosecond).UnixMilli()
		if put.TimeMs == capi.TTLNever {
			// The number of "never" is a moment of 1969, as long past as the one before it.
			put.TimeMs--
		}
	}
	return PutOption{putExpiry, put}
}

// KeepExpiry leaves a live entry's expiry as it is; a new entry gets that of no expiry given.
func KeepExpiry() PutOption {
	return PutOption{putExpiry, capi.Put{Expiry: capi.ExpiryKeep}}
}

// Durability is how safe a write is when the call returns.
type Durability uint32

const (
	// DurabilityDefault is that of the store.
	DurabilityDefault = Durability(capi.DurabilityDefault)
	// DurabilityNormal survives the end of the process, and a loss of power may undo it.
	DurabilityNormal = Durability(capi.DurabilityNormal)
	// DurabilityFull survives a loss of power, as do all writes before it. On a Redis, whose server
	// decides that, it is [ErrUnsupported].
	DurabilityFull = Durability(capi.DurabilityFull)
)

// WithDurability chooses the durability of one write. The sets of a [Batch] or [Tx] are written
// together, with the strictest durability of theirs and of their store.
func WithDurability(durability Durability) PutOption {
	return PutOption{putDurability, capi.Put{Durability: uint32(durability)}}
}

// merge combines options, or returns why two contradict.
func merge(options []PutOption) (capi.Put, string) {
	var put capi.Put
	var hasCondition, hasExpiry, hasDurability bool
	for _, option := range options {
		switch option.part {
		case putCondition:
			if hasCondition {
				return put, "more than one condition is given"
			}
			hasCondition = true
			put.Condition, put.Version = option.put.Condition, option.put.Version
		case putExpiry:
			if hasExpiry {
				return put, "more than one expiry is given"
			}
			hasExpiry = true
			put.Expiry, put.TimeMs = option.put.Expiry, option.put.TimeMs
		case putDurability:
			if hasDurability {
				return put, "more than one durability is given"
			}
			hasDurability = true
			put.Durability = option.put.Durability
		}
	}
	return put, ""
}
