package idempotency

import "context"

// Store keeps records. Of any number of callers that put a record under a key, one succeeds.
type Store interface {
	// Get returns a record and whether there is one; a missing or expired one is no error.
	Get(ctx context.Context, key string) (Record, bool, error)
	// PutIfAbsent writes a record if there is none under its key, and reports whether it did. One
	// that has expired already is ErrExpired.
	PutIfAbsent(ctx context.Context, record Record) (bool, error)
	// Complete stores the response of the operation that is in progress under a key. Without a
	// record it is ErrNotFound.
	Complete(ctx context.Context, key string, response []byte) error
	// Delete removes a record, or returns ErrNotFound.
	Delete(ctx context.Context, key string) error
}

// HashAwareStore is a Store that compares the hash of a request when it completes a record.
type HashAwareStore interface {
	Store
	// CompleteWithRequestHash is Complete for a record that has this hash. Of another request it is
	// ErrRequestMismatch.
	CompleteWithRequestHash(ctx context.Context, key, requestHash string, response []byte) error
}
