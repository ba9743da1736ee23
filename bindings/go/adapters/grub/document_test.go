package grub_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
	"kv.internal/kv/adapters/grub/badger"
	"kv.internal/kv/adapters/grub/bolt"
	"kv.internal/kv/adapters/grub/internal/models"
	"kv.internal/kv/adapters/grub/redis"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/internal/redistest"
)

// Sessions provides session storage with TTL support. It is the document's, to the letter.
type Sessions struct {
	store *grub.Store[models.Session]
}

// NewSessions creates a new session store.
func NewSessions(provider grub.StoreProvider) *Sessions {
	return &Sessions{store: grub.NewStore[models.Session](provider)}
}

// Get retrieves a value by key.
func (s *Sessions) Get(ctx context.Context, key string) (*models.Session, error) {
	return s.store.Get(ctx, key)
}

// Set stores a value with TTL.
// TTL of 0 means no expiration.
func (s *Sessions) Set(ctx context.Context, key string, session *models.Session, ttl time.Duration) error {
	return s.store.Set(ctx, key, session, ttl)
}

// Delete removes a value.
func (s *Sessions) Delete(ctx context.Context, key string) error {
	return s.store.Delete(ctx, key)
}

// Exists checks if a key exists.
func (s *Sessions) Exists(ctx context.Context, key string) (bool, error) {
	return s.store.Exists(ctx, key)
}

// List returns keys matching a prefix.
func (s *Sessions) ListByUser(ctx context.Context, userID string, limit int) ([]string, error) {
	return s.store.List(ctx, "user:"+userID+":", limit)
}

// GetBatch retrieves multiple values.
// Missing keys are omitted from result.
func (s *Sessions) GetBatch(ctx context.Context, keys []string) (map[string]*models.Session, error) {
	return s.store.GetBatch(ctx, keys)
}

// SetBatch stores multiple values with TTL.
func (s *Sessions) SetBatch(ctx context.Context, sessions map[string]*models.Session, ttl time.Duration) error {
	return s.store.SetBatch(ctx, sessions, ttl)
}

// inFile returns a store in a new file.
func inFile(t *testing.T) *kv.Store {
	t.Helper()
	return enginetest.Open(t, filepath.Join(t.TempDir(), "sessions.db"))
}

func TestTheSessionsOfTheDocumentRunOnEachOfItsProviders(t *testing.T) {
	for name, provider := range map[string]func(*testing.T) grub.StoreProvider{
		"redis": func(t *testing.T) grub.StoreProvider {
			return redis.New(enginetest.Open(t, redistest.Start(t, "").Location()+"?prefix="))
		},
		"badger": func(t *testing.T) grub.StoreProvider { return badger.New(inFile(t)) },
		"bolt":   func(t *testing.T) grub.StoreProvider { return bolt.New(inFile(t), "sessions") },
	} {
		t.Run(name, func(t *testing.T) {
			sessions := NewSessions(provider(t))
			ctx, ada := t.Context(), &models.Session{UserID: "ada", Token: "t1"}
			if err := sessions.Set(ctx, "user:ada:1", ada, time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, err := sessions.Get(ctx, "user:ada:1"); err != nil || *got != *ada {
				t.Error(got, err)
			}
			batch := map[string]*models.Session{"user:ada:2": {UserID: "ada", Token: "t2"}, "user:bob:1": {UserID: "bob"}}
			if err := sessions.SetBatch(ctx, batch, 0); err != nil {
				t.Fatal(err)
			}
			keys, err := sessions.ListByUser(ctx, "ada", 0)
			if slices.Sort(keys); err != nil || fmt.Sprint(keys) != "[user:ada:1 user:ada:2]" {
				t.Error(keys, err)
			}
			got, err := sessions.GetBatch(ctx, []string{"user:ada:2", "missing", "user:bob:1"})
			equal := func(a, b *models.Session) bool { return *a == *b }
			if err != nil || !maps.EqualFunc(got, batch, equal) {
				t.Error(got, err)
			}
			if err := sessions.Delete(ctx, "user:ada:1"); err != nil {
				t.Error(err)
			}
			if there, err := sessions.Exists(ctx, "user:ada:1"); there || err != nil {
				t.Error(there, err)
			}
			if _, err := sessions.Get(ctx, "user:ada:1"); !errors.Is(err, grub.ErrNotFound) {
				t.Error(err)
			}
		})
	}
}

func TestTheKeysOfARedisAreThoseOfGrubsOwnPackage(t *testing.T) {
	server := redistest.Start(t, "")
	sessions := NewSessions(redis.New(enginetest.Open(t, server.Location()+"?prefix=")))
	server.Do(t, "set", "user:ada:1", `{"UserID":"ada","Token":"old"}`)
	if got, err := sessions.Get(t.Context(), "user:ada:1"); err != nil || *got != (models.Session{UserID: "ada", Token: "old"}) {
		t.Error(got, err)
	}
	if err := sessions.Set(t.Context(), "user:ada:2", &models.Session{UserID: "ada"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := server.Do(t, "get", "user:ada:2"); got != `{"UserID":"ada","Token":""}` {
		t.Error(got)
	}
	if seconds, err := strconv.Atoi(server.Do(t, "ttl", "user:ada:2")); err != nil || seconds <= 0 || seconds > 3600 {
		t.Error(seconds, err)
	}
}

func TestABucketIsAGroupOfItsOwn(t *testing.T) {
	db := inFile(t)
	one, other := bolt.New(db, "one"), bolt.New(db, "other")
	if err := one.Set(t.Context(), "k", []byte("v"), 0); err != nil {
		t.Fatal(err)
	}
	if value, err := db.Get(t.Context(), "one", "k"); string(value) != "v" || err != nil {
		t.Error(value, err)
	}
	for _, provider := range []grub.StoreProvider{other, badger.New(db), redis.New(db)} {
		if _, err := provider.Get(t.Context(), "k"); !errors.Is(err, grub.ErrNotFound) {
			t.Error(err)
		}
	}
	for _, none := range []grub.StoreProvider{bolt.New(nil, "one"), badger.New(nil), redis.New(nil)} {
		if _, err := none.Get(t.Context(), "k"); !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	}
}
