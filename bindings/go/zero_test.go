package kv_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

// A program has nil and the zero value of each type without the function that opens or begins one.
func TestWhatWasNotOpenedIsErrClosedAndSaysWhatOpensIt(t *testing.T) {
	ctx := t.Context()
	for _, tx := range []*kv.Tx{nil, new(kv.Tx)} {
		_, get := tx.Get("g", "k")
		_, exists := tx.Exists("g", "k")
		_, _, ttl := tx.TTL("g", "k")
		_, increment := tx.Increment("g", "k", 1, 0)
		_, appended := tx.Append("g", "k", nil, 0)
		_, keys := tx.Keys("g")
		for _, err := range []error{
			get, exists, ttl, increment, appended, keys, tx.Set("g", "k", nil), tx.Delete("g", "k"),
			tx.Expire("g", "k", 0), last(tx.Scan("g")), tx.Commit(), tx.Rollback(),
		} {
			notOpened(t, err, "Store.Begin")
		}
	}
	for _, cursor := range []*kv.Cursor{nil, new(kv.Cursor)} {
		_, err := cursor.Next(ctx)
		notOpened(t, err, "Store.OpenCursor")
		equal(t, cursor.IsSnapshot(), false)
		ok(t, cursor.Close())
	}
	for _, watch := range []*kv.Watch{nil, new(kv.Watch)} {
		notOpened(t, watch.Close(), "Store.Watch")
		notOpened(t, watch.Err(), "Store.Watch")
	}
	for _, w := range []*kv.Writer{nil, new(kv.Writer)} {
		_, write := w.Write(nil)
		notOpened(t, write, "Store.OpenWriter")
		_, from := w.ReadFrom(strings.NewReader("a"))
		notOpened(t, from, "Store.OpenWriter")
		_, commit := w.Commit()
		notOpened(t, commit, "Store.OpenWriter")
		equal(t, w.Size(), 0)
		ok(t, w.Close())
	}
	for _, r := range []*kv.Reader{nil, new(kv.Reader)} {
		_, read := r.Read(make([]byte, 1))
		notOpened(t, read, "Store.OpenReader")
		_, at := r.ReadAt(make([]byte, 1), 0)
		notOpened(t, at, "Store.OpenReader")
		_, to := r.WriteTo(io.Discard)
		notOpened(t, to, "Store.OpenReader")
		_, seek := r.Seek(1, io.SeekStart)
		notOpened(t, seek, "Store.OpenReader")
		equal(t, r.Size(), 0)
		equal(t, r.Version(), 0)
		equal(t, r.ExpiresAt().IsZero(), true)
		ok(t, r.Close())
	}
	for _, store := range []*kv.Store{nil, new(kv.Store)} {
		_, scope := store.Scope("tenant")
		_, bind := store.Bind()
		_, callback := store.OnChange(func(kv.Event) {})
		for _, err := range []error{scope, bind, callback, store.Close()} {
			notOpened(t, err, "kv.Open")
		}
	}
	for _, bound := range []*kv.BoundStore{nil, new(kv.BoundStore)} {
		_, err := bound.Arm(time.Second)
		is(t, err, kv.ErrClosed)
		is(t, bound.Cancel(0), kv.ErrClosed)
	}
	for _, typed := range []*kv.Typed[int]{nil, new(kv.Typed[int]), kv.NewTyped[int](nil, "g"), new(kv.Typed[int]).WithCodec(nil)} {
		_, get := typed.Get(ctx, "k")
		_, entry := typed.GetEntry(ctx, "k")
		_, put := typed.Put(ctx, "k", 1)
		_, deleted := typed.Deleted(ctx, "k")
		_, take := typed.Take(ctx, "k")
		_, exists := typed.Exists(ctx, "k")
		_, list := typed.List(ctx, "", 0)
		_, batch := typed.GetBatch(ctx, []string{"k"})
		for _, err := range []error{
			get, entry, put, deleted, take, exists, list, batch, last(typed.Scan(ctx)),
			typed.SetBatch(ctx, map[string]int{"k": 1}),
			typed.WithCodec(kv.JSON{}).WithHooks(kv.Hooks[int]{}).Set(ctx, "k", 1),
		} {
			notOpened(t, err, "kv.Open")
		}
	}
}

func notOpened(t *testing.T, err error, function string) {
	t.Helper()
	is(t, err, kv.ErrClosed)
	if detail := hasForm(t, err); !strings.Contains(detail.Message, function) {
		t.Fatalf("got %v, want it to name %s", err, function)
	}
}

func TestANilCodecIsJSON(t *testing.T) {
	store := openAt(t, "memory:")
	ok(t, kv.NewTyped[int](store, "g").WithCodec(nil).Set(t.Context(), "k", 7))
	equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "7")
}

func TestANilContextIsErrArgumentAlsoWithinAnObject(t *testing.T) {
	store := openAt(t, "memory:")
	var none context.Context
	_, err := kv.Open(none, "memory:")
	is(t, err, kv.ErrArgument)
	_, err = kv.OpenConfig(none, "services.yaml", "cache")
	is(t, err, kv.ErrArgument)
	cursor := must(store.OpenCursor(t.Context(), "g"))(t)
	defer cursor.Close()
	_, err = cursor.Next(none)
	is(t, err, kv.ErrArgument)
	lock := must(store.Lock(t.Context(), "job", time.Hour))(t)
	is(t, lock.Renew(none, time.Hour), kv.ErrArgument)
	is(t, lock.Release(none), kv.ErrArgument)
	typed := kv.NewTyped[int](store, "g")
	is(t, typed.Set(none, "k", 1), kv.ErrArgument)
	is(t, typed.Delete(none, "k"), kv.ErrArgument)
	ok(t, lock.Release(t.Context()))
	equal(t, must(store.Count(t.Context(), "g"))(t), 0)
}

func TestASecondEndAndAUseAfterItAreErrorsOrNothing(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		tx := must(store.Begin(ctx))(t)
		ok(t, tx.Commit())
		for _, err := range []error{tx.Commit(), tx.Rollback(), tx.Set("g", "k", nil), last(tx.Scan("g"))} {
			is(t, err, kv.ErrClosed)
			equal(t, hasForm(t, err).Message, "the transaction has ended")
		}
		cursor := must(store.OpenCursor(ctx, "g"))(t)
		ok(t, cursor.Close())
		ok(t, cursor.Close())
		_, err := cursor.Next(ctx)
		is(t, err, kv.ErrClosed)
		watch := must(store.Watch(ctx, kv.Everywhere()))(t)
		ok(t, watch.Close())
		ok(t, watch.Close())
		ok(t, watch.Err())
		w := must(store.OpenWriter(ctx, "g", "k"))(t)
		ok(t, w.Close())
		ok(t, w.Close())
		_, err = w.Write([]byte("a"))
		is(t, err, kv.ErrClosed)
		equal(t, err.Error(), "kv: write g/k: the writer has ended")
		_, err = w.Commit()
		is(t, err, kv.ErrClosed)
		ok(t, store.Set(ctx, "g", "k", nil))
		r := must(store.OpenReader(ctx, "g", "k"))(t)
		ok(t, r.Close())
		ok(t, r.Close())
		_, err = r.Read(make([]byte, 1))
		equal(t, err.Error(), "kv: read g/k: the reader is closed")
	})
}

func TestTheZeroOptionsChangeNothing(t *testing.T) {
	store := openAt(t, "memory:")
	ctx := t.Context()
	must(store.Put(ctx, "g", "k", nil, kv.PutOption{}))(t)
	equal(t, len(must(store.Keys(ctx, "g", kv.ScanOption{}))(t)), 1)
	ok(t, must(store.Watch(ctx, kv.Selection{}, kv.WatchOption{}))(t).Close())
	must(store.Lock(ctx, "job", time.Hour, kv.LockOption{}))(t)
	must(store.Copy(ctx, openAt(t, "memory:"), kv.CopyOption{}))(t)
	calls := 0
	err := store.Update(ctx, func(tx *kv.Tx) error {
		calls++
		must(tx.Get("g", "k"))(t)
		ok(t, store.Set(ctx, "g", "k", nil))
		return tx.Set("g", "k", nil)
	}, kv.Tries(2), kv.UpdateOption{})
	is(t, err, kv.ErrConflict)
	equal(t, calls, 2)
}

func TestAStepOfANilBatchPanicsWithWhatToDo(t *testing.T) {
	var none *kv.Batch
	none.Clear()
	for name, step := range map[string]func(){
		"Get":       func() { none.Get("g", "k") },
		"Set":       func() { none.Set("g", "k", nil) },
		"CheckLock": func() { none.CheckLock(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, "var batch kv.Batch") {
					t.Fatalf("got %q", said)
				}
			}()
			step()
		})
	}
}
