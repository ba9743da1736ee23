package plumego_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store"
	"kv.internal/kv/adapters/plumego/store/cache"
	"kv.internal/kv/adapters/plumego/store/file"
	"kv.internal/kv/adapters/plumego/store/idempotency"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

// User is the document's.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func newUserRepo(db *kv.Store) store.Repository[User] { return store.NewRepository[User](db, "users") }

func TestTheExampleOfARepositoryRuns(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, db *kv.Store) {
		var repo store.Repository[User] = newUserRepo(db)
		if err := repo.Set(t.Context(), "42", User{"42", "Ada"}); err != nil {
			t.Fatal(err)
		}
		handler := func(w http.ResponseWriter, r *http.Request) {
			ctx, userID := r.Context(), r.PathValue("id")
			user, err := repo.Get(ctx, userID)
			if err != nil {
				http.Error(w, "user not found", http.StatusNotFound)
				return
			}
			json.NewEncoder(w).Encode(user)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /users/{id}", handler)
		for path, want := range map[string]struct {
			code int
			text string
		}{
			"/users/42": {http.StatusOK, `{"id":"42","name":"Ada"}` + "\n"},
			"/users/43": {http.StatusNotFound, "user not found\n"},
		} {
			response := httptest.NewRecorder()
			mux.ServeHTTP(response, httptest.NewRequest(http.MethodGet, path, nil))
			if response.Code != want.code || response.Body.String() != want.text {
				t.Errorf("%s: %d, %q", path, response.Code, response.Body)
			}
		}
	})
}

func TestTheExampleOfStoreKVRuns(t *testing.T) {
	kv, err := kvstore.NewKVStore(kvstore.Options{
		DataDir: filepath.Join(t.TempDir(), "myapp", "kv"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer kv.Close()

	kv.Set("session:abc", []byte(`{"user":"alice"}`), 30*time.Minute)

	data, err := kv.Get("session:abc")
	if string(data) != `{"user":"alice"}` || err != nil {
		t.Errorf("%q, %v", data, err)
	}

	kv.Delete("session:abc")

	exists := kv.Exists("session:abc")
	if exists {
		t.Error("it was not deleted")
	}
}

// pageCache is the document's, whose implementations may be swapped.
type pageCache interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
	Exists(ctx context.Context, key string) (bool, error)
	Close() error
}

func TestTheExampleOfStoreCacheRuns(t *testing.T) {
	use := func(t *testing.T, c pageCache) {
		ctx, jsonBytes := t.Context(), []byte(`{"name":"Ada"}`)
		c.Set(ctx, "user:42", jsonBytes, 5*time.Minute)

		data, err := c.Get(ctx, "user:42")
		if !bytes.Equal(data, jsonBytes) || err != nil {
			t.Errorf("%q, %v", data, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	c, err := cache.NewMemoryCacheWithConfig(cache.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	use(t, c)
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		c, err := cache.NewGroupCache(store, "cache", cache.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		use(t, c)
	})
}

func TestTheExampleOfStoreIdempotencyRunsItsOperationOnce(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, db *kv.Store) {
		runs := 0
		doExpensiveOperation := func(context.Context, string) ([]byte, error) {
			runs++
			if runs == 1 {
				return nil, errors.New("the first try fails")
			}
			return []byte("paid"), nil
		}
		// The one name that is another: the Store of the code has another Get.
		var idem idempotency.Guard = idempotency.NewGroupStore(db, "idempotency").Guard()
		handle := func(ctx context.Context, idempotencyKey, req string) ([]byte, error) {
			rec, err := idem.Get(ctx, idempotencyKey)
			if err == nil && rec.Status == idempotency.StatusCompleted {
				return rec.Response, nil
			}
			result, err := doExpensiveOperation(ctx, req)
			if err != nil {
				return nil, err
			}
			return result, idem.Set(ctx, idempotencyKey, idempotency.Record{
				Status:   idempotency.StatusCompleted,
				Response: result,
			})
		}
		if _, err := handle(t.Context(), "order-1", "pay"); err == nil {
			t.Error("the first try has not failed")
		}
		for range 2 {
			if result, err := handle(t.Context(), "order-1", "pay"); string(result) != "paid" || err != nil {
				t.Errorf("%q, %v", result, err)
			}
		}
		if runs != 2 {
			t.Errorf("%d runs", runs)
		}
	})
}

// The names of plumego's code, as a program declares what it needs of them.
var (
	_ cache.Cache                = (*cache.MemoryCache)(nil)
	_ cache.AtomicCache          = (*cache.MemoryCache)(nil)
	_ cache.CounterCache         = cache.AtomicCache(nil)
	_ cache.AppenderCache        = cache.AtomicCache(nil)
	_ io.Closer                  = (*cache.MemoryCache)(nil)
	_ idempotency.Store          = (*idempotency.GroupStore)(nil)
	_ idempotency.HashAwareStore = (*idempotency.GroupStore)(nil)
	_ kvstore.Config             = kvstore.Options{}
	_ file.Storage               = (*file.GroupStorage)(nil)
	_ file.MetadataManager       = (*file.GroupMetadata)(nil)
)
