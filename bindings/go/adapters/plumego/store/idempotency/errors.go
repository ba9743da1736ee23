package idempotency

import (
	"errors"
	"fmt"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Errors of records and their stores, with the texts of plumego's. For [errors.Is] each is also the
// one of plumego's own package, and the one of kv that is named with it. A store that was closed is
// [kv.ErrClosed], never a missing record.
var (
	// ErrNotFound: there is no record, or it has expired. It is also [kv.ErrNotFound].
	ErrNotFound = sentinel.New("idempotency: record not found", kv.ErrNotFound)
	// ErrInvalidKey: the key is empty, only space, has a control character or is longer than 65,535
	// bytes.
	ErrInvalidKey = sentinel.New("idempotency: key is required")
	// ErrInvalidRecord: a part of the record cannot be, or is missing.
	ErrInvalidRecord = sentinel.New("idempotency: invalid record")
	// ErrExpired: the record that is to be put has expired already.
	ErrExpired = sentinel.New("idempotency: record expired")
	// ErrRequestMismatch: the record is that of another request.
	ErrRequestMismatch = sentinel.New("idempotency: request hash mismatch")
	// ErrAlreadyCompleted: the operation was completed before; its response stays.
	ErrAlreadyCompleted = sentinel.New("idempotency: record already completed")

	errNoHash = fmt.Errorf("%w: request hash is required", ErrInvalidRecord)
)

// errNoStore is the error of a GroupStore that was not made by its function, or made of nothing.
var errNoStore error = &kv.Error{
	Status:  kv.ErrClosed,
	Message: "idempotency: there is no store; NewGroupStore makes one of an open kv store",
}

// recordError returns plumego's error for that of a call.
func recordError(err error, key string) error {
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrTooLarge) && keys.IsTooLong(key):
		return fmt.Errorf("%w: %w", ErrInvalidKey, err)
	default:
		return err
	}
}
