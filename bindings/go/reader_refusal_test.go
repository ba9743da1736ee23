package kv_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

// endedReader checks that all that reads is refused, and that a close is no error.
func endedReader(t *testing.T, r *kv.Reader, want error) {
	t.Helper()
	for _, length := range []int{0, 1, 3 * pieceLen} {
		n, err := r.Read(make([]byte, length))
		is(t, err, want)
		equal(t, n, 0)
		n, err = r.ReadAt(make([]byte, length), 1)
		is(t, err, want)
		equal(t, n, 0)
	}
	n, err := r.WriteTo(io.Discard)
	is(t, err, want)
	equal(t, n, 0)
	ok(t, r.Close())
	ok(t, r.Close())
}

func TestAReaderThatHasEndedReadsNothing(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		stream(t, store, "k", noise(2*pieceLen))
		endedReader(t, new(kv.Reader), kv.ErrClosed)
		closed := openReader(t, store, "k")
		ok(t, closed.Close())
		endedReader(t, closed, kv.ErrClosed)
		equal(t, closed.Size(), 2*pieceLen)

		ctx, cancel := context.WithCancel(t.Context())
		cancelled := must(store.OpenReader(ctx, "g", "k"))(t)
		must(cancelled.Read(make([]byte, 10)))(t)
		cancel()
		endedReader(t, cancelled, context.Canceled)

		for _, ctx := range []context.Context{t.Context(), context.Background()} {
			r := must(store.OpenReader(ctx, "g", "k"))(t)
			defer endedReader(t, r, kv.ErrClosed)
		}
		ok(t, store.Close())
	})
}

func TestAReaderThatCannotBeginIsRefused(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		stream(t, store, "past", nil, kv.ExpireAt(time.UnixMilli(1)))
		for _, key := range []string{"missing", "past"} {
			r, err := store.OpenReader(t.Context(), "g", key)
			equal(t, r, nil)
			is(t, err, kv.ErrNotFound)
		}
		_, err := store.OpenReader(t.Context(), "g", strings.Repeat("k", 1<<16))
		is(t, err, kv.ErrTooLarge)
		stream(t, store, "k", noise(pieceLen+1))
		snapshot := must(store.Snapshot(t.Context()))(t)
		defer snapshot.Close()
		stream(t, store, "k", nil)
		equal(t, bytes.Equal(must(io.ReadAll(openReader(t, snapshot, "k")))(t), noise(pieceLen+1)), true)
	})
}

func TestASeekMovesThePositionOrIsRefused(t *testing.T) {
	store := openAt(t, "memory:")
	stream(t, store, "k", []byte("0123456789"))
	r := openReader(t, store, "k")
	for _, c := range []struct {
		offset int64
		whence int
		want   int64
	}{
		{3, io.SeekStart, 3},
		{2, io.SeekCurrent, 5},
		{-5, io.SeekCurrent, 0},
		{-10, io.SeekEnd, 0},
		{-1, io.SeekEnd, 9},
		{math.MaxInt64 - 8, io.SeekCurrent, -1},
		{math.MaxInt64 - 9, io.SeekEnd, -1},
		{-10, io.SeekCurrent, -1},
		{-11, io.SeekEnd, -1},
		{-1, io.SeekStart, -1},
		{math.MinInt64, io.SeekCurrent, -1},
		{0, 3, -1},
		{0, -1, -1},
		{5, io.SeekEnd, 15},
		{math.MaxInt64 - 10, io.SeekEnd, math.MaxInt64},
	} {
		before := must(r.Seek(0, io.SeekCurrent))(t)
		got, err := r.Seek(c.offset, c.whence)
		if c.want < 0 {
			is(t, err, kv.ErrArgument)
			equal(t, must(r.Seek(0, io.SeekCurrent))(t), before)
			continue
		}
		ok(t, err)
		equal(t, got, c.want)
		rest := string(must(io.ReadAll(r))(t))
		equal(t, rest, "0123456789"[min(c.want, 10):])
		must(r.Seek(c.want, io.SeekStart))(t)
	}
}
