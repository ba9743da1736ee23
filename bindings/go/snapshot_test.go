package kv_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

func snapshotOf(t *testing.T, store *kv.Store) *kv.Store {
	t.Helper()
	snapshot := must(store.Snapshot(t.Context()))(t)
	t.Cleanup(func() {
		if err := snapshot.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	})
	return snapshot
}

func TestASnapshotStaysAsTheStoreWas(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		fill(t, store, "g", "a", "b")
		ok(t, store.Expire(ctx, "g", "b", time.Hour))
		ok(t, store.Set(ctx, "h", "c", make([]byte, 100_000)))
		version := must(store.Info(ctx, "g", "a"))(t).Version
		then := snapshotOf(t, store)
		must(store.DeleteAll(ctx, ""))(t)
		fill(t, store, "g", "new")

		equal(t, string(must(then.Get(ctx, "g", "a"))(t)), "value of a")
		equal(t, must(then.GetEntry(ctx, "g", "a"))(t).Version, version)
		equal(t, len(must(then.Get(ctx, "h", "c"))(t)), 100_000)
		livesAbout(t, then, "b", time.Hour)
		ok(t, then.View(ctx, "g", "b", func(entry kv.Entry) error {
			equal(t, string(entry.Value), "value of b")
			return nil
		}))
		equal(t, fmt.Sprint(must(then.Keys(ctx, "g", kv.Reverse()))(t)), "[b a]")
		equal(t, len(must(then.GetBatch(ctx, "g", []string{"a", "b", "new"}))(t)), 2)
		equal(t, must(then.CountAll(ctx, ""))(t), 3)
		var batch kv.Batch
		batch.Check("g", "a", version)
		batch.Get("g", "b")
		equal(t, string(must(then.Commit(ctx, &batch))(t)[1].Value), "value of b")
		ok(t, then.Update(ctx, func(tx *kv.Tx) error {
			equal(t, texts(t, tx.All("g")), "a=value of a b=value of b")
			return nil
		}))

		again := snapshotOf(t, then)
		ok(t, then.Close())
		_, err := then.Get(ctx, "g", "a")
		is(t, err, kv.ErrClosed)
		equal(t, must(again.Count(ctx, "g"))(t), 2)
		ok(t, store.Close())
		equal(t, string(must(again.Get(ctx, "g", "a"))(t)), "value of a")
		_, err = store.Snapshot(ctx)
		is(t, err, kv.ErrClosed)
	})
}

func TestASnapshotReadsAndRefusesTheRest(t *testing.T) {
	refused := map[string]kv.Status{
		"Set": kv.ErrReadOnly, "SetTTL": kv.ErrReadOnly, "Put": kv.ErrReadOnly, "Delete": kv.ErrReadOnly,
		"Deleted": kv.ErrReadOnly, "DeleteVersion": kv.ErrReadOnly, "Take": kv.ErrReadOnly, "Increment": kv.ErrReadOnly,
		"Append": kv.ErrReadOnly, "Expire": kv.ErrReadOnly, "Persist": kv.ErrReadOnly, "Commit": kv.ErrReadOnly,
		"SetBatch": kv.ErrReadOnly, "DeleteKeys": kv.ErrReadOnly, "DeleteGroup": kv.ErrReadOnly,
		"DeletePrefix": kv.ErrReadOnly, "DeleteAll": kv.ErrReadOnly, "PurgeExpired": kv.ErrReadOnly,
		"Update": kv.ErrReadOnly, "SetJSON": kv.ErrReadOnly, "Lock": kv.ErrReadOnly, "TryLock": kv.ErrReadOnly,
		"OpenWriter":       kv.ErrReadOnly,
		"IdempotencyBegin": kv.ErrReadOnly, "IdempotencyForget": kv.ErrReadOnly, "Compact": kv.ErrReadOnly,
		"IdempotencyComplete": kv.ErrNotFound, "IdempotencyGet": kv.ErrNotFound,
		"LockHolder": kv.ErrNotFound, "Watch": kv.ErrUnsupported, "Stats": kv.ErrUnsupported,
		"Usage": kv.ErrUnsupported, "Metrics": kv.ErrUnsupported, "MetricsText": kv.ErrUnsupported,
		"Backup": kv.ErrUnsupported, "Restore": kv.ErrUnsupported, "Check": kv.ErrUnsupported, "Changes": kv.ErrUnsupported,
		"ChangesOldest": kv.ErrUnsupported, "SetQuota": kv.ErrUnsupported, "Quota": kv.ErrUnsupported,
	}
	store := openLog(t)
	ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
	then := snapshotOf(t, store)
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			err := call(t.Context(), then)
			if want, isRefused := refused[name]; isRefused {
				is(t, err, want)
			} else {
				ok(t, err)
			}
		})
	}
	_, err := then.OnChange(func(kv.Event) {})
	is(t, err, kv.ErrUnsupported)
	equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "7")
	equal(t, must(store.CountAll(t.Context(), ""))(t), 1)
}

func TestAnEntryExpiresInTheStoreAndNotInItsSnapshot(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		var then *kv.Store
		for isThere := false; !isThere; isThere = must(then.Exists(ctx, "g", "k"))(t) {
			ok(t, store.SetTTL(ctx, "g", "k", []byte("v"), 50*time.Millisecond))
			then = snapshotOf(t, store)
		}
		for must(store.Exists(ctx, "g", "k"))(t) {
			time.Sleep(time.Millisecond)
		}
		must(store.PurgeExpired(ctx))(t)
		equal(t, string(must(then.Get(ctx, "g", "k"))(t)), "v")
		_, expires, err := then.TTL(ctx, "g", "k")
		ok(t, err)
		equal(t, expires, true)
	})
}

func TestASnapshotOutlivesTheContextAndTheBoundStoreItWasTakenWith(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		then := must(store.Snapshot(ctx))(t)
		cancel()
		equal(t, must(then.Count(t.Context(), "g"))(t), 1)
		_, err := then.Count(ctx, "g")
		is(t, err, context.Canceled)
		bound := must(then.Bind())(t)
		must(bound.Arm(0))(t)
		_, err = bound.Count(t.Context(), "g")
		is(t, err, kv.ErrDeadline)
		ok(t, bound.Close())

		bound = must(store.Bind())(t)
		of := must(bound.Snapshot(t.Context()))(t)
		ok(t, bound.Cancel(must(bound.Arm(-1))(t)))
		_, err = bound.Snapshot(t.Context())
		is(t, err, kv.ErrCancelled)
		ok(t, bound.Close())
		equal(t, must(of.Count(t.Context(), "g"))(t), 1)
		ok(t, of.Close())
		is(t, of.Close(), kv.ErrClosed)
		ok(t, then.Close())
	})
}

// Each writer moves one from a to b or back, so that the sum stays.
func TestManyReadersOfSnapshotsSeeOneStateEach(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := context.Background()
		ok(t, store.SetBatch(ctx, "g", map[string][]byte{"a": []byte("500"), "b": []byte("500")}))
		var writers, readers sync.WaitGroup
		stop := make(chan struct{})
		spawn(&writers, func() {
			for i := int64(1); ; i = -i {
				select {
				case <-stop:
					return
				default:
				}
				var batch kv.Batch
				batch.Increment("g", "a", i, 0)
				batch.Increment("g", "b", -i, 0)
				if _, err := store.Commit(ctx, &batch); err != nil {
					t.Error(err)
					return
				}
			}
		})
		for range 10 {
			then := snapshotOf(t, store)
			for range 4 {
				spawn(&readers, func() {
					a, err := then.Get(ctx, "g", "a")
					b, otherErr := then.Get(ctx, "g", "b")
					first, _ := strconv.Atoi(string(a))
					second, _ := strconv.Atoi(string(b))
					if first+second != 1000 {
						t.Errorf("%q and %q, %v, %v", a, b, err, otherErr)
					}
				})
			}
		}
		readers.Wait()
		close(stop)
		writers.Wait()
	})
}

func TestASnapshotThatIsNotUsedForTheTimeoutIsErrCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := openAt(t, "sqlite:"+path+"?snapshot_timeout=20ms")
	fill(t, store, "g", "a")
	then := snapshotOf(t, store)
	for begun := time.Now(); ; {
		time.Sleep(100 * time.Millisecond)
		_, err := then.Get(t.Context(), "g", "a")
		if errors.Is(err, kv.ErrCompacted) {
			break
		}
		ok(t, err)
		if time.Since(begun) > time.Minute {
			t.Fatal("it stays")
		}
	}
	equal(t, must(store.Count(t.Context(), "g"))(t), 1)
}
