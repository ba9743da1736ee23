package kv

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// IdempotencyState is the state of an operation that must not run twice.
type IdempotencyState int32

const (
	// IdempotencyStarted: run the operation, then complete it with the token.
	IdempotencyStarted = IdempotencyState(capi.IdempotencyStarted)
	// IdempotencyInProgress: another caller is running it; begin again later.
	IdempotencyInProgress = IdempotencyState(capi.IdempotencyInProgress)
	// IdempotencyCompleted: it was run; its response is returned.
	IdempotencyCompleted = IdempotencyState(capi.IdempotencyCompleted)
	// IdempotencyMismatch: the key is in use for another request.
	IdempotencyMismatch = IdempotencyState(capi.IdempotencyMismatch)
)

// String names the state, such as "in progress".
func (s IdempotencyState) String() string {
	names := [...]string{"started", "in progress", "completed", "mismatch"}
	if s < IdempotencyStarted || s > IdempotencyMismatch {
		return fmt.Sprintf("IdempotencyState(%d)", int32(s))
	}
	return names[s-IdempotencyStarted]
}

// Idempotency is the record of an operation.
type Idempotency struct {
	State IdempotencyState
	// Token is that of the caller that starts, else 0.
	Token uint64
	// Response is that of a completed operation, else nil.
	Response []byte
}

// IdempotencyBegin starts an operation that must not run twice, such as a payment under a key that
// its client has chosen, unless it was started before. Of any number of callers, in any number of
// processes, exactly one has [IdempotencyStarted].
//
// The request identifies what is asked for, usually a hash, at most 1,024 bytes; the same key with
// another one is [IdempotencyMismatch]. Keys and requests are compared as they are. The record is
// kept for the ttl from the moment it starts (0: for ever), completed or not; after that another
// caller may start, and the first can no longer complete. A negative ttl is [ErrArgument].
func (s *Store) IdempotencyBegin(ctx context.Context, key string, request []byte, ttl time.Duration) (_ Idempotency, err error) {
	op := nameOp("idempotency begin", key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return Idempotency{}, err
	}
	defer in.end(&err)
	state, token, response, failure := capi.IdempotencyBegin(in.handle, key, request, milliseconds(ttl))
	runtime.KeepAlive(s)
	if failure != nil {
		return Idempotency{}, op.failure(failure)
	}
	return idempotencyOf(state, token, &response, nil), nil
}

// IdempotencyComplete stores the response of an operation that this caller has started; the record
// keeps its expiry. If the record is not in progress under this token, because another caller has
// taken over, or it is completed, the error is [ErrConflict]; if it has expired or was removed,
// [ErrNotFound]; then nothing is written.
func (s *Store) IdempotencyComplete(ctx context.Context, key string, token uint64, response []byte) (err error) {
	op := nameOp("idempotency complete", key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := capi.IdempotencyComplete(in.handle, key, token, response)
	runtime.KeepAlive(s)
	return op.outcome(status, failure)
}

// IdempotencyGet returns a record, in progress or completed. One that is absent or expired is
// [ErrNotFound].
func (s *Store) IdempotencyGet(ctx context.Context, key string) (_ Idempotency, err error) {
	op := nameOp("idempotency get", key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return Idempotency{}, err
	}
	defer in.end(&err)
	var small [smallValue]byte
	state, response, status, failure := capi.IdempotencyGet(in.handle, key, small[:])
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return Idempotency{}, err
	}
	return idempotencyOf(state, 0, &response, small[:]), nil
}

// IdempotencyForget removes a record, so that the operation can be started again. With the token of
// the caller that started it, the record is removed only if it is still in progress under that
// token, else [ErrConflict]; a caller whose operation has failed calls it so. With token 0 the
// record is removed whatever its state. One that is absent or expired is [ErrNotFound].
func (s *Store) IdempotencyForget(ctx context.Context, key string, token uint64) (err error) {
	op := nameOp("idempotency forget", key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return err
	}
	defer in.end(&err)
	status, failure := capi.IdempotencyForget(in.handle, key, token)
	runtime.KeepAlive(s)
	return op.outcome(status, failure)
}

func idempotencyOf(state int32, token uint64, response *capi.Value, buffer []byte) Idempotency {
	record := Idempotency{State: IdempotencyState(state), Token: token}
	if record.State == IdempotencyCompleted {
		record.Response = response.Own(buffer)
	}
	return record
}
