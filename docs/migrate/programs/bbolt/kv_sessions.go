package main

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
)

// kvSessions keeps sessions in a group, and the store ends them.
type kvSessions struct{ store *kv.Store }

func (s *kvSessions) Save(ctx context.Context, id, user string, until time.Time) error {
	_, err := s.store.Put(ctx, "sessions", id, []byte(user), kv.ExpireAt(until))
	return err
}

func (s *kvSessions) User(ctx context.Context, id string) (string, error) {
	user, err := s.store.Get(ctx, "sessions", id)
	if errors.Is(err, kv.ErrNotFound) {
		return "", nil
	}
	return string(user), err
}

func (s *kvSessions) Remove(ctx context.Context, id string) error {
	return s.store.Delete(ctx, "sessions", id)
}
