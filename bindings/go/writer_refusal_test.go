package kv_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"kv.internal/kv"
)

// endedWriter checks that a writer takes nothing any more, and that closing it is no error.
func endedWriter(t *testing.T, w *kv.Writer) {
	t.Helper()
	size := w.Size()
	for _, data := range [][]byte{nil, []byte("late")} {
		n, err := w.Write(data)
		is(t, err, kv.ErrClosed)
		equal(t, n, 0)
	}
	source := strings.NewReader("late")
	n, err := w.ReadFrom(source)
	is(t, err, kv.ErrClosed)
	equal(t, n, 0)
	equal(t, source.Len(), 4)
	_, err = w.Commit()
	is(t, err, kv.ErrClosed)
	ok(t, w.Close())
	equal(t, w.Size(), size)
}

func TestAWriterThatCannotBeginIsRefused(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		for _, options := range [][]kv.PutOption{
			{kv.IfAbsent(), kv.IfPresent()},
			{kv.ExpireAfter(time.Hour), kv.KeepExpiry()},
			{kv.ExpireAfter(-time.Hour)},
			{kv.WithDurability(7)},
		} {
			_, err := store.OpenWriter(t.Context(), "g", "k", options...)
			is(t, err, kv.ErrArgument)
		}
		for _, place := range [][2]string{{strings.Repeat("g", 1<<16), "k"}, {"g", strings.Repeat("k", 1<<16)}} {
			_, err := store.OpenWriter(t.Context(), place[0], place[1])
			is(t, err, kv.ErrTooLarge)
		}
		snapshot := must(store.Snapshot(t.Context()))(t)
		defer snapshot.Close()
		_, err := snapshot.OpenWriter(t.Context(), "g", "k")
		is(t, err, kv.ErrReadOnly)
		equal(t, must(store.CountAll(t.Context(), ""))(t), 0)
		endedWriter(t, new(kv.Writer))
	})
}

func TestAReaderThatFailsLeavesWhatItHasGivenToBeDiscarded(t *testing.T) {
	broken := errors.New("the line is broken")
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		given := noise(pieceLen + 1)
		w := must(store.OpenWriter(t.Context(), "g", "k"))(t)
		n, err := w.ReadFrom(io.MultiReader(bytes.NewReader(given), iotest.ErrReader(broken)))
		is(t, err, broken)
		equal(t, n, int64(len(given)))
		equal(t, w.Size(), n)
		ok(t, w.Close())
		hasNothing(t, store, "k")
	})
}

func TestAWriterObeysTheContextOfItsOpening(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		w := must(store.OpenWriter(ctx, "g", "k"))(t)
		must(w.Write(noise(2 * pieceLen)))(t)
		// The source ends the context, and would never end itself.
		source := readerOf(func(p []byte) (int, error) { cancel(); return len(p), nil })
		n, err := w.ReadFrom(source)
		is(t, err, context.Canceled)
		equal(t, n, 0)
		n2, err := w.Write([]byte("late"))
		is(t, err, context.Canceled)
		equal(t, n2, 0)
		_, err = w.Commit()
		is(t, err, context.Canceled)
		ok(t, w.Close())
		endedWriter(t, w)
		hasNothing(t, store, "k")

		passed, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		w, err = store.OpenWriter(passed, "g", "k")
		for begun := time.Now(); err == nil && time.Since(begun) < time.Minute; {
			_, err = w.Write(nil)
		}
		is(t, err, context.DeadlineExceeded)
	})
}

func TestAWriterOfAStoreThatWasClosedIsErrClosed(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, ctx := range []context.Context{ctx, context.Background()} {
			w := must(store.OpenWriter(ctx, "g", "k"))(t)
			must(w.Write(noise(2 * pieceLen)))(t)
			defer func() {
				_, err := w.Write([]byte("late"))
				is(t, err, kv.ErrClosed)
				_, err = w.Commit()
				is(t, err, kv.ErrClosed)
				ok(t, w.Close())
				endedWriter(t, w)
			}()
		}
		ok(t, store.Close())
	})
}

func TestAValueThatHasNoRoomIsRefusedAsSoonAsThatIsCertain(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetQuota(t.Context(), "tenant", kv.Limits{MaxBytes: 3 * pieceLen}))
		tenant := must(store.Scope("tenant"))(t)
		defer tenant.Close()
		w := must(tenant.OpenWriter(t.Context(), "g", "k"))(t)
		source := readerOf(func(p []byte) (int, error) { return len(p), nil })
		n, err := w.ReadFrom(source)
		is(t, err, kv.ErrQuotaExceeded)
		if n < 2*pieceLen || n > 5*pieceLen || n != w.Size() {
			t.Fatalf("%d bytes were written, %d", n, w.Size())
		}
		_, err = w.Write([]byte("more"))
		is(t, err, kv.ErrQuotaExceeded)
		_, err = w.Commit()
		is(t, err, kv.ErrQuotaExceeded)
		ok(t, w.Close())
		hasNothing(t, tenant, "k")
		stream(t, tenant, "k", noise(2*pieceLen))
		// The value that was there counts no more when it is written over.
		stream(t, tenant, "k", noise(2*pieceLen+1))
		w = must(tenant.OpenWriter(t.Context(), "g", "other"))(t)
		defer w.Close()
		_, err = w.Write(noise(2 * pieceLen))
		if err == nil {
			_, err = w.Commit()
		}
		is(t, err, kv.ErrQuotaExceeded)
	})
	limited := openAt(t, "memory:?max_bytes=1000000")
	w := must(limited.OpenWriter(t.Context(), "g", "k"))(t)
	_, err := w.Write(make([]byte, 2_000_000))
	is(t, err, kv.ErrFull)
	ok(t, w.Close())
}
