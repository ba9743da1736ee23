package gostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"weak"

	"kv.internal/kv"
)

// QuotaConfig says how much a namespace may hold; 0 is no limit.
type QuotaConfig struct {
	MaxKeys   int
	MaxGroups int
}

// ScopedStore is a store narrowed to a namespace: it has the operations of one, and nothing outside
// of the namespace can be reached through it. It ends with its store. Every call of the zero
// ScopedStore and of a nil one is [kv.ErrClosed].
type ScopedStore struct {
	narrowed  *Store
	namespace string
}

// NewScoped narrows a store to a namespace: a name of ASCII letters, digits and hyphens. A group is
// kept as namespace:group.
func NewScoped(storeInstance *Store, namespace string) (*ScopedStore, error) {
	if storeInstance == nil {
		return nil, fmt.Errorf("store.NewScoped: %w", kv.ErrClosed)
	}
	scoped, err := storeInstance.scopes.get(storeInstance.opened(), namespace)
	if err != nil {
		return nil, fmt.Errorf("store.NewScoped: %w", err)
	}
	return &ScopedStore{scoped, namespace}, nil
}

// NewScopedWithQuota is NewScoped, and sets a quota of the namespace, which holds for every writer.
func NewScopedWithQuota(storeInstance *Store, namespace string, quota QuotaConfig) (*ScopedStore, error) {
	scoped, err := NewScoped(storeInstance, namespace)
	if err != nil {
		return nil, err
	}
	limits := kv.Limits{MaxKeys: int64(quota.MaxKeys), MaxGroups: int64(quota.MaxGroups)}
	if err := storeInstance.opened().SetQuota(context.Background(), namespace, limits); err != nil {
		return nil, fmt.Errorf("store.NewScopedWithQuota: %w", err)
	}
	return scoped, nil
}

// Namespace is the name of the namespace.
func (s *ScopedStore) Namespace() string {
	if s == nil {
		return ""
	}
	return s.namespace
}

// scopes are those of a store that are in use, so that it may be narrowed to a namespace any number
// of times, and closes all of them.
type scopes struct {
	mutex  sync.Mutex
	narrow map[string]weak.Pointer[Store]
}

func (s *scopes) get(store *kv.Store, namespace string) (*Store, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if known := s.narrow[namespace].Value(); known != nil {
		return known, nil
	}
	narrowed, err := store.Scope(namespace)
	if errors.Is(err, kv.ErrArgument) {
		err = fmt.Errorf("invalid namespace %q: %w", namespace, err)
	}
	if err != nil {
		return nil, err
	}
	if s.narrow == nil {
		s.narrow = map[string]weak.Pointer[Store]{}
	}
	for name, known := range s.narrow {
		if known.Value() == nil {
			delete(s.narrow, name)
		}
	}
	scoped := &Store{store: narrowed}
	s.narrow[namespace] = weak.Make(scoped)
	return scoped, nil
}

func (s *scopes) close() error {
	// Closing waits for callbacks, which may narrow the store meanwhile.
	s.mutex.Lock()
	narrow := s.narrow
	s.narrow = nil
	s.mutex.Unlock()
	var failures []error
	for _, known := range narrow {
		if scoped := known.Value(); scoped != nil {
			failures = append(failures, scoped.close())
		}
	}
	return errors.Join(failures...)
}
