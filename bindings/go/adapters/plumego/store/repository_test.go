package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store"
)

type user struct {
	Name string `json:"name"`
	Big  int64  `json:"big"`
	note string
}

var errHook = errors.New("hook")

func (u *user) BeforeSave(context.Context) error {
	if u.Name == "refused" {
		return errHook
	}
	return nil
}

func (u *user) AfterLoad(context.Context) error {
	u.note = "loaded"
	return nil
}

// allErrors returns what each call on an id returns.
func allErrors(ctx context.Context, users store.Repository[user], id string) map[string]error {
	found := map[string]error{"Set": users.Set(ctx, id, user{Name: "ada"})}
	_, found["Get"] = users.Get(ctx, id)
	_, found["Exists"] = users.Exists(ctx, id)
	found["Delete"] = users.Delete(ctx, id)
	return found
}

// The rules of a Repository hold on each engine.
var contract = map[string]func(t *testing.T, users store.Repository[user]){
	"a value is read back until it is deleted": func(t *testing.T, users store.Repository[user]) {
		for _, name := range []string{"ada", "<grace> & \"é\""} {
			if err := users.Set(t.Context(), "u1", user{Name: name, Big: 1<<62 + 1}); err != nil {
				t.Fatal(err)
			}
			if got, err := users.Get(t.Context(), "u1"); err != nil || got != (user{name, 1<<62 + 1, "loaded"}) {
				t.Errorf("%+v, %v", got, err)
			}
		}
		if there, err := users.Exists(t.Context(), "u1"); !there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
		if err := users.Delete(t.Context(), "u1"); err != nil {
			t.Error(err)
		}
	},
	"a missing value is ErrNotFound, for exists false": func(t *testing.T, users store.Repository[user]) {
		if got, err := users.Get(t.Context(), "u1"); err != store.ErrNotFound || got != (user{}) {
			t.Errorf("%+v, %v", got, err)
		}
		if err := users.Delete(t.Context(), "u1"); err != store.ErrNotFound || !errors.Is(err, kv.ErrNotFound) {
			t.Error(err)
		}
		if there, err := users.Exists(t.Context(), "u1"); there || err != nil {
			t.Errorf("%v, %v", there, err)
		}
	},
	"ids are listed in byte order by a prefix as it is written": func(t *testing.T, users store.Repository[user]) {
		if ids, err := users.List(t.Context(), "", 0); ids == nil || len(ids) != 0 || err != nil {
			t.Errorf("%v, %v", ids, err)
		}
		for _, id := range []string{"b/2", "b/1", "b", "a*", "b/3"} {
			if err := users.Set(t.Context(), id, user{}); err != nil {
				t.Fatal(err)
			}
		}
		for want, list := range map[string]struct {
			prefix string
			limit  int
		}{
			"[a* b b/1 b/2 b/3]": {"", 0}, "[b/1 b/2]": {"b/", 2}, "[b/1 b/2 b/3]": {"b/", -1}, "[a*]": {"a*", 0}, "[]": {"*", 0},
		} {
			if ids, err := users.List(t.Context(), list.prefix, list.limit); fmt.Sprint(ids) != want || err != nil {
				t.Errorf("%+v: %v, %v", list, ids, err)
			}
		}
	},
	"an id that is none is refused": func(t *testing.T, users store.Repository[user]) {
		for id, want := range map[string]string{
			"":                         "store: id is required",
			"a\nb":                     "store: id is required: control character at position 1",
			strings.Repeat("u", 1<<16): "",
		} {
			for call, err := range allErrors(t.Context(), users, id) {
				if !errors.Is(err, store.ErrInvalidID) || want != "" && err.Error() != want {
					t.Errorf("%s of %.9q: %v", call, id, err)
				}
			}
		}
	},
	"a hook that refuses a value leaves the old one": func(t *testing.T, users store.Repository[user]) {
		if err := users.Set(t.Context(), "u1", user{Name: "ada"}); err != nil {
			t.Fatal(err)
		}
		if err := users.Set(t.Context(), "u1", user{Name: "refused"}); err != errHook {
			t.Error(err)
		}
		if got, err := users.Get(t.Context(), "u1"); got.Name != "ada" || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
	},
	"a nil context is no cancellation": func(t *testing.T, users store.Repository[user]) {
		var none context.Context
		found := allErrors(none, users, "u1")
		_, found["List"] = users.List(none, "", 0)
		for call, err := range found {
			if err != nil {
				t.Errorf("%s: %v", call, err)
			}
		}
	},
}

func TestAGroupRepositoryKeepsTheContract(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(contract)) {
		t.Run(rule, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, db *kv.Store) {
				contract[rule](t, store.NewRepository[user](db, "users"))
			})
		})
	}
}

func TestARepositoryWithoutAStoreIsErrClosed(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, users := range map[string]*store.GroupRepository[user]{
		"nil":            nil,
		"zero":           {},
		"group of nil":   store.NewRepository[user](nil, "users"),
		"group of zero":  store.NewRepository[user](&kv.Store{}, "users"),
		"group of ended": store.NewRepository[user](enginetest.Closed(t), "users"),
	} {
		for ctx, want := range map[context.Context]error{t.Context(): store.ErrClosed, cancelled: context.Canceled} {
			found := allErrors(ctx, users, "u1")
			_, found["List"] = users.List(ctx, "", 0)
			for call, err := range found {
				if !errors.Is(err, want) || want == store.ErrClosed && !errors.Is(err, kv.ErrClosed) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
		}
	}
}

func TestAValueIsJSONThatEveryOtherUserOfTheGroupReads(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, db *kv.Store) {
		users := store.NewRepository[user](db, "users")
		if err := users.Set(t.Context(), "u1", user{Name: "ada"}); err != nil {
			t.Fatal(err)
		}
		if text, err := db.Get(t.Context(), "users", "u1"); string(text) != `{"name":"ada","big":0}` || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if err := db.SetTTL(t.Context(), "users", "u2", []byte("no JSON"), time.Hour); err != nil {
			t.Fatal(err)
		}
		var undecoded *kv.DecodeError
		if _, err := users.Get(t.Context(), "u2"); !errors.As(err, &undecoded) || errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})
}
