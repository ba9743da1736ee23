package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"kv.internal/kv"
)

// compare reads every entry of both sides and fails if one is missing, differs or is left over.
func compare(ctx context.Context, db *badger.DB, store *kv.Store) error {
	same, different := 0, 0
	report := func(format string, args ...any) {
		different++
		fmt.Printf(format+"\n", args...)
	}
	err := db.View(func(tx *badger.Txn) error {
		want := 0
		err := walk(tx, func(it entry) error {
			want++
			got, err := store.GetEntry(ctx, "", it.key)
			switch {
			case errors.Is(err, kv.ErrNotFound):
				report("%q is missing", it.key)
			case err != nil:
				return err
			case !bytes.Equal(got.Value, it.value):
				report("%q has another value", it.key)
			case !inSeconds(got.ExpiresAt).Equal(it.expiresAt):
				report("%q expires at %v, not %v", it.key, got.ExpiresAt, it.expiresAt)
			default:
				same++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if got, err := store.Count(ctx, ""); err != nil {
			return err
		} else if got != want {
			report("the store has %d entries, not %d", got, want)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("the same: %d, different: %d\n", same, different)
	if different > 0 {
		return errors.New("the copy differs")
	}
	return nil
}
