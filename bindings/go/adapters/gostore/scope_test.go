package gostore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kv.internal/kv/adapters/gostore"
)

func scope(t *testing.T, store *gostore.Store, namespace string, quota gostore.QuotaConfig) *gostore.ScopedStore {
	t.Helper()
	scoped, err := gostore.NewScopedWithQuota(store, namespace, quota)
	if err != nil {
		t.Fatal(err)
	}
	return scoped
}

func TestAScopedStoreHasTheOperationsOfAStoreInItsNamespace(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		scoped, err := gostore.NewScoped(store, "tenant-a")
		if err != nil {
			t.Fatal(err)
		}
		want[string](t, "tenant-a")(scoped.Namespace(), nil)
		for _, group := range []string{"Tenant-A:prefs", "tenant-ab:prefs", "prefs"} {
			set(t, store, group, "locale", "other")
		}
		if err := scoped.Set("prefs", "locale", "en-GB"); err != nil {
			t.Fatal(err)
		}
		want[string](t, "en-GB")(store.Get("tenant-a:prefs", "locale"))
		want[int](t, "1")(scoped.CountAll(""))
		want[[]string](t, "[prefs]")(scoped.Groups(""))
		want[map[string]string](t, "map[locale:en-GB]")(scoped.GetAll("prefs"))
		want[string](t, "en-GB")(scoped.Render("{{.locale}}", "prefs"))
		root, own := store.Watch("*", "*"), scoped.Watch("*", "*")
		var seen string
		defer scoped.OnChange(func(event gostore.Event) { seen += event.Group })()
		set(t, store, "tenant-b:prefs", "k", "v")
		if err := scoped.DeleteGroup("prefs"); err != nil {
			t.Fatal(err)
		}
		want[string](t, "set tenant-b:prefs/k v, delete_group tenant-a:prefs/")(waiting(root), nil)
		want[string](t, "delete_group prefs/ prefs")(waiting(own)+" "+seen, nil)
		want[int](t, "4")(store.CountAll(""))
	})
}

func TestANamespaceThatIsNoneIsInvalid(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		for _, namespace := range []string{"", "foo.bar", "foo:bar", "foo bar", "foo/bar", "foo_bar", "tenant!", "@ns", "a\n"} {
			_, first := gostore.NewScoped(store, namespace)
			_, second := gostore.NewScopedWithQuota(store, namespace, gostore.QuotaConfig{MaxKeys: 1})
			for _, err := range []error{first, second} {
				if err == nil || !strings.Contains(err.Error(), "invalid") {
					t.Errorf("%q: %v", namespace, err)
				}
			}
		}
	})
}

func TestAQuotaLimitsKeysAndGroupsOfTheNamespace(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		scoped := scope(t, store, "tenant-a", gostore.QuotaConfig{MaxKeys: 3, MaxGroups: 2})
		unlimited, err := gostore.NewScoped(store, "tenant-a")
		if err != nil {
			t.Fatal(err)
		}
		exceeded := func(err error) {
			t.Helper()
			if !errors.Is(err, gostore.QuotaExceededError) {
				t.Errorf("got %v", err)
			}
		}
		watcher := store.Watch("*", "*")
		for _, group := range []string{"g", "h"} {
			if err := scoped.Set(group, "k", "v"); err != nil {
				t.Fatal(err)
			}
		}
		exceeded(scoped.Set("i", "k", "v"))
		if err := scoped.SetWithTTL("g", "expired", "v", 0); err != nil {
			t.Fatal(err)
		}
		if err := unlimited.Set("g", "l", "v"); err != nil {
			t.Fatal(err)
		}
		waiting(watcher)
		exceeded(scoped.Set("g", "m", "v"))
		exceeded(unlimited.SetWithTTL("g", "m", "v", 1<<40))
		exceeded(store.Set("tenant-a:g", "m", "v"))
		want[string](t, "")(waiting(watcher), nil)
		if err := scoped.Set("g", "k", "updated"); err != nil {
			t.Error(err)
		}
		if err := scoped.DeleteGroup("h"); err != nil || scoped.Set("i", "k", "v") != nil {
			t.Error("a place is not free again", err)
		}
		other := scope(t, store, "tenant-b", gostore.QuotaConfig{})
		for i := range 20 {
			if err := other.Set(fmt.Sprint(i), "k", "v"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := gostore.NewScopedWithQuota(store, "tenant-c", gostore.QuotaConfig{MaxKeys: -1}); err == nil {
			t.Error("a negative limit is none")
		}
	})
}

func TestAStoreMayBeNarrowedAnyNumberOfTimes(t *testing.T) {
	stores(t, func(t *testing.T, store *gostore.Store) {
		for range 10_000 {
			scoped, err := gostore.NewScoped(store, "tenant-a")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := scoped.Count("g"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
