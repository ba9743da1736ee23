package kv_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestStatsCountWhatWasDone(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b")
		_, err := store.Get(t.Context(), "g", "a")
		ok(t, err)
		_, err = store.Get(t.Context(), "g", "missing")
		is(t, err, kv.ErrNotFound)
		figures := must(store.Stats(t.Context()))(t)
		equal(t, figures.Hits, 1)
		equal(t, figures.Misses, 1)
		equal(t, figures.Commits, 1)
		usage := must(store.Usage(t.Context()))(t)
		equal(t, usage, kv.Usage{Entries: 2, Bytes: uint64(2 * len("ga"+"value of a"))})
		// There is none in memory.
		isFile := figures.FileBytes > 0
		equal(t, strings.HasPrefix(figures.SQLiteVersion, "3."), isFile)
	})
}

func TestPurgeGivesHowManyHadExpired(t *testing.T) {
	store := openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db")+"?purge_interval=0")
	fill(t, store, "g", "alive")
	for _, key := range []string{"a", "b"} {
		_, err := store.Put(t.Context(), "g", key, nil, kv.ExpireAt(time.UnixMilli(1)))
		ok(t, err)
	}
	expired := must(store.Usage(t.Context()))(t).ExpiredEntries
	equal(t, must(store.PurgeExpired(t.Context()))(t), int(expired))
	equal(t, must(store.PurgeExpired(t.Context()))(t), 0)
	equal(t, must(store.Count(t.Context(), "g"))(t), 1)
}

// backedUp returns a store with some pages, and a path for a copy.
func backedUp(t *testing.T) (*kv.Store, string) {
	store := openFile(t)
	for _, key := range []string{"a", "b", "c"} {
		ok(t, store.Set(t.Context(), "g", key, make([]byte, 1<<20)))
	}
	return store, filepath.Join(t.TempDir(), "copy.db")
}

func TestABackupIsAStoreAndItsProgressReachesTheEnd(t *testing.T) {
	store, path := backedUp(t)
	var steps, done, total uint64
	ok(t, store.Backup(t.Context(), path, func(d, a uint64) bool {
		if d < done || d > a {
			t.Errorf("%d of %d after %d", d, a, done)
		}
		// The store may be used meanwhile.
		if _, err := store.Get(t.Context(), "g", "a"); err != nil {
			t.Error(err)
		}
		steps, done, total = steps+1, d, a
		return true
	}))
	equal(t, steps > 0 && done == total && total > 0, true)
	equal(t, must(openAt(t, path).Count(t.Context(), "g"))(t), 3)
	is(t, store.Backup(t.Context(), path, nil), kv.ErrArgument)
	is(t, openAt(t, "memory:").Backup(t.Context(), path+"2", nil), kv.ErrUnsupported)
}

func TestARestoreBringsBackWhatABackupHas(t *testing.T) {
	store := openFile(t)
	path := filepath.Join(t.TempDir(), "copy.db")
	ok(t, store.Set(t.Context(), "g", "kept", []byte("old")))
	ok(t, store.Backup(t.Context(), path, nil))
	ok(t, store.Set(t.Context(), "g", "kept", []byte("new")))
	is(t, store.Restore(t.Context(), path, func(uint64, uint64) bool { return false }), kv.ErrCancelled)
	equal(t, string(must(store.Get(t.Context(), "g", "kept"))(t)), "new")

	var done, all uint64
	ok(t, store.Restore(t.Context(), path, func(d, a uint64) bool { done, all = d, a; return true }))

	equal(t, string(must(store.Get(t.Context(), "g", "kept"))(t)), "old")
	if done != all || all == 0 {
		t.Errorf("%d of %d pages", done, all)
	}
	is(t, store.Restore(t.Context(), path+"-missing", nil), kv.ErrIO)
	is(t, store.Restore(t.Context(), "a\x00b", nil), kv.ErrArgument)
	is(t, openAt(t, "memory:").Restore(t.Context(), path, nil), kv.ErrUnsupported)
}

func TestABackupEndsWhenItsProgressOrItsContextSaysSo(t *testing.T) {
	store, path := backedUp(t)
	is(t, store.Backup(t.Context(), path, func(uint64, uint64) bool { return false }), kv.ErrCancelled)
	isAbsent(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	is(t, store.Backup(ctx, path, func(uint64, uint64) bool { cancel(); return true }), context.Canceled)
	isAbsent(t, path)
	ok(t, store.Backup(t.Context(), path, nil))
}

func TestAPanicInAProgressComesOutOfTheCallAndTheStoreWorksOn(t *testing.T) {
	store, path := backedUp(t)
	mine := errors.New("mine")
	func() {
		defer func() { equal(t, recover(), any(mine)) }()
		err := store.Backup(t.Context(), path, func(uint64, uint64) bool { panic(mine) })
		t.Errorf("the backup returned %v", err)
	}()
	isAbsent(t, path)
	ok(t, store.Set(t.Context(), "g", "k", nil))
	ok(t, store.Backup(t.Context(), path, nil))
}

func TestAnExitOfTheGoroutineInAProgressEndsTheCaller(t *testing.T) {
	store, path := backedUp(t)
	ended := make(chan bool)
	go func() {
		returned := false
		defer func() { ended <- !returned }()
		_ = store.Backup(t.Context(), path, func(uint64, uint64) bool { runtime.Goexit(); return true })
		returned = true
	}()
	equal(t, <-ended, true)
	isAbsent(t, path)
	ok(t, store.Backup(t.Context(), path, nil))
}

func TestFlushAndCompactWorkOnEveryEngine(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a")
		ok(t, store.Flush(t.Context()))
		ok(t, store.Compact(t.Context()))
		equal(t, must(store.Count(t.Context(), "g"))(t), 1)
	})
}

func TestCompactGivesSpaceBack(t *testing.T) {
	store, _ := backedUp(t)
	ok(t, store.Flush(t.Context()))
	before := must(store.Stats(t.Context()))(t)
	_, err := store.DeleteGroup(t.Context(), "g")
	ok(t, err)
	ok(t, store.Compact(t.Context()))
	after := must(store.Stats(t.Context()))(t)
	if after.FileBytes >= before.FileBytes+before.WALBytes {
		t.Fatalf("%d bytes before, %d after", before.FileBytes+before.WALBytes, after.FileBytes)
	}
	ok(t, store.Check(t.Context()))
}

func isAbsent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s: %v", path, err)
	}
}
