// Package grub tests the provider of kv.internal/kv/adapters/grub with grub's own store. The suite
// that grub has for its providers is in a module of its own, which no module proxy serves.
package grub_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/zoobz-io/grub"
	"kv.internal/kv"
	adapter "kv.internal/kv/adapters/grub"
	"kv.internal/kv/outside/engines"
)

var _ grub.StoreProvider = (*adapter.Provider)(nil)

type user struct {
	Name string `json:"name" atom:"name"`
	Age  int    `json:"age" atom:"age"`
}

// onEachEngine runs a test with a store of grub's on an empty provider.
func onEachEngine(t *testing.T, test func(t *testing.T, users *grub.Store[user])) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		test(t, grub.NewStore[user](adapter.NewProvider(store, "users")))
	})
}

func TestAValueIsReadBackUntilItIsDeleted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, users *grub.Store[user]) {
		ctx, ada := t.Context(), &user{"Ada", 36}
		if err := users.Set(ctx, "ada", ada, 0); err != nil {
			t.Fatal(err)
		}
		if found, err := users.Get(ctx, "ada"); err != nil || *found != *ada {
			t.Fatal(found, err)
		}
		if there, err := users.Exists(ctx, "ada"); !there || err != nil {
			t.Fatal(there, err)
		}
		if err := users.Delete(ctx, "ada"); err != nil {
			t.Fatal(err)
		}
		if there, err := users.Exists(ctx, "ada"); there || err != nil {
			t.Fatal(there, err)
		}
	})
}

func TestErrorsAreThoseOfGrub(t *testing.T) {
	onEachEngine(t, func(t *testing.T, users *grub.Store[user]) {
		if _, err := users.Get(t.Context(), "bob"); !errors.Is(err, grub.ErrNotFound) {
			t.Error("get:", err)
		}
		if err := users.Delete(t.Context(), "bob"); !errors.Is(err, grub.ErrNotFound) {
			t.Error("delete:", err)
		}
		long := string(make([]byte, 70_000))
		if err := users.Set(t.Context(), long, &user{}, 0); !errors.Is(err, grub.ErrInvalidKey) {
			t.Error("a long key:", err)
		}
	})
}

func TestAValueExpires(t *testing.T) {
	onEachEngine(t, func(t *testing.T, users *grub.Store[user]) {
		if err := users.Set(t.Context(), "ada", &user{}, time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for there := true; there; {
			var err error
			if there, err = users.Exists(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := users.Get(t.Context(), "ada"); !errors.Is(err, grub.ErrNotFound) {
			t.Fatal(err)
		}
	})
}

func TestManyValues(t *testing.T) {
	onEachEngine(t, func(t *testing.T, users *grub.Store[user]) {
		ctx := t.Context()
		all := map[string]*user{"a:1": {"Ada", 1}, "a:2": {"Bob", 2}, "b:1": {"Eve", 3}}
		if err := users.SetBatch(ctx, all, time.Hour); err != nil {
			t.Fatal(err)
		}
		if keys, err := users.List(ctx, "a:", 0); err != nil || !slices.Equal(keys, []string{"a:1", "a:2"}) {
			t.Fatal(keys, err)
		}
		if keys, err := users.List(ctx, "", 1); err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		found, err := users.GetBatch(ctx, []string{"a:2", "missing", "b:1"})
		if err != nil || len(found) != 2 || *found["a:2"] != *all["a:2"] || *found["b:1"] != *all["b:1"] {
			t.Fatal(found, err)
		}
	})
}

func TestTheAtomicViewReadsAndWrites(t *testing.T) {
	onEachEngine(t, func(t *testing.T, users *grub.Store[user]) {
		ctx := t.Context()
		if err := users.Set(ctx, "ada", &user{"Ada", 36}, 0); err != nil {
			t.Fatal(err)
		}
		atom, err := users.Atomic().Get(ctx, "ada")
		if err != nil || atom.Strings["Name"] != "Ada" || atom.Ints["Age"] != 36 {
			t.Fatalf("%+v %v", atom, err)
		}
		if err := users.Atomic().Set(ctx, "copy", atom, 0); err != nil {
			t.Fatal(err)
		}
		if copied, err := users.Get(ctx, "copy"); err != nil || *copied != (user{"Ada", 36}) {
			t.Fatal(copied, err)
		}
	})
}
