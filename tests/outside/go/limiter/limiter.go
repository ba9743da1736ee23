// Package limiter is a group of a kv store as a Store of ulule's limiter: counters that begin at
// zero with each period.
package limiter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/common"
	"kv.internal/kv"
)

// Store has a counter under each key, which expires with its period.
type Store struct {
	store *kv.Store
	group string
}

var _ limiter.Store = (*Store)(nil)

// New returns a group as a store of counters.
func New(store *kv.Store, group string) *Store { return &Store{store, group} }

// Get counts one, and returns the state of the counter.
func (s *Store) Get(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	return s.Increment(ctx, key, 1, rate)
}

// Increment adds to a counter and reads when it expires, both in one step.
func (s *Store) Increment(ctx context.Context, key string, count int64, rate limiter.Rate) (limiter.Context, error) {
	var batch kv.Batch
	batch.Increment(s.group, key, count, rate.Period)
	counter := batch.Get(s.group, key)
	results, err := s.store.Commit(ctx, &batch)
	if err != nil {
		return limiter.Context{}, err
	}
	return state(rate, results[counter])
}

// Peek returns the state of a counter without counting.
func (s *Store) Peek(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	entry, err := s.store.GetEntry(ctx, s.group, key)
	if errors.Is(err, kv.ErrNotFound) {
		return fresh(rate), nil
	}
	if err != nil {
		return limiter.Context{}, err
	}
	return state(rate, kv.Result{Value: entry.Value, ExpiresAt: entry.ExpiresAt})
}

// Reset removes a counter.
func (s *Store) Reset(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	if err := s.store.Delete(ctx, s.group, key); err != nil {
		return limiter.Context{}, err
	}
	return fresh(rate), nil
}

func fresh(rate limiter.Rate) limiter.Context {
	now := time.Now()
	return common.GetContextFromState(now, rate, now.Add(rate.Period), 0)
}

func state(rate limiter.Rate, counter kv.Result) (limiter.Context, error) {
	count, err := counter.Integer()
	if err != nil {
		return limiter.Context{}, fmt.Errorf("limiter: the counter is no number: %w", err)
	}
	return common.GetContextFromState(time.Now(), rate, counter.ExpiresAt, count), nil
}
