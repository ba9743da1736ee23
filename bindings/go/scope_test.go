package kv_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestAScopeSeesItsOwnGroupsUnderTheirOwnNames(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		scoped := must(store.Scope("tenant-a"))(t)
		defer scoped.Close()
		for _, group := range []string{"tenant-a:g", "Tenant-A:g", "tenant-a", "tenant-ab:g", "g", "tenant-a:"} {
			fill(t, store, group, "k")
		}
		var groups []string
		for group, err := range scoped.Groups(t.Context(), "") {
			ok(t, err)
			groups = append(groups, group)
		}
		equal(t, strings.Join(groups, ","), ",g")
		equal(t, must(scoped.CountAll(t.Context(), ""))(t), 2)
		w := watch(t, scoped, kv.Everywhere())
		ok(t, scoped.Set(t.Context(), "h", "k", []byte("v")))
		ok(t, store.Set(t.Context(), "h", "k", nil))
		ok(t, store.Set(t.Context(), "tenant-a:h", "l", nil))
		receives(t, w, "set h/k v", "set h/l")
		equal(t, string(must(store.Get(t.Context(), "tenant-a:h", "k"))(t)), "v")
		must(scoped.DeleteGroup(t.Context(), "g"))(t)
		equal(t, must(store.Exists(t.Context(), "g", "k"))(t), true)
		is(t, scoped.SetQuota(t.Context(), "x", kv.Limits{}), kv.ErrUnsupported)
		ok(t, store.Close())
		equal(t, must(scoped.Exists(t.Context(), "h", "k"))(t), true)
	})
}

func TestANamespaceIsOfLettersDigitsAndHyphens(t *testing.T) {
	store := openAt(t, "memory:")
	for _, name := range []string{"", "foo.bar", "foo:bar", "foo bar", "foo/bar", "foo_bar", "tenant!", "a\n", "a\x00", "é", strings.Repeat("a", 256)} {
		_, err := store.Scope(name)
		is(t, err, kv.ErrArgument)
		is(t, store.SetQuota(t.Context(), name, kv.Limits{MaxKeys: 1}), kv.ErrArgument)
		_, err = store.Quota(t.Context(), name)
		is(t, err, kv.ErrArgument)
	}
	for _, name := range []string{"a", "Tenant-1", "-", strings.Repeat("a", 255)} {
		ok(t, must(store.Scope(name))(t).Close())
	}
	ok(t, store.Close())
	_, err := store.Scope("a")
	is(t, err, kv.ErrClosed)
}

func TestAQuotaHoldsForTheNamespaceHoweverItIsReached(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetQuota(t.Context(), "tenant", kv.Limits{MaxKeys: 2, MaxGroups: 1, MaxBytes: 1000}))
		scoped := must(store.Scope("tenant"))(t)
		defer scoped.Close()
		ok(t, scoped.Set(t.Context(), "g", "a", nil))
		is(t, scoped.Set(t.Context(), "h", "a", nil), kv.ErrQuotaExceeded)
		ok(t, store.Set(t.Context(), "tenant:g", "b", nil))
		is(t, store.Set(t.Context(), "tenant:g", "c", nil), kv.ErrQuotaExceeded)
		ok(t, scoped.Set(t.Context(), "g", "b", make([]byte, 500)))
		is(t, scoped.Set(t.Context(), "g", "a", make([]byte, 500)), kv.ErrQuotaExceeded)
		is(t, scoped.Update(t.Context(), func(tx *kv.Tx) error { return tx.Set("g", "c", nil) }), kv.ErrQuotaExceeded)
		ok(t, store.Set(t.Context(), "other:g", "c", nil))
		quota := must(store.Quota(t.Context(), "tenant"))(t)
		equal(t, quota, kv.Quota{Limits: kv.Limits{MaxKeys: 2, MaxGroups: 1, MaxBytes: 1000}, Keys: 2, Groups: 1, Bytes: quota.Bytes})
		if quota.Bytes < 500 || quota.Bytes > 1000 {
			t.Fatalf("%d bytes", quota.Bytes)
		}
		_, err := scoped.Put(t.Context(), "g", "b", nil, kv.ExpireAt(time.UnixMilli(1)))
		ok(t, err)
		ok(t, scoped.Set(t.Context(), "g", "c", nil))
		is(t, store.SetQuota(t.Context(), "tenant", kv.Limits{MaxKeys: -1}), kv.ErrArgument)
		ok(t, store.SetQuota(t.Context(), "tenant", kv.Limits{}))
		ok(t, scoped.Set(t.Context(), "h", "a", nil))
		equal(t, must(store.Quota(t.Context(), "tenant"))(t), kv.Quota{})
	})
}

func TestARaceForTheLastPlacesIsWonByAsManyAsThereAre(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetQuota(t.Context(), "tenant", kv.Limits{MaxKeys: 10}))
		var all sync.WaitGroup
		for i := range 8 {
			spawn(&all, func() {
				for j := range 10 {
					store.Set(context.Background(), "tenant:g", fmt.Sprint(i, j), nil)
				}
			})
		}
		all.Wait()
		equal(t, must(store.CountAll(t.Context(), "tenant:"))(t), 10)
	})
}
