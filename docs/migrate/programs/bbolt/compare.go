package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	"kv.internal/kv"
)

// compare reads every entry of both sides and fails if one is missing, differs or is left over.
func compare(ctx context.Context, db *bbolt.DB, store *kv.Store) error {
	now := time.Now()
	same, different := 0, 0
	report := func(format string, args ...any) {
		different++
		fmt.Printf(format+"\n", args...)
	}
	known := map[string]bool{"sequences": true}
	err := db.View(func(tx *bbolt.Tx) error {
		counts := map[string]int{}
		err := walk(tx, func(it entry) error {
			known[it.group] = true
			if !it.expiresAt.IsZero() && !it.expiresAt.After(now) {
				return nil
			}
			counts[it.group]++
			got, err := store.GetEntry(ctx, it.group, it.key)
			switch {
			case errors.Is(err, kv.ErrNotFound):
				report("%s/%q is missing", it.group, it.key)
			case err != nil:
				return err
			case !bytes.Equal(got.Value, it.value):
				report("%s/%q has another value", it.group, it.key)
			case withExpiry[it.group] && !expiryOf(got).Equal(it.expiresAt):
				report("%s/%q expires at %v, not %v", it.group, it.key, got.ExpiresAt, it.expiresAt)
			default:
				same++
			}
			return nil
		}, func(group string, last uint64) error {
			counter, err := sequenceOf(ctx, store, group)
			if errors.Is(err, kv.ErrNotFound) {
				err = nil
			}
			if err == nil && counter != last {
				report("the sequence of %s is %d, not %d", group, counter, last)
			}
			return err
		})
		if err != nil {
			return err
		}
		for group, want := range counts {
			got, err := store.Count(ctx, group)
			if err != nil {
				return err
			}
			if got != want {
				report("group %s has %d entries, not %d", group, got, want)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for group, err := range store.Groups(ctx, "") {
		if err != nil {
			return err
		}
		if !known[group] && !strings.HasPrefix(group, "kv.") {
			report("group %s is in the store alone", group)
		}
	}
	fmt.Printf("the same: %d, different: %d\n", same, different)
	if different > 0 {
		return errors.New("the copy differs")
	}
	return nil
}
