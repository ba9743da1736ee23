package kv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/internal/capi"
)

// pieceLen is the length from which a value is stored in pieces, in bytes.
const pieceLen = capi.PieceLen

// streamEngines are the locations on which values in pieces are tested.
func streamEngines(t *testing.T, test func(t *testing.T, store *kv.Store)) {
	engines(t, test)
	t.Run("log", func(t *testing.T) { test(t, openAt(t, "log:"+filepath.Join(t.TempDir(), "store"))) })
}

// noise returns bytes of which no piece is like another, the same for a size each time.
func noise(size int) []byte {
	source := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	data := make([]byte, size)
	source.Read(data)
	return data
}

// stream writes a value in pieces and commits it.
func stream(t testing.TB, store *kv.Store, key string, value []byte, options ...kv.PutOption) uint64 {
	t.Helper()
	w := must(store.OpenWriter(t.Context(), "g", key, options...))(t)
	defer w.Close()
	equal(t, must(w.Write(value))(t), len(value))
	return must(w.Commit())(t)
}

// holds compares the value under a key with another.
func holds(t testing.TB, store *kv.Store, key string, want []byte) {
	t.Helper()
	got := must(store.Get(t.Context(), "g", key))(t)
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, not the %d that were written", len(got), len(want))
	}
}

// hasNothing ends the test if there is an entry under a key.
func hasNothing(t testing.TB, store *kv.Store, key string) {
	t.Helper()
	_, err := store.Info(t.Context(), "g", key)
	is(t, err, kv.ErrNotFound)
}

func TestALongValueIsAnEventWithItsSizeAndWithoutItsBytes(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"))
		called := make(chan kv.Event, 10)
		onChange(t, store, func(event kv.Event) { called <- event })
		var versions []uint64
		sizes := []int{0, 5, pieceLen, pieceLen + 1, 3 * pieceLen}
		for _, size := range sizes {
			versions = append(versions, stream(t, store, "k", noise(size)))
		}
		for i, size := range sizes {
			watched, _ := within(t, w.Events)
			heard, _ := within(t, called)
			for _, event := range []kv.Event{watched, heard} {
				want := kv.Event{Type: kv.EventSet, Group: "g", Key: "k", Size: int64(size), Version: versions[i]}
				value := noise(size)
				if size > pieceLen {
					want.Type, value = kv.EventSetLarge, nil
				}
				if !bytes.Equal(event.Value, value) || event.Time.IsZero() {
					t.Fatalf("%d bytes of %d at %v", len(event.Value), size, event.Time)
				}
				event.Value, event.Time = nil, want.Time
				equal(t, fmt.Sprintf("%+v", event), fmt.Sprintf("%+v", want))
			}
		}
		existing := watch(t, store, kv.InGroup("g"), kv.Existing())
		event, _ := within(t, existing.Events)
		equal(t, event.Key, "k")
		equal(t, event.Size, 3*pieceLen)
		equal(t, event.Lost, 0)
		// In memory its bytes are at hand.
		if event.Type != kv.EventSetLarge || len(event.Value) > 0 {
			equal(t, event.Type, kv.EventSet)
			equal(t, bytes.Equal(event.Value, noise(3*pieceLen)), true)
		}
		receives(t, existing, "synced /")
	})
}

// There are 65,536 of each in a process.
func TestForgottenWritersAndReadersAreClosedByTheCollector(t *testing.T) {
	store, ctx := openAt(t, "memory:"), context.Background()
	ok(t, store.Set(ctx, "g", "k", nil))
	for name, open := range map[string]func() error{
		"writer": func() error { _, err := store.OpenWriter(ctx, "g", "new"); return err },
		"reader": func() error { _, err := store.OpenReader(ctx, "g", "k"); return err },
	} {
		refused := 0
		for opened := 0; opened < 70_000; {
			err := open()
			switch {
			case err == nil:
				opened++
			case errors.Is(err, kv.ErrMemory) && refused < 1000:
				refused++
				runtime.GC()
				time.Sleep(time.Millisecond)
			default:
				t.Fatalf("after %d %ss: %v", opened, name, err)
			}
		}
	}
	hasNothing(t, store, "new")
}
