package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// SetJSON writes a value, which has to be JSON, under a key, with the expiry of [Store.Set]. The
// bytes are stored as they are, numbers of any length included. Text that is not JSON is
// [ErrNotJSON] with line and column, what is nested deeper than 512 [ErrTooLarge]; then nothing is
// written.
func (s *Store) SetJSON(ctx context.Context, group, key string, value []byte) (err error) {
	op := keyOp("set json", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	failure := capi.SetJSON(in.handle, group, key, value)
	runtime.KeepAlive(s)
	return op.failure(failure)
}

// GetJSON returns the part of a JSON value that a pointer (RFC 6901) leads to, byte for byte as it
// was stored: "" is the whole, "/name/0" the first of a list. If the key is absent or expired, or
// the pointer leads to nothing, it is [ErrNotFound]; a pointer of another form is [ErrArgument], a
// value that is not JSON [ErrNotJSON].
func (s *Store) GetJSON(ctx context.Context, group, key, pointer string) (_ []byte, err error) {
	op := keyOp("get json", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	path, err := terminated(op, pointer)
	if err != nil {
		return nil, err
	}
	var small [smallValue]byte
	value, status, failure := capi.GetJSON(in.handle, group, key, path, small[:])
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return nil, err
	}
	return value.Own(small[:]), nil
}
