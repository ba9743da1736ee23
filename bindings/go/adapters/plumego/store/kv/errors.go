package kvstore

import (
	"errors"
	"strings"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/keys"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Errors of a KVStore, with the texts of plumego's. For [errors.Is] each is also the one of
// plumego's own package, and the one of kv that is named with it.
var (
	// ErrKeyNotFound: the key is absent or expired. It is also [kv.ErrNotFound].
	ErrKeyNotFound = sentinel.New("kv: key not found", kv.ErrNotFound)
	// ErrKeyExpired is returned by no call: an expired key is [ErrKeyNotFound].
	ErrKeyExpired = sentinel.New("kv: key expired")
	// ErrInvalidKey: the key is empty, has a control character or is longer than 65,535 bytes.
	ErrInvalidKey = sentinel.New("kv: key is required")
	// ErrStoreClosed: the store was closed, or was never open. It is also [kv.ErrClosed].
	ErrStoreClosed = sentinel.New("kv: store is closed", kv.ErrClosed)
	// ErrValueTooLarge: the value is longer than the store may hold; nothing was stored.
	ErrValueTooLarge = sentinel.New("kv: value too large", kv.ErrTooLarge)
	// ErrCorruptState: the file is damaged, or is no store.
	ErrCorruptState = sentinel.New("kv: corrupt state")
)

// storeError returns plumego's error for that of a call.
func storeError(err error, key string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrNotFound):
		return ErrKeyNotFound
	case errors.Is(err, kv.ErrClosed):
		return ErrStoreClosed
	case errors.Is(err, kv.ErrTooLarge) && keys.IsTooLong(key):
		return &wrapped{ErrInvalidKey, err}
	case errors.Is(err, kv.ErrTooLarge):
		return &wrapped{ErrValueTooLarge, err}
	case errors.Is(err, kv.ErrCorrupt), errors.Is(err, kv.ErrFormat):
		return &wrapped{ErrCorruptState, err}
	default:
		return err
	}
}

// wrapped is an error of kv with the one of plumego's that it is. Their messages have one prefix, and
// together they have it once.
type wrapped struct{ own, cause error }

func (w *wrapped) Error() string {
	return w.own.Error() + ": " + strings.TrimPrefix(w.cause.Error(), "kv: ")
}

func (w *wrapped) Unwrap() []error { return []error{w.own, w.cause} }
