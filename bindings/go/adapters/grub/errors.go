package grub

import (
	"errors"
	"fmt"
	"slices"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Error is an error of grub's, for [errors.Is]. It is the one of this package, the one of grub's
// own module that has the same text, and what the constant says of kv. This package does not import
// that module, so a program that does can pass a [Provider] to it and go on asking for its errors.
type Error string

const (
	// ErrNotFound is the error of reading and deleting a key that is absent or expired. It is also
	// [kv.ErrNotFound].
	ErrNotFound = Error("grub: record not found")
	// ErrInvalidKey: the key is too long for a store. It comes with a [kv.ErrTooLarge].
	ErrInvalidKey = Error("grub: invalid key")
	// ErrReadOnly: the store can only be read. It comes with a [kv.ErrReadOnly].
	ErrReadOnly = Error("grub: read-only")
)

func (e Error) Error() string { return string(e) }

// Is reports whether the target is the error of grub's module with this text, which errors.New has
// made and which its text alone tells apart, or the one of kv.
func (e Error) Is(target error) bool {
	return sentinel.IsNamesake(target, string(e)) || e == ErrNotFound && target == kv.ErrNotFound
}

// grubError returns the error of grub's for that of a call on keys.
func grubError(err error, used ...string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrReadOnly):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, kv.ErrTooLarge) && slices.ContainsFunc(used, keys.IsTooLong):
		return fmt.Errorf("%w: %w", ErrInvalidKey, err)
	default:
		return err
	}
}

// Errors of a Provider or Store that was not made by its function, or made of nothing.
var (
	errNoStore    error = &kv.Error{Status: kv.ErrClosed, Message: "grub: the provider has no store"}
	errNoProvider error = &kv.Error{Status: kv.ErrClosed, Message: "grub: the store has no provider"}
	errNoCodec    error = &kv.Error{Status: kv.ErrArgument, Message: "grub: the store has no codec"}
)
