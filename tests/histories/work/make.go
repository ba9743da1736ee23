package work

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kv.internal/histories/record"
	"kv.internal/kv"
)

// call makes an operation, and returns what it shows. An error is the caller's to judge.
type call func(ctx context.Context) (record.Result, error)

// make makes an operation and records it.
func (t *thread) make(via string, steps []record.Step, made call) *record.Operation {
	operation := &record.Operation{
		ID:  fmt.Sprintf("%d.%d.%d.%d", t.plan.Worker, t.plan.Generation, t.number, t.operations),
		Via: via, Steps: steps,
	}
	t.operations++
	operation.Call = record.Now()
	t.note(t.log.Begin(operation))
	ctx, cancel := t.context()
	defer cancel()
	begun := record.Now()
	result, err := made(ctx)
	operation.Return = record.Now()
	operation.Call = begun
	operation.Result = judge(result, err)
	t.note(t.log.End(operation))
	return operation
}

// context ends soon for some calls.
func (t *thread) context() (context.Context, context.CancelFunc) {
	if !t.plan.Deadlines || t.random.IntN(12) != 0 {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), time.Duration(t.random.IntN(400))*time.Microsecond)
}

func (t *thread) note(err error) {
	if err != nil {
		t.failed = err
	}
}

// judge completes a result by its error.
func judge(result record.Result, err error) *record.Result {
	var conflict *kv.ConflictError
	switch {
	case err == nil:
		result.Outcome = record.Applied
		return &result
	case errors.As(err, &conflict):
		return &record.Result{Outcome: record.Conflict, Step: conflict.Step, Version: conflict.Version}
	case errors.Is(err, kv.ErrConflict):
		result.Outcome = record.Conflict
		return &result
	case errors.Is(err, kv.ErrUnavailable) && strings.Contains(err.Error(), "is not known"):
		return &record.Result{Outcome: record.Unknown, Error: err.Error()}
	}
	for _, status := range writtenNothing {
		if errors.Is(err, status) {
			return &record.Result{Outcome: record.Nothing, Error: err.Error()}
		}
	}
	return &record.Result{Outcome: record.Broken, Error: err.Error()}
}

// writtenNothing are the errors that a call may end with when a lock, a server or its deadline is
// in its way. Each says that nothing was written.
var writtenNothing = []error{
	kv.ErrDeadline, kv.ErrCancelled, context.DeadlineExceeded, context.Canceled, kv.ErrBusy,
	kv.ErrUnavailable, kv.ErrReadOnly,
}

// shows is the result of an operation of one step.
func shows(found bool, value string, version uint64) record.Result {
	return record.Result{Steps: []record.StepResult{{Found: found, Value: value, Version: version}}}
}

// absentIsNoError turns the error of an absent key into a result.
func absentIsNoError(result record.Result, err error) (record.Result, error) {
	if errors.Is(err, kv.ErrNotFound) {
		return shows(false, "", 0), nil
	}
	return result, err
}
