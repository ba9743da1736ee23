package kv_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

// texts returns the entries of a scan as KEY=VALUE.
func texts(t *testing.T, entries func(func(kv.Entry, error) bool)) string {
	t.Helper()
	var all []string
	for entry, err := range entries {
		ok(t, err)
		all = append(all, entry.Key+"="+string(entry.Value))
	}
	return strings.Join(all, " ")
}

func TestAScanOfATransactionHasItsOwnWritesAmongTheStoredEntries(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "b", "d", "f")
		tx := must(store.Begin(t.Context()))(t)
		ok(t, tx.Set("g", "c", []byte("new"), kv.ExpireAfter(time.Hour)))
		ok(t, tx.Set("g", "d", []byte("changed")))
		ok(t, tx.Delete("g", "f"))
		equal(t, texts(t, tx.All("g")), "b=value of b c=new d=changed")
		for entry, err := range tx.Scan("g", kv.Sizes(), kv.From("c")) {
			ok(t, err)
			equal(t, entry.Group, "g")
			equal(t, entry.Version, 0)
			equal(t, entry.Value == nil, true)
			equal(t, entry.Size, map[string]int64{"c": 3, "d": 7}[entry.Key])
			equal(t, entry.ExpiresAt.IsZero(), entry.Key == "d")
		}
		for entry, err := range tx.Scan("g", kv.Limit(1)) {
			ok(t, err)
			equal(t, entry.Version, must(store.Info(t.Context(), "g", "b"))(t).Version)
		}
		equal(t, fmt.Sprint(must(tx.List("g", "", 2))(t)), "[b c]")
		keys := must(tx.Keys("empty"))(t)
		equal(t, keys != nil && len(keys) == 0, true)
		equal(t, texts(t, store.All(t.Context(), "g")), "b=value of b d=value of d f=value of f")
		ok(t, tx.Commit())
		equal(t, texts(t, store.All(t.Context(), "g")), "b=value of b c=new d=changed")
	})
}

func TestAWriteInTheLoopIsSeenByTheNextScan(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b")
		ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
			entries := tx.All("g")
			for entry, err := range entries {
				ok(t, err)
				ok(t, tx.Set("g", entry.Key+entry.Key, nil))
				ok(t, tx.Delete("g", entry.Key))
			}
			equal(t, texts(t, entries), "aa= bb=")
			return nil
		}))
		equal(t, texts(t, store.All(t.Context(), "g")), "aa= bb=")
	})
}

// More entries than a crossing brings, and longer ones.
func TestALoopOutlivesItsTransactionAndNotItsStore(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		values := map[string][]byte{}
		for i := range 200 {
			values[fmt.Sprintf("%03d", i)] = make([]byte, (i*1009)%3000+i%50/49*(64<<10))
		}
		ok(t, store.SetBatch(t.Context(), "g", values))
		tx := must(store.Begin(t.Context()))(t)
		count := 0
		for entry, err := range tx.All("g") {
			ok(t, err)
			equal(t, entry.Key, fmt.Sprintf("%03d", count))
			equal(t, len(entry.Value), len(values[entry.Key]))
			if count == 0 {
				ok(t, tx.Commit())
			}
			count++
		}
		equal(t, count, 200)
		is(t, last(tx.All("g")), kv.ErrClosed)

		tx = must(store.Begin(t.Context()))(t)
		var failed error
		for _, err := range tx.All("g") {
			if failed = err; err == nil {
				store.Close()
			}
		}
		is(t, failed, kv.ErrClosed)
		tx.Rollback()
	})
}

func TestTheContextOfATransactionEndsItsScans(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b", "c")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx := must(store.Begin(ctx))(t)
		defer tx.Rollback()
		count := 0
		var failed error
		for _, err := range tx.All("g") {
			count++
			failed = err
			cancel()
		}
		is(t, failed, context.Canceled)
		equal(t, count, 2)
		_, err := tx.Keys("g")
		is(t, err, context.Canceled)
	})
}

// A scan that gave the bound handle of its transaction back would share it with the cursor.
func TestTheContextOfAnotherCallDoesNotEndATransactionThatHasScanned(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetBatch(t.Context(), "g", map[string][]byte{"a": make([]byte, 40_000), "b": make([]byte, 40_000)}))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx := must(store.Begin(ctx))(t)
		equal(t, len(must(tx.Keys("g"))(t)), 2)
		other, cancelOther := context.WithTimeout(t.Context(), time.Hour)
		cursor := must(store.OpenCursor(other, "g"))(t)
		defer cursor.Close()
		cancelOther()
		time.Sleep(20 * time.Millisecond)
		equal(t, len(must(tx.Get("g", "b"))(t)), 40_000)
		ok(t, tx.Set("g", "c", nil))
		ok(t, tx.Commit())
	})
}

func TestARefusedScanLeavesATransactionAsItWas(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		tx := must(store.Begin(t.Context()))(t)
		ok(t, tx.Set("g", "k", nil))
		is(t, last(tx.Scan("g", kv.Prefix("a"), kv.Glob("b"))), kv.ErrArgument)
		is(t, last(tx.Scan("g", kv.From("a"), kv.Above("b"))), kv.ErrArgument)
		is(t, last(tx.All(strings.Repeat("g", 65_536))), kv.ErrTooLarge)
		_, err := tx.Keys("g", kv.Prefix(strings.Repeat("k", 65_536)), kv.Glob("*"))
		is(t, err, kv.ErrArgument)
		ok(t, tx.Commit())
		equal(t, must(store.Exists(t.Context(), "g", "k"))(t), true)
	})
}

func TestAScanConflictsWithChangesInItsRangeAlone(t *testing.T) {
	set := func(key string) func(*testing.T, *kv.Store) {
		return func(t *testing.T, s *kv.Store) { ok(t, s.Set(t.Context(), "g", key, nil)) }
	}
	remove := func(t *testing.T, s *kv.Store) { ok(t, s.Delete(t.Context(), "g", "b")) }
	cases := []struct {
		name      string
		options   []kv.ScanOption
		change    func(*testing.T, *kv.Store)
		conflicts bool
	}{
		{"changed", nil, set("b"), true},
		{"added", nil, set("bb"), true},
		{"deleted", nil, remove, true},
		{"in another group", nil, func(t *testing.T, s *kv.Store) { ok(t, s.Set(t.Context(), "h", "b", nil)) }, false},
		{"under the prefix", []kv.ScanOption{kv.Prefix("b")}, set("bb"), true},
		{"beside the prefix", []kv.ScanOption{kv.Prefix("b")}, set("c"), false},
		{"above the bound", []kv.ScanOption{kv.Below("c")}, set("c"), false},
		{"at the bound", []kv.ScanOption{kv.To("c")}, set("c"), true},
		{"below the limit", []kv.ScanOption{kv.Limit(2)}, set("aa"), true},
		{"beyond the limit", []kv.ScanOption{kv.Limit(2)}, set("c"), false},
		{"in an empty range", []kv.ScanOption{kv.Prefix("x")}, set("x"), true},
		{"keys alone", []kv.ScanOption{kv.KeysOnly()}, set("b"), true},
	}
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				must(store.DeleteAll(t.Context(), ""))(t)
				fill(t, store, "g", "a", "b", "d")
				tx := must(store.Begin(t.Context()))(t)
				// A loop that ends early has read its range.
				for _, err := range tx.Scan("g", c.options...) {
					ok(t, err)
					break
				}
				ok(t, tx.Set("sums", "g", nil))
				c.change(t, store)
				err := tx.Commit()
				if c.conflicts {
					is(t, err, kv.ErrConflict)
				} else {
					ok(t, err)
				}
				equal(t, must(store.Exists(t.Context(), "sums", "g"))(t), !c.conflicts)
			})
		}
	})
}

// Without the conflict of a scan with an added entry, two would take the last seat.
func TestARaceForSeatsThatAreCountedByAScanIsWonByAsManyAsThereAre(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		const seats, guests = 10, 40
		var all sync.WaitGroup
		for guest := range guests {
			spawn(&all, func() {
				err := store.Update(context.Background(), func(tx *kv.Tx) error {
					taken, err := tx.Keys("seats")
					if err != nil || len(taken) == seats {
						return err
					}
					return tx.Set("seats", fmt.Sprint(guest), nil)
				}, kv.Tries(10_000))
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, must(store.Count(t.Context(), "seats"))(t), seats)
	})
}
