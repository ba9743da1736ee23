package idempotency

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
)

// Complete stores the response of the operation that is in progress under a key; the record keeps
// its expiry. Without a record it is [ErrNotFound], for a completed one [ErrAlreadyCompleted].
func (s *GroupStore) Complete(ctx context.Context, key string, response []byte) error {
	return s.complete(ctx, key, response, func(entry kv.TypedEntry[Record]) error {
		if entry.Value.Status == StatusCompleted {
			return ErrAlreadyCompleted
		}
		return nil
	})
}

// CompleteWithRequestHash is [GroupStore.Complete] for a record that has this hash. Of another
// request it is [ErrRequestMismatch], and without a hash, of the request or of the record,
// [ErrInvalidRecord].
func (s *GroupStore) CompleteWithRequestHash(ctx context.Context, key, requestHash string, response []byte) error {
	return s.complete(ctx, key, response, func(entry kv.TypedEntry[Record]) error {
		return ValidateCompletion(entry.Value, requestHash)
	})
}

// Claim is PutIfAbsent, and returns a token with which [GroupStore.CompleteClaim] completes this
// record and no other; 0 if there is one already.
func (s *GroupStore) Claim(ctx context.Context, record Record) (uint64, error) {
	token, err := s.put(ctx, record, kv.IfAbsent())
	if errors.Is(err, kv.ErrConflict) {
		return 0, nil
	}
	return token, err
}

// CompleteClaim stores the response of the operation that was claimed with a token. If its record
// has expired, is another caller's by now, or is completed, it is [ErrNotFound].
func (s *GroupStore) CompleteClaim(ctx context.Context, key string, token uint64, response []byte) error {
	return s.complete(ctx, key, response, func(entry kv.TypedEntry[Record]) error {
		if entry.Version != token {
			return ErrNotFound
		}
		return nil
	})
}

// complete stores a response in a record to which a check has no objection. It replaces only the
// record that it has read; if another caller has changed it in between, complete reads it again.
func (s *GroupStore) complete(ctx context.Context, key string, response []byte,
	check func(kv.TypedEntry[Record]) error) error {
	ctx, err := s.enter(ctx, key)
	if err != nil {
		return err
	}
	for {
		entry, err := s.records.GetEntry(ctx, key)
		if err != nil {
			return recordError(err, key)
		}
		if err := check(entry); errors.Is(err, ErrExpired) {
			// The part of a millisecond by which an entry outlives its record.
			return ErrNotFound
		} else if err != nil {
			return err
		}
		record := entry.Value
		record.Status, record.Response, record.UpdatedAt = StatusCompleted, response, time.Now()
		_, err = s.records.Put(ctx, key, record, kv.IfVersion(entry.Version), kv.KeepExpiry())
		if !errors.Is(err, kv.ErrConflict) {
			return recordError(err, key)
		}
	}
}
