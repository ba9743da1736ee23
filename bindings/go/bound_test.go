package kv_test

import (
	"testing"
	"time"

	"kv.internal/kv"
)

func TestCallsEndByADeadlineOrACancel(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		ok(t, store.Set(ctx, "g", "k", []byte("v")))
		bound := must(store.Bind())(t)
		equal(t, must(bound.Count(ctx, "g"))(t), 1)
		first := must(bound.Arm(0))(t)
		_, err := bound.Count(ctx, "g")
		is(t, err, kv.ErrDeadline)
		is(t, bound.Set(ctx, "g", "k", []byte("new")), kv.ErrDeadline)
		second := must(bound.Arm(time.Minute))(t)
		ok(t, bound.Cancel(first))
		equal(t, must(bound.Count(ctx, "g"))(t), 1)
		ok(t, bound.Cancel(second))
		is(t, bound.Set(ctx, "g", "k", []byte("new")), kv.ErrCancelled)
		must(bound.Arm(-1))(t)
		equal(t, string(must(bound.Get(ctx, "g", "k"))(t)), "v")
		ok(t, bound.Close())
		is(t, bound.Set(ctx, "g", "k", nil), kv.ErrClosed)
		outlived := must(store.Bind())(t)
		ok(t, store.Close())
		is(t, outlived.Set(ctx, "g", "k", nil), kv.ErrClosed)
		ok(t, outlived.Close())
	})
}
