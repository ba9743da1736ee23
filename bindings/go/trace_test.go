package kv_test

import (
	"context"
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

// spans keeps what a trace shows.
type spans struct {
	mutex        sync.Mutex
	begun, ended []kv.Call
	// How many ends came with the context of their begin.
	matched int
}

type spanKey struct{}

// traced sets a trace until the end of the test.
func traced(t testing.TB, keys bool) *spans {
	t.Helper()
	seen := &spans{}
	kv.SetTrace(kv.Trace{
		Begin: func(ctx context.Context, call kv.Call) context.Context {
			seen.mutex.Lock()
			defer seen.mutex.Unlock()
			seen.begun = append(seen.begun, call)
			return context.WithValue(ctx, spanKey{}, call.Operation)
		},
		End: func(ctx context.Context, call kv.Call) {
			seen.mutex.Lock()
			defer seen.mutex.Unlock()
			seen.ended = append(seen.ended, call)
			if ctx.Value(spanKey{}) == call.Operation {
				seen.matched++
			}
		},
		Keys: keys,
	})
	t.Cleanup(func() { kv.SetTrace(kv.Trace{}) })
	return seen
}

// take returns the calls that have ended since the last time, each of which has begun.
func (s *spans) take(t testing.TB) []kv.Call {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	ended := s.ended
	equal(t, len(s.begun), len(ended))
	equal(t, s.matched, len(ended))
	for _, call := range s.begun {
		if call.Duration != 0 || call.Err != nil {
			t.Errorf("%s begins with %v", call.Operation, call)
		}
	}
	s.begun, s.ended, s.matched = nil, nil, 0
	return ended
}

// counted are the calls of each kind that the library has counted.
func counted(t *testing.T, store *kv.Store) map[kv.CallKind]uint64 {
	t.Helper()
	calls := map[kv.CallKind]uint64{}
	for _, kind := range kv.CallKinds() {
		calls[kind] = must(store.CallMetrics(t.Context(), kind))(t).Calls
	}
	return calls
}

// since are the calls of the kinds that have become more.
func since(before, after map[kv.CallKind]uint64) map[kv.CallKind]uint64 {
	more := map[kv.CallKind]uint64{}
	for kind, count := range after {
		if count > before[kind] {
			more[kind] = count - before[kind]
		}
	}
	return more
}

func TestATraceHasEachCallUnderTheKindThatTheLibraryCounts(t *testing.T) {
	// One in 64 reads of a thread is counted.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, call := range calls(t) {
		store := openLog(t)
		ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
		first := counted(t, store)
		before := counted(t, store)
		// Reading the metrics is counted, too.
		read := since(first, before)
		seen := traced(t, false)
		kinds, more := map[kv.CallKind]bool{}, map[kv.CallKind]bool{}
		for tries := 0; tries < 64 && len(more) == 0; tries++ {
			call(t.Context(), store)
			for _, call := range seen.take(t) {
				kinds[call.Kind] = true
				if call.Duration <= 0 || call.Operation == "" || call.Key != "" {
					t.Errorf("%s: got %+v", name, call)
				}
			}
			after := counted(t, store)
			for kind := range since(read, since(before, after)) {
				more[kind] = true
			}
			before = after
		}
		kv.SetTrace(kv.Trace{})
		ok(t, store.Close())
		if strings.Contains(name, "Metrics") {
			equal(t, len(kinds), 0)
		} else if !maps.Equal(kinds, more) {
			t.Errorf("%s: traced %v, counted %v", name, kinds, more)
		}
	}
}

func TestATraceHasTheErrorOfACallThatIsRefused(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(t) {
		store, closed := openAt(t, "memory:"), openAt(t, "memory:")
		ok(t, closed.Close())
		seen := traced(t, false)
		if call(cancelled, store); name != "Begin" && name != "Update" && name != "Watch" && !strings.Contains(name, "etrics") {
			ended := seen.take(t)
			if len(ended) == 0 || ended[len(ended)-1].Err != kv.ErrCancelled {
				t.Errorf("%s: got %v", name, ended)
			}
		}
		// A store that was not opened is not traced; one that was closed is an error.
		seen.take(t)
		call(t.Context(), new(kv.Store))
		if name != "Restore" && name != "Copy" {
			equal(t, len(seen.take(t)), 0)
		}
		seen.take(t)
		call(t.Context(), closed)
		for _, ended := range seen.take(t) {
			if ended.Err == nil && name != "Restore" {
				t.Errorf("%s on a closed store: got %+v", name, ended)
			}
		}
		kv.SetTrace(kv.Trace{})
	}
}

func TestATraceHasKeysOnlyIfItAsksForThem(t *testing.T) {
	store := openAt(t, "memory:")
	for _, keys := range []bool{false, true} {
		seen := traced(t, keys)
		_, missing := store.Get(t.Context(), "users", "ada")
		ok(t, store.SetTTL(t.Context(), "users", "ada", []byte("Ada"), time.Hour))
		_, conflict := store.Put(t.Context(), "users", "ada", nil, kv.IfAbsent())
		ok(t, must(store.Lock(t.Context(), "job", time.Hour))(t).Release(t.Context()))
		ended := seen.take(t)
		equal(t, len(ended), 5)
		get, set, put, lock := ended[0], ended[1], ended[2], ended[3]
		equal(t, get.Group+" "+get.Operation+" "+set.Operation+" "+put.Operation, "users get set ttl put")
		equal(t, lock.Group, "")
		is(t, get.Err, kv.ErrNotFound)
		is(t, put.Err, kv.ErrConflict)
		ok(t, set.Err)
		if keys {
			equal(t, get.Key+" "+lock.Key, "ada job")
			equal(t, get.Err, missing)
			equal(t, put.Err, conflict)
		} else {
			equal(t, get.Key+lock.Key, "")
			equal(t, get.Err, error(kv.ErrNotFound))
			equal(t, put.Err, error(kv.ErrConflict))
		}
		ok(t, store.Delete(t.Context(), "users", "ada"))
	}
}

func TestATraceOfATransactionAndOfAWriterHasTheContextOfTheirBegin(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var contexts []any
		kv.SetTrace(kv.Trace{End: func(ctx context.Context, call kv.Call) {
			contexts = append(contexts, call.Kind, ctx.Value(requestKey{}))
		}})
		defer kv.SetTrace(kv.Trace{})
		ctx := context.WithValue(t.Context(), requestKey{}, 7)
		ok(t, store.Update(ctx, func(tx *kv.Tx) error { return tx.Set("g", "k", nil) }))
		w := must(store.OpenWriter(ctx, "g", "k"))(t)
		must(w.Commit())(t)
		want := []any{kv.CallTransaction, 7, kv.CallStream, 7, kv.CallStream, 7}
		equal(t, len(contexts), len(want))
		for i := range want {
			equal(t, contexts[i], want[i])
		}
	})
}

func TestACallEndsWithTheTraceWithWhichItBegan(t *testing.T) {
	store := openAt(t, "memory:")
	ended := 0
	kv.SetTrace(kv.Trace{
		Begin: func(ctx context.Context, _ kv.Call) context.Context {
			kv.SetTrace(kv.Trace{})
			// The call keeps its own context.
			done, cancel := context.WithCancel(ctx)
			cancel()
			return done
		},
		End: func(ctx context.Context, _ kv.Call) { ended++; is(t, ctx.Err(), context.Canceled) },
	})
	for range 2 {
		ok(t, store.Set(t.Context(), "g", "k", nil))
	}
	equal(t, ended, 1)
}

func TestATraceEndsBeforeTheFunctionOfAViewAndAfterThatOfABackup(t *testing.T) {
	store, path := backedUp(t)
	seen := traced(t, false)
	for name, call := range map[string]func(){
		"view": func() { store.View(t.Context(), "g", "a", func(kv.Entry) error { panic("planted") }) },
		"backup": func() {
			_ = store.Backup(t.Context(), path, func(uint64, uint64) bool { panic("planted") })
		},
	} {
		func() {
			defer func() { equal(t, recover(), any("planted")) }()
			call()
		}()
		ended := seen.take(t)
		equal(t, len(ended), 1)
		equal(t, ended[0].Operation, name)
		equal(t, ended[0].Err == nil, name == "view")
	}
}

func TestATraceMayUseAStoreAndItsPanicLeavesTheCall(t *testing.T) {
	store := openAt(t, "memory:")
	calls := 0
	kv.SetTrace(kv.Trace{End: func(ctx context.Context, call kv.Call) {
		calls++
		if call.Group == "g" {
			ok(t, store.Set(ctx, "other", "k", nil))
			panic("planted")
		}
	}})
	defer kv.SetTrace(kv.Trace{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 100 {
		func() {
			defer func() { equal(t, recover(), any("planted")) }()
			store.Set(ctx, "g", "k", nil)
		}()
	}
	equal(t, calls, 200)
	kv.SetTrace(kv.Trace{})
	equal(t, must(store.CountAll(t.Context(), ""))(t), 2)
}

func TestTracesAreSetWhileOthersCall(t *testing.T) {
	store := openAt(t, "memory:")
	var group sync.WaitGroup
	var begun, ended atomic.Int64
	trace := kv.Trace{
		Begin: func(ctx context.Context, _ kv.Call) context.Context { begun.Add(1); return ctx },
		End:   func(context.Context, kv.Call) { ended.Add(1) },
	}
	defer kv.SetTrace(kv.Trace{})
	stop := make(chan struct{})
	for range 4 {
		spawn(&group, func() {
			for {
				ok(t, store.Set(context.Background(), "g", "k", nil))
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for last := int64(-1); begun.Load() < 1000; {
		kv.SetTrace(trace)
		// Calls go on with it before it is taken away.
		for ; begun.Load() == last; runtime.Gosched() {
		}
		last = begun.Load()
		kv.SetTrace(kv.Trace{})
	}
	close(stop)
	group.Wait()
	equal(t, ended.Load(), begun.Load())
}

// The cost of a call without a trace, which is one look whether there is one, and with one that does
// nothing.
//
//	go test -run '^$' -bench Traced
func BenchmarkTraced(b *testing.B) {
	store := openAt(b, "memory:")
	ctx := context.Background()
	if err := store.Set(ctx, "bench", "key", make([]byte, 100)); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		trace kv.Trace
	}{
		{"none", kv.Trace{}},
		{"empty", kv.Trace{End: func(context.Context, kv.Call) {}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			kv.SetTrace(c.trace)
			defer kv.SetTrace(kv.Trace{})
			buffer := make([]byte, 128)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := store.GetInto(ctx, "bench", "key", buffer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
