package kv_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/internal/capi"
)

// Go's overhead over C on the same get: the same key is read in a loop in C, which is called once,
// and from Go, in turns, so that a machine that becomes slower does so for both.
//
//	go test -run '^$' -bench Crossing
func BenchmarkCrossing(b *testing.B) {
	for _, location := range []string{"memory:", b.TempDir() + "/crossing.db"} {
		name := "file"
		if location == "memory:" {
			name = "memory"
		}
		store := openAt(b, location)
		raw, failure := capi.Open([]byte(location + "\x00"))
		if failure != nil {
			b.Fatal(failure.Message)
		}
		b.Cleanup(func() { capi.Close(raw) })
		value := bytes.Repeat([]byte("v"), 100)
		for _, write := range []error{
			store.Set(context.Background(), "bench", "key", value),
			capiError(capi.Set(raw, "bench", "key", value)),
		} {
			if write != nil {
				b.Fatal(write)
			}
		}
		// A context that never ends, and one that may: of a request that makes several calls.
		for ending, ctx := range map[string]context.Context{"": context.Background(), "/request": b.Context()} {
			b.Run("Get/"+name+ending, func(b *testing.B) {
				compare(b, raw, func() error { _, err := store.Get(ctx, "bench", "key"); return err })
			})
			b.Run("GetInto/"+name+ending, func(b *testing.B) {
				buffer := make([]byte, 128)
				compare(b, raw, func() error { _, err := store.GetInto(ctx, "bench", "key", buffer); return err })
			})
		}
	}
}

// The cost of an entry in a batch and in a scan, in which an entry crosses with many others.
//
//	go test -run '^$' -bench Entries
func BenchmarkEntries(b *testing.B) {
	const count = 1000
	keys := make([]string, count)
	for i := range keys {
		keys[i] = fmt.Sprintf("%04d", i)
	}
	for name, location := range map[string]string{"memory": "memory:", "file": b.TempDir() + "/entries.db"} {
		store := openAt(b, location)
		value := make([]byte, 100)
		b.Run("Batch/"+name, func(b *testing.B) {
			var batch kv.Batch
			for b.Loop() {
				batch.Clear()
				value[0]++
				for i := range count {
					batch.Set("many", keys[i], value)
				}
				if _, err := store.Commit(b.Context(), &batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/entry")
		})
		b.Run("Scan/"+name, func(b *testing.B) {
			for b.Loop() {
				seen := 0
				for entry, err := range store.All(b.Context(), "many") {
					if err != nil {
						b.Fatal(err)
					}
					seen += len(entry.Value) / len(value)
				}
				equal(b, seen, count)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/entry")
		})
	}
}

// compare reports medians of turns, of which one that another program disturbs is not.
func compare(b *testing.B, raw capi.Store, get func() error) {
	const turn = 1000
	buffer := make([]byte, 128)
	var inC, inGo, difference []float64
	b.ReportAllocs()
	for b.Loop() {
		started := time.Now()
		if _, failure := capi.GetLoop(raw, "bench", "key", buffer, turn); failure != nil {
			b.Fatal(failure.Message)
		}
		c := float64(time.Since(started).Nanoseconds()) / turn
		started = time.Now()
		for range turn {
			if err := get(); err != nil {
				b.Fatal(err)
			}
		}
		g := float64(time.Since(started).Nanoseconds()) / turn
		inC, inGo, difference = append(inC, c), append(inGo, g), append(difference, g-c)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(inC), "C-ns/get")
	b.ReportMetric(median(inGo), "Go-ns/get")
	b.ReportMetric(median(difference), "difference-ns/get")
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

func capiError(failure *capi.Failure) error {
	if failure == nil {
		return nil
	}
	return kv.Status(failure.Status)
}

// An error copies the names of its call, so that a key that was put together for the call alone may
// lie on the stack.
func TestACallThatSucceedsLeavesItsKeyOnTheStack(t *testing.T) {
	store := openAt(t, "memory:")
	ok(t, store.Set(t.Context(), "users", "user:7", []byte("Ada")))
	ctx, number := context.Background(), []byte("7")
	buffer := make([]byte, 16)
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := store.GetInto(ctx, "users", "user:"+string(number), buffer); err != nil {
			t.Error(err)
		}
	})
	equal(t, allocations, 0)
}
