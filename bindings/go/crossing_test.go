package kv_test

import (
	"bytes"
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
			store.Set(b.Context(), "bench", "key", value),
			capiError(capi.Set(raw, "bench", "key", value)),
		} {
			if write != nil {
				b.Fatal(write)
			}
		}
		b.Run("Get/"+name, func(b *testing.B) {
			compare(b, raw, func() error { _, err := store.Get(b.Context(), "bench", "key"); return err })
		})
		b.Run("GetInto/"+name, func(b *testing.B) {
			buffer := make([]byte, 128)
			compare(b, raw, func() error { _, err := store.GetInto(b.Context(), "bench", "key", buffer); return err })
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
