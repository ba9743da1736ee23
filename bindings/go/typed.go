package kv

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// Typed is a group whose values are all of one type. Any number of goroutines may use it at once.
//
//	sessions := kv.NewTyped[Session](store, "sessions")
//	err := sessions.SetTTL(ctx, "s1", Session{User: "ada"}, time.Hour)
//	session, err := sessions.Get(ctx, "s1")
//
// If *T has a method BeforeSave, AfterSave, AfterLoad, BeforeDelete or AfterDelete, each a
// func(context.Context) error, it is called at that moment; [Typed.WithHooks] adds functions of the
// program, which are called after it.
type Typed[T any] struct {
	store *Store
	group string
	codec Codec
	hooks Hooks[T]
}

// TypedEntry is a key with what is under it.
type TypedEntry[T any] struct {
	Key       string
	Value     T
	Version   uint64
	ExpiresAt time.Time
}

// NewTyped returns a group of a store as one of values of a type, encoded as JSON. The calls of one
// without an open store are [ErrClosed].
func NewTyped[T any](store *Store, group string) *Typed[T] {
	return &Typed[T]{store: store, group: group, codec: JSON{}}
}

// WithCodec returns the same group with another codec; nil is [JSON].
func (t *Typed[T]) WithCodec(codec Codec) *Typed[T] {
	other := t.copied()
	other.codec = codec
	return other
}

// Get returns the value under a key. A key that is absent or expired is [ErrNotFound], a value that
// cannot be decoded a [*DecodeError].
func (t *Typed[T]) Get(ctx context.Context, key string) (T, error) {
	var value T
	data, err := t.in().Get(ctx, t.named(), key)
	if err == nil {
		value, err = t.load(ctx, key, data)
	}
	return value, err
}

// GetEntry returns the value under a key with its version and expiry; errors as [Typed.Get].
func (t *Typed[T]) GetEntry(ctx context.Context, key string) (TypedEntry[T], error) {
	entry, err := t.in().GetEntry(ctx, t.named(), key)
	if err != nil {
		return TypedEntry[T]{}, err
	}
	return t.entryOf(ctx, entry)
}

// Set writes a value under a key. It lives for the store's default_ttl, without one for ever; an
// earlier expiry is cleared.
func (t *Typed[T]) Set(ctx context.Context, key string, value T) error {
	_, err := t.Put(ctx, key, value)
	return err
}

// SetTTL writes a value that expires after a time, as [Store.SetTTL] takes it.
func (t *Typed[T]) SetTTL(ctx context.Context, key string, value T, ttl time.Duration) error {
	_, err := t.Put(ctx, key, value, ExpireAfter(ttl))
	return err
}

// Put writes a value if a condition holds, as [Store.Put]. A hook before the save, or the codec,
// that fails leaves nothing written; of a hook after it the error is returned, but what was written
// stays.
func (t *Typed[T]) Put(ctx context.Context, key string, value T, options ...PutOption) (uint64, error) {
	data, err := t.encode(ctx, key, &value)
	if err != nil {
		return 0, err
	}
	version, err := t.in().Put(ctx, t.named(), key, data, options...)
	if err != nil {
		return version, err
	}
	return version, t.afterSave(ctx, key, &value)
}

// Delete deletes a key. One that is absent is no error.
func (t *Typed[T]) Delete(ctx context.Context, key string) error {
	_, err := t.Deleted(ctx, key)
	return err
}

// Deleted deletes a key and reports whether a live entry was there. A hook before the delete that
// fails keeps the entry; the hook after it is called only if there was one. The methods of *T are
// called on a zero T.
func (t *Typed[T]) Deleted(ctx context.Context, key string) (bool, error) {
	if err := t.begins(ctx, keyOp("delete", t.named(), key)); err != nil {
		return false, err
	}
	if err := t.beforeDelete(ctx, key); err != nil {
		return false, err
	}
	deleted, err := t.in().Deleted(ctx, t.named(), key)
	if err != nil || !deleted {
		return deleted, err
	}
	return true, t.afterDelete(ctx, key)
}

// Take deletes a key and returns the value it had, to exactly one of any number of callers. A value
// that cannot be decoded stays, and is a [*DecodeError].
//
// The hooks are that of a load and then those of a delete, before the entry is deleted and after
// it; with the error of the last one comes the value, whose entry is gone. If the entry is changed
// between the load and the delete, all begins again with the new value.
func (t *Typed[T]) Take(ctx context.Context, key string) (T, error) {
	var none T
	for {
		entry, err := t.GetEntry(ctx, key)
		if err != nil {
			return none, err
		}
		if err := t.beforeDelete(ctx, key); err != nil {
			return none, err
		}
		err = t.in().DeleteVersion(ctx, t.named(), key, entry.Version)
		switch {
		case err == nil:
			return entry.Value, t.afterDelete(ctx, key)
		case !errors.Is(err, ErrConflict):
			return none, err
		}
	}
}

// Exists reports whether a live entry is under a key.
func (t *Typed[T]) Exists(ctx context.Context, key string) (bool, error) {
	return t.in().Exists(ctx, t.named(), key)
}

// List returns keys by prefix, as [Store.List].
func (t *Typed[T]) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	return t.in().List(ctx, t.named(), prefix, limit)
}

// Scan returns entries, as [Store.Scan]. A value that cannot be decoded comes as a [*DecodeError]
// with its key, and the scan goes on after it; any other error is the last pair.
func (t *Typed[T]) Scan(ctx context.Context, options ...ScanOption) iter.Seq2[TypedEntry[T], error] {
	return func(yield func(TypedEntry[T], error) bool) {
		for raw, err := range t.in().Scan(ctx, t.named(), options...) {
			entry := TypedEntry[T]{}
			if err == nil {
				entry, err = t.entryOf(ctx, raw)
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}

// GetBatch returns the values of keys, all from one snapshot, without those that are absent. One
// that cannot be decoded fails the whole call.
func (t *Typed[T]) GetBatch(ctx context.Context, keys []string) (map[string]T, error) {
	data, err := t.in().GetBatch(ctx, t.named(), keys)
	if err != nil {
		return nil, err
	}
	values := make(map[string]T, len(data))
	for key, bytes := range data {
		value, err := t.load(ctx, key, bytes)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// SetBatch writes values, all or none, each with the options, as [Store.SetBatch]. Hooks are called
// in the order of the keys, those before the save for all values before anything is written.
func (t *Typed[T]) SetBatch(ctx context.Context, values map[string]T, options ...PutOption) error {
	data := make(map[string][]byte, len(values))
	saved := make(map[string]*T, len(values))
	keys := slices.Sorted(maps.Keys(values))
	for _, key := range keys {
		value := values[key]
		encoded, err := t.encode(ctx, key, &value)
		if err != nil {
			return err
		}
		data[key], saved[key] = encoded, &value
	}
	if err := t.in().SetBatch(ctx, t.named(), data, options...); err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.afterSave(ctx, key, saved[key]); err != nil {
			return err
		}
	}
	return nil
}

// encode runs the hooks before a save, and the codec.
func (t *Typed[T]) encode(ctx context.Context, key string, value *T) ([]byte, error) {
	if err := t.begins(ctx, keyOp("put", t.named(), key)); err != nil {
		return nil, err
	}
	if err := t.beforeSave(ctx, key, value); err != nil {
		return nil, err
	}
	data, err := t.coder().Encode(value)
	if err != nil {
		return nil, fmt.Errorf("%s%w", keyOp("encode", t.named(), key).heading(-1), err)
	}
	return data, nil
}

// load runs the codec, and the hooks after a load.
func (t *Typed[T]) load(ctx context.Context, key string, data []byte) (T, error) {
	var value, none T
	if err := t.coder().Decode(data, &value); err != nil {
		return none, &DecodeError{Group: t.named(), Key: key, Err: err}
	}
	if err := t.afterLoad(ctx, key, &value); err != nil {
		return none, err
	}
	return value, nil
}

// in is the store, and named the group: of a nil Typed none, whose calls are [ErrClosed].
func (t *Typed[T]) in() *Store {
	if t == nil {
		return nil
	}
	return t.store
}

func (t *Typed[T]) named() string {
	if t == nil {
		return ""
	}
	return t.group
}

func (t *Typed[T]) coder() Codec {
	if t.codec == nil {
		return JSON{}
	}
	return t.codec
}

func (t *Typed[T]) copied() *Typed[T] {
	if t == nil {
		return &Typed[T]{}
	}
	other := *t
	return &other
}

// begins returns the error of a call that cannot begin, before its hooks are called.
func (t *Typed[T]) begins(ctx context.Context, op operation) error {
	if err := op.begins(ctx); err != nil {
		return err
	}
	return t.in().isOpened(op)
}

func (t *Typed[T]) entryOf(ctx context.Context, raw Entry) (TypedEntry[T], error) {
	entry := TypedEntry[T]{Key: raw.Key, Version: raw.Version, ExpiresAt: raw.ExpiresAt}
	value, err := t.load(ctx, raw.Key, raw.Value)
	entry.Value = value
	return entry, err
}
