package kv_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

func watch(t testing.TB, store *kv.Store, selection kv.Selection, options ...kv.WatchOption) *kv.Watch {
	t.Helper()
	w := must(store.Watch(t.Context(), selection, options...))(t)
	t.Cleanup(func() { w.Close() })
	return w
}

// nameOf describes an event for a comparison.
func nameOf(event kv.Event) string {
	return strings.TrimRight(fmt.Sprintf("%s %s/%s %s", event.Type, event.Group, event.Key, event.Value), " ")
}

// receives takes events off a channel and compares them.
func receives(t testing.TB, w *kv.Watch, want ...string) {
	t.Helper()
	for _, want := range want {
		event, isOpen := within(t, w.Events)
		if !isOpen {
			t.Fatalf("the channel is closed, %v; wanted %s", w.Err(), want)
		}
		equal(t, nameOf(event), want)
	}
}

// ends takes what is left and waits for the end of the channel.
func ends(t testing.TB, w *kv.Watch) {
	t.Helper()
	for isOpen := true; isOpen; {
		_, isOpen = within(t, w.Events)
	}
}

func TestAWatchHearsOfEachKindOfChangeInOrder(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"))
		begun := time.Now().Add(-time.Second)
		version := must(store.Put(t.Context(), "g", "k", []byte("1")))(t)
		ok(t, store.Delete(t.Context(), "g", "missing"))
		ok(t, store.Set(t.Context(), "other", "k", nil))
		_, err := store.Increment(t.Context(), "g", "k", 1, 0)
		ok(t, err)
		ok(t, store.Delete(t.Context(), "g", "k"))
		ok(t, store.Set(t.Context(), "g", "", []byte("\x00")))
		_, err = store.DeleteGroup(t.Context(), "g")
		ok(t, err)
		first, _ := within(t, w.Events)
		equal(t, nameOf(first), "set g/k 1")
		equal(t, first.Version, version)
		if first.Time.Before(begun) || first.Time.After(time.Now().Add(time.Second)) || first.Lost != 0 {
			t.Fatalf("got %+v", first)
		}
		receives(t, w, "set g/k 2", "delete g/k", "set g/ \x00", "delete_group g/")
		equal(t, len(w.Events), 0)
	})
}

func TestASelectionIsExactOrAPrefixOrAll(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		selections := []kv.Selection{
			kv.InGroup("a*"), kv.InGroup("a").Key("k"), kv.InGroup("a").KeyPrefix("k"),
			kv.InGroups("a"), kv.InGroups("a").Key("k"), kv.InGroups("a").KeyPrefix("l"),
			kv.Everywhere(), kv.Everywhere().Key("k"), kv.Everywhere().KeyPrefix("l"), {}, kv.InGroup("b").Key(""),
		}
		var watches []*kv.Watch
		for _, selection := range selections {
			watches = append(watches, watch(t, store, selection))
		}
		for _, place := range []string{"a/k", "a/l", "a/kk", "a*/k", "aa/k", "b/l", "/x", "b/", "b/k"} {
			group, key, _ := strings.Cut(place, "/")
			ok(t, store.Set(t.Context(), group, key, nil))
		}
		_, err := store.DeleteGroup(t.Context(), "a")
		ok(t, err)
		ok(t, store.Set(t.Context(), "a", "end", nil))
		for i, want := range []string{
			"a*/k", "a/k x", "a/k a/kk x", "a/k a/l a/kk a*/k aa/k x a/end", "a/k a*/k aa/k x", "a/l x",
			"a/k a/l a/kk a*/k aa/k b/l /x b/ b/k x a/end", "a/k a*/k aa/k b/k x", "a/l b/l x", "/x", "b/",
		} {
			for _, place := range strings.Fields(want) {
				event, _ := within(t, watches[i].Events)
				got := event.Group + "/" + event.Key
				if event.Type == kv.EventDeleteGroup {
					got = "x"
				}
				if got != place {
					t.Fatalf("selection %d: got %s, want %s", i, got, place)
				}
			}
			equal(t, len(watches[i].Events), 0)
		}
	})
}

func TestExistingEntriesComeFirstThenSynced(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "a", []byte("1")))
		ok(t, store.Set(t.Context(), "g", "b", []byte("2")))
		w := watch(t, store, kv.InGroup("g"), kv.Existing())
		ok(t, store.Set(t.Context(), "g", "a", []byte("3")))
		receives(t, w, "set g/a 1", "set g/b 2", "synced /", "set g/a 3")
		receives(t, watch(t, store, kv.InGroup("empty"), kv.Existing()), "synced /")
	})
}

func TestAWatchSinceAVersionHearsWhatItMissed(t *testing.T) {
	store := openLog(t)
	first := must(store.Put(t.Context(), "g", "a", []byte("1")))(t)
	ok(t, store.Set(t.Context(), "g", "b", []byte("2")))
	w := watch(t, store, kv.InGroup("g"), kv.Since(first))
	ok(t, store.Delete(t.Context(), "g", "a"))
	receives(t, w, "set g/b 2", "delete g/a")
	_, err := openFile(t).Watch(t.Context(), kv.InGroup("g"), kv.Since(first))
	is(t, err, kv.ErrUnsupported)
}

func TestOptionsThatCannotBeAreErrArgument(t *testing.T) {
	store := openLog(t)
	for _, options := range [][]kv.WatchOption{
		{kv.Capacity(15)}, {kv.Capacity(0)}, {kv.Capacity(-1)}, {kv.Capacity(1<<24 + 1)}, {kv.Capacity(1 << 40)},
		{kv.Existing(), kv.Since(1)},
	} {
		_, err := store.Watch(t.Context(), kv.Everywhere(), options...)
		is(t, err, kv.ErrArgument)
	}
	for _, capacity := range []int{16, 1 << 24} {
		ok(t, watch(t, store, kv.Everywhere(), kv.Capacity(capacity)).Close())
	}
}

// Each change comes, or is counted as lost where it is missing.
func TestWhatTheQueueHasNoRoomForIsCounted(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"), kv.Capacity(16))
		const changes = 1000
		var last uint64
		for i := range changes {
			last = must(store.Put(t.Context(), "g", fmt.Sprint(i), nil))(t)
		}
		seen, lost := 0, 0
		for previous := uint64(0); seen+lost < changes; {
			event, _ := within(t, w.Events)
			if event.Type == kv.EventLagged {
				lost += int(event.Lost)
				equal(t, event.Version, previous)
				continue
			}
			if seen++; event.Version <= previous || event.Version > last {
				t.Fatalf("%d after %d", event.Version, previous)
			}
			previous = event.Version
		}
		if lost == 0 || seen < 16 {
			t.Fatalf("%d seen, %d lost", seen, lost)
		}
	})
}

func TestAnEventLongerThanABufferComes(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"))
		long := strings.Repeat("x", 200_000)
		ok(t, store.Set(t.Context(), "g", "small", nil))
		ok(t, store.Set(t.Context(), "g", "long", []byte(long)))
		receives(t, w, "set g/small", "set g/long "+long)
	})
}

func TestEventsOfABatchComeTogetherAndInOrder(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"))
		var batch kv.Batch
		var want []string
		for i := range 300 {
			batch.Set("g", fmt.Sprint(i), []byte("v"))
			want = append(want, fmt.Sprintf("set g/%d v", i))
		}
		must(store.Commit(t.Context(), &batch))(t)
		receives(t, w, want...)
	})
}

func TestAnExpiredEntryIsHeardOfWhenItIsPurged(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		w := watch(t, store, kv.InGroup("g"))
		ok(t, store.SetTTL(t.Context(), "g", "k", []byte("v"), time.Millisecond))
		for must(store.Exists(t.Context(), "g", "k"))(t) {
			runtime.Gosched()
		}
		must(store.PurgeExpired(t.Context()))(t)
		receives(t, w, "set g/k v", "expire g/k")
	})
}

func TestAWatchEndsWithItsContextItsStoreOrItsClose(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		byContext := must(store.Watch(ctx, kv.Everywhere()))(t)
		byClose := must(store.Watch(t.Context(), kv.Everywhere()))(t)
		byStore := must(store.Watch(t.Context(), kv.Everywhere()))(t)
		equal(t, byContext.Err(), nil)
		cancel()
		ends(t, byContext)
		is(t, byContext.Err(), context.Canceled)
		ok(t, byClose.Close())
		ends(t, byClose)
		ok(t, byClose.Err())
		ok(t, store.Close())
		ends(t, byStore)
		is(t, byStore.Err(), kv.ErrClosed)
		for _, w := range []*kv.Watch{byContext, byClose, byStore} {
			ok(t, w.Close())
		}
		is(t, byStore.Err(), kv.ErrClosed)
	})
}

// A watch without a receiver holds up neither a writer nor its own end.
func TestAFullChannelHoldsNobodyUp(t *testing.T) {
	store := openAt(t, "memory:")
	w := watch(t, store, kv.Everywhere())
	for i := range 5000 {
		ok(t, store.Set(t.Context(), "g", fmt.Sprint(i), nil))
	}
	ok(t, w.Close())
}

// With -race: writers, readers, and ends at any moment.
func TestEndsRaceWithDelivery(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var writers, watchers sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			spawn(&writers, func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						store.Set(context.Background(), "g", fmt.Sprint(i%10), []byte("value"))
					}
				}
			})
		}
		for i := range 60 {
			spawn(&watchers, func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				w, err := store.Watch(ctx, kv.InGroup("g"))
				if err != nil {
					t.Error(err)
					return
				}
				previous := uint64(0)
				for event := range w.Events {
					if event.Type == kv.EventSet && event.Version <= previous {
						t.Errorf("%d after %d", event.Version, previous)
					}
					if previous == 0 {
						if i%2 == 0 {
							cancel()
						} else {
							go w.Close()
						}
					}
					previous = event.Version
				}
				w.Close()
			})
		}
		watchers.Wait()
		last := must(store.Watch(t.Context(), kv.InGroup("g")))(t)
		within(t, last.Events)
		ok(t, store.Close())
		close(stop)
		writers.Wait()
		ends(t, last)
	})
}

func threads(t testing.TB) int {
	return len(must(os.ReadDir("/proc/self/task"))(t))
}

func TestAThousandWatchesCostNoThreadsAndNoTimeWhileNothingHappens(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		must(store.Watch(t.Context(), kv.Everywhere()))(t)
		before := threads(t)
		var watches []*kv.Watch
		for i := range 1000 {
			watches = append(watches, watch(t, store, kv.InGroup(fmt.Sprint(i))))
		}
		for i, w := range watches {
			ok(t, store.Set(t.Context(), fmt.Sprint(i), "k", nil))
			receives(t, w, fmt.Sprintf("set %d/k", i))
		}
		// The scheduler has some of its own in reserve.
		if more := threads(t) - before; more > 20 {
			t.Fatalf("%d threads for 1000 watches", more)
		}
		for _, w := range watches {
			ok(t, w.Close())
		}
	})
}

func TestNoWatchIsLeftBehind(t *testing.T) {
	store := openAt(t, "memory:")
	before := runtime.NumGoroutine()
	descriptors := len(must(os.ReadDir("/proc/self/fd"))(t))
	for i := range 500 {
		w := must(store.Watch(t.Context(), kv.Everywhere()))(t)
		if i%2 == 0 {
			ok(t, store.Set(t.Context(), "g", "k", nil))
		}
		ok(t, w.Close())
	}
	for begun := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Since(begun) > time.Minute {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	if left := len(must(os.ReadDir("/proc/self/fd"))(t)); left > descriptors {
		t.Fatalf("%d descriptors, %d before", left, descriptors)
	}
}

func TestChangesAreReadFromTheLogSinceAVersion(t *testing.T) {
	store := openLog(t)
	long := strings.Repeat("x", 200_000)
	first := must(store.Put(t.Context(), "g", "a", []byte("1")))(t)
	ok(t, store.Set(t.Context(), "g", "b", []byte(long)))
	ok(t, store.Delete(t.Context(), "g", "a"))
	changes := func(since uint64) (seen []string) {
		for event, err := range store.Changes(t.Context(), since) {
			ok(t, err)
			seen = append(seen, nameOf(event))
		}
		return seen
	}
	all := []string{"set g/a 1", "set g/b " + long, "delete g/a"}
	equal(t, slices.Equal(changes(0), all), true)
	equal(t, slices.Equal(changes(first), all[1:]), true)
	equal(t, len(changes(1<<62)), 0)
	equal(t, must(store.ChangesOldest(t.Context()))(t) <= first, true)
	for event, err := range store.Changes(t.Context(), 0) {
		ok(t, err)
		equal(t, nameOf(event), all[0])
		break
	}
	cancelled, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range store.Changes(cancelled, 0) {
		if seen++; seen > 1 {
			is(t, err, context.Canceled)
		}
		cancel()
	}
	equal(t, seen, 2)
}

func TestWithoutALogThereAreNoChangesToRead(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		is(t, last(store.Changes(t.Context(), 0)), kv.ErrUnsupported)
		_, err := store.ChangesOldest(t.Context())
		is(t, err, kv.ErrUnsupported)
	})
}

func TestWhatTheLogHasLetGoIsErrCompacted(t *testing.T) {
	path := "sqlite:" + t.TempDir() + "/store.db?changes=on&changes_keep=10"
	store := openAt(t, path)
	first := must(store.Put(t.Context(), "g", "k", nil))(t)
	for begun := time.Now(); must(store.ChangesOldest(t.Context()))(t) <= first; {
		for range 100 {
			ok(t, store.Set(t.Context(), "g", "k", nil))
		}
		if time.Since(begun) > time.Minute {
			t.Fatal("the log is never trimmed")
		}
	}
	is(t, last(store.Changes(t.Context(), first)), kv.ErrCompacted)
	_, err := store.Watch(t.Context(), kv.InGroup("g"), kv.Since(first))
	is(t, err, kv.ErrCompacted)
}

func TestTypesHaveNames(t *testing.T) {
	equal(t, kv.EventDeleteGroup.String(), "delete_group")
	equal(t, kv.EventType(99).String(), "EventType(99)")
	equal(t, kv.IdempotencyInProgress.String(), "in progress")
	equal(t, kv.IdempotencyState(0).String(), "IdempotencyState(0)")
}
