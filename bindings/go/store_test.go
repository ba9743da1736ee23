package kv_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/internal/capi"
)

func TestAFileKeepsItsEntriesAndIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := openAt(t, path)
	ok(t, store.Set(t.Context(), "g", "k", []byte("v")))
	ok(t, store.Close())
	equal(t, string(must(openAt(t, path).Get(t.Context(), "g", "k"))(t)), "v")
	equal(t, must(os.Stat(path))(t).Mode().Perm(), 0o600)
}

func TestTwoStoresOnAFileSeeEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	first, second := openAt(t, path), openAt(t, path)
	ok(t, first.Set(t.Context(), "g", "k", []byte("v")))
	ok(t, first.Close())
	equal(t, string(must(second.Get(t.Context(), "g", "k"))(t)), "v")
}

func TestTwoStoresOfOneNameInMemoryShareTheirEntries(t *testing.T) {
	name := "memory:go-" + fmt.Sprint(os.Getpid())
	first, second := openAt(t, name), openAt(t, name)
	other := openAt(t, name+".other")
	onSecond := must(second.Watch(t.Context(), kv.InGroup("g")))(t)
	ok(t, first.Set(t.Context(), "g", "k", []byte("v")))
	equal(t, string(must(second.Get(t.Context(), "g", "k"))(t)), "v")
	event, _ := within(t, onSecond.Events)
	equal(t, event.Key, "k")
	equal(t, must(other.CountAll(t.Context(), ""))(t), 0)
	equal(t, must(openAt(t, "memory:").CountAll(t.Context(), ""))(t), 0)

	ok(t, first.Close())
	equal(t, must(openAt(t, name).DeleteAll(t.Context(), ""))(t), 1)
	ok(t, second.Set(t.Context(), "g", "k", nil))
	_, err := kv.Open(t.Context(), name+"?max_entries=2")
	is(t, err, kv.ErrArgument)
	for _, wrong := range []string{"memory:a b", "memory:a/b", "memory:é", "memory:" + strings.Repeat("a", 256)} {
		_, err := kv.Open(t.Context(), wrong)
		is(t, err, kv.ErrArgument)
	}
}

func TestANamedStoreInMemoryEndsWithItsLastHandle(t *testing.T) {
	name := "memory:go-last-" + fmt.Sprint(os.Getpid())
	first, second := openAt(t, name), openAt(t, name)
	ok(t, first.Set(t.Context(), "g", "k", nil))
	ok(t, first.Close())
	ok(t, second.Close())
	equal(t, must(openAt(t, name).CountAll(t.Context(), ""))(t), 0)
}

func TestTheLibraryIsTheOneOfTheHeader(t *testing.T) {
	equal(t, kv.Version(), fmt.Sprintf("%d.%d.%d", capi.VersionMajor, capi.VersionMinor, capi.VersionPatch))
	equal(t, capi.LoadedVersionNumber(), capi.VersionNumber)
	equal(t, capi.LoadedABIVersion(), capi.ABIVersion)
}

// Of all goroutines each call works or returns that the store is closed, and none crashes.
func TestAStoreMayBeClosedWhileOthersUseIt(t *testing.T) {
	for range 20 {
		store := openFile(t)
		ok(t, store.Set(t.Context(), "g", "k", []byte("v")))
		var all sync.WaitGroup
		started := make(chan struct{}, 4)
		for i := range 4 {
			all.Add(1)
			go func() {
				defer all.Done()
				for n := 0; ; n++ {
					var err error
					switch i {
					case 0:
						_, err = store.Get(t.Context(), "g", "k")
					case 1:
						err = store.Set(t.Context(), "g", "k", []byte("v"))
					case 2:
						err = last(store.All(t.Context(), "g"))
					default:
						_, err = store.GetBatch(t.Context(), "g", []string{"k"})
					}
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
			}()
		}
		for range cap(started) {
			<-started
		}
		ok(t, store.Close())
		all.Wait()
	}
}

// A store that only a call still uses is not closed under it by the garbage collector.
func TestACollectionDuringACallClosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for range 200 {
		store, err := kv.Open(t.Context(), path)
		ok(t, err)
		// The last use of the store.
		ok(t, store.Set(t.Context(), "g", "k", make([]byte, 1000)))
	}
	close(stop)
	collector.Wait()
}

// The WAL shows whether the store is closed: SQLite removes it when the last user closes.
func TestAForgottenStoreIsClosedByTheCollector(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	func() {
		store, err := kv.Open(t.Context(), path)
		ok(t, err)
		ok(t, store.Set(t.Context(), "g", "k", nil))
		cursor, err := store.OpenCursor(t.Context(), "g")
		ok(t, err)
		_, err = cursor.Next(t.Context())
		ok(t, err)
		_, err = store.Snapshot(t.Context())
		ok(t, err)
		_, err = store.Lock(t.Context(), "job", time.Hour)
		ok(t, err)
	}()
	for begun := time.Now(); ; {
		runtime.GC()
		if _, err := os.Stat(path + "-wal"); errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatal("it stays open")
		}
	}
}

func TestManyGoroutinesCountWithoutLoss(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var all sync.WaitGroup
		for range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				for range 100 {
					if _, err := store.Increment(t.Context(), "g", "n", 1, 0); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		all.Wait()
		equal(t, string(must(store.Get(t.Context(), "g", "n"))(t)), "800")
	})
}

// A key in memory that also holds pointers goes to C as it is.
func TestAnArrayInAStructureWithPointersIsGiven(t *testing.T) {
	type record struct {
		next *record
		data [8]byte
	}
	engines(t, func(t *testing.T, store *kv.Store) {
		r := &record{next: new(record), data: [8]byte{'b', 'l', 'u', 'e'}}
		ok(t, store.Set(t.Context(), "g", "k", r.data[:4]))
		equal(t, must(store.GetInto(t.Context(), "g", "k", r.data[4:]))(t), 4)
		equal(t, string(r.data[:]), strings.Repeat("blue", 2))
	})
}

func TestALibraryOfAnotherInterfaceIsRefusedAndNamed(t *testing.T) {
	ok(t, kv.CompareInterface(capi.ABIVersion, "0.2.0"))
	err := kv.CompareInterface(capi.ABIVersion+1, "9.8.7")
	is(t, err, kv.ErrUnsupported)
	if !strings.Contains(err.Error(), "9.8.7") {
		t.Fatalf("got %v", err)
	}
}
