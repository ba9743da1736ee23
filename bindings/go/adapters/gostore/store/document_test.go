package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kv.internal/kv/adapters/gostore/store"
)

// The program of the document.
func Example() {
	storeInstance, err := store.New(":memory:")
	if err != nil {
		return
	}
	defer storeInstance.Close()

	if err := storeInstance.Set("config", "colour", "blue"); err != nil {
		return
	}
	if err := storeInstance.SetWithTTL("session", "token", "abc123", 5*time.Minute); err != nil {
		return
	}

	colourValue, err := storeInstance.Get("config", "colour")
	if err != nil {
		return
	}
	fmt.Println(colourValue)

	for entry, err := range storeInstance.All("config") {
		if err != nil {
			return
		}
		fmt.Println(entry.Key, entry.Value)
	}

	for groupName, err := range storeInstance.GroupsSeq("tenant-a:") {
		if err != nil {
			return
		}
		fmt.Println(groupName)
	}

	watcher := storeInstance.Watch("config", "*")
	defer storeInstance.Unwatch(watcher)
	go func() {
		for event := range watcher.Events {
			fmt.Println(event.Type, event.Group, event.Key, event.Value)
		}
	}()

	unregister := storeInstance.OnChange(func(event store.Event) {
		fmt.Println("changed", event.Group, event.Key, event.Value)
	})
	defer unregister()

	scopedStore, err := store.NewScopedWithQuota(
		storeInstance,
		"tenant-a",
		store.QuotaConfig{MaxKeys: 100, MaxGroups: 10},
	)
	if err != nil {
		return
	}
	if err := scopedStore.Set("prefs", "locale", "en-GB"); err != nil {
		return
	}
	// Output:
	// blue
	// colour blue
	// changed tenant-a:prefs locale en-GB
}

func TestEveryNameOfTheDocumentIsThere(t *testing.T) {
	storeInstance, err := store.New(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer storeInstance.Close()
	var scopedStore *store.ScopedStore
	if scopedStore, err = store.NewScoped(storeInstance, "tenant-b"); err != nil || scopedStore.Namespace() != "tenant-b" {
		t.Fatal(scopedStore, err)
	}
	var watcher *store.Watcher = scopedStore.Watch("prefs", "locale")
	limited, err := store.NewScopedWithQuota(storeInstance, "tenant-b", store.QuotaConfig{MaxKeys: 1})
	if err != nil || limited.Set("prefs", "locale", "de") != nil {
		t.Fatal(err)
	}
	if err := scopedStore.Set("prefs", "theme", "dark"); !errors.Is(err, store.QuotaExceededError) {
		t.Error(err)
	}
	if _, err := storeInstance.Get("prefs", "locale"); !errors.Is(err, store.NotFoundError) {
		t.Error(err)
	}
	for entry, err := range scopedStore.All("prefs") {
		if err != nil || entry != (store.KeyValue{Key: "locale", Value: "de"}) {
			t.Error(entry, err)
		}
	}
	if err := errors.Join(scopedStore.Delete("prefs", "locale"), limited.Set("prefs", "locale", "fr"), limited.DeleteGroup("prefs")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []store.EventType{store.EventSet, store.EventDelete, store.EventSet, store.EventDeleteGroup} {
		if event := <-watcher.Events; event.Type != want || event.Group != "prefs" {
			t.Errorf("%v, want %v", event, want)
		}
	}
}
