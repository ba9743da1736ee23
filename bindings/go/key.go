package kv

import (
	"bytes"
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// Entry is a key with its value, version and expiry.
type Entry struct {
	Group string
	Key   string
	// Value is the caller's own; empty, not nil, for an empty value.
	Value []byte
	// Size is how many bytes the value has, also where a scan has left them out for [Sizes].
	Size int64
	// Version changes with each write of the key and is never 0.
	Version uint64
	// ExpiresAt is the zero time for an entry that never expires.
	ExpiresAt time.Time
}

// EntryInfo is an [Entry] without its value.
type EntryInfo struct {
	// Size is how many bytes the value has.
	Size int64
	// Version changes with each write of the key and is never 0.
	Version uint64
	// ExpiresAt is the zero time for an entry that never expires.
	ExpiresAt time.Time
}

// Values up to this length are had in one crossing; it is more than what the library keeps beside
// the key.
const smallValue = 1024

// Get returns the value under a key; an empty one is empty and not nil. A key that is absent or
// expired is [ErrNotFound]. A value of more than 512 MiB, which a [Writer] has written, is
// [ErrTooLarge], and is read by [Store.OpenReader].
func (s *Store) Get(ctx context.Context, group, key string) (_ []byte, err error) {
	op := keyOp("get", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	var small [smallValue]byte
	n, status, failure := capi.GetInto(in.handle, group, key, small[:])
	runtime.KeepAlive(s)
	switch status {
	case capi.OK:
		return bytes.Clone(small[:n]), nil
	case capi.TooSmall:
		return s.getLong(in.handle, op, n)
	default:
		return nil, op.outcome(status, failure)
	}
}

// getLong copies a value directly into the slice that it returns. It reads again if the value has
// grown meanwhile.
func (s *Store) getLong(handle capi.Store, op operation, n int) ([]byte, error) {
	for {
		value := make([]byte, n)
		length, status, failure := capi.GetInto(handle, op.group, op.key, value)
		runtime.KeepAlive(s)
		switch status {
		case capi.OK:
			return value[:length], nil
		case capi.TooSmall:
			n = length
		default:
			return nil, op.outcome(status, failure)
		}
	}
}

// GetInto copies the value under a key into a buffer of the caller's and returns its length. If the
// buffer is too short, nothing is copied: the length needed and [ErrTooSmall] are returned.
func (s *Store) GetInto(ctx context.Context, group, key string, buffer []byte) (_ int, err error) {
	op := keyOp("get", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	n, status, failure := capi.GetInto(in.handle, group, key, buffer)
	runtime.KeepAlive(s)
	return n, op.outcome(status, failure)
}

// GetEntry returns the value under a key with its version and expiry. A key that is absent or
// expired is [ErrNotFound].
func (s *Store) GetEntry(ctx context.Context, group, key string) (_ Entry, err error) {
	op := keyOp("get entry", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return Entry{}, err
	}
	defer in.end(&err)
	var small [smallValue]byte
	value, status, failure := capi.GetEntry(in.handle, group, key, small[:])
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return Entry{}, err
	}
	return ownedEntry(group, key, &value, small[:]), nil
}

// Info returns the size, version and expiry of the entry under a key, without its value. A key that
// is absent or expired is [ErrNotFound].
func (s *Store) Info(ctx context.Context, group, key string) (_ EntryInfo, err error) {
	op := keyOp("info", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return EntryInfo{}, err
	}
	defer in.end(&err)
	value, status, failure := capi.Info(in.handle, group, key)
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return EntryInfo{}, err
	}
	return infoOf(&value), nil
}

func infoOf(value *capi.Value) EntryInfo {
	return EntryInfo{
		Size:      value.Size(),
		Version:   value.Version(),
		ExpiresAt: timeOf(value.ExpiresAtMs()),
	}
}

// View calls a function with the entry under a key, whose value is not copied: its bytes are the
// library's, must not be changed, and are gone when the function returns. Writes meanwhile do not
// change them. The function's error is View's. A key that is absent or expired is [ErrNotFound].
func (s *Store) View(ctx context.Context, group, key string, look func(Entry) error) (err error) {
	op := keyOp("view", group, key)
	if look == nil {
		return op.argument("the function is nil")
	}
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	value, status, failure := capi.Get(in.handle, group, key)
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return err
	}
	defer value.Free()
	// The time of the function is not the call's.
	in.finish(nil)
	return look(entryOf(group, key, &value))
}

// Exists reports whether a live entry is under a key.
func (s *Store) Exists(ctx context.Context, group, key string) (_ bool, err error) {
	op := keyOp("exists", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return false, err
	}
	defer in.end(&err)
	status, failure := capi.Exists(in.handle, group, key)
	runtime.KeepAlive(s)
	return op.found(status, failure)
}

// Set writes a value under a key. It lives for the default_ttl that the store was opened with,
// without one for ever; an earlier expiry is cleared.
func (s *Store) Set(ctx context.Context, group, key string, value []byte) (err error) {
	op := keyOp("set", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	failure := capi.Set(in.handle, group, key, value)
	runtime.KeepAlive(s)
	return op.failure(failure)
}

// SetTTL writes a value that expires after a time; 0 is never, [DefaultTTL] what Set does, any
// other negative one is [ErrArgument]. Part of a millisecond counts as a whole one.
func (s *Store) SetTTL(ctx context.Context, group, key string, value []byte, ttl time.Duration) (err error) {
	op := keyOp("set ttl", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	failure := capi.SetTTL(in.handle, group, key, value, milliseconds(ttl))
	runtime.KeepAlive(s)
	return op.failure(failure)
}

// Put writes a value if a condition holds, with a choice of expiry, and returns the version
// written. If the condition does not hold, nothing is written: the version that the key is at, 0
// for an absent one, and an [ErrConflict] are returned.
func (s *Store) Put(ctx context.Context, group, key string, value []byte, options ...PutOption) (_ uint64, err error) {
	op := keyOp("put", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	put, fault := merge(options)
	if fault != "" {
		return 0, op.failed(ErrArgument, fault)
	}
	version, status, failure := capi.PutValue(in.handle, group, key, value, put)
	runtime.KeepAlive(s)
	if status == capi.Conflict {
		return version, op.conflict(version)
	}
	return version, op.outcome(status, failure)
}

// Delete deletes a key. One that is absent is no error.
func (s *Store) Delete(ctx context.Context, group, key string) error {
	_, err := s.Deleted(ctx, group, key)
	return err
}

// Deleted deletes a key and reports whether a live entry was there.
func (s *Store) Deleted(ctx context.Context, group, key string) (_ bool, err error) {
	op := keyOp("delete", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return false, err
	}
	defer in.end(&err)
	status, failure := capi.Delete(in.handle, group, key)
	runtime.KeepAlive(s)
	return op.found(status, failure)
}

// DeleteVersion deletes a key if it is at a version, which must not be 0. A key that is absent is
// [ErrNotFound], one at another version [ErrConflict].
func (s *Store) DeleteVersion(ctx context.Context, group, key string, version uint64) (err error) {
	op := keyOp("delete version", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := capi.DeleteVersion(in.handle, group, key, version)
	runtime.KeepAlive(s)
	return op.outcome(status, failure)
}

// Take deletes a key and returns the value it had. Of any number of callers, in any number of
// processes, exactly one gets it; the others get [ErrNotFound].
func (s *Store) Take(ctx context.Context, group, key string) (_ []byte, err error) {
	op := keyOp("take", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	value, status, failure := capi.Take(in.handle, group, key)
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return nil, err
	}
	return value.Own(nil), nil
}

// Increment adds to the integer under a key, which is stored as decimal text, and returns the sum.
// A missing key counts as 0 and lives for ttl, as [Store.SetTTL] takes it; a live one keeps its
// expiry. A value that is not an integer, and a sum that is none of 64 bits, is [ErrNotInteger],
// and nothing is written.
func (s *Store) Increment(ctx context.Context, group, key string, delta int64, ttl time.Duration) (_ int64, err error) {
	op := keyOp("increment", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	sum, failure := capi.Increment(in.handle, group, key, delta, milliseconds(ttl))
	runtime.KeepAlive(s)
	return sum, op.failure(failure)
}

// Append appends to the value under a key and returns the new length. A missing key counts as empty
// and lives for ttl, as [Store.SetTTL] takes it; a live one keeps its expiry.
func (s *Store) Append(ctx context.Context, group, key string, value []byte, ttl time.Duration) (_ int, err error) {
	op := keyOp("append", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	n, failure := capi.Append(in.handle, group, key, value, milliseconds(ttl))
	runtime.KeepAlive(s)
	return n, op.failure(failure)
}

func entryOf(group, key string, value *capi.Value) Entry {
	return Entry{
		Group:     group,
		Key:       key,
		Value:     value.Bytes(),
		Size:      value.Size(),
		Version:   value.Version(),
		ExpiresAt: timeOf(value.ExpiresAtMs()),
	}
}

// ownedEntry returns an entry whose value is the caller's own; see [capi.Value.Own].
func ownedEntry(group, key string, value *capi.Value, buffer []byte) Entry {
	return Entry{
		Group:     group,
		Key:       key,
		Size:      value.Size(),
		Version:   value.Version(),
		ExpiresAt: timeOf(value.ExpiresAtMs()),
		Value:     value.Own(buffer),
	}
}
