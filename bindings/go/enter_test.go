package kv_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

// lockedFile opens a store whose file another process holds locked until the end of the test, or
// until the function is called.
func lockedFile(t *testing.T) (*kv.Store, func()) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := openAt(t, "sqlite:"+path+"?busy_timeout=60s")
	ok(t, store.Set(context.Background(), "g", "k", []byte("v")))
	locker := part(t, "locker", path)
	input, output := must(locker.StdinPipe())(t), must(locker.StdoutPipe())(t)
	ok(t, locker.Start())
	letGo := sync.OnceFunc(func() {
		input.Close()
		locker.Wait()
	})
	t.Cleanup(letGo)
	equal(t, must(bufio.NewReader(output).ReadString('\n'))(t), "locked\n")
	return store, letGo
}

// writes are calls that wait for the lock of the file.
var writes = map[string]func(context.Context, *kv.Store) error{
	"set":       func(ctx context.Context, s *kv.Store) error { return s.Set(ctx, "g", "late", nil) },
	"delete":    func(ctx context.Context, s *kv.Store) error { return s.Delete(ctx, "g", "k") },
	"increment": func(ctx context.Context, s *kv.Store) error { _, err := s.Increment(ctx, "g", "n", 1, 0); return err },
	"commit": func(ctx context.Context, s *kv.Store) error {
		return s.SetBatch(ctx, "g", map[string][]byte{"late": nil})
	},
	"update": func(ctx context.Context, s *kv.Store) error {
		return s.Update(ctx, func(tx *kv.Tx) error { return tx.Set("g", "late", nil) })
	},
	"writer": func(ctx context.Context, s *kv.Store) error { return writeInPieces(ctx, s, 5) },
	"writer of pieces": func(ctx context.Context, s *kv.Store) error {
		return writeInPieces(ctx, s, 3*pieceLen)
	},
	"purge":   func(ctx context.Context, s *kv.Store) error { _, err := s.PurgeExpired(ctx); return err },
	"flush":   func(ctx context.Context, s *kv.Store) error { return s.Flush(ctx) },
	"compact": func(ctx context.Context, s *kv.Store) error { return s.Compact(ctx) },
	"quota": func(ctx context.Context, s *kv.Store) error {
		return s.SetQuota(ctx, "app", kv.Limits{MaxKeys: 1})
	},
	"lock": func(ctx context.Context, s *kv.Store) error {
		_, err := s.Lock(ctx, "late", time.Hour)
		return err
	},
	"begin once": func(ctx context.Context, s *kv.Store) error {
		_, err := s.IdempotencyBegin(ctx, "late", nil, time.Hour)
		return err
	},
}

func writeInPieces(ctx context.Context, store *kv.Store, size int) error {
	w, err := store.OpenWriter(ctx, "g", "late")
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(make([]byte, size)); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

func TestAContextEndsACallThatWaitsForTheLockOfAFile(t *testing.T) {
	store, letGo := lockedFile(t)
	for name, write := range writes {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		began := time.Now()
		err := write(ctx, store)
		took := time.Since(began)
		is(t, err, kv.ErrDeadline)
		is(t, err, context.DeadlineExceeded)
		cancel()
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(20*time.Millisecond, cancel)
		// An earlier call of the same context has armed the handle.
		must(store.Exists(ctx, "g", "k"))(t)
		began = time.Now()
		err = write(ctx, store)
		took = max(took, time.Since(began))
		is(t, err, kv.ErrCancelled)
		is(t, err, context.Canceled)
		if took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	letGo()
	ctx := t.Context()
	equal(t, must(store.Count(ctx, "g"))(t), 1)
	ok(t, store.Set(ctx, "g", "after", nil))
}

func TestAContextThatHasEndedOnceEndsNoLaterCall(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for range 200 {
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			if err := store.Set(ctx, "g", "k", nil); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			ok(t, store.Set(t.Context(), "g", "k", nil))
		}
	})
}

func TestScansAndTransactionsObeyTheContextOfEachCall(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		values := map[string][]byte{}
		for i := range 5000 {
			values[fmt.Sprint(i)] = make([]byte, 100)
		}
		ok(t, store.SetBatch(t.Context(), "g", values))
		ctx, cancel := context.WithCancel(context.Background())
		cursor := must(store.OpenCursor(ctx, "g"))(t)
		must(cursor.Next(ctx))(t)
		cancel()
		_, err := cursor.Next(ctx)
		is(t, err, context.Canceled)
		// Another context goes on.
		n := 1
		for ; err == nil || errors.Is(err, context.Canceled); n++ {
			_, err = cursor.Next(t.Context())
		}
		equal(t, n, 5001)
		ok(t, cursor.Close())
		ctx, cancel = context.WithCancel(context.Background())
		tx := must(store.Begin(ctx))(t)
		ok(t, tx.Set("g", "t", nil))
		cancel()
		is(t, tx.Commit(), context.Canceled)
		ok(t, tx.Rollback())
	})
}

// requestKey is the key of a value in a context.
type requestKey struct{}

func TestCallsOfAContextInTurnWithAnotherEndWithTheirOwn(t *testing.T) {
	store, letGo := lockedFile(t)
	defer letGo()
	for range 20 {
		long, cancelLong := context.WithTimeout(context.Background(), time.Hour)
		must(store.Exists(long, "g", "k"))(t)
		short, cancelShort := context.WithTimeout(context.Background(), 5*time.Millisecond)
		is(t, store.Set(short, "g", "late", nil), kv.ErrDeadline)
		value, cancelValue := context.WithCancel(context.WithValue(long, requestKey{}, "a request"))
		must(store.Exists(value, "g", "k"))(t)
		cancelValue()
		must(store.Exists(long, "g", "k"))(t)
		time.AfterFunc(5*time.Millisecond, cancelLong)
		is(t, store.Set(long, "g", "late", nil), kv.ErrCancelled)
		cancelShort()
		cancelLong()
	}
}

func TestManyCallsWithContextsUseFewHandles(t *testing.T) {
	store := openAt(t, "memory:")
	var group sync.WaitGroup
	for range 100 {
		spawn(&group, func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				ok(t, store.Set(ctx, "g", "k", nil))
				cancel()
			}
		})
	}
	group.Wait()
	// The others are closed with their store; there are 65,536 in all.
	for range 3000 {
		other := openAt(t, "memory:")
		ok(t, other.Set(t.Context(), "g", "k", nil))
		ok(t, other.Close())
	}
}
