package lokstra_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kv.internal/kv/adapters/internal/redistest"
	"kv.internal/kv/adapters/lokstra"
	"kv.internal/kv/adapters/lokstra/lokstra_registry"
	"kv.internal/kv/adapters/lokstra/redis"
	"kv.internal/kv/adapters/lokstra/serviceapi"
	"kv.internal/kv/adapters/lokstra/services"
	"kv.internal/kv/adapters/lokstra/services/kvstore_redis"
)

// CachedUserRepository is the document's, over a map instead of a database.
type CachedUserRepository struct {
	cache serviceapi.KvStore
	db    map[int]user
}

func NewCachedUserRepository(db map[int]user) *CachedUserRepository {
	return &CachedUserRepository{
		cache: lokstra_registry.GetService[serviceapi.KvStore]("cache"),
		db:    db,
	}
}

func (r *CachedUserRepository) GetByID(ctx context.Context, id int) (*user, error) {
	cacheKey := fmt.Sprintf("user:%d", id)
	var cached user
	err := r.cache.Get(ctx, cacheKey, &cached)
	if err == nil {
		return &cached, nil
	}
	if !errors.Is(err, redis.Nil) {
		return nil, err
	}
	found := r.db[id]
	return &found, r.cache.Set(ctx, cacheKey, found, time.Hour)
}

func TestTheMainExampleOfTheDocumentRuns(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "")
	// Register service
	kvstore_redis.Register()

	// Create kvstore
	kvStore := lokstra_registry.NewService[serviceapi.KvStore](
		"cache", "kvstore_redis",
		map[string]any{
			"addr":      server.Address(),
			"password":  "",
			"db":        0,
			"pool_size": 10,
			"prefix":    "myapp",
		},
	)

	db := map[int]user{123: {123, "John"}}
	repository := NewCachedUserRepository(db)
	for range 2 {
		if john, err := repository.GetByID(t.Context(), 123); err != nil || *john != (user{123, "John"}) {
			t.Fatal(john, err)
		}
		// The second one comes from the cache.
		delete(db, 123)
	}
	if got := server.Do(t, "get", "myapp:user:123"); got != `{"ID":123,"Name":"John"}` {
		t.Error(got)
	}
	if keys, err := kvStore.Keys(t.Context(), "user:*"); fmt.Sprint(keys) != "[user:123]" || err != nil {
		t.Error(keys, err)
	}
}

func TestTheNamesOfLokstraAreThoseOfTheAdapter(t *testing.T) {
	for _, register := range []func(){services.RegisterAllServices, services.RegisterCoreServices, kvstore_redis.Register} {
		registered(t)
		register()
		made, err := lokstra_registry.TryNewService[serviceapi.KvStore]("made", "kvstore_memory", nil)
		if err != nil || made != lokstra_registry.MustGetService[serviceapi.KvStore]("made") {
			t.Fatal(made, err)
		}
		lokstra_registry.RegisterServiceType("text", func(map[string]any) (any, error) { return "here", nil })
		lokstra_registry.RegisterService("text", "text", nil)
		if text, ok := lokstra_registry.TryGetService[string]("text"); text != "here" || !ok {
			t.Error(text, ok)
		}
		if text, err := lokstra_registry.GetServiceOrError[string]("text"); text != "here" || err != nil {
			t.Error(text, err)
		}
		if err := lokstra_registry.RegisterServicesFile("missing.yaml", "other"); err == nil {
			t.Error("the file is not missing")
		}
		if err := lokstra_registry.ShutdownServices(); err != nil {
			t.Error(err)
		}
		if _, ok := lokstra.TryGetService[string]("text"); ok {
			t.Error("it is still there")
		}
	}
}
