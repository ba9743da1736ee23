package kv

import (
	"context"
	"runtime"
	"sync"

	"kv.internal/kv/internal/capi"
)

// Bytes that one crossing may bring; a longer entry comes alone.
const fillCapacity = 64 << 10

var fillBuffers = sync.Pool{New: func() any { buffer := make([]byte, fillCapacity); return &buffer }}

// OpenCursor begins a scan of the entries of a group, in the snapshot of this moment.
func (s *Store) OpenCursor(ctx context.Context, group string, options ...ScanOption) (*Cursor, error) {
	cursor, err := s.beginScan(ctx, group, options)
	if err == nil && cursor.raw.IsOpen() {
		cursor.cleanup = runtime.AddCleanup(cursor, func(left left) { left.close() }, left{cursor.raw, cursor.in})
	}
	return cursor, err
}

// left is what an unreachable cursor leaves.
type left struct {
	raw capi.Cursor
	in  entered
}

func (l left) close() {
	l.raw.Close()
	l.in.leave()
}

func (s *Store) beginScan(ctx context.Context, group string, options []ScanOption) (*Cursor, error) {
	op := groupOp("scan", group)
	request, fault := scanOf(options)
	if fault != "" {
		return nil, op.failed(ErrArgument, fault)
	}
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	return s.newCursor(in, op, request.Flags, func(buffer []byte) (capi.Cursor, capi.Fill, capi.Status, *capi.Failure) {
		return capi.BeginScan(in.handle, group, request, buffer)
	})
}

func (s *Store) beginGroups(ctx context.Context, prefix string) (*Cursor, error) {
	op := plainOp("groups")
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	return s.newCursor(in, op, 0, func(buffer []byte) (capi.Cursor, capi.Fill, capi.Status, *capi.Failure) {
		return capi.BeginGroups(in.handle, prefix, buffer)
	})
}

// beginScan reads all entries of the scan. The cursor needs neither the transaction any more nor its
// bound handle.
func (t *Tx) beginScan(group string, options []ScanOption) (*Cursor, error) {
	op := groupOp("scan", group)
	if err := t.begins(op); err != nil {
		return nil, err
	}
	request, fault := scanOf(options)
	if fault != "" {
		return nil, op.failed(ErrArgument, fault)
	}
	cursor, err := t.store.newCursor(entered{}, op, request.Flags, func(buffer []byte) (capi.Cursor, capi.Fill, capi.Status, *capi.Failure) {
		return t.raw.Scan(group, request, buffer)
	})
	runtime.KeepAlive(t)
	return cursor, err
}

// newCursor makes a cursor of the scan that a first crossing begins. If that fails, the call is left.
func (s *Store) newCursor(
	in entered,
	op operation,
	flags uint32,
	cross func(buffer []byte) (capi.Cursor, capi.Fill, capi.Status, *capi.Failure),
) (*Cursor, error) {
	buffer := fillBuffers.Get().(*[]byte)
	raw, fill, status, failure := cross(*buffer)
	runtime.KeepAlive(s)
	if failure != nil && !raw.IsOpen() {
		err := op.failure(failure)
		in.end(&err)
		fillBuffers.Put(buffer)
		return nil, err
	}
	in.finish(op.failure(failure))
	cursor := &Cursor{store: s, op: op.kept(), in: in, raw: raw, buffer: buffer, givesSizes: flags&capi.ScanSizes != 0}
	cursor.keep(fill, status, failure)
	return cursor, nil
}
