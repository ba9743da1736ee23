package kv

import (
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// CallMetrics are the figures of the calls of one kind on a store. The counters begin at 0 when the
// file is opened, and are shared by all stores on it in this process.
//
// Of the calls that read one key, one in 64 is timed and counted 64 times; so are those that write
// one key of a store in memory. All others are timed.
type CallMetrics struct {
	// Kind is the kind of the calls.
	Kind CallKind
	// Calls are all, Errors those that returned an error.
	Calls  uint64
	Errors uint64
	// Total is the duration of all calls, Longest that of the longest one that was timed.
	Total   time.Duration
	Longest time.Duration
	// Buckets are the calls by their duration, up to those of [DurationBounds], and longer.
	Buckets [26]uint64
}

// CallMetrics returns the figures of the calls of one kind. A kind that is unknown is
// [ErrArgument].
func (s *Store) CallMetrics(ctx context.Context, kind CallKind) (CallMetrics, error) {
	op := plainOp("call metrics")
	in, err := s.enterUntraced(ctx, op)
	if err != nil {
		return CallMetrics{}, err
	}
	defer in.leave()
	figures, failure := capi.GetCallMetrics(in.handle, int32(kind))
	runtime.KeepAlive(s)
	if failure != nil {
		return CallMetrics{}, op.failure(failure)
	}
	return CallMetrics{
		Kind:    CallKind(figures.Kind),
		Calls:   figures.Calls,
		Errors:  figures.Errors,
		Total:   figures.Total,
		Longest: figures.Longest,
		Buckets: figures.Buckets,
	}, nil
}

// DurationBounds are the upper bounds of the buckets of [CallMetrics]: 100, 200 and 500 ns, 1, 2 and
// 5 us and so on to 10 s. The last bucket has no bound.
func DurationBounds() []time.Duration {
	bounds := make([]time.Duration, capi.DurationBuckets-1)
	steps := [3]time.Duration{1, 2, 5}
	decade := 100 * time.Nanosecond
	for i := range bounds {
		bounds[i] = steps[i%3] * decade
		if i%3 == 2 {
			decade *= 10
		}
	}
	return bounds
}
