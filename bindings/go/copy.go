package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// Position is an entry of a store, whether it is still there or not.
type Position struct {
	Group string
	Key   string
}

// CopyOption changes how a store is copied. Without any everything is copied, over entries that are
// in the target under the same keys; the others stay.
type CopyOption struct {
	existing uint32
	after    *Position
	progress func(CopyState) bool
}

// KeepExisting lets all entries of the target stay, and skips those of the source under their keys.
func KeepExisting() CopyOption { return CopyOption{existing: capi.CopyKeep} }

// RefuseExisting lets a copy begin only if the target is empty. One that goes on after a position
// overwrites.
func RefuseExisting() CopyOption { return CopyOption{existing: capi.CopyRefuse} }

// AfterPosition copies only the entries behind a position, at which a copy ended early; nil is the
// beginning.
func AfterPosition(position *Position) CopyOption { return CopyOption{after: position} }

// CopyProgress calls a function after each batch with the state of the copy. The function may use
// both stores, but not close them, and ends the copy by returning false, which is [ErrCancelled].
func CopyProgress(progress func(CopyState) bool) CopyOption { return CopyOption{progress: progress} }

// CopyState is how far a copy has come.
type CopyState struct {
	// Entries are those written by this call, Bytes those of their groups, keys and values.
	Entries uint64
	Bytes   uint64
	// Skipped were left alone because their keys were there, Expired have expired on the way.
	Skipped uint64
	Expired uint64
	// Missing were written, and were gone when their group had been copied: others have deleted
	// them, or a target that evicts.
	Missing uint64
	// Total are the entries of the whole source when the call began, an estimate.
	Total uint64
	// Position is the last entry that was dealt with, after which a later call goes on; nil if
	// there is none yet.
	Position *Position
}

// Copy copies the live entries into another store, whatever engines the two are on: values, and the
// moments they expire at, to the millisecond. Versions are the target's own. Others read and write
// meanwhile; a copy of one snapshot does not see writes to the source.
//
// The target is written in batches of one group, each all or nothing. The entries that a copy has
// written before it ended early stay, and a copy after the position that it returns, also with an
// error, goes on from there. A context that is done ends it after a batch. A store that is copied
// into itself, or into a scope of it, and a target that is to be empty and is not, is
// [ErrArgument]; a quota or limit of the target [ErrQuotaExceeded] or [ErrFull]; a target that does
// not have what it says it has written [ErrCorrupt].
func (s *Store) Copy(ctx context.Context, to *Store, options ...CopyOption) (_ CopyState, err error) {
	var chosen CopyOption
	for _, option := range options {
		chosen = chosen.with(option)
	}
	op := plainOp("copy")
	in, err := s.enter(ctx, op)
	if err != nil {
		return CopyState{Position: chosen.after}, err
	}
	defer in.end(&err)
	if to == nil || to.handle == (capi.Store{}) {
		return CopyState{Position: chosen.after}, op.argument("the target was not opened; kv.Open returns one that is")
	}
	target, err := to.enterUntraced(ctx, op)
	if err != nil {
		return CopyState{Position: chosen.after}, err
	}
	defer target.leave()
	var after capi.Position
	if chosen.after != nil {
		after = capi.Position{Group: chosen.after.Group, Key: chosen.after.Key, IsSet: true}
	}
	var ended contained
	state, failure := capi.Copy(in.handle, target.handle, chosen.existing, after, func(at capi.CopyState) bool {
		if ctx.Err() != nil {
			return false
		}
		goesOn := chosen.progress == nil || ended.call(func() bool { return chosen.progress(newCopyState(at)) })
		// The progress function may have ended the context itself.
		return goesOn && ctx.Err() == nil
	})
	runtime.KeepAlive(s)
	runtime.KeepAlive(to)
	err = op.failure(failure)
	if failure != nil && ctx.Err() != nil {
		err = op.ended(ctx.Err())
	}
	ended.resume()
	return newCopyState(state), err
}

// with returns the option together with another one, which wins where both say something.
func (o CopyOption) with(other CopyOption) CopyOption {
	if other.existing != capi.CopyOverwrite {
		o.existing = other.existing
	}
	if other.after != nil {
		o.after = other.after
	}
	if other.progress != nil {
		o.progress = other.progress
	}
	return o
}

func newCopyState(at capi.CopyState) CopyState {
	state := CopyState{
		Entries: at.Entries,
		Bytes:   at.Bytes,
		Skipped: at.Skipped,
		Expired: at.Expired,
		Missing: at.Missing,
		Total:   at.Total,
	}
	if at.Position.IsSet {
		state.Position = &Position{Group: at.Position.Group, Key: at.Position.Key}
	}
	return state
}
