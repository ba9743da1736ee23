package grub

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
)

// Codec turns values into bytes and back.
type Codec = kv.Codec

// JSONCodec is the default. Integers keep all their digits.
type JSONCodec = kv.JSON

// GobCodec is the one of encoding/gob.
type GobCodec struct{}

// Encode returns a value's bytes.
func (GobCodec) Encode(value any) ([]byte, error) {
	var data bytes.Buffer
	err := gob.NewEncoder(&data).Encode(value)
	return data.Bytes(), err
}

// Decode reads into what a pointer points to.
func (GobCodec) Decode(data []byte, into any) error {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(into)
}

// Store keeps values of one type under keys. If *T has a method BeforeSave, AfterSave, AfterLoad,
// BeforeDelete or AfterDelete, each func(context.Context) error, it is called then, those of a
// delete on a zero T. Every call of the zero Store, of a nil one and of one without a provider is
// [kv.ErrClosed], and of one without a codec [kv.ErrArgument].
type Store[T any] struct {
	provider StoreProvider
	codec    Codec
}

// NewStore returns a store of values as JSON.
func NewStore[T any](provider StoreProvider) *Store[T] {
	return NewStoreWithCodec[T](provider, JSONCodec{})
}

// NewStoreWithCodec returns a store with a codec of the caller's.
func NewStoreWithCodec[T any](provider StoreProvider, codec Codec) *Store[T] {
	return &Store[T]{provider: provider, codec: codec}
}

// Get retrieves a value. A missing or expired one is [ErrNotFound], one that cannot be decoded is
// the codec's error.
func (s *Store[T]) Get(ctx context.Context, key string) (*T, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	ctx = contexts.OrBackground(ctx)
	data, err := s.provider.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.load(ctx, key, data)
}

// Set stores a value; a ttl of 0 is none.
func (s *Store[T]) Set(ctx context.Context, key string, value *T, ttl time.Duration) error {
	if err := s.ready(); err != nil {
		return err
	}
	ctx = contexts.OrBackground(ctx)
	data, err := s.encode(ctx, key, value)
	if err != nil {
		return err
	}
	if err := s.provider.Set(ctx, key, data, ttl); err != nil {
		return err
	}
	return s.saved(ctx, value)
}

// Delete removes a value, or returns [ErrNotFound].
func (s *Store[T]) Delete(ctx context.Context, key string) error {
	if err := s.ready(); err != nil {
		return err
	}
	ctx = contexts.OrBackground(ctx)
	var zero T
	if err := beforeDelete(ctx, &zero); err != nil {
		return err
	}
	if err := s.provider.Delete(ctx, key); err != nil {
		return err
	}
	return afterDelete(ctx, &zero)
}

// Exists reports whether there is a value.
func (s *Store[T]) Exists(ctx context.Context, key string) (bool, error) {
	if err := s.ready(); err != nil {
		return false, err
	}
	ctx = contexts.OrBackground(ctx)
	return s.provider.Exists(ctx, key)
}

// List returns the keys with a prefix, all of them for a limit of 0 or less.
func (s *Store[T]) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	ctx = contexts.OrBackground(ctx)
	return s.provider.List(ctx, prefix, limit)
}

// GetBatch retrieves values; keys that are missing are left out. One that cannot be decoded fails
// the whole call.
func (s *Store[T]) GetBatch(ctx context.Context, keys []string) (map[string]*T, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	ctx = contexts.OrBackground(ctx)
	items, err := s.provider.GetBatch(ctx, keys)
	if err != nil {
		return nil, err
	}
	values := make(map[string]*T, len(items))
	for key, data := range items {
		value, err := s.load(ctx, key, data)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// SetBatch stores values with one ttl. A BeforeSave or codec that fails leaves nothing written.
func (s *Store[T]) SetBatch(ctx context.Context, values map[string]*T, ttl time.Duration) error {
	if err := s.ready(); err != nil {
		return err
	}
	ctx = contexts.OrBackground(ctx)
	items := make(map[string][]byte, len(values))
	for key, value := range values {
		data, err := s.encode(ctx, key, value)
		if err != nil {
			return err
		}
		items[key] = data
	}
	if err := s.provider.SetBatch(ctx, items, ttl); err != nil {
		return err
	}
	for _, value := range values {
		if err := s.saved(ctx, value); err != nil {
			return err
		}
	}
	return nil
}

// ready returns what is missing of a store.
func (s *Store[T]) ready() error {
	switch {
	case s == nil || s.provider == nil:
		return errNoProvider
	case s.codec == nil:
		return errNoCodec
	default:
		return nil
	}
}

// encode runs what comes before a save. A nil value has no hooks.
func (s *Store[T]) encode(ctx context.Context, key string, value *T) ([]byte, error) {
	if value != nil {
		if err := beforeSave(ctx, value); err != nil {
			return nil, err
		}
	}
	data, err := s.codec.Encode(value)
	if err != nil {
		return nil, fmt.Errorf("encode %q: %w", key, err)
	}
	return data, nil
}

func (s *Store[T]) saved(ctx context.Context, value *T) error {
	if value == nil {
		return nil
	}
	return afterSave(ctx, value)
}

func (s *Store[T]) load(ctx context.Context, key string, data []byte) (*T, error) {
	value := new(T)
	if err := s.codec.Decode(data, value); err != nil {
		return nil, fmt.Errorf("decode %q: %w", key, err)
	}
	if err := afterLoad(ctx, value); err != nil {
		return nil, err
	}
	return value, nil
}
