package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// Scope narrows a store to a namespace: a name of 1 to 255 ASCII letters, digits and hyphens, or it
// is [ErrArgument].
//
// It is a store of its own, with every operation of one, and to be closed like one; it stays open
// when this one is closed. Its groups are those whose names begin with the namespace and a colon,
// under what follows; nothing else can be read, listed, counted, watched, purged or changed through
// it. It cannot be copied by Backup, nor set quotas, which is [ErrUnsupported]; its Usage counts its
// own entries.
func (s *Store) Scope(namespace string) (*Store, error) {
	op := nameOp("scope", namespace)
	if err := s.isOpened(op); err != nil {
		return nil, err
	}
	name, err := terminated(op, namespace)
	if err != nil {
		return nil, err
	}
	handle, failure := capi.Scope(s.handle, name)
	runtime.KeepAlive(s)
	if failure != nil {
		return nil, op.failure(failure)
	}
	return newStore(handle, s.name.scope(namespace)), nil
}

// Limits are the limits of a quota; 0 is no limit.
type Limits struct {
	MaxKeys   int64
	MaxGroups int64
	// MaxBytes are those of groups' names, keys and values.
	MaxBytes int64
}

// Quota has the limits of a namespace and its usage. Usage is counted only if something
// is limited, and includes what has expired and was not purged yet.
type Quota struct {
	Limits
	Keys   int64
	Groups int64
	Bytes  int64
}

// SetQuota sets the quota of a namespace. It is kept in the store and holds for every user, in any
// process, from the next write on. A write that would exceed it is [ErrQuotaExceeded] and changes
// nothing. A namespace that exceeds it already may shrink, and not grow. Limits that are all 0
// remove the quota; a negative one is [ErrArgument].
func (s *Store) SetQuota(ctx context.Context, namespace string, limits Limits) (err error) {
	op := nameOp("set quota", namespace)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	name, err := terminated(op, namespace)
	if err != nil {
		return err
	}
	failure := capi.SetQuota(in.handle, name, limits.MaxKeys, limits.MaxGroups, limits.MaxBytes)
	runtime.KeepAlive(s)
	return op.failure(failure)
}

// Quota returns the quota and the usage of a namespace; if nothing is limited, all is 0.
func (s *Store) Quota(ctx context.Context, namespace string) (_ Quota, err error) {
	op := nameOp("quota", namespace)
	in, err := s.enter(ctx, op)
	if err != nil {
		return Quota{}, err
	}
	defer in.end(&err)
	name, err := terminated(op, namespace)
	if err != nil {
		return Quota{}, err
	}
	quota, failure := capi.GetQuota(in.handle, name)
	runtime.KeepAlive(s)
	return Quota{
		Limits: Limits{int64(quota.MaxKeys), int64(quota.MaxGroups), int64(quota.MaxBytes)},
		Keys:   int64(quota.Keys),
		Groups: int64(quota.Groups),
		Bytes:  int64(quota.Bytes),
	}, op.failure(failure)
}
