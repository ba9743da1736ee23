package main

import (
	"context"
	"fmt"
	"log"

	"github.com/dgraph-io/badger/v4"
	"kv.internal/kv"
)

// Visits counts the visits of pages; it has badger, kv, or both under it.
type Visits interface {
	// Add counts one visit of a page and returns the sum.
	Add(ctx context.Context, page string) (int64, error)
	// All returns the sums by page.
	All(ctx context.Context) (map[string]int64, error)
}

// bothVisits counts in the old and in the new store, and answers with the old one's sum.
type bothVisits struct{ old, new Visits }

func (v bothVisits) Add(ctx context.Context, page string) (int64, error) {
	sum, err := v.old.Add(ctx, page)
	if err != nil {
		return 0, err
	}
	if other, err := v.new.Add(ctx, page); err != nil || other != sum {
		log.Printf("page %s: the new store has %d visits, not %d (%v)", page, other, sum, err)
	}
	return sum, nil
}

func (v bothVisits) All(ctx context.Context) (map[string]int64, error) { return v.old.All(ctx) }

// runBoth counts visits in both stores and compares their sums.
func runBoth(ctx context.Context, db *badger.DB, store *kv.Store) error {
	old, new := &badgerVisits{db}, &kvVisits{store}
	visits := bothVisits{old, new}
	for i := range 40 {
		if _, err := visits.Add(ctx, fmt.Sprintf("%02d", i%20)); err != nil {
			return err
		}
	}
	before, err := visits.All(ctx)
	if err != nil {
		return err
	}
	after, err := new.All(ctx)
	if err != nil {
		return err
	}
	if fmt.Sprint(before) != fmt.Sprint(after) {
		return fmt.Errorf("the sums differ: %v, %v", before, after)
	}
	fmt.Printf("%d pages have the same sums in both, such as %d\n", len(after), after["00"])
	return nil
}
