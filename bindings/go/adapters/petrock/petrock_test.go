package petrock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock"
)

func open(t *testing.T) (*kv.Store, petrock.KVStore) {
	t.Helper()
	store, err := kv.Open(t.Context(), filepath.Join(t.TempDir(), "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store, petrock.New(store)
}

func TestAnythingThatJSONHoldsIsStoredAsJSON(t *testing.T) {
	store, kvStore := open(t)
	type featureConfig struct {
		Enabled  bool
		Settings map[string]string
	}
	config := featureConfig{true, map[string]string{"timeout": "30s"}}
	if err := kvStore.Set("features:posts:config", config); err != nil {
		t.Fatal(err)
	}
	if data, err := store.Get(t.Context(), "", "features:posts:config"); string(data) != `{"Enabled":true,"Settings":{"timeout":"30s"}}` || err != nil {
		t.Fatalf("%s, %v", data, err)
	}
	var got featureConfig
	if err := kvStore.Get("features:posts:config", &got); err != nil || fmt.Sprint(got) != fmt.Sprint(config) {
		t.Fatalf("%v, %v", got, err)
	}
	var untyped map[string]any
	if err := kvStore.Get("features:posts:config", &untyped); err != nil || untyped["Enabled"] != true {
		t.Fatalf("%v, %v", untyped, err)
	}
}

func TestAWorkersPositionBeyond53BitsSurvives(t *testing.T) {
	_, kvStore := open(t)
	const position = uint64(9007199254740993)
	if err := kvStore.Set("worker:posts:position", position); err != nil {
		t.Fatal(err)
	}
	var typed uint64
	if err := kvStore.Get("worker:posts:position", &typed); err != nil || typed != position {
		t.Fatalf("%d, %v", typed, err)
	}
	var untyped any
	if err := kvStore.Get("worker:posts:position", &untyped); err != nil || untyped != json.Number("9007199254740993") {
		t.Fatalf("%v, %v", untyped, err)
	}
}

func TestAMissingKeyIsNamedAndIsErrNotFound(t *testing.T) {
	_, kvStore := open(t)
	var value any
	err := kvStore.Get("nothing", &value)
	if !errors.Is(err, kv.ErrNotFound) || err.Error() != "key not found: nothing" {
		t.Fatal(err)
	}
}

func TestWhatCannotBeReadOrWrittenSaysWhichKey(t *testing.T) {
	store, kvStore := open(t)
	if err := store.Set(t.Context(), "", "k", []byte("no json")); err != nil {
		t.Fatal(err)
	}
	var value int
	for _, dest := range []any{&value, &[]string{}, nil, value, (*any)(nil), (*string)(nil)} {
		if err := kvStore.Get("k", dest); err == nil || !strings.HasPrefix(err.Error(), "failed to unmarshal value for key k: ") {
			t.Errorf("%T: %v", dest, err)
		}
	}
	if err := kvStore.Set("k", make(chan int)); err == nil || !strings.HasPrefix(err.Error(), "failed to marshal value for key k: ") {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{kvStore.Get("k", &value), kvStore.Set("k", 1), func() error { _, err := kvStore.List("*"); return err }()} {
		if !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestTextThatIsNoJSONIsReadAsItIs(t *testing.T) {
	store, kvStore := open(t)
	for stored, want := range map[string]struct {
		text  string
		value any
	}{
		"John Doe": {"John Doe", "John Doe"},
		`"quoted"`: {"quoted", "quoted"},
		`{"cut":`:  {`{"cut":`, `{"cut":`},
		"":         {"", ""},
		"42":       {"42", json.Number("42")},
		" true\n":  {"true", true},
	} {
		if err := store.Set(t.Context(), "", "k", []byte(stored)); err != nil {
			t.Fatal(err)
		}
		var text string
		if err := kvStore.Get("k", &text); err != nil || text != want.text {
			t.Errorf("%q: %q, %v", stored, text, err)
		}
		var value any
		if err := kvStore.Get("k", &value); err != nil || value != want.value {
			t.Errorf("%q: %#v, %v", stored, value, err)
		}
	}
	for _, stored := range []string{`{"a":1}`, "[1]", "\xff"} {
		if err := store.Set(t.Context(), "", "k", []byte(stored)); err != nil {
			t.Fatal(err)
		}
		text := "before"
		if err := kvStore.Get("k", &text); err == nil || text != "before" {
			t.Errorf("%q: %q, %v", stored, text, err)
		}
	}
}

func TestAKVStoreOfNothingIsClosed(t *testing.T) {
	none, err := petrock.NewSQLiteKVStore(nil)
	if none != nil || !errors.Is(err, kv.ErrClosed) {
		t.Errorf("%v, %v", none, err)
	}
	for name, kvStore := range map[string]petrock.KVStore{
		"nil": none, "zero": &petrock.SQLiteKVStore{}, "of nil": petrock.New(nil), "of a zero store": petrock.New(&kv.Store{}),
	} {
		var value any
		_, list := kvStore.List("*")
		for call, err := range map[string]error{"Get": kvStore.Get("k", &value), "Set": kvStore.Set("k", 1), "List": list} {
			if !errors.Is(err, kv.ErrClosed) || errors.Is(err, kv.ErrNotFound) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}

func TestListTakesSQLitesGlobs(t *testing.T) {
	_, kvStore := open(t)
	for _, key := range []string{"", "user:1:config", "user:2:config", "user:2:name", "worker:posts:state", "a/b", "é", "]", "*"} {
		if err := kvStore.Set(key, 1); err != nil {
			t.Fatal(err)
		}
	}
	for glob, want := range map[string]string{
		"*":              "[ * ] a/b user:1:config user:2:config user:2:name worker:posts:state é]",
		"user:*":         "[user:1:config user:2:config user:2:name]",
		"*:config":       "[user:1:config user:2:config]",
		"worker:posts:*": "[worker:posts:state]",
		"USER:*":         "[]",
		"?":              "[* ] é]",
		"a*b":            "[a/b]",
		"[]]":            "[]]",
		"[*]":            "[*]",
		"user:[^1]:*":    "[user:2:config user:2:name]",
		"[":              "[]",
		"":               "[]",
	} {
		keys, err := kvStore.List(glob)
		if err != nil || fmt.Sprint(keys) != want || (glob == "" && len(keys) != 1) || (glob == "[" && len(keys) != 0) {
			t.Errorf("%q: %q, %v", glob, keys, err)
		}
	}
}
