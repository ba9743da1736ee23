package kv_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"kv.internal/kv"
)

func TestAValueIsWrittenInPiecesAndSeenAtOnce(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		for _, size := range []int{0, 1, pieceLen - 1, pieceLen, pieceLen + 1, 3*pieceLen + 17} {
			for _, step := range []int{997, pieceLen, 2*pieceLen + 1} {
				ok(t, store.Set(t.Context(), "g", "k", []byte("before")))
				value := noise(size)
				w := must(store.OpenWriter(t.Context(), "g", "k"))(t)
				for rest := value; len(rest) > 0; {
					n := must(w.Write(rest[:min(step, len(rest))]))(t)
					rest = rest[n:]
					equal(t, w.Size(), int64(size-len(rest)))
				}
				holds(t, store, "k", []byte("before"))
				version := must(w.Commit())(t)
				equal(t, must(store.Info(t.Context(), "g", "k"))(t), kv.EntryInfo{Size: int64(size), Version: version})
				holds(t, store, "k", value)
				ok(t, w.Close())
				holds(t, store, "k", value)
				equal(t, w.Size(), int64(size))
			}
		}
	})
}

func TestAWriterThatWasClosedLeavesTheValueThatWasThere(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "old", []byte("before")))
		for _, size := range []int{0, 3, 3 * pieceLen} {
			for _, key := range []string{"old", "new"} {
				w := must(store.OpenWriter(t.Context(), "g", key))(t)
				must(w.Write(noise(size)))(t)
				for range 2 {
					ok(t, w.Close())
				}
				endedWriter(t, w)
			}
		}
		holds(t, store, "old", []byte("before"))
		hasNothing(t, store, "new")
	})
}

func TestTheRulesOfAPutHoldAtTheCommit(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		for _, value := range [][]byte{[]byte("short"), noise(2*pieceLen + 1)} {
			ctx := t.Context()
			must(store.DeleteGroup(ctx, "g"))(t)
			late := must(store.OpenWriter(ctx, "g", "k", kv.IfAbsent(), kv.ExpireAfter(time.Hour)))(t)
			must(late.Write(value))(t)
			first := stream(t, store, "k", value, kv.IfAbsent(), kv.ExpireAfter(time.Hour), kv.WithDurability(kv.DurabilityFull))
			livesAbout(t, store, "k", time.Hour)
			version, err := late.Commit()
			var conflict *kv.ConflictError
			equal(t, errors.As(err, &conflict), true)
			equal(t, conflict.Version, first)
			equal(t, version, first)
			is(t, err, kv.ErrConflict)
			endedWriter(t, late)

			second := stream(t, store, "k", value[1:], kv.IfVersion(first), kv.KeepExpiry())
			livesAbout(t, store, "k", time.Hour)
			equal(t, must(store.Info(ctx, "g", "k"))(t).Version, second)
			w := must(store.OpenWriter(ctx, "g", "absent", kv.IfPresent()))(t)
			version, err = w.Commit()
			is(t, err, kv.ErrConflict)
			equal(t, version, 0)
			hasNothing(t, store, "absent")
			stream(t, store, "past", value, kv.ExpireAt(time.UnixMilli(1)))
			hasNothing(t, store, "past")
		}
	})
}

func TestAWriterReadsAllThatAReaderHas(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		value := noise(2*pieceLen + 5)
		for name, source := range map[string]io.Reader{
			"plain":      bytes.NewReader(value),
			"with EOF":   iotest.DataErrReader(bytes.NewReader(value)),
			"in halves":  iotest.HalfReader(bytes.NewReader(value)),
			"only reads": struct{ io.Reader }{bytes.NewReader(value)},
		} {
			w := must(store.OpenWriter(t.Context(), "g", name))(t)
			equal(t, must(w.ReadFrom(source))(t), int64(len(value)))
			equal(t, must(w.ReadFrom(strings.NewReader("")))(t), 0)
			equal(t, must(w.ReadFrom(strings.NewReader("end")))(t), 3)
			must(w.Commit())(t)
			holds(t, store, name, append(value[:len(value):len(value)], "end"...))
		}
	})
}

type readerOf func([]byte) (int, error)

func (r readerOf) Read(p []byte) (int, error) { return r(p) }

func TestGoroutinesMayShareAWriter(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		const writers, blocks, block = 8, 100, 1000
		w := must(store.OpenWriter(t.Context(), "g", "k"))(t)
		var all sync.WaitGroup
		for i := range writers {
			spawn(&all, func() {
				for range blocks {
					if n, err := w.Write(bytes.Repeat([]byte{byte(i)}, block)); n != block || err != nil {
						t.Error(n, err)
					}
				}
			})
		}
		all.Wait()
		must(w.Commit())(t)
		value := must(store.Get(t.Context(), "g", "k"))(t)
		equal(t, len(value), writers*blocks*block)
		var count [writers]int
		for ; len(value) > 0; value = value[block:] {
			count[value[0]]++
			equal(t, bytes.Count(value[:block], value[:1]), block)
		}
		for _, n := range count {
			equal(t, n, blocks)
		}
	})
}

func TestAWriterMayBeClosedWhileItIsUsed(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		for range 20 {
			w := must(store.OpenWriter(t.Context(), "g", "k"))(t)
			var all sync.WaitGroup
			started := make(chan struct{}, 2)
			for range cap(started) {
				spawn(&all, func() {
					for n := 0; ; n++ {
						_, err := w.Write(make([]byte, 100_000))
						if n == 0 {
							started <- struct{}{}
						}
						if errors.Is(err, kv.ErrClosed) {
							return
						}
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for range cap(started) {
				<-started
			}
			ok(t, w.Close())
			all.Wait()
		}
		hasNothing(t, store, "k")
	})
}
