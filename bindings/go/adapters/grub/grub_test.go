package grub_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
)

type session struct {
	User string
	Big  int64
	note string
}

var errHook = errors.New("hook")

func (s *session) BeforeSave(context.Context) error {
	if s.User == "refused" {
		return errHook
	}
	return nil
}

func (s *session) AfterSave(context.Context) error {
	if s.User == "saved, then refused" {
		return errHook
	}
	return nil
}

func (s *session) AfterLoad(context.Context) error {
	s.note = "loaded"
	if s.User == "not loaded" {
		return errHook
	}
	return nil
}

func open(t *testing.T) (*kv.Store, *grub.Store[session]) {
	t.Helper()
	store, err := kv.Open(t.Context(), filepath.Join(t.TempDir(), "grub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store, grub.NewStore[session](grub.NewProvider(store, ""))
}

func TestGetAndDeleteOfAMissingKeyAreErrNotFoundAndExistsIsNoError(t *testing.T) {
	_, sessions := open(t)
	if _, err := sessions.Get(t.Context(), "k"); !errors.Is(err, grub.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if err := sessions.Delete(t.Context(), "k"); !errors.Is(err, grub.ErrNotFound) {
		t.Errorf("delete: %v", err)
	}
	if there, err := sessions.Exists(t.Context(), "k"); there || err != nil {
		t.Errorf("exists: %v, %v", there, err)
	}
}

func TestSetReplacesValueAndTTLAndZeroIsNoExpiration(t *testing.T) {
	store, sessions := open(t)
	ada := &session{User: "ada", Big: 1<<62 + 1}
	if err := sessions.Set(t.Context(), "k", ada, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, expires, err := store.TTL(t.Context(), "", "k"); !expires || err != nil {
		t.Fatalf("%v, %v", expires, err)
	}
	if err := sessions.Set(t.Context(), "k", ada, 0); err != nil {
		t.Fatal(err)
	}
	if _, expires, err := store.TTL(t.Context(), "", "k"); expires || err != nil {
		t.Fatalf("%v, %v", expires, err)
	}
	got, err := sessions.Get(t.Context(), "k")
	if err != nil || got.User != "ada" || got.Big != ada.Big || got.note != "loaded" {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestAValueIsThereAtOnceAndGoneAfterItsTTL(t *testing.T) {
	_, sessions := open(t)
	written := time.Now()
	if err := sessions.Set(t.Context(), "k", &session{}, time.Second); err != nil {
		t.Fatal(err)
	}
	for {
		there, err := sessions.Exists(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		lived := time.Since(written)
		if there && lived > time.Minute {
			t.Fatal("it stays")
		}
		if !there {
			if lived < time.Second-time.Millisecond {
				t.Fatalf("gone after %v", lived)
			}
			return
		}
	}
}

func TestListTakesALiteralPrefixAndALimitOfZeroIsNone(t *testing.T) {
	store, sessions := open(t)
	for _, key := range []string{"user:1:a", "user:1:b", "user:12", "user[1]x", "*"} {
		if err := store.Set(t.Context(), "", key, nil); err != nil {
			t.Fatal(err)
		}
	}
	for want, arguments := range map[string]struct {
		prefix string
		limit  int
	}{
		"[user:1:a user:1:b]":                    {"user:1:", 0},
		"[user:1:a]":                             {"user:1:", 1},
		"[user[1]x]":                             {"user[1]", -1},
		"[*]":                                    {"*", 0},
		"[]":                                     {"missing", 0},
		"[* user:12 user:1:a user:1:b user[1]x]": {"", 0},
	} {
		keys, err := sessions.List(t.Context(), arguments.prefix, arguments.limit)
		if err != nil || fmt.Sprint(keys) != want {
			t.Errorf("%+v: %v, %v", arguments, keys, err)
		}
	}
}

func TestGetBatchLeavesMissingKeysOutAndIsNeverNil(t *testing.T) {
	store, sessions := open(t)
	values := map[string]*session{"a": {User: "ada"}, "b": {User: "grace"}}
	if err := sessions.SetBatch(t.Context(), values, time.Hour); err != nil {
		t.Fatal(err)
	}
	got, err := sessions.GetBatch(t.Context(), []string{"a", "missing", "b", "a"})
	if err != nil || len(got) != 2 || got["b"].User != "grace" || got["b"].note != "loaded" {
		t.Fatalf("%v, %v", got, err)
	}
	got, err = sessions.GetBatch(t.Context(), nil)
	if err != nil || got == nil || len(got) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	// One that cannot be decoded, or whose hook fails, fails the call, and is not missing.
	for _, text := range []string{"broken", `{"User":"not loaded"}`} {
		if err := store.Set(t.Context(), "", "a", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := sessions.GetBatch(t.Context(), []string{"a", "b"}); err == nil || got != nil || errors.Is(err, grub.ErrNotFound) {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := sessions.Get(t.Context(), "a"); err == nil || got != nil || errors.Is(err, grub.ErrNotFound) {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestAnErrorBeforeTheSaveWritesNothingAndOneAfterItLeavesTheData(t *testing.T) {
	store, sessions := open(t)
	refused := map[string]*session{"a": {}, "b": {User: "refused"}}
	if err := sessions.SetBatch(t.Context(), refused, 0); !errors.Is(err, errHook) {
		t.Fatal(err)
	}
	if err := sessions.Set(t.Context(), "c", refused["b"], 0); !errors.Is(err, errHook) {
		t.Fatal(err)
	}
	if count, err := store.Count(t.Context(), ""); count != 0 || err != nil {
		t.Fatalf("%d, %v", count, err)
	}
	if err := sessions.Set(t.Context(), "c", &session{User: "saved, then refused"}, 0); !errors.Is(err, errHook) {
		t.Fatal(err)
	}
	if count, err := store.Count(t.Context(), ""); count != 1 || err != nil {
		t.Fatalf("%d, %v", count, err)
	}
	if err := sessions.SetBatch(t.Context(), nil, 0); err != nil {
		t.Fatal(err)
	}
}

func TestANilValueIsStoredAsNullAndReadAsTheZeroOne(t *testing.T) {
	store, sessions := open(t)
	if err := sessions.Set(t.Context(), "k", nil, 0); err != nil {
		t.Fatal(err)
	}
	if data, err := store.Get(t.Context(), "", "k"); string(data) != "null" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	if got, err := sessions.Get(t.Context(), "k"); err != nil || got.User != "" {
		t.Fatalf("%+v, %v", got, err)
	}
}

type guarded struct{ Text string }

func (*guarded) BeforeDelete(ctx context.Context) error {
	if ctx.Value(guarded{}) != nil {
		return errHook
	}
	return nil
}

func TestBeforeDeleteThatFailsKeepsTheValue(t *testing.T) {
	store, _ := open(t)
	values := grub.NewStore[guarded](grub.NewProvider(store, "guarded"))
	if err := values.Set(t.Context(), "k", &guarded{}, 0); err != nil {
		t.Fatal(err)
	}
	if err := values.Delete(context.WithValue(t.Context(), guarded{}, true), "k"); !errors.Is(err, errHook) {
		t.Fatal(err)
	}
	if err := values.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
}

func TestGobIsTheOtherCodec(t *testing.T) {
	store, _ := open(t)
	values := grub.NewStoreWithCodec[guarded](grub.NewProvider(store, "gob"), grub.GobCodec{})
	if err := values.Set(t.Context(), "k", &guarded{"text"}, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := values.Get(t.Context(), "k"); err != nil || got.Text != "text" {
		t.Fatalf("%+v, %v", got, err)
	}
	if data, err := store.Get(t.Context(), "gob", "k"); err != nil || strings.HasPrefix(string(data), "{") {
		t.Fatalf("%q, %v", data, err)
	}
}
