package kv_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

func onChange(t testing.TB, store *kv.Store, callback func(kv.Event)) func() {
	t.Helper()
	return must(store.OnChange(callback))(t)
}

// Not guarded by anything: with -race, a callback in another goroutine than the writer's is seen,
// unless the writer waits for it.
func TestEveryWritingOperationTellsBeforeItReturns(t *testing.T) {
	none := map[string]string{
		"DeleteVersion": "its version is another", "PurgeExpired": "nothing has expired", "IdempotencyGet": "it reads",
		"IdempotencyComplete": "there is no record", "IdempotencyForget": "there is no record", "SetQuota": "it writes no entry",
		"Expire": "value and version stay", "Persist": "value and version stay",
	}
	heard := map[string]int{}
	for name, call := range calls(t) {
		store := openAt(t, "memory:")
		ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
		before := must(store.Stats(t.Context()))(t).Commits
		count := 0
		onChange(t, store, func(kv.Event) { count++ })
		call(t.Context(), store)
		if none[name] != "" {
			continue
		}
		heard[name] = count
		if wrote := must(store.Stats(t.Context()))(t).Commits > before; wrote != (count > 0) {
			t.Errorf("%s: wrote %v, and %d events", name, wrote, count)
		}
		ok(t, store.Close())
	}
	for _, name := range []string{"Set", "SetTTL", "Put", "Delete", "Deleted", "Take", "Increment", "Append", "Commit", "SetBatch",
		"DeleteKeys", "DeleteGroup", "DeletePrefix", "Update", "IdempotencyBegin", "SetJSON"} {
		if heard[name] == 0 {
			t.Errorf("%s tells nothing", name)
		}
	}
}

func TestCallbacksRunInOrderOverAListThatIsFixed(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var heard []string
		note := func(name string) func(kv.Event) {
			return func(event kv.Event) { heard = append(heard, name+":"+event.Key) }
		}
		var stopSecond, stopNested func()
		onChange(t, store, func(event kv.Event) {
			note("first")(event)
			switch event.Key {
			case "a":
				stopNested = onChange(t, store, note("nested"))
				stopSecond()
				ok(t, store.Set(t.Context(), "g", "b", nil))
				heard = append(heard, "written")
			case "b":
				stopNested()
			}
		})
		stopSecond = onChange(t, store, note("second"))
		onChange(t, store, note("third"))
		ok(t, store.Set(t.Context(), "g", "a", nil))
		ok(t, store.Set(t.Context(), "g", "c", nil))
		stopSecond()
		want := "first:a written second:a third:a first:b third:b nested:b first:c third:c"
		equal(t, strings.Join(heard, " "), want)
	})
}

func TestAStoreAndItsScopesHearOfEachOther(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		scoped := must(store.Scope("tenant"))(t)
		other := must(store.Scope("other"))(t)
		var all, own []string
		onChange(t, store, func(event kv.Event) { all = append(all, told(event)) })
		stop := onChange(t, scoped, func(event kv.Event) { own = append(own, told(event)) })
		ok(t, scoped.Set(t.Context(), "g", "a", nil))
		ok(t, store.Set(t.Context(), "tenant:g", "b", nil))
		ok(t, other.Set(t.Context(), "g", "c", nil))
		equal(t, strings.Join(all, ", "), "set tenant:g/a, set tenant:g/b, set other:g/c")
		equal(t, strings.Join(own, ", "), "set g/a, set g/b")
		stop()
		ok(t, scoped.Delete(t.Context(), "g", "a"))
		equal(t, len(all), 4)
		equal(t, len(own), 2)
		ok(t, scoped.Close())
		ok(t, other.Close())
		ok(t, store.Set(t.Context(), "g", "d", nil))
		equal(t, len(all), 5)
	})
}

func TestWritersAtOnceAreToldInCommitOrderEachBeforeItReturns(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var previous uint64
		heard := map[string]bool{}
		var mutex sync.Mutex
		onChange(t, store, func(event kv.Event) {
			mutex.Lock()
			defer mutex.Unlock()
			if event.Version <= previous || event.Type != kv.EventSet {
				t.Errorf("%s %d after %d", event.Type, event.Version, previous)
			}
			previous = event.Version
			heard[event.Key] = true
		})
		var writers sync.WaitGroup
		for writer := range 8 {
			spawn(&writers, func() {
				for i := range 100 {
					key := fmt.Sprint(writer, "-", i)
					if err := store.Set(context.Background(), "g", key, nil); err != nil {
						t.Error(err)
					}
					mutex.Lock()
					if !heard[key] {
						t.Errorf("%s was written and not told", key)
					}
					mutex.Unlock()
				}
			})
		}
		writers.Wait()
		equal(t, len(heard), 800)
	})
}

func TestAPanicIsLoggedAndGoesNoFurther(t *testing.T) {
	var logged strings.Builder
	defer log.SetOutput(log.Writer())
	log.SetOutput(&logged)
	store := openAt(t, "memory:")
	heard := 0
	onChange(t, store, func(kv.Event) { panic("planted") })
	onChange(t, store, func(kv.Event) { heard++ })
	ok(t, store.Set(t.Context(), "g", "k", nil))
	ok(t, store.Set(t.Context(), "g", "k", nil))
	equal(t, heard, 2)
	if !strings.Contains(logged.String(), "planted") || !strings.Contains(logged.String(), `"k"`) {
		t.Fatalf("logged: %s", logged.String())
	}
}

func TestACallbackThatEndsItsGoroutineKeepsNothingFromTheOthers(t *testing.T) {
	store := openAt(t, "memory:")
	var heard atomic.Int32
	onChange(t, store, func(event kv.Event) {
		if event.Key == "a" {
			runtime.Goexit()
		}
	})
	onChange(t, store, func(kv.Event) { heard.Add(1) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		store.Set(context.Background(), "g", "a", nil)
		t.Error("it returned")
	}()
	within(t, done)
	ok(t, store.Set(t.Context(), "g", "b", nil))
	equal(t, heard.Load(), 2)
}

func TestACallbackMayCloseTheStore(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var heard []string
		onChange(t, store, func(event kv.Event) {
			heard = append(heard, event.Key)
			ok(t, store.Close())
		})
		onChange(t, store, func(event kv.Event) { heard = append(heard, event.Key) })
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, strings.Join(heard, " "), "k k")
		_, err := store.OnChange(func(kv.Event) {})
		is(t, err, kv.ErrClosed)
	})
}

// What others write is told by a goroutine of the package: a purge, and another Open of the file.
func TestWhatOthersWriteIsToldToo(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "store.db") + "?purge_interval=50ms"
	store, other := openAt(t, path), openAt(t, path)
	heard := make(chan string, 10)
	onChange(t, store, func(event kv.Event) { heard <- told(event) })
	ok(t, other.SetTTL(t.Context(), "g", "k", []byte("v"), time.Millisecond))
	for _, want := range []string{"set g/k v", "expire g/k"} {
		got, _ := within(t, heard)
		equal(t, got, want)
	}
}

func TestABatchOfAnySizeIsToldWhole(t *testing.T) {
	store := openAt(t, "memory:")
	var heard int
	onChange(t, store, func(event kv.Event) {
		if event.Type != kv.EventSet || event.Key != fmt.Sprint(heard) {
			t.Errorf("%s %s as number %d", event.Type, event.Key, heard)
		}
		heard++
	})
	var batch kv.Batch
	for i := range 20_000 {
		batch.Set("g", fmt.Sprint(i), nil)
	}
	must(store.Commit(t.Context(), &batch))(t)
	equal(t, heard, 20_000)
}

func TestStopEndsACallbackOnceAndTheLastOneLeavesNothing(t *testing.T) {
	store := openAt(t, "memory:")
	goroutines := runtime.NumGoroutine()
	for range 100 {
		heard := 0
		stops := []func(){onChange(t, store, func(kv.Event) { heard++ }), onChange(t, store, func(kv.Event) { heard++ })}
		ok(t, store.Set(t.Context(), "g", "k", nil))
		for _, stop := range slices.Concat(stops, stops) {
			stop()
		}
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, heard, 2)
	}
	for begun := time.Now(); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Since(begun) > time.Minute {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
	_, err := store.OnChange(nil)
	is(t, err, kv.ErrArgument)
	_, err = new(kv.Store).OnChange(func(kv.Event) {})
	is(t, err, kv.ErrClosed)
}

// With -race: callbacks come and go, and the store ends, while others write.
func TestCallbacksComeAndGoWhileOthersWrite(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var all sync.WaitGroup
		for writer := range 4 {
			spawn(&all, func() {
				for i := range 200 {
					store.Set(context.Background(), "g", fmt.Sprint(writer, i), nil)
				}
				if writer == 0 {
					store.Close()
				}
			})
			spawn(&all, func() {
				for range 50 {
					stop, err := store.OnChange(func(event kv.Event) {
						if event.Key == "0 7" {
							store.Set(context.Background(), "g", "nested", nil)
						}
					})
					if err != nil {
						return
					}
					runtime.Gosched()
					stop()
				}
			})
		}
		all.Wait()
	})
}

// What a write costs without callbacks, with one, and with a watch.
func BenchmarkSetHeardOf(b *testing.B) {
	for _, name := range []string{"nobody", "callback", "watch"} {
		b.Run(name, func(b *testing.B) {
			store := openAt(b, "memory:")
			switch name {
			case "callback":
				onChange(b, store, func(kv.Event) {})
			case "watch":
				w := watch(b, store, kv.InGroup("g"))
				go func() {
					for range w.Events {
					}
				}()
			}
			value := make([]byte, 100)
			b.ReportAllocs()
			for b.Loop() {
				ok(b, store.Set(b.Context(), "g", "k", value))
			}
		})
	}
}
