// Package store has the Repository of plumego's page, and one over a kv store.
//
// Its other packages are plumego's store/kv, store/cache, store/idempotency, store/file and store/db.
package store

import (
	"context"
	"errors"
	"fmt"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
	"kv.internal/kv/adapters/internal/keys"
)

// Repository keeps values of one type under their ids. Plumego's page shows Get; the other methods
// are those that a program needs besides.
type Repository[T any] interface {
	// Get returns a value, or ErrNotFound.
	Get(ctx context.Context, id string) (T, error)
	// Set writes a value, whether there is one or not.
	Set(ctx context.Context, id string, value T) error
	// Delete removes a value, or returns ErrNotFound.
	Delete(ctx context.Context, id string) error
	// Exists reports whether there is a value; a missing one is no error.
	Exists(ctx context.Context, id string) (bool, error)
	// List returns the ids that begin with a prefix, in byte order, all of them for a limit of 0 or
	// less.
	List(ctx context.Context, prefix string, limit int) ([]string, error)
}

// GroupRepository is a group of a kv store as a [Repository]. A value is JSON under its id, and its
// methods BeforeSave, AfterLoad and so on are called as [kv.Typed] says. Any number of goroutines
// may use it. Every operation of a nil one, of the zero GroupRepository and of one whose store was
// closed is [ErrClosed]. A nil context is no cancellation.
type GroupRepository[T any] struct{ values *kv.Typed[T] }

var _ Repository[int] = (*GroupRepository[int])(nil)

// NewRepository returns a group of a store, which the caller closes.
func NewRepository[T any](store *kv.Store, group string) *GroupRepository[T] {
	if store == nil {
		return &GroupRepository[T]{}
	}
	return &GroupRepository[T]{kv.NewTyped[T](store, group)}
}

// Get returns a value, or [ErrNotFound]. One that cannot be decoded is a [*kv.DecodeError].
func (r *GroupRepository[T]) Get(ctx context.Context, id string) (T, error) {
	var none T
	ctx, err := r.enterID(ctx, id)
	if err != nil {
		return none, err
	}
	value, err := r.values.Get(ctx, id)
	return value, repositoryError(err, id)
}

// Set writes a value, whether there is one or not.
func (r *GroupRepository[T]) Set(ctx context.Context, id string, value T) error {
	ctx, err := r.enterID(ctx, id)
	if err != nil {
		return err
	}
	return repositoryError(r.values.Set(ctx, id, value), id)
}

// Delete removes a value, or returns [ErrNotFound].
func (r *GroupRepository[T]) Delete(ctx context.Context, id string) error {
	ctx, err := r.enterID(ctx, id)
	if err != nil {
		return err
	}
	deleted, err := r.values.Deleted(ctx, id)
	if err == nil && !deleted {
		return ErrNotFound
	}
	return repositoryError(err, id)
}

// Exists reports whether there is a value.
func (r *GroupRepository[T]) Exists(ctx context.Context, id string) (bool, error) {
	ctx, err := r.enterID(ctx, id)
	if err != nil {
		return false, err
	}
	exists, err := r.values.Exists(ctx, id)
	return exists, repositoryError(err, id)
}

// List returns the ids that begin with a prefix, in byte order, all of them for a limit of 0 or
// less. Without any the list is empty and not nil.
func (r *GroupRepository[T]) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	ctx, err := r.enter(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := r.values.List(ctx, prefix, limit)
	return ids, repositoryError(err, prefix)
}

// enter returns the context of a call, or the error that comes first: a context that is done before
// all others.
func (r *GroupRepository[T]) enter(ctx context.Context) (context.Context, error) {
	return contexts.Enter(ctx, r != nil && r.values != nil, ErrClosed)
}

func (r *GroupRepository[T]) enterID(ctx context.Context, id string) (context.Context, error) {
	ctx, err := r.enter(ctx)
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, ErrInvalidID
	}
	if at := keys.ControlAt(id); at >= 0 {
		return nil, fmt.Errorf("%w: control character at position %d", ErrInvalidID, at)
	}
	return ctx, nil
}

// repositoryError returns the error of this package for that of a call.
func repositoryError(err error, id string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrClosed):
		return ErrClosed
	case errors.Is(err, kv.ErrTooLarge) && keys.IsTooLong(id):
		return fmt.Errorf("%w: %w", ErrInvalidID, err)
	default:
		return err
	}
}
