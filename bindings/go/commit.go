package kv

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"kv.internal/kv/internal/capi"
)

// Result is the result of a step of a batch.
type Result struct {
	// Status is OK; ErrNotFound for a get, take, delete or expire of an absent key; ErrConflict for
	// an expire that its flags did not allow.
	Status Status
	// Value is that of a get or take. As decimal text it is the sum of an increment, the length
	// after an append, and how many entries a DeletePrefix removed; otherwise nil.
	Value []byte
	// Version is the one that was read or written, 0 if neither.
	Version uint64
	// ExpiresAt is when the value that was read expires; the zero time if never.
	ExpiresAt time.Time
}

// Found reports whether the step found its entry.
func (r Result) Found() bool { return r.Status == OK }

// Integer returns the number of an increment, append or DeletePrefix, or a value that is decimal
// text.
func (r Result) Integer() (int64, error) {
	if r.Status != OK {
		return 0, plainOp("result").failed(r.Status, r.Status.meaning())
	}
	sum, err := strconv.ParseInt(string(r.Value), 10, 64)
	if err != nil {
		return 0, plainOp("result").failed(ErrNotInteger, fmt.Sprintf("the value %s is not an integer", shownText(string(r.Value))))
	}
	return sum, nil
}

// Commit applies all steps of a batch atomically if every condition in it holds, and returns a
// result for each. If one does not hold, nothing is written, and the error is a [*ConflictError]
// with the step and the version its key is at. On any other error nothing is written either; only
// if the results themselves cannot be had is the batch applied, and the error says so. The empty
// batch is applied at once.
func (s *Store) Commit(ctx context.Context, batch *Batch) ([]Result, error) {
	op := plainOp("commit")
	if batch == nil {
		return nil, op.argument("the batch is nil")
	}
	return s.commitAll(ctx, op, batch)
}

// commitAll is Commit for any operation that is a batch.
func (s *Store) commitAll(ctx context.Context, op operation, batch *Batch) ([]Result, error) {
	if batch.count == 0 {
		return nil, s.commit(ctx, op, batch, nil)
	}
	raw := make([]capi.Result, batch.count)
	results := make([]Result, 0, batch.count)
	err := s.commit(ctx, op, batch, &receiver{raw: raw, keep: func(r Result) { results = append(results, r) }})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// receiver takes results in the order of their steps; a value is valid only during the call.
type receiver struct {
	raw  []capi.Result
	keep func(Result)
}

// commit applies a batch; without a receiver the results are left where they are.
func (s *Store) commit(ctx context.Context, op operation, batch *Batch, to *receiver) (err error) {
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	if batch.err != nil {
		fault := *batch.err
		fault.Op = op.name
		return &fault
	}
	var raw []capi.Result
	var values []byte
	if to != nil {
		raw = to.raw
		buffer := fillBuffers.Get().(*[]byte)
		defer fillBuffers.Put(buffer)
		values = *buffer
	}
	rest, count, status, failure := capi.Commit(in.handle, batch.steps(), raw, values)
	runtime.KeepAlive(s)
	if status == capi.Conflict && to != nil {
		return batch.conflict(op, count, raw[0].Version)
	}
	if failure != nil {
		return batch.failure(op, failure)
	}
	if status == capi.Conflict {
		return op.outcome(status, nil)
	}
	if to == nil {
		return nil
	}
	return to.receive(op, rest, count, status, values)
}

// receive hands on the results that are there, and fetches the others.
func (r *receiver) receive(op operation, rest capi.Batch, count int, status capi.Status, values []byte) error {
	for first := 0; ; {
		r.hand(r.raw[first:first+count], values)
		first += count
		if first == len(r.raw) {
			return nil
		}
		if status == capi.TooSmall {
			values = make([]byte, r.raw[first].Len)
		}
		var failure *capi.Failure
		count, status, failure = rest.MoreResults(first, len(r.raw), r.raw[first:], values)
		if failure != nil {
			rest.Close()
			unread := op.explained(failure)
			unread.Message = "the batch was applied, but its results cannot be read: " + unread.Message
			return unread
		}
	}
}

func (r *receiver) hand(raw []capi.Result, values []byte) {
	for i := range raw {
		result := Result{Status: Status(raw[i].Status), Version: raw[i].Version}
		if raw[i].HasValue != 0 {
			result.Value = bytes.Clone(values[:raw[i].Len:raw[i].Len])
			result.ExpiresAt = timeOf(raw[i].ExpiresAtMs)
			values = values[raw[i].Len:]
		}
		r.keep(result)
	}
}
