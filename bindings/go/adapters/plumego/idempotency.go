package plumego

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
)

// Errors of an IdempotencyStore, besides [ErrInvalidKey].
var (
	// ErrRecordNotFound: there is no record, it has expired, or it is not in progress any more.
	ErrRecordNotFound = errors.New("idempotency: record not found")
	// ErrRecordExpired: the record that is to be put has expired already.
	ErrRecordExpired = errors.New("idempotency: record expired")
)

// RecordStatus says how far an operation is.
type RecordStatus string

const (
	// StatusInProgress: a caller is running the operation.
	StatusInProgress RecordStatus = "in_progress"
	// StatusCompleted: it was run; the response is there.
	StatusCompleted RecordStatus = "completed"
)

// Record is the state of an operation that must not run twice.
type Record struct {
	Key         string       `json:"key"`
	RequestHash string       `json:"request_hash"`
	Status      RecordStatus `json:"status"`
	Response    []byte       `json:"response"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	// ExpiresAt is the zero time for a record that is kept for ever.
	ExpiresAt time.Time `json:"expires_at"`
}

// IdempotencyStore keeps records in a group of a kv store. Keys are used as they are, never
// trimmed. Of any number of callers that put a record, in any number of processes, one succeeds.
//
// [IdempotencyStore.Complete] completes whatever is in progress under a key. Where an operation may
// outlive its record, so that another caller has taken over, use [IdempotencyStore.Claim] and
// [IdempotencyStore.CompleteClaim]: then the late caller cannot complete the other's record.
type IdempotencyStore struct{ records *kv.Typed[Record] }

// NewIdempotencyStore returns a group of a store, which the caller closes.
func NewIdempotencyStore(store *kv.Store, group string) *IdempotencyStore {
	return &IdempotencyStore{kv.NewTyped[Record](store, group)}
}

// Get returns a record, or [ErrRecordNotFound].
func (s *IdempotencyStore) Get(ctx context.Context, key string) (Record, error) {
	if err := checkRecord(ctx, key); err != nil {
		return Record{}, err
	}
	record, err := s.records.Get(ctx, key)
	return record, recordError(err)
}

// Set writes a record under a key, whatever is there.
func (s *IdempotencyStore) Set(ctx context.Context, key string, record Record) error {
	record.Key = key
	_, err := s.put(ctx, record)
	return err
}

// PutIfAbsent writes a record if there is none under its key, and reports whether it did. Without a
// status the record is in progress. One that has expired already is [ErrRecordExpired].
func (s *IdempotencyStore) PutIfAbsent(ctx context.Context, record Record) (bool, error) {
	token, err := s.Claim(ctx, record)
	return token != 0, err
}

// Claim is PutIfAbsent, and returns a token with which [IdempotencyStore.CompleteClaim] completes
// this record and no other; 0 if there is one already.
func (s *IdempotencyStore) Claim(ctx context.Context, record Record) (uint64, error) {
	token, err := s.put(ctx, record, kv.IfAbsent())
	if errors.Is(err, kv.ErrConflict) {
		return 0, nil
	}
	return token, err
}

// Complete stores the response of the operation that is in progress under a key; the record keeps
// its expiry. Without one that is in progress it is [ErrRecordNotFound].
func (s *IdempotencyStore) Complete(ctx context.Context, key string, response []byte) error {
	return s.complete(ctx, key, 0, response)
}

// CompleteClaim stores the response of the operation that was claimed with a token. If its record
// has expired, is another caller's by now, or is completed, it is [ErrRecordNotFound].
func (s *IdempotencyStore) CompleteClaim(ctx context.Context, key string, token uint64, response []byte) error {
	if token == 0 {
		return ErrRecordNotFound
	}
	return s.complete(ctx, key, token, response)
}

// Delete removes a record, or returns [ErrRecordNotFound].
func (s *IdempotencyStore) Delete(ctx context.Context, key string) error {
	if err := checkRecord(ctx, key); err != nil {
		return err
	}
	deleted, err := s.records.Deleted(ctx, key)
	if err == nil && !deleted {
		return ErrRecordNotFound
	}
	return err
}

func (s *IdempotencyStore) put(ctx context.Context, record Record, options ...kv.PutOption) (uint64, error) {
	if err := checkRecord(ctx, record.Key); err != nil {
		return 0, err
	}
	now := time.Now()
	if record.Status == "" {
		record.Status = StatusInProgress
	}
	if record.CreatedAt.IsZero() {
		record.CreatedAt = now
	}
	record.UpdatedAt = now
	if !record.ExpiresAt.IsZero() {
		if !record.ExpiresAt.After(now) {
			return 0, ErrRecordExpired
		}
		options = append(options, kv.ExpireAt(record.ExpiresAt))
	}
	return s.records.Put(ctx, record.Key, record, options...)
}

// complete replaces only the record that it has read; if another caller has changed it in between,
// complete reads it again.
func (s *IdempotencyStore) complete(ctx context.Context, key string, token uint64, response []byte) error {
	if err := checkRecord(ctx, key); err != nil {
		return err
	}
	for {
		entry, err := s.records.GetEntry(ctx, key)
		if err != nil {
			return recordError(err)
		}
		record := entry.Value
		if record.Status != StatusInProgress || token != 0 && token != entry.Version {
			return ErrRecordNotFound
		}
		record.Status, record.Response, record.UpdatedAt = StatusCompleted, response, time.Now()
		_, err = s.records.Put(ctx, key, record, kv.IfVersion(entry.Version), kv.KeepExpiry())
		if !errors.Is(err, kv.ErrConflict) {
			return err
		}
	}
}

func checkRecord(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !isKey(key) {
		return ErrInvalidKey
	}
	return nil
}

func recordError(err error) error {
	if errors.Is(err, kv.ErrNotFound) {
		return ErrRecordNotFound
	}
	return err
}
