package grub_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
	"kv.internal/kv/adapters/internal/enginetest"
)

// The rules of grub for a provider hold on each engine.
var contract = map[string]func(t *testing.T, provider grub.StoreProvider){
	"a value is read back until it is deleted": func(t *testing.T, provider grub.StoreProvider) {
		for _, value := range [][]byte{[]byte("value"), {}, {0, 255, '\n'}, bytes.Repeat([]byte("v"), 1<<20)} {
			err := provider.Set(t.Context(), "k", value, 0)
			got, getErr := provider.Get(t.Context(), "k")
			if err != nil || getErr != nil || !bytes.Equal(got, value) {
				t.Errorf("%d bytes of %d: %v, %v", len(got), len(value), err, getErr)
			}
		}
		if err := provider.Delete(t.Context(), "k"); err != nil {
			t.Error(err)
		}
		if there, err := provider.Exists(t.Context(), "k"); there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
		if _, err := provider.Get(t.Context(), "k"); !errors.Is(err, errModuleNotFound) {
			t.Error(err)
		}
		if err := provider.Delete(t.Context(), "k"); !errors.Is(err, errModuleNotFound) {
			t.Error(err)
		}
	},
	"a list has the keys with the prefix up to the limit": func(t *testing.T, provider grub.StoreProvider) {
		for _, key := range []string{"b/2", "b/1", "b", "a/1", "b/3", "c"} {
			if err := provider.Set(t.Context(), key, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
		for limit, want := range map[int]string{0: "[b/1 b/2 b/3]", 2: "[b/1 b/2]", 9: "[b/1 b/2 b/3]"} {
			keys, err := provider.List(t.Context(), "b/", limit)
			if err != nil || fmt.Sprint(keys) != want {
				t.Errorf("%d: %v, %v", limit, keys, err)
			}
		}
		if keys, err := provider.List(t.Context(), "d", 0); len(keys) != 0 || err != nil {
			t.Errorf("%v, %v", keys, err)
		}
		if keys, err := provider.List(t.Context(), "", 0); len(keys) != 6 || err != nil {
			t.Errorf("%v, %v", keys, err)
		}
	},
	"a batch of reads leaves out what is missing": func(t *testing.T, provider grub.StoreProvider) {
		items := map[string][]byte{"a": []byte("1"), "b": {}}
		if err := provider.SetBatch(t.Context(), items, 0); err != nil {
			t.Fatal(err)
		}
		got, err := provider.GetBatch(t.Context(), []string{"a", "missing", "b"})
		if err != nil || !maps.EqualFunc(got, items, bytes.Equal) {
			t.Errorf("%v, %v", got, err)
		}
		for _, keys := range [][]string{nil, {"missing"}} {
			if got, err := provider.GetBatch(t.Context(), keys); err != nil || got == nil || len(got) != 0 {
				t.Errorf("%v: %v, %v", keys, got, err)
			}
		}
		if err := provider.SetBatch(t.Context(), nil, time.Hour); err != nil {
			t.Error(err)
		}
	},
	"what has expired is missing everywhere": func(t *testing.T, provider grub.StoreProvider) {
		if err := provider.Set(t.Context(), "set", nil, time.Second); err != nil {
			t.Fatal(err)
		}
		if err := provider.SetBatch(t.Context(), map[string][]byte{"batch": nil}, time.Second); err != nil {
			t.Fatal(err)
		}
		written := time.Now()
		keys := []string{"set", "batch"}
		for _, key := range keys {
			for there := true; there; {
				var err error
				if there, err = provider.Exists(t.Context(), key); err != nil {
					t.Fatal(err)
				}
				if there && time.Since(written) > time.Minute {
					t.Fatalf("%s stays", key)
				}
			}
			if _, err := provider.Get(t.Context(), key); !errors.Is(err, errModuleNotFound) {
				t.Errorf("get of %s: %v", key, err)
			}
			if err := provider.Delete(t.Context(), key); !errors.Is(err, errModuleNotFound) {
				t.Errorf("delete of %s: %v", key, err)
			}
		}
		got, err := provider.GetBatch(t.Context(), keys)
		if err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
		if keys, err := provider.List(t.Context(), "", 0); err != nil || len(keys) != 0 {
			t.Errorf("%v, %v", keys, err)
		}
	},
}

func TestAProviderKeepsGrubsContract(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(contract)) {
		t.Run(rule, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, store *kv.Store) {
				contract[rule](t, grub.NewProvider(store, ""))
			})
		})
	}
}
