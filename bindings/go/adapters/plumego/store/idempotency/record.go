// Package idempotency is plumego's store/idempotency: records of operations that must not run
// twice, the interfaces of their stores, and a store over a group of a kv store.
//
// [Store] and [HashAwareStore] are those of plumego's code, and [NewGroupStore] returns one. The
// page of plumego has another Get, with an error for a missing record, and a Set; they are those of
// [Guard], which [GroupStore.Guard] returns. A nil context is no cancellation.
//
// Where plumego leaves a choice to its stores: keys are used as they are, never trimmed; a record
// needs no request hash, except for CompleteWithRequestHash; and to complete a record a second time
// is [ErrAlreadyCompleted].
package idempotency

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Status says how far an operation is.
type Status string

const (
	// StatusInProgress: a caller is running the operation.
	StatusInProgress Status = "in_progress"
	// StatusCompleted: it was run, and the record has the response.
	StatusCompleted Status = "completed"
)

// Valid reports whether a status is one of the two.
func (s Status) Valid() bool { return s == StatusInProgress || s == StatusCompleted }

// Record is the state of an operation that must not run twice.
type Record struct {
	// Key names the operation.
	Key string
	// RequestHash identifies the request, for callers that want to know whether a key is used for
	// another one.
	RequestHash string
	Status      Status
	// Response is that of the completed operation. The stores here copy it.
	Response []byte
	// CreatedAt is when the record was put, UpdatedAt when it was last changed.
	CreatedAt time.Time
	UpdatedAt time.Time
	// ExpiresAt is when the record ends; the zero time is never.
	ExpiresAt time.Time
}

// Clone returns a copy whose response is one, too.
func (r Record) Clone() Record {
	r.Response = slices.Clone(r.Response)
	return r
}

// ValidateKey returns an [ErrInvalidKey] for a key that is empty, only space, or has a control
// character.
func ValidateKey(key string) error {
	if strings.TrimSpace(key) == "" {
		return ErrInvalidKey
	}
	if strings.ContainsFunc(key, unicode.IsControl) {
		return fmt.Errorf("%w: control characters are not allowed", ErrInvalidKey)
	}
	return nil
}

// ValidateRecord returns an [ErrInvalidKey], or an [ErrInvalidRecord] for a record without a
// request hash, with a status that is none, or that expires before it was created.
func ValidateRecord(record Record) error {
	if err := ValidateKey(record.Key); err != nil {
		return err
	}
	if record.RequestHash == "" {
		return errNoHash
	}
	return validateState(record)
}

// validateState is the part of [ValidateRecord] that holds for records without a hash, too.
func validateState(record Record) error {
	if !record.Status.Valid() {
		return fmt.Errorf("%w: status %q is invalid", ErrInvalidRecord, record.Status)
	}
	if !record.CreatedAt.IsZero() && !record.ExpiresAt.IsZero() && record.ExpiresAt.Before(record.CreatedAt) {
		return fmt.Errorf("%w: expires before created", ErrInvalidRecord)
	}
	return nil
}

// ValidateCompletion is [ValidateCompletionAt] of this moment.
func ValidateCompletion(record Record, requestHash string) error {
	return ValidateCompletionAt(record, requestHash, time.Now())
}

// ValidateCompletionAt returns why a record may not be completed for a request: the error of
// [ValidateRecord], an [ErrInvalidRecord] without a hash, [ErrRequestMismatch] for another hash
// than the record's, [ErrExpired], or [ErrAlreadyCompleted], in this order.
func ValidateCompletionAt(record Record, requestHash string, now time.Time) error {
	if err := ValidateRecord(record); err != nil {
		return err
	}
	switch {
	case requestHash == "":
		return errNoHash
	case record.RequestHash != requestHash:
		return ErrRequestMismatch
	case hasExpired(record, now):
		return ErrExpired
	case record.Status == StatusCompleted:
		return ErrAlreadyCompleted
	default:
		return nil
	}
}

func hasExpired(record Record, now time.Time) bool {
	return !record.ExpiresAt.IsZero() && !record.ExpiresAt.After(now)
}
