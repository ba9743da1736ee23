package kv_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"kv.internal/kv"
)

// many entries are three batches of one group.
const many = 600

// copied returns a store with entries in two groups, one of them with an empty key, and an empty
// one.
func copied(t *testing.T) (from, to *kv.Store) {
	from, to = openFile(t), openAt(t, "memory:")
	for i := range many {
		ok(t, from.Set(t.Context(), "g", fmt.Sprintf("key %d", 1000+i), []byte("v")))
	}
	ok(t, from.Set(t.Context(), "", "", []byte{0}))
	return from, to
}

func TestACopyHasEverything(t *testing.T) {
	from, to := copied(t)
	_, err := from.Put(t.Context(), "", "expires", nil, kv.ExpireAfter(1<<40))
	ok(t, err)
	state := must(from.Copy(t.Context(), to))(t)
	equal(t, *state.Position, kv.Position{Group: "g", Key: "key 1599"})
	state.Position = nil
	equal(t, state, kv.CopyState{Entries: many + 2, Bytes: many*10 + 1 + 7, Total: many + 2})
	equal(t, must(to.Count(t.Context(), "g"))(t), many)
	source := must(from.GetEntry(t.Context(), "", "expires"))(t)
	target := must(to.GetEntry(t.Context(), "", "expires"))(t)
	equal(t, target.ExpiresAt, source.ExpiresAt)

	nothing := must(openAt(t, "memory:").Copy(t.Context(), to))(t)
	equal(t, nothing, kv.CopyState{})
}

func TestACopyOverwritesKeepsOrRefusesWhatIsThere(t *testing.T) {
	from, to := copied(t)
	ok(t, to.Set(t.Context(), "g", "key 1000", []byte("mine")))
	_, err := from.Copy(t.Context(), to, kv.RefuseExisting())
	is(t, err, kv.ErrArgument)
	state := must(from.Copy(t.Context(), to, kv.KeepExisting()))(t)
	equal(t, state.Entries, many)
	equal(t, state.Skipped, 1)
	equal(t, string(must(to.Get(t.Context(), "g", "key 1000"))(t)), "mine")
	must(from.Copy(t.Context(), to))(t)
	equal(t, string(must(to.Get(t.Context(), "g", "key 1000"))(t)), "v")
}

func TestACopyEndsWhenItsProgressOrItsContextSaysSoAndGoesOn(t *testing.T) {
	from, to := copied(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var reported kv.CopyState
	first, err := from.Copy(t.Context(), to, kv.CopyProgress(func(at kv.CopyState) bool {
		// Both may be used meanwhile.
		ok(t, from.Set(t.Context(), "z", "later", nil))
		equal(t, must(to.Count(t.Context(), ""))(t), 1)
		reported = at
		return false
	}))
	is(t, err, kv.ErrCancelled)
	equal(t, *first.Position, kv.Position{})
	equal(t, *reported.Position, *first.Position)
	second, err := from.Copy(ctx, to, kv.AfterPosition(first.Position), kv.CopyProgress(func(kv.CopyState) bool {
		cancel()
		return true
	}))
	is(t, err, context.Canceled)
	equal(t, second.Entries, 256)
	_, err = from.Copy(ctx, to)
	is(t, err, context.Canceled)
	third := must(from.Copy(t.Context(), to, kv.AfterPosition(second.Position)))(t)
	equal(t, third.Entries, many-256+1)
	equal(t, must(to.CountAll(t.Context(), ""))(t), many+2)
}

func TestAPanicInTheProgressOfACopyComesOutOfTheCall(t *testing.T) {
	from, to := copied(t)
	mine := errors.New("mine")
	func() {
		defer func() { equal(t, recover(), any(mine)) }()
		_, err := from.Copy(t.Context(), to, kv.CopyProgress(func(kv.CopyState) bool { panic(mine) }))
		t.Errorf("the copy returned %v", err)
	}()
	equal(t, must(from.Copy(t.Context(), to))(t).Entries, many+1)
}

func TestAStoreIsNotCopiedIntoItselfOrIntoAClosedOne(t *testing.T) {
	from, to := copied(t)
	scope := must(from.Scope("a"))(t)
	defer scope.Close()
	for _, target := range []*kv.Store{from, scope} {
		_, err := from.Copy(t.Context(), target)
		is(t, err, kv.ErrArgument)
	}
	ok(t, to.Close())
	_, err := from.Copy(t.Context(), to)
	is(t, err, kv.ErrClosed)
	_, err = to.Copy(t.Context(), from)
	is(t, err, kv.ErrClosed)
}
