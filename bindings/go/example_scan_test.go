package kv_test

import (
	"context"
	"fmt"
	"io"

	"kv.internal/kv"
)

func ExampleStore_Scan() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	for _, key := range []string{"user:1", "user:2", "user:3", "zone:1"} {
		check(store.Set(ctx, "app", key, []byte("of "+key)))
	}
	// Keys in order, from one snapshot; writes in the loop are allowed.
	for entry, err := range store.Scan(ctx, "app", kv.Prefix("user:"), kv.Limit(2)) {
		check(err)
		fmt.Printf("%s = %s\n", entry.Key, entry.Value)
	}
	// Output:
	// user:1 = of user:1
	// user:2 = of user:2
}

func ExampleStore_Groups() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "config", "colour", []byte("blue")))
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	for group, err := range store.Groups(ctx, "") {
		check(err)
		fmt.Println(group)
	}
	// Output:
	// config
	// users
}

func ExampleScanOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	for _, key := range []string{"a", "b", "c", "d", "e"} {
		check(store.Set(ctx, "g", key, []byte("value of "+key)))
	}
	for _, options := range [][]kv.ScanOption{
		{kv.From("b"), kv.To("d")},
		{kv.Above("b"), kv.Below("d")},
		{kv.After("b"), kv.Limit(2)},
		{kv.After("d"), kv.Reverse(), kv.Limit(2)},
		{kv.Offset(3)},
		{kv.Prefix("c"), kv.Snapshot()},
		{kv.Glob("[ae]")},
		{kv.RedisGlob("[^a-d]"), kv.KeysOnly()},
	} {
		keys, err := store.Keys(ctx, "g", options...)
		check(err)
		fmt.Println(options, keys)
	}
	for entry, err := range store.Scan(ctx, "g", kv.Sizes(), kv.Limit(1)) {
		check(err)
		fmt.Println(entry.Key, entry.Size, entry.Value == nil)
	}
	// Output:
	// [From("b") To("d")] [b c d]
	// [Above("b") Below("d")] [c]
	// [After("b") Limit(2)] [c d]
	// [After("d") Reverse() Limit(2)] [c b]
	// [Offset(3)] [d e]
	// [Prefix("c") Snapshot()] [c]
	// [Glob("[ae]")] [a e]
	// [RedisGlob("[^a-d]") KeysOnly()] [e]
	// a 10 true
}

// A page of a list ends with a key, after which the next page begins.
func ExampleAfter() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	for _, key := range []string{"a", "b", "c"} {
		check(store.Set(ctx, "g", key, nil))
	}
	page, err := store.Keys(ctx, "g", kv.Limit(2))
	check(err)
	next, err := store.Keys(ctx, "g", kv.Limit(2), kv.After(page[len(page)-1]))
	check(err)
	fmt.Println(page, next)
	// Output: [a b] [c]
}

func ExampleCursor() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	cursor, err := store.OpenCursor(ctx, "users")
	check(err)
	defer cursor.Close()
	for {
		entry, err := cursor.Next(ctx)
		if err == io.EOF {
			break
		}
		check(err)
		fmt.Printf("%s = %s\n", entry.Key, entry.Value)
	}
	// Output: ada = Ada
}
