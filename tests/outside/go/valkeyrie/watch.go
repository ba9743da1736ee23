package valkeyrie

import (
	"context"
	"errors"

	"github.com/kvtools/valkeyrie/store"
	"kv.internal/kv"
)

// Watch sends a pair as it is now, if it is there, and again after each change. The value of a deleted
// one is nil. Of changes that follow each other quickly, the last may be sent several times
// in place of those before it.
func (s *Store) Watch(ctx context.Context, key string, options *store.ReadOptions) (<-chan *store.KVPair, error) {
	isFirst := true
	return watch(ctx, s.store, kv.InGroup(pairs).Key(normal(key)), func() (*store.KVPair, bool, error) {
		found, err := s.Get(ctx, key, options)
		if errors.Is(err, store.ErrKeyNotFound) {
			found, err = &store.KVPair{Key: normal(key)}, nil
		}
		skip := isFirst && found != nil && found.LastIndex == 0
		isFirst = false
		return found, !skip, err
	})
}

// WatchTree sends the pairs below a directory as they are now, and again after each change.
func (s *Store) WatchTree(ctx context.Context, directory string, options *store.ReadOptions) (<-chan []*store.KVPair, error) {
	return watch(ctx, s.store, kv.InGroup(pairs).KeyPrefix(below(directory)), func() ([]*store.KVPair, bool, error) {
		found, err := s.List(ctx, directory, options)
		if errors.Is(err, store.ErrKeyNotFound) {
			err = nil
		}
		return found, true, err
	})
}

// watch sends the state, which look returns with whether to send it, now and after each change. The
// channel is closed with the context, the store, or at an error.
func watch[T any](ctx context.Context, opened *kv.Store, selection kv.Selection, look func() (T, bool, error)) (<-chan T, error) {
	// The watch begins before the first look, so that no change is missed between them.
	changes, err := opened.Watch(ctx, selection)
	if err != nil {
		return nil, err
	}
	states := make(chan T)
	go func() {
		defer close(states)
		defer changes.Close()
		for {
			state, send, err := look()
			if err != nil {
				return
			}
			if send {
				select {
				case states <- state:
				case <-ctx.Done():
					return
				}
			}
			if _, open := <-changes.Events; !open {
				return
			}
		}
	}()
	return states, nil
}
