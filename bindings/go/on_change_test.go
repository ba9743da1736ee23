package kv_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
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

// Not guarded by anything: with -race, a callback in another goroutine than the writer's fails.
func TestEveryWritingOperationTellsBeforeItReturns(t *testing.T) {
	none := map[string]string{
		"DeleteVersion": "its version is another", "PurgeExpired": "nothing has expired", "IdempotencyGet": "it reads",
		"IdempotencyComplete": "there is no record", "IdempotencyForget": "there is no record", "SetQuota": "it writes no entry",
		"Expire": "value and version stay", "Persist": "value and version stay",
	}
	seen := map[string]int{}
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
		seen[name] = count
		if wrote := must(store.Stats(t.Context()))(t).Commits > before; wrote != (count > 0) {
			t.Errorf("%s: wrote %v, and %d events", name, wrote, count)
		}
		ok(t, store.Close())
	}
	for _, name := range []string{"Set", "SetTTL", "Put", "Delete", "Deleted", "Take", "Increment", "Append", "Commit", "SetBatch",
		"DeleteKeys", "DeleteGroup", "DeletePrefix", "DeleteAll", "Update", "IdempotencyBegin", "SetJSON", "Lock", "TryLock"} {
		if seen[name] == 0 {
			t.Errorf("%s tells nothing", name)
		}
	}
}

func TestCallbacksRunInOrderOverAListThatIsFixed(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var seen []string
		note := func(name string) func(kv.Event) {
			return func(event kv.Event) { seen = append(seen, name+":"+event.Key) }
		}
		var stopSecond, stopNested func()
		onChange(t, store, func(event kv.Event) {
			note("first")(event)
			switch event.Key {
			case "a":
				stopNested = onChange(t, store, note("nested"))
				stopSecond()
				ok(t, store.Set(t.Context(), "g", "b", nil))
				seen = append(seen, "written")
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
		equal(t, strings.Join(seen, " "), want)
	})
}

func TestAStoreAndItsScopesHearOfEachOther(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		scoped := must(store.Scope("tenant"))(t)
		other := must(store.Scope("other"))(t)
		var all, own []string
		onChange(t, store, func(event kv.Event) { all = append(all, nameOf(event)) })
		stop := onChange(t, scoped, func(event kv.Event) { own = append(own, nameOf(event)) })
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

func TestEachOfManyWritersHasItsCallbackBeforeItsWriteReturns(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		called := map[string]uint64{}
		var mutex sync.Mutex
		onChange(t, store, func(event kv.Event) {
			mutex.Lock()
			defer mutex.Unlock()
			if called[event.Key] != 0 || event.Type != kv.EventSet {
				t.Errorf("%s of %s", event.Type, event.Key)
			}
			called[event.Key] = event.Version
		})
		var writers sync.WaitGroup
		for writer := range 8 {
			spawn(&writers, func() {
				for i := range 100 {
					key := fmt.Sprint(writer, "-", i)
					version, err := store.Put(context.Background(), "g", key, nil)
					if err != nil {
						t.Error(err)
					}
					mutex.Lock()
					if called[key] != version {
						t.Errorf("%s was written at %d and called back with %d", key, version, called[key])
					}
					mutex.Unlock()
				}
			})
		}
		writers.Wait()
		equal(t, len(called), 800)
	})
}

// The writing goroutine holds nothing while its callback runs.
func TestACallbackMayWaitForTheWriteOfAnotherGoroutine(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var calls atomic.Int32
		onChange(t, store, func(event kv.Event) {
			calls.Add(1)
			if event.Key != "first" {
				return
			}
			written := make(chan error)
			go func() { written <- store.Set(context.Background(), "g", "second", nil) }()
			if err, _ := within(t, written); err != nil {
				t.Error(err)
			}
			equal(t, calls.Load(), 2)
		})
		ok(t, store.Set(t.Context(), "g", "first", nil))
		equal(t, calls.Load(), 2)
	})
}

// A callback that is registered while another runs has the changes that the writing goroutine
// commits from then on, in the same write.
func TestACallbackThatIsRegisteredDuringAWriteHasItsNextCommit(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		isWriting, isRegistered := make(chan struct{}), make(chan struct{})
		onChange(t, store, func(event kv.Event) {
			if event.Key != "first" {
				return
			}
			close(isWriting)
			within(t, isRegistered)
			ok(t, store.Set(context.Background(), "g", "nested", nil))
		})
		var late atomic.Value
		go func() {
			defer close(isRegistered)
			<-isWriting
			if _, err := store.OnChange(func(event kv.Event) { late.Store(event.Key) }); err != nil {
				t.Error(err)
			}
		}()
		ok(t, store.Set(t.Context(), "g", "first", nil))
		equal(t, late.Load(), any("nested"))
	})
}

// The first callback of a process may be registered while writes are under way in the library,
// which then run it: writes that are marked as not calling back would end the program. The test
// goes on until that has happened often.
func TestTheFirstCallbackMayComeWhileAWriteIsUnderWay(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var isDone atomic.Bool
		var begun [4]atomic.Int64
		var writers sync.WaitGroup
		for writer := range begun {
			spawn(&writers, func() {
				for i := int64(1); !isDone.Load(); i++ {
					begun[writer].Store(i)
					value := strconv.AppendInt(nil, i, 10)
					if err := store.Set(context.Background(), "g", strconv.Itoa(writer), value); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wereUnderWay := 0
		for started := time.Now(); wereUnderWay < 50; {
			var before [len(begun)]int64
			for writer := range begun {
				before[writer] = begun[writer].Load()
			}
			events := make(chan kv.Event, 1)
			stop := onChange(t, store, func(event kv.Event) {
				select {
				case events <- event:
				default:
				}
			})
			event, _ := within(t, events)
			stop()
			writer := must(strconv.Atoi(event.Key))(t)
			if must(strconv.ParseInt(string(event.Value), 10, 64))(t) <= before[writer] {
				wereUnderWay++
			}
			if time.Since(started) > time.Minute {
				t.Fatalf("only %d writes were under way", wereUnderWay)
			}
		}
		isDone.Store(true)
		writers.Wait()
	})
}

func TestAPanicIsLoggedAndGoesNoFurther(t *testing.T) {
	var logged strings.Builder
	defer log.SetOutput(log.Writer())
	log.SetOutput(&logged)
	store := openAt(t, "memory:")
	seen := 0
	onChange(t, store, func(kv.Event) { panic("planted") })
	onChange(t, store, func(kv.Event) { seen++ })
	ok(t, store.Set(t.Context(), "g", "k", nil))
	ok(t, store.Set(t.Context(), "g", "k", nil))
	equal(t, seen, 2)
	if !strings.Contains(logged.String(), "planted") || !strings.Contains(logged.String(), `"k"`) {
		t.Fatalf("logged: %s", logged.String())
	}
}

func TestACallbackThatEndsItsGoroutineEndsTheProgramAndSaysWhy(t *testing.T) {
	output, err := part(t, "goexit").CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !strings.Contains(string(output), "a callback has ended its goroutine") {
		t.Fatalf("%v: %s", err, output)
	}
}

func TestACallbackCannotCloseTheStore(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		calls := 0
		onChange(t, store, func(event kv.Event) {
			calls++
			is(t, store.Close(), kv.ErrBusy)
		})
		ok(t, store.Set(t.Context(), "g", "k", nil))
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, calls, 2)
		ok(t, store.Close())
		_, err := store.OnChange(func(kv.Event) {})
		is(t, err, kv.ErrClosed)
	})
}

// Changes that no goroutine makes come from a thread of the library; those of another Open of the
// file from the goroutine that writes there.
func TestChangesOfOthersInTheProcessAreSeenToo(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "store.db") + "?purge_interval=50ms"
	store, other := openAt(t, path), openAt(t, path)
	seen := make(chan string, 10)
	onChange(t, store, func(event kv.Event) { seen <- nameOf(event) })
	ok(t, other.SetTTL(t.Context(), "g", "k", []byte("v"), time.Millisecond))
	for _, want := range []string{"set g/k v", "expire g/k"} {
		got, _ := within(t, seen)
		equal(t, got, want)
	}
}

func TestABatchOfAnySizeIsDeliveredWhole(t *testing.T) {
	store := openAt(t, "memory:")
	var seen int
	onChange(t, store, func(event kv.Event) {
		if event.Type != kv.EventSet || event.Key != fmt.Sprint(seen) {
			t.Errorf("%s %s as number %d", event.Type, event.Key, seen)
		}
		seen++
	})
	var batch kv.Batch
	for i := range 20_000 {
		batch.Set("g", fmt.Sprint(i), nil)
	}
	must(store.Commit(t.Context(), &batch))(t)
	equal(t, seen, 20_000)
}

func TestStopEndsACallbackOnce(t *testing.T) {
	store := openAt(t, "memory:")
	for range 100 {
		seen := 0
		stops := []func(){onChange(t, store, func(kv.Event) { seen++ }), onChange(t, store, func(kv.Event) { seen++ })}
		ok(t, store.Set(t.Context(), "g", "k", nil))
		for _, stop := range slices.Concat(stops, stops) {
			stop()
		}
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, seen, 2)
	}
	_, err := store.OnChange(nil)
	is(t, err, kv.ErrArgument)
	_, err = new(kv.Store).OnChange(func(kv.Event) {})
	is(t, err, kv.ErrClosed)
}

// More than may be registered at once, ended by their stores alone, and by nothing but them.
func TestTheEndOfAStoreEndsItsCallbacksAndReleasesThem(t *testing.T) {
	released := make(chan struct{}, 1)
	for range 50 {
		store, err := kv.Open(t.Context(), "memory:")
		ok(t, err)
		for range 100 {
			onChange(t, store, func(kv.Event) {})
		}
		ok(t, store.Close())
	}
	store := openAt(t, "memory:")
	func() {
		payload := new([1 << 16]byte)
		runtime.AddCleanup(payload, func(int) { released <- struct{}{} }, 0)
		stop := onChange(t, store, func(kv.Event) { payload[0]++ })
		ok(t, store.Set(t.Context(), "g", "k", nil))
		stop()
	}()
	for begun := time.Now(); ; runtime.GC() {
		select {
		case <-released:
			return
		default:
			if time.Since(begun) > time.Minute {
				t.Fatal("the callback is not released")
			}
		}
	}
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

// The cost of a write without callbacks, with one, and with a watch.
func BenchmarkSetObserved(b *testing.B) {
	for _, engine := range []string{"memory", "file"} {
		for _, observer := range []string{"none", "callback", "watch"} {
			b.Run(engine+"/"+observer, func(b *testing.B) {
				location := "memory:"
				if engine == "file" {
					location = filepath.Join(b.TempDir(), "store.db")
				}
				store := openAt(b, location)
				switch observer {
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
}
