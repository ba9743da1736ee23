package kv

import (
	"context"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// LockHolder is the owner of a lock, as others see it.
type LockHolder struct {
	// Owner is the description that it gave by [WithOwner].
	Owner string
	// ExpiresAt is the end of its lease.
	ExpiresAt time.Time
}

// LockHolder returns the owner of a lock by its name, at this moment. A lock that is free is
// [ErrNotFound]. An entry that is no lock, which another program has written, is [ErrCorrupt].
func (s *Store) LockHolder(ctx context.Context, name string) (_ LockHolder, err error) {
	op := nameOp("lock holder", name)
	in, err := s.enter(ctx, op)
	if err != nil {
		return LockHolder{}, err
	}
	defer in.end(&err)
	var small [smallValue]byte
	owner, status, failure := capi.LockGet(in.handle, name, small[:])
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return LockHolder{}, err
	}
	expiresAt := timeOf(owner.ExpiresAtMs())
	return LockHolder{Owner: string(owner.Own(small[:])), ExpiresAt: expiresAt}, nil
}
