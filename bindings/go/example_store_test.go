package kv_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kv.internal/kv"
)

// check ends the program with an error.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A store is opened once and used by all goroutines of the program.
func Example() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "kv")
	check(err)
	defer os.RemoveAll(directory)

	store, err := kv.Open(ctx, filepath.Join(directory, "app.db"))
	check(err)
	defer store.Close()

	check(store.Set(ctx, "config", "colour", []byte("blue")))
	colour, err := store.Get(ctx, "config", "colour")
	check(err)
	fmt.Printf("%s\n", colour)

	_, err = store.Get(ctx, "config", "size")
	fmt.Println(errors.Is(err, kv.ErrNotFound), err)
	// Output:
	// blue
	// true kv: get config/size: not found
}

// Any number of goroutines use a store at once.
func ExampleStore() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	var group sync.WaitGroup
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			_, err := store.Increment(ctx, "counters", "visits", 1, 0)
			check(err)
		}()
	}
	group.Wait()
	visits, err := store.Get(ctx, "counters", "visits")
	check(err)
	fmt.Printf("%s\n", visits)
	// Output: 10
}

func ExampleOpen() {
	ctx := context.Background()
	// A cache in memory: of 1,000 entries the least recently used ones go.
	cache, err := kv.Open(ctx, "memory:?max_entries=1000&evict=lru")
	check(err)
	defer cache.Close()
	fmt.Println(cache)

	// A file in a folder that is not there.
	_, err = kv.Open(ctx, "missing/folder/app.db")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// kv.Store(location=memory:)
	// true
}

func ExampleOpenConfig() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "kv")
	check(err)
	defer os.RemoveAll(directory)
	config := filepath.Join(directory, "services.yaml")
	check(os.WriteFile(config, []byte(`
services:
  sessions: {type: kvstore_memory, config: {max_entries: 1000}}
`), 0o600))

	sessions, err := kv.OpenConfig(ctx, config, "sessions")
	check(err)
	defer sessions.Close()
	fmt.Println(sessions)
	// Output: kv.Store(service=sessions)
}

func ExampleVersion() {
	fmt.Println(kv.Version() != "")
	// Output: true
}

func ExampleStore_Get() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	for _, key := range []string{"ada", "bob"} {
		value, err := store.Get(ctx, "users", key)
		switch {
		case errors.Is(err, kv.ErrNotFound):
			fmt.Println(key, "is not there")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("%s = %s\n", key, value)
		}
	}
	// Output:
	// ada = Ada
	// bob is not there
}

func ExampleStore_Set() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "config", "colour", []byte("blue")))
	check(store.Set(ctx, "config", "colour", []byte("red")))
	colour, err := store.Get(ctx, "config", "colour")
	check(err)
	fmt.Printf("%s\n", colour)
	// Output: red
}

func ExampleStore_SetTTL() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.SetTTL(ctx, "codes", "ada", []byte("4711"), 10*time.Minute))
	left, expires, err := store.TTL(ctx, "codes", "ada")
	check(err)
	fmt.Println(left.Round(time.Minute), expires)
	check(store.Persist(ctx, "codes", "ada"))
	_, expires, err = store.TTL(ctx, "codes", "ada")
	check(err)
	fmt.Println(expires)
	// Output:
	// 10m0s true
	// false
}

func ExampleStore_Put() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	version, err := store.Put(ctx, "users", "ada", []byte("Ada"), kv.IfAbsent())
	check(err)
	// Compare-and-set: the write takes place if the key is still at that version.
	_, err = store.Put(ctx, "users", "ada", []byte("Ada L."), kv.IfVersion(version))
	check(err)
	_, err = store.Put(ctx, "users", "ada", []byte("Ada B."), kv.IfVersion(version))
	fmt.Println(errors.Is(err, kv.ErrConflict))
	// Output: true
}

func ExampleStore_Take() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	// Of all callers, in all processes, one gets the code.
	check(store.SetTTL(ctx, "codes", "ada", []byte("4711"), time.Minute))
	code, err := store.Take(ctx, "codes", "ada")
	check(err)
	_, again := store.Take(ctx, "codes", "ada")
	fmt.Printf("%s, then %v\n", code, again)
	// Output: 4711, then kv: take codes/ada: not found
}

func ExampleStore_Increment() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	for range 3 {
		// The first one creates the counter, which ends a minute later.
		count, err := store.Increment(ctx, "requests", "203.0.113.7", 1, time.Minute)
		check(err)
		fmt.Println(count)
	}
	// Output:
	// 1
	// 2
	// 3
}

func ExampleStore_GetBatch() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.SetBatch(ctx, "users", map[string][]byte{"ada": []byte("Ada"), "bob": []byte("Bob")}))
	users, err := store.GetBatch(ctx, "users", []string{"ada", "bob", "eve"})
	check(err)
	fmt.Printf("%s\n", users)
	// Output: map[ada:Ada bob:Bob]
}

func ExampleStore_View() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "files", "poem", []byte("Roses are red")))
	// The bytes are the library's: nothing is copied.
	check(store.View(ctx, "files", "poem", func(entry kv.Entry) error {
		_, err := os.Stdout.Write(entry.Value)
		return err
	}))
	// Output: Roses are red
}

func ExampleStore_Render() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "page", "title", []byte("Hello")))
	html, err := store.Render(ctx, "page", `<h1>{{ title }}</h1>{{ note | default("no note") }}`)
	check(err)
	fmt.Println(html)
	// Output: <h1>Hello</h1>no note
}

func ExampleStore_SetJSON() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.SetJSON(ctx, "users", "ada", []byte(`{"name": "Ada", "tags": ["a", "b"]}`)))
	tag, err := store.GetJSON(ctx, "users", "ada", "/tags/1")
	check(err)
	fmt.Printf("%s\n", tag)
	// Output: "b"
}

func ExamplePutOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	until := time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, options := range [][]kv.PutOption{
		{kv.IfAbsent(), kv.ExpireAfter(time.Hour)},
		{kv.IfPresent(), kv.ExpireAt(until), kv.WithDurability(kv.DurabilityFull)},
		{kv.KeepExpiry()},
		{kv.IfVersion(0)},
	} {
		_, err := store.Put(ctx, "users", "ada", []byte("Ada"), options...)
		fmt.Println(options, err == nil)
	}
	entry, err := store.GetEntry(ctx, "users", "ada")
	check(err)
	fmt.Println(entry.ExpiresAt.Equal(until))
	// Output:
	// [IfAbsent() ExpireAfter(1h0m0s)] true
	// [IfPresent() ExpireAt(2999-01-01T00:00:00Z) WithDurability(full)] true
	// [KeepExpiry()] true
	// [IfVersion(0)] false
	// true
}

func ExampleDurability() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	// In a file this write would survive a loss of power when the call returns.
	_, err = store.Put(ctx, "orders", "1", []byte("paid"), kv.WithDurability(kv.DurabilityFull))
	fmt.Println(err)
	// Output: <nil>
}

func ExampleExpireFlags() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.SetTTL(ctx, "sessions", "s1", nil, time.Hour))
	// A session is made longer, and never shorter.
	fmt.Println(store.Expire(ctx, "sessions", "s1", 2*time.Hour, kv.ExpireGT))
	fmt.Println(store.Expire(ctx, "sessions", "s1", time.Minute, kv.ExpireGT))
	// Output:
	// <nil>
	// kv: expire sessions/s1: a condition does not hold
}

func ExampleEntry() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	entry, err := store.GetEntry(ctx, "users", "ada")
	check(err)
	fmt.Printf("%s/%s = %s, %d bytes\n", entry.Group, entry.Key, entry.Value, entry.Size)
	fmt.Println("expires:", !entry.ExpiresAt.IsZero())
	// Output:
	// users/ada = Ada, 3 bytes
	// expires: false
}

func ExampleEntryInfo() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "files", "big", make([]byte, 100_000)))
	info, err := store.Info(ctx, "files", "big")
	check(err)
	fmt.Println(info.Size)
	// Output: 100000
}

func ExampleError() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "counters", "visits", []byte("many")))
	_, err = store.Increment(ctx, "counters", "visits", 1, 0)
	fmt.Println(err)
	var failure *kv.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Op, failure.Group, failure.Key, failure.Status == kv.ErrNotInteger)
	}
	// Output:
	// kv: increment counters/visits: value "many" is not a 64-bit decimal integer
	// increment counters visits true
}

func ExampleStatus() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	check(store.Close())

	_, err = store.Get(ctx, "users", "ada")
	fmt.Println(err)
	fmt.Println(errors.Is(err, kv.ErrClosed), errors.Is(err, fs.ErrClosed), errors.Is(err, kv.ErrNotFound))
	// Output:
	// kv: get users/ada: the store is closed
	// true true false
}

// Entries, events, errors, stores and options are log values.
func ExampleError_LogValue() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	users, err := store.Quota(ctx, "users")
	check(err)
	_, err = store.Take(ctx, "users", "bob")
	logger.Info("open", "store", store)
	logger.Info("usage", "of", users.Limits)
	var failure *kv.Error
	if errors.As(err, &failure) {
		for _, attribute := range failure.LogValue().Group() {
			fmt.Println(attribute)
		}
	}
	// Output:
	// msg=open store.location=memory:
	// msg=usage of.max_keys=0 of.max_groups=0 of.max_bytes=0
	// message=kv: take users/bob: not found
	// op=take
	// group=users
	// key=bob
	// status=not found
}
