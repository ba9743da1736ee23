package kv

import (
	"bytes"
	"context"
	"encoding/binary"
	"runtime"
	"strconv"
	"strings"

	"kv.internal/kv/internal/capi"
)

// GetBatch returns the values of keys of a group, all from one snapshot. Keys that are absent or
// expired are left out; the map is never nil without an error.
func (s *Store) GetBatch(ctx context.Context, group string, keys []string) (_ map[string][]byte, err error) {
	op := groupOp("get batch", group)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	defer in.end(&err)
	var flat []byte
	for _, key := range keys {
		flat = appendKey(flat, group, key)
	}
	pooled := fillBuffers.Get().(*[]byte)
	defer fillBuffers.Put(pooled)
	buffer := *pooled
	fill, status, failure := capi.GetMany(in.handle, flat, buffer)
	// Values may have grown again before the next call.
	for status == capi.TooSmall {
		buffer = make([]byte, fill.Used)
		fill, status, failure = capi.GetMany(in.handle, flat, buffer)
	}
	runtime.KeepAlive(s)
	if failure != nil {
		return nil, failureOfKeys(op, failure, keys)
	}
	values := make(map[string][]byte, fill.Count)
	for _, key := range keys {
		value, isThere, rest := takeFound(buffer)
		if isThere {
			values[key] = bytes.Clone(value)
		}
		buffer = rest
	}
	return values, nil
}

// failureOfKeys is the error of a read of many keys, with the one that is at fault, if one is.
func failureOfKeys(op operation, failure *capi.Failure, keys []string) error {
	rest, isOfKey := strings.CutPrefix(failure.Message, "flat keys, key at byte ")
	number, reason, _ := strings.Cut(rest, ": ")
	place, err := strconv.Atoi(number)
	if !isOfKey || err != nil {
		return op.explained(failure)
	}
	at := 0
	for _, key := range keys {
		if at == place {
			op = keyOp(op.name, op.group, key)
		}
		at += keyHeader + len(op.group) + len(key)
	}
	return op.explained(&capi.Failure{Status: failure.Status, OSError: failure.OSError, Message: reason})
}

// Bytes of a key in flat form before its group and name.
const keyHeader = 8

// appendKey appends a key to be read, in flat form.
func appendKey(flat []byte, group, key string) []byte {
	order := binary.LittleEndian
	flat = order.AppendUint32(order.AppendUint32(flat, uint32(len(group))), uint32(len(key)))
	return append(append(flat, group...), key...)
}

// absent is the length of the value of a key that is not there.
const absent = 0xFFFFFFFF

// takeFound takes the first entry off a buffer in flat form, which may say that there is none.
func takeFound(flat []byte) (value []byte, isThere bool, rest []byte) {
	order := binary.LittleEndian
	from := entryHeader + int(order.Uint32(flat[16:])) + int(order.Uint32(flat[20:]))
	length := order.Uint32(flat[24:])
	if length == absent {
		return nil, false, flat[from:]
	}
	to := from + int(length)
	return flat[from:to:to], true, flat[to:]
}

// SetBatch writes values under keys of a group, all or none, each with the options. If a condition
// in them does not hold for one, nothing is written, and the error is an [ErrConflict].
func (s *Store) SetBatch(ctx context.Context, group string, values map[string][]byte, options ...PutOption) error {
	var batch Batch
	for key, value := range values {
		batch.Set(group, key, value, options...)
	}
	// Of a conflict the step and its version are wanted, but of the other results nothing.
	to := &receiver{raw: make([]capi.Result, batch.count), keep: func(Result) {}}
	return s.commit(ctx, groupOp("set batch", group), &batch, to)
}

// DeleteKeys deletes keys of a group, all in one step, and returns those that had a live entry, in
// the order given. Keys that are absent are no error; without a live entry the list is empty and
// not nil.
func (s *Store) DeleteKeys(ctx context.Context, group string, keys ...string) ([]string, error) {
	var batch Batch
	for _, key := range keys {
		batch.Delete(group, key)
	}
	results, err := s.commitAll(ctx, groupOp("delete keys", group), &batch)
	if err != nil {
		return nil, err
	}
	deleted := []string{}
	for i, result := range results {
		if result.Found() {
			deleted = append(deleted, keys[i])
		}
	}
	return deleted, nil
}

// Count returns the number of live entries in a group; 0 for one that is absent. It takes time with
// that number.
func (s *Store) Count(ctx context.Context, group string) (_ int, err error) {
	op := groupOp("count", group)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	count, failure := capi.Count(in.handle, group)
	runtime.KeepAlive(s)
	return int(count), op.failure(failure)
}

// CountAll returns the number of live entries in all groups whose names begin with a prefix; the
// empty one is all groups.
func (s *Store) CountAll(ctx context.Context, prefix string) (_ int, err error) {
	op := plainOp("count all")
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	count, failure := capi.CountAll(in.handle, prefix)
	runtime.KeepAlive(s)
	return int(count), op.failure(failure)
}

// DeleteGroup deletes all keys of a group and returns how many live entries it held.
func (s *Store) DeleteGroup(ctx context.Context, group string) (_ int, err error) {
	op := groupOp("delete group", group)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	removed, failure := capi.DeleteGroup(in.handle, group)
	runtime.KeepAlive(s)
	return int(removed), op.failure(failure)
}

// DeletePrefix deletes all keys of a group that begin with a prefix, byte for byte, and returns how
// many live entries there were.
func (s *Store) DeletePrefix(ctx context.Context, group, prefix string) (_ int, err error) {
	op := keyOp("delete prefix", group, prefix)
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	removed, failure := capi.DeletePrefix(in.handle, group, prefix)
	runtime.KeepAlive(s)
	return int(removed), op.failure(failure)
}

// DeleteAll deletes all groups whose names begin with a prefix, byte for byte, in one step, and
// returns how many live entries they held; the empty one is all groups of the store or scope. On a
// Redis each group is a step of its own.
func (s *Store) DeleteAll(ctx context.Context, prefix string) (_ int, err error) {
	op := plainOp("delete all")
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	removed, failure := capi.DeleteAll(in.handle, prefix)
	runtime.KeepAlive(s)
	return int(removed), op.failure(failure)
}

// PurgeExpired removes all expired entries now and returns how many there were. They are invisible
// anyway; this frees their space.
func (s *Store) PurgeExpired(ctx context.Context) (_ int, err error) {
	op := plainOp("purge expired")
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	removed, failure := capi.PurgeExpired(in.handle)
	runtime.KeepAlive(s)
	return int(removed), op.failure(failure)
}
