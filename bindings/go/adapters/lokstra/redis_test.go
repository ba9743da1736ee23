package lokstra_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/redistest"
	"kv.internal/kv/adapters/lokstra"
)

func TestARedisIsOpenedWithEachSettingOfTheDocument(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "")
	for name, c := range map[string]struct {
		config map[string]any
		key    string
		db     string
	}{
		"all":      {map[string]any{"password": "", "db": 0, "pool_size": 10, "prefix": "myapp"}, "myapp:user:1", "0"},
		"defaults": {map[string]any{}, "kv:user:1", "0"},
		"bare":     {map[string]any{"prefix": ""}, "user:1", "0"},
		"odd":      {map[string]any{"prefix": "a b&c=d?e%/*[é"}, "a b&c=d?e%/*[é:user:1", "0"},
		"from":     {map[string]any{"db": 3.0, "pool_size": 2.0, "prefix": "json"}, "json:user:1", "3"},
		"socket":   {map[string]any{"addr": server.Socket(), "db": uint64(2), "prefix": "unix"}, "unix:user:1", "2"},
	} {
		if c.config["addr"] == nil {
			c.config["addr"] = server.Address()
		}
		store := lokstra.NewService[lokstra.KvStore](name, "kvstore_redis", c.config)
		if err := store.Set(t.Context(), "user:1", map[string]any{"name": name}, time.Hour); err != nil {
			t.Fatal(name, err)
		}
		if got, want := server.Do(t, "-n", c.db, "get", c.key), fmt.Sprintf(`{"name":%q}`, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
		if got := server.Do(t, "-n", c.db, "ttl", c.key); got != "3600" && got != "3599" {
			t.Errorf("%s: it ends in %s s", name, got)
		}
		if keys, err := store.Keys(t.Context(), "user:*"); fmt.Sprint(keys) != "[user:1]" || err != nil {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
		// Another client writes.
		server.Do(t, "-n", c.db, "set", strings.TrimSuffix(c.key, "1")+"2", "42")
		var count int
		if err := store.Get(t.Context(), "user:2", &count); count != 42 || err != nil {
			t.Errorf("%s: %d, %v", name, count, err)
		}
		if err := store.DeleteKeys(t.Context(), "user:1", "user:2", "missing"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := store.Get(t.Context(), "user:2", &count); !errors.Is(err, lokstra.Nil) {
			t.Errorf("%s: %v", name, err)
		}
		if got := server.Do(t, "-n", c.db, "exists", c.key); got != "0" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAPasswordMayHaveAnyCharacterAndIsInNoError(t *testing.T) {
	registered(t)
	const password = `p@ss:w/rd?&=%20#é"`
	server := redistest.Start(t, password)
	config := map[string]any{"addr": server.Address(), "password": password}
	store := lokstra.NewService[lokstra.KvStore]("cache", "kvstore_redis", config)
	if err := store.Set(t.Context(), "k", 1, 0); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "wr@ng"} {
		config["password"] = wrong
		_, err := lokstra.TryNewService[lokstra.KvStore]("other", "kvstore_redis", config)
		if !errors.Is(err, kv.ErrPermission) || !strings.Contains(err.Error(), `"other"`) {
			t.Errorf("%q: %v", wrong, err)
		}
		if wrong != "" && (strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), "%40")) {
			t.Error(err)
		}
	}
}

func TestAServerThatIsDownIsToldAndIsUsedWhenItComes(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "")
	server.Stop()
	lokstra.RegisterService("cache", "kvstore_redis", map[string]any{"addr": server.Address(), "prefix": "myapp"})

	var store lokstra.KvStore
	logged := logOf(t, func() { store = lokstra.GetService[lokstra.KvStore]("cache") })
	if !strings.Contains(logged, `service "cache"`) {
		t.Errorf("%q is logged", logged)
	}
	fails(t, store, kv.ErrUnavailable, `service "cache"`)
	if _, err := lokstra.GetServiceOrError[lokstra.KvStore]("cache"); !errors.Is(err, kv.ErrUnavailable) {
		t.Error(err)
	}
	if _, err := lokstra.TryNewService[lokstra.KvStore]("new", "kvstore_redis", map[string]any{"addr": server.Address()}); !errors.Is(err, kv.ErrUnavailable) {
		t.Error(err)
	}

	again := redistest.StartAt(t, server.Port, "")
	if again == nil {
		t.Skip("another process has taken the port")
	}
	err := store.Set(t.Context(), "user:1", 1, 0)
	for range 100 {
		if err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = store.Set(t.Context(), "user:1", 1, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Do(t, "get", "myapp:user:1"); got != "1" {
		t.Error(got)
	}
	var value int
	if err := store.Get(t.Context(), "user:1", &value); value != 1 || err != nil {
		t.Error(value, err)
	}
	if keys, err := store.Keys(t.Context(), "*"); fmt.Sprint(keys) != "[user:1]" || err != nil {
		t.Error(keys, err)
	}
	for _, err := range []error{store.Delete(t.Context(), "user:1"), store.DeleteKeys(t.Context(), "user:1")} {
		if err != nil {
			t.Error(err)
		}
	}
	if got := again.Do(t, "exists", "myapp:user:1"); got != "0" {
		t.Error(got)
	}
}

func TestKeysOfManyOthersAreNotInTheWay(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "")
	server.Do(t, "eval", "for i = 1, 120000 do redis.call('SET', 'other:' .. i, i) end", "0")
	store := lokstra.NewService[lokstra.KvStore]("cache", "kvstore_redis", map[string]any{"addr": server.Address(), "prefix": "myapp"})
	for i := range 3 {
		if err := store.Set(t.Context(), fmt.Sprint("session:", i), i, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"session:*": "[session:0 session:1 session:2]", "*": "[session:0 session:1 session:2]",
		"session:1": "[session:1]", "other:*": "[]",
	} {
		if keys, err := store.Keys(t.Context(), pattern); fmt.Sprint(keys) != want || err != nil {
			t.Errorf("%s: %v, %v", pattern, keys, err)
		}
	}
	sessions, err := store.Keys(t.Context(), "session:*")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.DeleteKeys(t.Context(), sessions...); err != nil {
		t.Fatal(err)
	}
	if keys, err := store.Keys(t.Context(), "*"); fmt.Sprint(keys) != "[]" || err != nil {
		t.Error(keys, err)
	}
	if got := server.Do(t, "get", "other:120000"); got != "120000" {
		t.Error(got)
	}
	// A store whose own keys are as many.
	bare := lokstra.NewService[lokstra.KvStore]("bare", "kvstore_redis", map[string]any{"addr": server.Address(), "prefix": ""})
	if keys, err := bare.Keys(t.Context(), "other:*"); len(keys) != 120000 || err != nil {
		t.Error(len(keys), err)
	}
}
