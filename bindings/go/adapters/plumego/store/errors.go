package store

import (
	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Errors of a Repository. Plumego's page names none.
var (
	// ErrNotFound: there is no value under the id. It is also [kv.ErrNotFound].
	ErrNotFound = sentinel.New("store: record not found", kv.ErrNotFound)
	// ErrInvalidID: the id is empty, has a control character or is longer than 65,535 bytes.
	ErrInvalidID = sentinel.New("store: id is required")
	// ErrClosed: the store was closed, or was never open. It is also [kv.ErrClosed].
	ErrClosed = sentinel.New("store: repository is closed", kv.ErrClosed)
)
