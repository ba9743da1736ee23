package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// CopyExisting says what becomes of entries that are in the target of a copy already.
type CopyExisting uint32

const (
	// CopyOverwrite replaces those under a key of the source; the others stay.
	CopyOverwrite CopyExisting = capi.CopyOverwrite
	// CopyKeep lets all of them stay, and skips the entries of the source under their keys.
	CopyKeep CopyExisting = capi.CopyKeep
	// CopyRefuse lets a copy begin only if there is none. One that goes on after a position overwrites.
	CopyRefuse CopyExisting = capi.CopyRefuse
)

// Position is an entry of a store, whether it is still there or not.
type Position struct {
	Group string
	Key   string
}

// CopyOptions say how a copy is made. The zero value copies everything over what is there.
type CopyOptions struct {
	Existing CopyExisting
	// After, unless nil, is where a copy that ended early has come to; only what follows is copied.
	After *Position
	// Progress, unless nil, is told after each batch how far the copy has come. It may use both
	// stores, but not close them, and ends the copy by returning false, which is [ErrCancelled].
	Progress func(CopyState) bool
}

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
// meanwhile; what is written to the source is not seen.
//
// The target is written in batches of one group, each all or nothing. What a copy that has ended
// early has written stays, and a copy after the position it gives goes on from there, also with an
// error. A context that is done ends it after a batch. A store that is copied into itself, or into a
// scope of it, and a target that is to be empty and is not, is [ErrArgument]; a quota or limit of the
// target [ErrQuotaExceeded] or [ErrFull]; a target that does not have what it says it has written
// [ErrCorrupt].
func (s *Store) Copy(ctx context.Context, to *Store, options CopyOptions) (CopyState, error) {
	if err := ctx.Err(); err != nil {
		return CopyState{Position: options.After}, err
	}
	var after capi.Position
	if options.After != nil {
		after = capi.Position{Group: options.After.Group, Key: options.After.Key, IsSet: true}
	}
	var ended contained
	state, failure := capi.Copy(s.handle, to.handle, uint32(options.Existing), after, func(at capi.CopyState) bool {
		if ctx.Err() != nil {
			return false
		}
		return options.Progress == nil || ended.call(func() bool { return options.Progress(newCopyState(at)) })
	})
	runtime.KeepAlive(s)
	runtime.KeepAlive(to)
	ended.resume()
	reached := newCopyState(state)
	if failure != nil && ctx.Err() != nil {
		return reached, ctx.Err()
	}
	return reached, errorOf(failure)
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
