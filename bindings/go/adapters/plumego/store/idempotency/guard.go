package idempotency

import "context"

// Guard is the store of plumego's page: it returns the record of an operation that was run, and
// stores one when it was.
//
//	record, err := guard.Get(ctx, key)
//	if err == nil && record.Status == idempotency.StatusCompleted {
//		return record.Response, nil
//	}
//
// Callers that come at the same time all run the operation; [Store.PutIfAbsent] lets one of them do
// so.
type Guard interface {
	// Get returns a record, or ErrNotFound.
	Get(ctx context.Context, key string) (Record, error)
	// Set writes a record under a key, whatever is there.
	Set(ctx context.Context, key string, record Record) error
}

// Guard returns the same records as a Guard.
func (s *GroupStore) Guard() Guard { return guard{s} }

type guard struct{ store *GroupStore }

func (g guard) Get(ctx context.Context, key string) (Record, error) {
	record, isThere, err := g.store.Get(ctx, key)
	if err == nil && !isThere {
		return Record{}, ErrNotFound
	}
	return record, err
}

func (g guard) Set(ctx context.Context, key string, record Record) error {
	return g.store.Set(ctx, key, record)
}
