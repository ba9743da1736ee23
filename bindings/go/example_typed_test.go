package kv_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"kv.internal/kv"
)

func ExampleNewTyped() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	type Session struct {
		User string
		Hits int
	}
	sessions := kv.NewTyped[Session](store, "sessions")
	check(sessions.SetTTL(ctx, "s1", Session{User: "ada", Hits: 3}, time.Hour))
	session, err := sessions.Get(ctx, "s1")
	check(err)
	fmt.Println(session.User, session.Hits)
	// Output: ada 3
}

func ExampleTyped() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	scores := kv.NewTyped[int](store, "scores")
	check(scores.SetBatch(ctx, map[string]int{"ada": 3, "bob": 5}))
	for entry, err := range scores.Scan(ctx) {
		check(err)
		fmt.Println(entry.Key, entry.Value)
	}
	taken, err := scores.Take(ctx, "bob")
	check(err)
	fmt.Println(taken)
	// Output:
	// ada 3
	// bob 5
	// 5
}

func ExampleTypedEntry() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	scores := kv.NewTyped[int](store, "scores")
	check(scores.Set(ctx, "ada", 3))
	entry, err := scores.GetEntry(ctx, "ada")
	check(err)
	_, err = scores.Put(ctx, "ada", entry.Value+1, kv.IfVersion(entry.Version))
	fmt.Println(entry.Value, err)
	// Output: 3 <nil>
}

func ExampleHooks() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	names := kv.NewTyped[string](store, "names").WithHooks(kv.Hooks[string]{
		BeforeSave: func(_ context.Context, _ string, name *string) error {
			if *name = strings.TrimSpace(*name); *name == "" {
				return errors.New("a name is not empty")
			}
			return nil
		},
	})
	fmt.Println(names.Set(ctx, "ada", "  Ada "), names.Set(ctx, "bob", " "))
	name, err := names.Get(ctx, "ada")
	check(err)
	fmt.Println(name)
	// Output:
	// <nil> a name is not empty
	// Ada
}

// xmlCodec keeps values as XML.
type xmlCodec struct{}

func (xmlCodec) Encode(value any) ([]byte, error)   { return xml.Marshal(value) }
func (xmlCodec) Decode(data []byte, into any) error { return xml.Unmarshal(data, into) }

func ExampleCodec() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	scores := kv.NewTyped[int](store, "scores").WithCodec(xmlCodec{})
	check(scores.Set(ctx, "ada", 3))
	stored, err := store.Get(ctx, "scores", "ada")
	check(err)
	fmt.Printf("%s\n", stored)
	// Output: <int>3</int>
}

func ExampleJSON() {
	data, err := kv.JSON{}.Encode(map[string]any{"text": "<b>", "number": 12345678901234567})
	check(err)
	fmt.Printf("%s\n", data)
	// Output: {"number":12345678901234567,"text":"<b>"}
}

func ExampleDecodeError() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "scores", "ada", []byte("three")))
	_, err = kv.NewTyped[int](store, "scores").Get(ctx, "ada")
	var undecoded *kv.DecodeError
	fmt.Println(errors.As(err, &undecoded), errors.Is(err, kv.ErrNotFound))
	fmt.Println(undecoded.Group, undecoded.Key)
	// Output:
	// true false
	// scores ada
}
