package kv

import (
	"encoding/binary"
	"math"
	"time"

	"kv.internal/kv/internal/capi"
)

// Batch is a list of steps that [Store.Commit] applies atomically if every condition in it holds.
// Each method appends a step and returns its index, which is that of its [Result]. The zero Batch
// is empty and ready. It may be committed again and again, belongs to one goroutine at a time, and
// must not be copied: the steps of a copy would overwrite those of the original. To append a step
// to a nil Batch panics.
//
//	var batch kv.Batch
//	batch.Check("worker", "position", version)
//	batch.Set("results", "5", []byte("16"))
//	batch.Set("worker", "position", []byte("5"))
//	_, err := store.Commit(ctx, &batch)
type Batch struct {
	_ noCopy
	// In flat form, which goes to the library as it is.
	flat  []byte
	count int
	// The strictest durability of a set, which is that of all steps, and where the first such set
	// begins.
	durability uint32
	durableAt  int
	// The first fault of a step; Commit returns it.
	err *Error
}

// Numbers of steps in flat form.
const (
	stepCheck = iota + 1
	stepGet
	stepSet
	stepDelete
	stepTake
	stepIncrement
	stepAppend
	stepExpire
	stepDeletePrefix
)

// lockGroup has the entries of locks, whose versions a batch checks.
const lockGroup = "kv.lock"

// step is what a step may have besides its number, group, key and value.
type step struct {
	put   capi.Put
	flags ExpireFlags
	delta int64
}

// Check requires that a key is at a version; 0 is absent.
func (b *Batch) Check(group, key string, version uint64) int {
	put := capi.Put{Condition: capi.IfVersion, Version: version}
	return b.add(stepCheck, group, key, nil, step{put: put})
}

// CheckLock requires that the lock is still held by the owner that acquired it: the writes of an
// owner whose lease has ended are refused by the store itself. A nil or zero lock is [ErrArgument],
// which [Store.Commit] returns.
func (b *Batch) CheckLock(lock *Lock) int {
	if !lock.isAcquired() {
		b.fail(keyOp("commit", lockGroup, lock.Name()).failed(ErrArgument, notAcquired))
		return b.add(stepCheck, lockGroup, "", nil, step{})
	}
	return b.Check(lockGroup, lock.name, lock.grant.Version)
}

// Get reads a key as the steps before this one leave it.
func (b *Batch) Get(group, key string) int { return b.add(stepGet, group, key, nil, step{}) }

// Set writes a value. A condition is one of the whole batch, and is checked against the key as it
// is before the batch. A durability is one of the whole batch, too: the strictest of its sets, and
// at least that of the store.
func (b *Batch) Set(group, key string, value []byte, options ...PutOption) int {
	put, fault := merge(options)
	if fault != "" {
		b.fail(keyOp("commit", group, key).failed(ErrArgument, fault))
	}
	b.mustExist()
	if put.Durability > b.durability {
		b.durability, b.durableAt = put.Durability, len(b.flat)
	}
	return b.add(stepSet, group, key, value, step{put: put})
}

// Delete deletes a key; its result is OK or ErrNotFound.
func (b *Batch) Delete(group, key string) int { return b.add(stepDelete, group, key, nil, step{}) }

// Take deletes a key and reads the value it had.
func (b *Batch) Take(group, key string) int { return b.add(stepTake, group, key, nil, step{}) }

// Increment adds to the integer under a key, as [Store.Increment]; its result's value is the sum.
func (b *Batch) Increment(group, key string, delta int64, ttl time.Duration) int {
	put := capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}
	return b.add(stepIncrement, group, key, nil, step{put: put, delta: delta})
}

// Append appends to the value under a key, as [Store.Append]; its result's value is the new length.
func (b *Batch) Append(group, key string, value []byte, ttl time.Duration) int {
	put := capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}
	return b.add(stepAppend, group, key, value, step{put: put})
}

// Expire lets a key live for a time from now; its result is OK, ErrNotFound or, if the flags do not
// allow it, ErrConflict, which does not stop the batch.
func (b *Batch) Expire(group, key string, ttl time.Duration, flags ...ExpireFlags) int {
	put := capi.Put{Expiry: capi.ExpiryAfter, TimeMs: milliseconds(ttl)}
	return b.add(stepExpire, group, key, nil, step{put: put, flags: ExpireFlags(together(flags))})
}

// DeletePrefix deletes all keys of a group that begin with a prefix; its result's value is how many
// live entries it removed.
func (b *Batch) DeletePrefix(group, prefix string) int {
	return b.add(stepDeletePrefix, group, prefix, nil, step{})
}

// Len is the number of steps.
func (b *Batch) Len() int {
	if b == nil {
		return 0
	}
	return b.count
}

// Clear removes all steps.
func (b *Batch) Clear() {
	if b != nil {
		*b = Batch{flat: b.flat[:0]}
	}
}

func (b *Batch) steps() capi.Steps {
	return capi.Steps{Flat: b.flat, Count: b.count, Durability: b.durability, DurableAt: b.durableAt}
}

// mustExist panics with what to do, for a step has no error to return.
func (b *Batch) mustExist() {
	if b == nil {
		panic("kv: the batch is nil; declare one by `var batch kv.Batch`")
	}
}

// fail keeps the first fault, which is of the step that is appended next.
func (b *Batch) fail(err *Error) {
	b.mustExist()
	if b.err == nil {
		err.Step = b.count
		b.err = err
	}
}

// add appends 44 bytes, then group, key and value; kv.h says which.
func (b *Batch) add(number uint32, group, key string, value []byte, s step) int {
	b.mustExist()
	if max(len(group), len(key), len(value)) > math.MaxUint32 {
		b.fail(keyOp("commit", group, key).failed(ErrTooLarge, "a group, key or value is longer than 4 GiB"))
	}
	order := binary.LittleEndian
	b.flat = order.AppendUint32(b.flat, number)
	b.flat = order.AppendUint32(b.flat, s.put.Condition|s.put.Expiry<<4|uint32(s.flags)<<8)
	b.flat = order.AppendUint64(b.flat, s.put.Version)
	b.flat = order.AppendUint64(b.flat, uint64(s.put.TimeMs))
	b.flat = order.AppendUint64(b.flat, uint64(s.delta))
	b.flat = order.AppendUint32(b.flat, uint32(len(group)))
	b.flat = order.AppendUint32(b.flat, uint32(len(key)))
	b.flat = order.AppendUint32(b.flat, uint32(len(value)))
	b.flat = append(append(append(b.flat, group...), key...), value...)
	b.count++
	return b.count - 1
}
