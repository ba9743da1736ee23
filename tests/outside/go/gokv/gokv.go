// Package gokv is a group of a kv store as a Store of gokv: values of any type, as JSON.
package gokv

import (
	"context"
	"errors"
	"reflect"

	"github.com/philippgille/gokv"
	"kv.internal/kv"
)

// Errors of arguments that gokv forbids.
var (
	ErrNoKey   = errors.New("the key is empty; pass one of at least one character")
	ErrNoValue = errors.New("the value is nil; pass a value, and to Get a pointer to one")
)

// Store is a group of values. A kv.Codec in place of [kv.JSON] gives another encoding.
type Store struct {
	store *kv.Store
	group string
	codec kv.Codec
}

var _ gokv.Store = (*Store)(nil)

// New returns a group as a gokv.Store, whose Close closes the store.
func New(store *kv.Store, group string) *Store { return &Store{store, group, kv.JSON{}} }

// Set writes a value.
func (s *Store) Set(key string, value any) error {
	if err := check(key, value); err != nil {
		return err
	}
	data, err := s.codec.Encode(value)
	if err != nil {
		return err
	}
	return s.store.Set(context.Background(), s.group, key, data)
}

// Get reads the value under a key into what a pointer points to, and reports whether there is one.
func (s *Store) Get(key string, into any) (bool, error) {
	if err := check(key, into); err != nil {
		return false, err
	}
	data, err := s.store.Get(context.Background(), s.group, key)
	if errors.Is(err, kv.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.codec.Decode(data, into)
}

// Delete removes a value; a missing one is no error.
func (s *Store) Delete(key string) error {
	if key == "" {
		return ErrNoKey
	}
	return s.store.Delete(context.Background(), s.group, key)
}

// Close closes the store. Closing again does nothing.
func (s *Store) Close() error {
	if err := s.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

func check(key string, value any) error {
	if key == "" {
		return ErrNoKey
	}
	it := reflect.ValueOf(value)
	if !it.IsValid() || it.Kind() == reflect.Pointer && it.IsNil() {
		return ErrNoValue
	}
	return nil
}
