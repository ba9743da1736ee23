package gostore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv/adapters/gostore"
)

// stores runs a test on a store in memory and on one in a file.
func stores(t *testing.T, test func(*testing.T, *gostore.Store)) {
	for name, path := range map[string]string{"memory": ":memory:", "file": filepath.Join(t.TempDir(), "store.db")} {
		t.Run(name, func(t *testing.T) {
			store, err := gostore.New(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			test(t, store)
		})
	}
}

func set(t *testing.T, store *gostore.Store, group, key, value string) {
	t.Helper()
	if err := store.Set(group, key, value); err != nil {
		t.Fatal(err)
	}
}

// want compares a result, as text.
func want[T any](t *testing.T, expected string) func(got T, err error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil || fmt.Sprint(got) != expected {
			t.Errorf("got %v, %v, want %s", got, err, expected)
		}
	}
}

func TestGetOfAMissingKeyWrapsNotFoundErrorWithGroupAndKey(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		_, split := store.GetSplit("config", "missing", ",")
		_, fields := store.GetFields("config", "missing")
		_, get := store.Get("config", "missing")
		for _, err := range []error{get, split, fields} {
			if !errors.Is(err, gostore.NotFoundError) || !strings.Contains(err.Error(), "config/missing") {
				t.Error(err)
			}
		}
	})
}

func TestAnyTextRoundTrips(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		for _, text := range []string{"", "null\x00key", "日本語", "\xff", strings.Repeat("x", 10_000), "a'b\"c;--"} {
			set(t, store, text, text, text)
			got, err := store.Get(text, text)
			if got != text || err != nil {
				t.Errorf("%.20q: %v", text, err)
			}
		}
	})
}

func TestSetClearsTheTTLAndATTLOfZeroOrLessHasExpired(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		for _, ttl := range []time.Duration{0, -1, -time.Hour} {
			set(t, store, "g", "k", "alive")
			if err := store.SetWithTTL("g", "k", "expired", ttl); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Get("g", "k"); !errors.Is(err, gostore.NotFoundError) {
				t.Errorf("%v: %v", ttl, err)
			}
			want[int](t, "0")(store.Count("g"))
		}
		if err := store.SetWithTTL("g", "k", "v", 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		set(t, store, "g", "k", "kept")
		if err := store.SetWithTTL("g", "other", "v", 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); ; {
			if _, err := store.Get("g", "other"); errors.Is(err, gostore.NotFoundError) {
				break
			}
			if time.Since(begun) > time.Minute {
				t.Fatal("it stays")
			}
		}
		want[string](t, "kept")(store.Get("g", "k"))
	})
}

func TestDeletesOfNothingAreNil(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		set(t, store, "g", "a", "1")
		set(t, store, "g", "b", "2")
		for _, err := range []error{store.Delete("g", "a"), store.Delete("g", "a"), store.DeleteGroup("g"), store.DeleteGroup("g")} {
			if err != nil {
				t.Error(err)
			}
		}
		want[int](t, "0")(store.CountAll(""))
	})
}

func TestPrefixesAreLiteralAndTellUpperFromLowerCase(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		for _, group := range []string{"user%test", "user_test", "userXtest", "tenant-a:x", "Tenant-A:x"} {
			set(t, store, group, "k", "v")
			set(t, store, group, "l", "v")
		}
		want[int](t, "2")(store.CountAll("user_"))
		want[int](t, "2")(store.CountAll("user%"))
		want[int](t, "10")(store.CountAll(""))
		want[[]string](t, "[tenant-a:x]")(store.Groups("tenant-a:"))
		want[[]string](t, "[user%test userXtest user_test]")(store.Groups("user"))
		want[[]string](t, "[]")(store.Groups("missing"))
	})
}

func TestBulkReadsLeaveOutWhatHasExpired(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		set(t, store, "g", "b", "2")
		set(t, store, "g", "a", "1")
		for _, group := range []string{"g", "expired"} {
			if err := store.SetWithTTL(group, "gone", "x", 0); err != nil {
				t.Fatal(err)
			}
		}
		want[int](t, "2")(store.Count("g"))
		want[map[string]string](t, "map[a:1 b:2]")(store.GetAll("g"))
		want[[]string](t, "[g]")(store.Groups(""))
		want[string](t, "1 <no value>")(store.Render("{{.a}} {{.gone}}", "g"))
		var order []string
		for entry, err := range store.All("g") {
			want[string](t, entry.Value)(entry.Value, err)
			order = append(order, entry.Key)
		}
		want[[]string](t, "[a b]")(order, nil)
		all, err := store.GetAll("missing")
		if all == nil || len(all) != 0 || err != nil {
			t.Error(all, err)
		}
	})
}

func TestTheStoreMayBeUsedWhileItIsRangedOver(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		set(t, store, "g", "a", "1")
		set(t, store, "g", "b", "2")
		for entry, err := range store.All("g") {
			want[string](t, entry.Value)(store.Get("g", entry.Key))
			if err != nil || store.Set("g", entry.Key+"2", "") != nil {
				t.Fatal(err)
			}
			for group, err := range store.GroupsSeq("") {
				want[string](t, "g")(group, err)
				break
			}
		}
		want[int](t, "4")(store.Count("g"))
	})
}

func TestSplitFieldsAndRender(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		set(t, store, "g", "list", "a,b,,c")
		set(t, store, "g", "words", " one\ttwo\n three ")
		parts, err := store.GetSplit("g", "list", ",")
		want[string](t, "a|b||c")(strings.Join(slices.Collect(parts), "|"), err)
		fields, err := store.GetFields("g", "words")
		want[string](t, "one|two|three")(strings.Join(slices.Collect(fields), "|"), err)
		want[string](t, "list: a,b,,c")(store.Render("list: {{.list}}", "g"))
		want[string](t, "static")(store.Render("static", "empty group"))
		set(t, store, "page", "a key", "blue <&>")
		want[string](t, "blue <&>a key;")(store.Render(`{{index . "a key"}}{{range $k, $v := .}}{{$k}};{{end}}`, "page"))
		for source, text := range map[string]string{"{{.list": "store.Render: parse", "{{ call .list }}": "store.Render: exec"} {
			if _, err := store.Render(source, "g"); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", source, err)
			}
		}
	})
}

func TestPurgeExpiredGivesHowManyThereWere(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		set(t, store, "g", "a", "1")
		want[int64](t, "0")(store.PurgeExpired())
		if err := store.SetWithTTL("g", "gone", "", time.Millisecond); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); ; {
			if count, err := store.Count("g"); err != nil || time.Since(begun) > time.Minute {
				t.Fatal(count, err)
			} else if count == 1 {
				break
			}
		}
		want[int64](t, "1")(store.PurgeExpired())
		want[int64](t, "0")(store.PurgeExpired())
	})
}

func TestNewFailsForAMissingDirectoryAndForGarbageAndSaysStoreNew(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("garbage ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, filepath.Join(t.TempDir(), "missing", "store.db")} {
		if _, err := gostore.New(path); err == nil || !strings.Contains(err.Error(), "store.New") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAFileSurvivesCloseAndNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	for i := range 3 {
		store, err := gostore.New(path)
		if err != nil {
			t.Fatal(err)
		}
		want[int](t, fmt.Sprint(i))(store.Count("g"))
		set(t, store, "g", fmt.Sprint(i), "")
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCloseIsIdempotentAndEveryOperationAfterItFails(t *testing.T) {
	store, err := gostore.New(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range failures(store) {
		if err == nil || !strings.Contains(err.Error(), "store."+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
