package kv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kv.internal/kv"
)

func ExampleStore_Watch() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	watch, err := store.Watch(ctx, kv.InGroup("flags"))
	check(err)
	defer watch.Close()
	check(store.Set(ctx, "flags", "dark mode", []byte("on")))
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	check(store.Delete(ctx, "flags", "dark mode"))
	for event := range watch.Events {
		fmt.Println(event.Type, event.Key, string(event.Value))
		if event.Type == kv.EventDelete {
			break
		}
	}
	// Output:
	// set dark mode on
	// delete dark mode
}

func ExampleWatch() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)

	watch, err := store.Watch(ctx, kv.Everywhere())
	check(err)
	check(store.Close())
	for range watch.Events {
	}
	// The channel is closed, and the error says why.
	fmt.Println(errors.Is(watch.Err(), kv.ErrClosed))
	// Output: true
}

func ExampleWatchOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "flags", "dark mode", []byte("on")))
	// First the entries that are there, then the changes; room for 10,000 of them.
	watch, err := store.Watch(ctx, kv.InGroup("flags"), kv.Existing(), kv.Capacity(10_000))
	check(err)
	defer watch.Close()
	fmt.Println((<-watch.Events).Type, (<-watch.Events).Type)
	// Output: set synced
}

// A program that was stopped goes on with the changes since the last one that it has seen.
func ExampleSince() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "kv")
	check(err)
	defer os.RemoveAll(directory)
	store, err := kv.Open(ctx, "sqlite:"+filepath.Join(directory, "app.db")+"?changes=on")
	check(err)
	defer store.Close()

	seen, err := store.Put(ctx, "flags", "a", []byte("1"))
	check(err)
	check(store.Set(ctx, "flags", "b", []byte("2")))
	watch, err := store.Watch(ctx, kv.InGroup("flags"), kv.Since(seen))
	check(err)
	defer watch.Close()
	event := <-watch.Events
	fmt.Println(event.Type, event.Key)
	// Output: set b
}

func ExampleStore_Changes() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "kv")
	check(err)
	defer os.RemoveAll(directory)
	store, err := kv.Open(ctx, "sqlite:"+filepath.Join(directory, "app.db")+"?changes=on")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "flags", "a", []byte("1")))
	check(store.Delete(ctx, "flags", "a"))
	for event, err := range store.Changes(ctx, 0) {
		check(err)
		fmt.Println(event.Type, event.Key)
	}
	// Output:
	// set a
	// delete a
}

func ExampleSelection() {
	fmt.Println(kv.InGroup("flags"))
	fmt.Println(kv.InGroup("flags").Key("dark mode"))
	fmt.Println(kv.InGroups("tenant-a:").KeyPrefix("user:"))
	fmt.Println(kv.Everywhere())
	// Output:
	// InGroup("flags")
	// InGroup("flags").Key("dark mode")
	// InGroups("tenant-a:").KeyPrefix("user:")
	// Everywhere()
}

func ExampleEvent() {
	event := kv.Event{
		Type: kv.EventSet, Group: "flags", Key: "dark mode", Value: []byte("on"), Size: 2, Version: 7,
	}
	fmt.Println(event)
	// Output: set flags/"dark mode" = "on" (2 bytes), version 7
}

func ExampleEventType() {
	for _, event := range []kv.Event{{Type: kv.EventSet, Key: "a"}, {Type: kv.EventLagged, Lost: 12}} {
		switch event.Type {
		case kv.EventSet, kv.EventSetLarge:
			fmt.Println("written:", event.Key)
		case kv.EventDelete, kv.EventExpire:
			fmt.Println("gone:", event.Key)
		case kv.EventLagged:
			fmt.Println("read all again:", event.Lost, "changes are lost")
		}
	}
	// Output:
	// written: a
	// read all again: 12 changes are lost
}

func ExampleStore_OnChange() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	stop, err := store.OnChange(func(event kv.Event) {
		fmt.Println(event.Type, event.Group, event.Key)
	})
	check(err)
	// The function has run when the write returns.
	check(store.Set(ctx, "flags", "a", []byte("1")))
	stop()
	check(store.Set(ctx, "flags", "b", []byte("1")))
	// Output: set flags a
}
