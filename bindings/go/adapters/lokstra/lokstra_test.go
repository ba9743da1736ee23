package lokstra_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/lokstra"
)

type user struct {
	ID   int
	Name string
}

func open(t *testing.T) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), filepath.Join(t.TempDir(), "lokstra.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func TestAllTypesOfTheDocumentRoundTrip(t *testing.T) {
	var kvStore lokstra.KvStore = lokstra.New(open(t), "myapp")
	ctx := t.Context()
	for key, value := range map[string]any{
		"user:123":      user{123, "John"},
		"user:123:map":  map[string]any{"id": 123, "name": "John"},
		"user:123:tags": []string{"go", "redis", "cache"},
		"counter":       42,
		"message":       "Hello, World!",
	} {
		if err := kvStore.Set(ctx, key, value, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	var john user
	var data map[string]any
	var tags []string
	var count int
	var message string
	for key, dest := range map[string]any{"user:123": &john, "user:123:map": &data, "user:123:tags": &tags, "counter": &count, "message": &message} {
		if err := kvStore.Get(ctx, key, dest); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintln(john, data, tags, count, message); got != "{123 John} map[id:123 name:John] [go redis cache] 42 Hello, World!\n" {
		t.Fatal(got)
	}
	if err := kvStore.Get(ctx, "message", &count); err == nil || errors.Is(err, lokstra.Nil) || !strings.Contains(err.Error(), "unmarshal key message") {
		t.Fatal(err)
	}
	if err := kvStore.Set(ctx, "bad", func() {}, 0); err == nil || !strings.Contains(err.Error(), "marshal key bad") {
		t.Fatal(err)
	}
}

func TestAMissingKeyIsNilAndATTLOfZeroIsNone(t *testing.T) {
	store := open(t)
	kvStore := lokstra.New(store, "myapp")
	var value any
	if err := kvStore.Get(t.Context(), "k", &value); !errors.Is(err, lokstra.Nil) {
		t.Fatal(err)
	}
	for ttl, want := range map[time.Duration]bool{0: false, time.Minute: true} {
		if err := kvStore.Set(t.Context(), "k", 1, ttl); err != nil {
			t.Fatal(err)
		}
		if _, expires, err := store.TTL(t.Context(), "", "myapp:k"); expires != want || err != nil {
			t.Errorf("%v: %v, %v", ttl, expires, err)
		}
	}
}

func TestDeletesOfMissingKeysAreNil(t *testing.T) {
	kvStore := lokstra.New(open(t), "myapp")
	ctx := t.Context()
	for i := range 4 {
		if err := kvStore.Set(ctx, fmt.Sprint("user:", i), i, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		kvStore.Delete(ctx, "user:0"), kvStore.Delete(ctx, "user:0"),
		kvStore.DeleteKeys(ctx, "user:1", "missing", "user:2"), kvStore.DeleteKeys(ctx),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if keys, err := kvStore.Keys(ctx, "*"); fmt.Sprint(keys) != "[user:3]" || err != nil {
		t.Fatal(keys, err)
	}
}

func TestKeysTakesRedisGlobsAndRemovesThePrefix(t *testing.T) {
	store := open(t)
	// Characters with a meaning in a glob have none in a prefix.
	for _, prefix := range []string{"myapp", "", "my*", "[a]", `a\`, "a:b"} {
		kvStore := lokstra.New(store, prefix)
		for _, key := range []string{"user:1", "user:1:profile", "user:22", "é", ""} {
			if err := kvStore.Set(t.Context(), key, prefix, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, prefix := range []string{"myapp", "my*", "[a]", `a\`, "a:b"} {
		kvStore := lokstra.New(store, prefix)
		for pattern, want := range map[string]string{
			"*":              `["" "user:1" "user:1:profile" "user:22" "é"]`,
			"user:*":         `["user:1" "user:1:profile" "user:22"]`,
			"user:?":         `["user:1"]`,
			"??":             `["é"]`,
			"user:*:profile": `["user:1:profile"]`,
			"missing:*":      `[]`,
			"":               `[""]`,
		} {
			keys, err := kvStore.Keys(t.Context(), pattern)
			if got := fmt.Sprintf("%q", keys); err != nil || got != want {
				t.Errorf("%s: %q: %s, %v", prefix, pattern, got, err)
			}
		}
	}
	if data, err := store.Get(t.Context(), "", "myapp:user:1"); string(data) != `"myapp"` || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	if data, err := store.Get(t.Context(), "", "user:1"); string(data) != `""` || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
}

// registered returns a registry that the test has for itself.
func registered(t *testing.T) {
	t.Helper()
	lokstra.RegisterAllServices()
	t.Cleanup(func() {
		if err := lokstra.ShutdownServices(); err != nil {
			t.Error(err)
		}
	})
}

func TestAServiceIsMadeByNameOnceAndWhenItIsFirstAskedFor(t *testing.T) {
	registered(t)
	path := filepath.Join(t.TempDir(), "cache.db")
	lokstra.RegisterService("cache", "kvstore_sqlite", map[string]any{"path": path, "prefix": "myapp"})
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("it is made too early")
	}
	var all sync.WaitGroup
	stores := make(chan lokstra.KvStore, 8)
	for range cap(stores) {
		all.Add(1)
		go func() { defer all.Done(); stores <- lokstra.GetService[lokstra.KvStore]("cache") }()
	}
	all.Wait()
	close(stores)
	for store := range stores {
		if store == nil || store != lokstra.MustGetService[lokstra.KvStore]("cache") {
			t.Fatal("another one")
		}
		if err := store.Set(t.Context(), "user:1", 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := kv.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if there, err := raw.Exists(t.Context(), "", "myapp:user:1"); !there || err != nil {
		t.Fatal(there, err)
	}
}

// A factory may use other services; the service that was made last is closed first.
func TestAServiceMayBeMadeOfAnotherAndTheLastIsClosedFirst(t *testing.T) {
	registered(t)
	made := 0
	lokstra.RegisterServiceType("scope", func(map[string]any) (any, error) {
		made++
		store := lokstra.GetService[*kv.Store]("store")
		return store.Scope("tenant")
	})
	lokstra.RegisterServiceType("store", func(map[string]any) (any, error) {
		return kv.Open(t.Context(), "memory:")
	})
	lokstra.RegisterService("scope", "scope", nil)
	lokstra.RegisterService("store", "store", nil)
	var all sync.WaitGroup
	for range 16 {
		all.Add(1)
		go func() { defer all.Done(); lokstra.GetService[*kv.Store]("scope") }()
	}
	all.Wait()
	scope, store := lokstra.MustGetService[*kv.Store]("scope"), lokstra.MustGetService[*kv.Store]("store")
	if err := scope.Set(t.Context(), "g", "k", nil); err != nil || made != 1 {
		t.Fatal(err, made)
	}
	if count, err := store.Count(t.Context(), "tenant:g"); count != 1 || err != nil {
		t.Fatal(count, err)
	}
	for range 2 {
		if err := lokstra.ShutdownServices(); err != nil {
			t.Fatal(err)
		}
	}
	for _, closed := range []*kv.Store{scope, store} {
		if err := closed.Set(t.Context(), "g", "k", nil); !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestAServiceThatCannotBeMadeIsTriedAgain(t *testing.T) {
	registered(t)
	planted := errors.New("planted")
	lokstra.RegisterServiceType("late", func(map[string]any) (any, error) {
		if planted != nil {
			return nil, planted
		}
		return "here", nil
	})
	if _, err := lokstra.TryNewService[string]("late", "late", nil); !errors.Is(err, planted) {
		t.Fatal(err)
	}
	planted = nil
	if got := lokstra.GetService[string]("late"); got != "here" {
		t.Fatal(got)
	}
}

func TestTwoServicesInMemoryShareNothingAndThePrefixIsKVByDefault(t *testing.T) {
	registered(t)
	a := lokstra.NewService[lokstra.KvStore]("a", "kvstore_memory", nil)
	b := lokstra.NewService[lokstra.KvStore]("b", "kvstore_memory", map[string]any{"prefix": "kv"})
	if err := a.Set(t.Context(), "k", 1, 0); err != nil {
		t.Fatal(err)
	}
	var value any
	if err := b.Get(t.Context(), "k", &value); !errors.Is(err, lokstra.Nil) {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "default.db")
	c := lokstra.NewService[lokstra.KvStore]("c", "kvstore_sqlite", map[string]any{"path": path})
	if err := c.Set(t.Context(), "k", 1, 0); err != nil {
		t.Fatal(err)
	}
	raw, err := kv.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if there, err := raw.Exists(t.Context(), "", "kv:k"); !there || err != nil {
		t.Fatal(there, err)
	}
}

func TestAWrongConfigurationIsAnErrorAndNotADefault(t *testing.T) {
	registered(t)
	for name, c := range map[string]struct {
		serviceType string
		config      map[string]any
	}{
		"path is missing":         {"kvstore_sqlite", nil},
		"path is a int":           {"kvstore_sqlite", map[string]any{"path": 1}},
		"prefix is a bool":        {"kvstore_memory", map[string]any{"prefix": true}},
		"no setting prefxi":       {"kvstore_memory", map[string]any{"prefxi": "a"}},
		"no setting path":         {"kvstore_memory", map[string]any{"path": "a"}},
		"addr is a int":           {"kvstore_redis", map[string]any{"addr": 6379}},
		"addr is not HOST:PORT":   {"kvstore_redis", map[string]any{"addr": "redis://localhost"}},
		"password is a int":       {"kvstore_redis", map[string]any{"password": 1}},
		"db is a string":          {"kvstore_redis", map[string]any{"db": "1"}},
		"db is a float64":         {"kvstore_redis", map[string]any{"db": 1.5}},
		"db is less than 0":       {"kvstore_redis", map[string]any{"db": -1}},
		"pool_size is a bool":     {"kvstore_redis", map[string]any{"pool_size": true}},
		"prefix is a int":         {"kvstore_redis", map[string]any{"prefix": 7}},
		"no setting poolsize":     {"kvstore_redis", map[string]any{"poolsize": 7}},
		`no service type "nosql"`: {"nosql", nil},
		"missing":                 {"kvstore_sqlite", map[string]any{"path": filepath.Join(t.TempDir(), "missing", "a.db")}},
	} {
		_, err := lokstra.TryNewService[lokstra.KvStore]("service", c.serviceType, c.config)
		if err == nil || !strings.Contains(err.Error(), name) && !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), `"service"`) {
			t.Errorf("%s: %v", name, err)
		}
		if got, ok := lokstra.TryGetService[lokstra.KvStore]("service"); ok || got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAServiceThatIsNotThereOrSomethingElseIsToldInEachForm(t *testing.T) {
	registered(t)
	lokstra.RegisterServiceType("number", func(map[string]any) (any, error) { return 7, nil })
	lokstra.RegisterService("seven", "number", nil)
	if got := lokstra.GetService[int]("seven"); got != 7 {
		t.Fatal(got)
	}
	for _, name := range []string{"missing", "seven"} {
		logged := logOf(t, func() {
			fails(t, lokstra.GetService[lokstra.KvStore](name), kv.ErrConfig, strconv.Quote(name))
		})
		if strings.Count(logged, strconv.Quote(name)) != 1 {
			t.Errorf("%s: %q is logged", name, logged)
		}
		if got := lokstra.GetService[fmt.Stringer](name); got != nil {
			t.Errorf("%s: %v", name, got)
		}
		if got, err := lokstra.GetServiceOrError[lokstra.KvStore](name); got != nil || !errors.Is(err, kv.ErrConfig) || !strings.Contains(err.Error(), strconv.Quote(name)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, ok := lokstra.TryGetService[lokstra.KvStore](name); ok {
			t.Error(name)
		}
		func() {
			defer func() {
				if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: %v", name, err)
				}
			}()
			lokstra.MustGetService[lokstra.KvStore](name)
		}()
	}
}

// fails checks that each call of a KvStore returns an error, with a text in it.
func fails(t *testing.T, store lokstra.KvStore, want error, text string) {
	t.Helper()
	if store == nil {
		t.Fatal("there is none")
	}
	var value any
	keys, keysErr := store.Keys(t.Context(), "*")
	for call, err := range map[string]error{
		"Set": store.Set(t.Context(), "k", 1, 0), "Get": store.Get(t.Context(), "k", &value),
		"Delete": store.Delete(t.Context(), "k"), "DeleteKeys": store.DeleteKeys(t.Context(), "k"), "Keys": keysErr,
	} {
		if !errors.Is(err, want) || errors.Is(err, lokstra.Nil) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if keys != nil {
		t.Error(keys)
	}
}

// logOf returns what is logged meanwhile.
func logOf(t *testing.T, run func()) string {
	t.Helper()
	var logged strings.Builder
	before := log.Writer()
	log.SetOutput(&logged)
	defer log.SetOutput(before)
	run()
	return logged.String()
}

func TestShutdownClosesAndForgets(t *testing.T) {
	registered(t)
	store := lokstra.NewService[lokstra.KvStore]("cache", "kvstore_memory", nil)
	if err := lokstra.ShutdownServices(); err != nil {
		t.Fatal(err)
	}
	if err := store.Set(t.Context(), "k", 1, 0); !errors.Is(err, kv.ErrClosed) {
		t.Error(err)
	}
	if _, ok := lokstra.TryGetService[lokstra.KvStore]("cache"); ok {
		t.Error("it is still there")
	}
}

func TestServicesOfAFileInYAMLAreKvStores(t *testing.T) {
	registered(t)
	directory := t.TempDir()
	t.Setenv("KV_TEST_DATA", directory)
	file := filepath.Join(directory, "services.yaml")
	text := `
services:
  cache:
    type: kvstore_sqlite
    config: {path: "${KV_TEST_DATA}/${KV_TEST_UNSET:cache}.db"}
  scratch: {type: kvstore_memory}
  remote: {type: kvstore_redis, config: {addr: "127.0.0.1:1", password: secret}}
  wrong: {type: kvstore_sqlite, config: {path: 1}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := lokstra.RegisterServicesFile(file, "cache", "scratch", "remote", "wrong", "missing"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cache", "scratch"} {
		store := lokstra.MustGetService[lokstra.KvStore](name)
		if err := store.Set(t.Context(), "user:1", name, 0); err != nil {
			t.Fatal(err)
		}
		if keys, err := store.Keys(t.Context(), "user:*"); err != nil || fmt.Sprint(keys) != "[user:1]" {
			t.Fatal(keys, err)
		}
		if lokstra.GetService[lokstra.KvStore](name) != store {
			t.Errorf("%s is made twice", name)
		}
	}
	if _, err := os.Stat(filepath.Join(directory, "cache.db")); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]error{"remote": kv.ErrUnavailable, "wrong": kv.ErrConfig, "missing": kv.ErrConfig} {
		func() {
			defer func() {
				err, _ := recover().(error)
				if !errors.Is(err, want) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: %v", name, err)
				}
			}()
			lokstra.MustGetService[lokstra.KvStore](name)
		}()
	}
}
