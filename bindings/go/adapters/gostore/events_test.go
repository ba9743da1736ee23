package gostore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kv.internal/kv/adapters/gostore"
)

// waiting takes what is in a channel now, without waiting for more.
func waiting(watcher *gostore.Watcher) string {
	var all []string
	for {
		select {
		case event, isOpen := <-watcher.Events:
			if !isOpen {
				return strings.Join(append(all, "closed"), ", ")
			}
			all = append(all, strings.TrimRight(fmt.Sprintf("%s %s/%s %s", event.Type, event.Group, event.Key, event.Value), " "))
		default:
			return strings.Join(all, ", ")
		}
	}
}

func TestEventsAreInTheChannelWhenTheWriteReturns(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watchers := map[string]*gostore.Watcher{}
		for _, place := range []string{"g/*", "g/k", "*/*", "*/k", "h/*"} {
			group, key, _ := strings.Cut(place, "/")
			watchers[place] = store.Watch(group, key)
		}
		twin := store.Watch("g", "k")
		begun := time.Now().Add(-time.Second)
		writes := []func() error{
			func() error { return store.Set("g", "k", "v") },
			func() error { return store.SetWithTTL("g", "l", "w", time.Hour) },
			func() error { return store.Delete("g", "k") },
			func() error { return store.Delete("g", "k") },
			func() error { return store.DeleteGroup("g") },
		}
		for i, want := range []map[string]string{
			{"g/*": "set g/k v", "g/k": "set g/k v", "*/*": "set g/k v", "*/k": "set g/k v"},
			{"g/*": "set g/l w", "*/*": "set g/l w"},
			{"g/*": "delete g/k", "g/k": "delete g/k", "*/*": "delete g/k", "*/k": "delete g/k"},
			{},
			{"g/*": "delete_group g/", "g/k": "delete_group g/", "*/*": "delete_group g/", "*/k": "delete_group g/"},
		} {
			if err := writes[i](); err != nil {
				t.Fatal(err)
			}
			for place, watcher := range watchers {
				if got := waiting(watcher); got != want[place] {
					t.Errorf("write %d, watcher of %s: %s, want %s", i, place, got, want[place])
				}
			}
		}
		event := <-twin.Events
		if event.Timestamp.Before(begun) || event.Timestamp.After(time.Now().Add(time.Second)) {
			t.Errorf("got %v", event)
		}
	})
}

func TestAStarInAGroupsNameIsNoEventTwice(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watcher := store.Watch("*", "*")
		set(t, store, "*", "*", "v")
		want[string](t, "set */* v")(waiting(watcher), nil)
	})
}

func TestAFullChannelDropsTheNewestAndBlocksNobody(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watcher := store.Watch("g", "*")
		for i := range 32 {
			set(t, store, "g", fmt.Sprint(i), "")
		}
		got := strings.Split(waiting(watcher), ", ")
		if len(got) != 16 || got[0] != "set g/0" || got[15] != "set g/15" {
			t.Errorf("got %v", got)
		}
		set(t, store, "g", "k", "v")
		want[string](t, "set g/k v")(waiting(watcher), nil)
	})
}

func TestUnwatchClosesTheChannelAndNilOrAgainIsNothing(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watcher, other := store.Watch("g", "*"), store.Watch("g", "*")
		store.Unwatch(nil)
		store.Unwatch(watcher)
		store.Unwatch(watcher)
		set(t, store, "g", "k", "v")
		want[string](t, "closed")(waiting(watcher), nil)
		want[string](t, "set g/k v")(waiting(other), nil)
	})
}

func TestOnChangeIsCalledAfterTheWatchersAndBeforeTheWriteReturns(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watcher := store.Watch("g", "*")
		var seen []string
		unregister := store.OnChange(func(event gostore.Event) { seen = append(seen, waiting(watcher)+"!") })
		store.OnChange(func(event gostore.Event) { seen = append(seen, event.Key) })
		store.OnChange(nil)()
		set(t, store, "g", "a", "v")
		unregister()
		unregister()
		set(t, store, "g", "b", "v")
		want[string](t, "set g/a v! a b")(strings.Join(seen, " "), nil)
	})
}

func TestACallbackMayWriteWatchAndRegister(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		var seen []string
		var unregister func()
		store.OnChange(func(event gostore.Event) {
			seen = append(seen, event.Key)
			if event.Key == "first" {
				store.Unwatch(store.Watch("g", "*"))
				unregister = store.OnChange(func(event gostore.Event) { seen = append(seen, "nested:"+event.Key) })
				set(t, store, "g", "second", "")
			} else if event.Key == "second" {
				unregister()
			}
		})
		set(t, store, "g", "first", "")
		set(t, store, "g", "third", "")
		want[string](t, "first second nested:second third")(strings.Join(seen, " "), nil)
	})
}

func TestACallbackMayNarrowTheStoreAndNotCloseIt(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		isCalled, closed := make(chan struct{}), make(chan error)
		store.OnChange(func(event gostore.Event) {
			if err := store.Close(); err == nil || !strings.Contains(err.Error(), "store.Close") {
				t.Errorf("got %v", err)
			}
			close(isCalled)
			if _, err := gostore.NewScoped(store, "tenant"); err != nil && !strings.Contains(err.Error(), "closed") {
				t.Error(err)
			}
		})
		go func() { <-isCalled; closed <- store.Close() }()
		set(t, store, "g", "k", "v")
		want[bool](t, "true")(true, <-closed)
	})
}

func TestAPurgedEntryIsADelete(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		watcher := store.Watch("g", "*")
		if err := store.SetWithTTL("g", "k", "v", time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); ; {
			if count, err := store.Count("g"); err != nil || time.Since(begun) > time.Minute {
				t.Fatal(count, err)
			} else if count == 0 {
				break
			}
		}
		if _, err := store.PurgeExpired(); err != nil {
			t.Fatal(err)
		}
		want[string](t, "set g/k v, delete g/k")(waiting(watcher), nil)
	})
}

func TestCloseClosesTheChannelsAlsoThoseToCome(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		scoped, err := gostore.NewScoped(store, "tenant")
		if err != nil {
			t.Fatal(err)
		}
		watchers := []*gostore.Watcher{store.Watch("g", "*"), scoped.Watch("g", "*")}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		for _, watcher := range append(watchers, store.Watch("g", "*"), scoped.Watch("*", "*")) {
			want[string](t, "closed")(waiting(watcher), nil)
			store.Unwatch(watcher)
		}
		store.OnChange(func(gostore.Event) {})()
		if err := scoped.Set("g", "k", "v"); err == nil {
			t.Error("a scope outlives its store")
		}
	})
}

func TestEventTypesHaveNames(t *testing.T) {
	for eventType, name := range map[gostore.EventType]string{
		gostore.EventSet: "set", gostore.EventDelete: "delete", gostore.EventDeleteGroup: "delete_group", 7: "unknown",
	} {
		if eventType.String() != name {
			t.Errorf("%d is %s", eventType, eventType)
		}
	}
}
