package idempotency

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
)

// GroupStore keeps records in a group of a kv store, as JSON. Any number of goroutines may use it,
// and any number of processes: of all that put a record under a key, one succeeds. Every operation
// of a nil one, of the zero GroupStore and of one whose kv store was closed is [kv.ErrClosed].
//
// [GroupStore.Complete] completes whatever is in progress under a key. Where an operation may
// outlive its record, so that another caller has taken over, use [GroupStore.Claim] and
// [GroupStore.CompleteClaim]: then the late caller cannot complete the other's record.
type GroupStore struct{ records *kv.Typed[Record] }

var _ HashAwareStore = (*GroupStore)(nil)

// NewGroupStore returns a group of a store, which the caller closes.
func NewGroupStore(store *kv.Store, group string) *GroupStore {
	if store == nil {
		return &GroupStore{}
	}
	return &GroupStore{kv.NewTyped[Record](store, group)}
}

// Get returns a record and whether there is one; a missing or expired one is no error.
func (s *GroupStore) Get(ctx context.Context, key string) (Record, bool, error) {
	ctx, err := s.enter(ctx, key)
	if err != nil {
		return Record{}, false, err
	}
	record, err := s.records.Get(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return Record{}, false, nil
	}
	return record, err == nil, recordError(err, key)
}

// Set writes a record under a key, whatever is there. Without a status the record is in progress.
func (s *GroupStore) Set(ctx context.Context, key string, record Record) error {
	record.Key = key
	_, err := s.put(ctx, record)
	return err
}

// PutIfAbsent writes a record if there is none under its key, and reports whether it did. Without a
// status the record is in progress. One that has expired already is [ErrExpired].
func (s *GroupStore) PutIfAbsent(ctx context.Context, record Record) (bool, error) {
	token, err := s.Claim(ctx, record)
	return token != 0, err
}

// Delete removes a record, or returns [ErrNotFound].
func (s *GroupStore) Delete(ctx context.Context, key string) error {
	ctx, err := s.enter(ctx, key)
	if err != nil {
		return err
	}
	deleted, err := s.records.Deleted(ctx, key)
	if err == nil && !deleted {
		return ErrNotFound
	}
	return recordError(err, key)
}

func (s *GroupStore) put(ctx context.Context, record Record, options ...kv.PutOption) (uint64, error) {
	ctx, err := s.enter(ctx, record.Key)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	if hasExpired(record, now) {
		return 0, ErrExpired
	}
	if record.Status == "" {
		record.Status = StatusInProgress
	}
	if record.CreatedAt.IsZero() {
		record.CreatedAt = now
	}
	record.UpdatedAt = now
	if err := validateState(record); err != nil {
		return 0, err
	}
	version, err := s.records.Put(ctx, record.Key, record, append(options, kv.ExpireAt(record.ExpiresAt))...)
	return version, recordError(err, record.Key)
}

// enter returns the context of a call, or the error that comes first: a context that is done before
// all others.
func (s *GroupStore) enter(ctx context.Context, key string) (context.Context, error) {
	ctx, err := contexts.Enter(ctx, s != nil && s.records != nil, errNoStore)
	if err != nil {
		return nil, err
	}
	return ctx, ValidateKey(key)
}
