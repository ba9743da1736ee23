package kvstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

// The rules of plumego for a KVStore hold on each engine.
var contract = map[string]func(t *testing.T, store *kvstore.KVStore){
	"a value is read back until it is deleted": func(t *testing.T, store *kvstore.KVStore) {
		for _, value := range [][]byte{[]byte("value"), {}, nil, {0, 255, '\n'}, bytes.Repeat([]byte("v"), 1<<20)} {
			err := store.Set("k", value, 0)
			got, getErr := store.Get("k")
			if err != nil || getErr != nil || got == nil || !bytes.Equal(got, value) || !store.Exists("k") {
				t.Errorf("%d bytes of %d: %v, %v", len(got), len(value), err, getErr)
			}
		}
		if err := store.Delete("k"); err != nil || store.Exists("k") {
			t.Error(err)
		}
		if _, err := store.Get("k"); err != kvstore.ErrKeyNotFound {
			t.Error(err)
		}
		if err := store.Delete("k"); err != kvstore.ErrKeyNotFound {
			t.Error(err)
		}
	},
	"bytes are copied in and out": func(t *testing.T, store *kvstore.KVStore) {
		value := []byte("blue")
		if err := store.Set("k", value, 0); err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		got, _ := store.Get("k")
		got[1] = 'Y'
		if got, err := store.Get("k"); string(got) != "blue" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	},
	"a ttl of 0 or less is none": func(t *testing.T, store *kvstore.KVStore) {
		for _, ttl := range []time.Duration{0, -1, -time.Hour} {
			if err := errors.Join(store.Set("k", nil, time.Millisecond), store.Set("k", nil, ttl)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Millisecond)
			if !store.Exists("k") {
				t.Errorf("after a ttl of %v it is gone", ttl)
			}
		}
	},
	"what has expired is missing everywhere": func(t *testing.T, store *kvstore.KVStore) {
		if err := store.Set("k", []byte("value"), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); store.Exists("k"); {
			if time.Since(begun) > time.Minute {
				t.Fatal("it stays")
			}
		}
		if _, err := store.Get("k"); err != kvstore.ErrKeyNotFound || errors.Is(err, kvstore.ErrKeyExpired) {
			t.Error(err)
		}
		if err := store.Delete("k"); err != kvstore.ErrKeyNotFound {
			t.Error(err)
		}
		if stats := store.GetStats(); stats.Entries != 0 || stats.MemoryUsage != 0 || store.Size() != 0 || len(store.Keys()) != 0 {
			t.Errorf("%+v, %v", stats, store.Keys())
		}
	},
	"keys, size and stats are those of the live entries": func(t *testing.T, store *kvstore.KVStore) {
		if keys, err := store.KeysContext(t.Context()); keys == nil || len(keys) != 0 || err != nil {
			t.Errorf("%#v, %v", keys, err)
		}
		if stats, err := store.GetStatsContext(t.Context()); stats != (kvstore.Stats{}) || err != nil {
			t.Errorf("%+v, %v", stats, err)
		}
		for _, key := range []string{"b", "é", "a/1", "a"} {
			if err := store.Set(key, []byte(key+key), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"a", "b", "missing", "é"} {
			store.Get(key)
		}
		if keys := fmt.Sprint(store.Keys()); keys != "[a a/1 b é]" || store.Size() != 4 {
			t.Errorf("%s, %d", keys, store.Size())
		}
		want := kvstore.Stats{Entries: 4, Hits: 3, Misses: 1, MemoryUsage: 3*(1+3+1+2) + 4*64, HitRatio: 0.75}
		if stats := store.GetStats(); stats != want {
			t.Errorf("%+v", stats)
		}
	},
	"a key that is none is refused, and is no miss": func(t *testing.T, store *kvstore.KVStore) {
		for key, want := range map[string]string{
			"":                                  "kv: key is required",
			"a\x00b":                            "kv: key is required: control character at position 1",
			"é\n":                               "kv: key is required: control character at position 2",
			"\x7f":                              "kv: key is required: control character at position 0",
			"long" + strings.Repeat("k", 1<<16): "",
		} {
			for call, err := range keyErrors(t.Context(), store, key) {
				if !errors.Is(err, kvstore.ErrInvalidKey) || want != "" && err.Error() != want {
					t.Errorf("%s of %.9q: %v", call, key, err)
				}
			}
			if store.Exists(key) {
				t.Errorf("%.9q exists", key)
			}
		}
		if stats := store.GetStats(); stats != (kvstore.Stats{}) {
			t.Errorf("%+v", stats)
		}
		if err := store.Set(strings.Repeat("k", 1<<16-1), nil, 0); err != nil {
			t.Error(err)
		}
	},
	"the errors are those of kv, too": func(t *testing.T, store *kvstore.KVStore) {
		_, missing := store.Get("k")
		tooLong := store.Set(strings.Repeat("k", 1<<16), nil, 0)
		tooLarge := store.Set("k", make([]byte, 512<<20+1), 0)
		for _, c := range []struct {
			err     error
			targets []error
		}{
			{missing, []error{kv.ErrNotFound, errors.New("kv: key not found")}},
			{tooLong, []error{kv.ErrTooLarge, errors.New("kv: key is required")}},
			{tooLarge, []error{kv.ErrTooLarge, kvstore.ErrValueTooLarge, errors.New("kv: value too large")}},
		} {
			for _, target := range c.targets {
				if !errors.Is(c.err, target) {
					t.Errorf("%v is not %v", c.err, target)
				}
			}
		}
	},
}

func TestAKVStoreKeepsPlumegosContract(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(contract)) {
		t.Run(rule, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, store *kv.Store) {
				contract[rule](t, kvstore.NewGroupStore(store, "sessions"))
			})
			t.Run("data dir", func(t *testing.T) { contract[rule](t, open(t, t.TempDir())) })
		})
	}
}

func TestAGroupStoreKeepsToItsGroup(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		first, second := kvstore.NewGroupStore(store, "first"), kvstore.NewGroupStore(store, "second")
		if err := errors.Join(first.Set("k", []byte("1"), 0), second.Set("k", []byte("2"), 0), first.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := first.Get("k"); err != kvstore.ErrStoreClosed {
			t.Error(err)
		}
		if value, err := second.Get("k"); string(value) != "2" || err != nil {
			t.Errorf("%q, %v", value, err)
		}
		if value, err := store.Get(t.Context(), "first", "k"); string(value) != "1" || err != nil {
			t.Errorf("%q, %v", value, err)
		}
	})
}
