package main

import (
	"context"
	"strconv"
	"strings"

	"kv.internal/kv"
)

// kvVisits keeps the same counters under the same keys.
type kvVisits struct{ store *kv.Store }

// Add is one step: increments of other goroutines and processes come before or after it.
func (v *kvVisits) Add(ctx context.Context, page string) (int64, error) {
	return v.store.Increment(ctx, "", "visits:"+page, 1, 0)
}

func (v *kvVisits) All(ctx context.Context) (map[string]int64, error) {
	sums := map[string]int64{}
	for it, err := range v.store.Scan(ctx, "", kv.Prefix("visits:")) {
		if err != nil {
			return nil, err
		}
		sum, err := strconv.ParseInt(string(it.Value), 10, 64)
		if err != nil {
			return nil, err
		}
		sums[strings.TrimPrefix(it.Key, "visits:")] = sum
	}
	return sums, nil
}
