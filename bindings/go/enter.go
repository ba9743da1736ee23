package kv

import (
	"context"
	"runtime"

	"kv.internal/kv/internal/capi"
)

// entered is a call of the library, or a scan or transaction of several, that obeys a context. One
// that never ends goes through the store's own handle and costs nothing; for others there is a
// bound handle, which has the context's deadline and is cancelled with it.
type entered struct {
	handle capi.Store
	// nil for the store's own handle.
	bound *boundHandle
	// where the bound handle goes when the call has ended.
	idle *boundHandles
	// nil without a trace, and once that has seen the end of the call.
	traced *tracedCall
}

// enter begins a call, whose end ends it. The operation is for its errors and the trace.
func (s *Store) enter(ctx context.Context, op operation) (entered, error) {
	if ctx == nil || ctx.Err() != nil || s == nil || s.handle == (capi.Store{}) ||
		activeTrace.Load() != nil && !op.isUntraced {
		return s.enterTraced(ctx, op)
	}
	// A BoundStore has the deadline that its user gives it.
	if ctx.Done() == nil || s.bound == nil {
		return entered{handle: s.handle}, nil
	}
	bound, failure := s.bound.take(s.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		return entered{}, op.failure(failure)
	}
	call := entered{handle: bound.raw, bound: bound, idle: s.bound}
	if err := call.arm(ctx, op); err != nil {
		call.leave()
		return entered{}, err
	}
	return call, nil
}

// enterUntraced begins a call that a trace does not see, or whose begin it has seen.
func (s *Store) enterUntraced(ctx context.Context, op operation) (entered, error) {
	op.isUntraced = true
	return s.enter(ctx, op)
}

// enterTraced begins a call that the trace sees, or refuses one.
func (s *Store) enterTraced(ctx context.Context, op operation) (entered, error) {
	if op.isUntraced || ctx == nil || s.isOpened(op) != nil {
		return entered{}, s.refused(ctx, op)
	}
	traced := beginTraced(ctx, op, kindOf(op))
	call, err := s.enterUntraced(ctx, op)
	if err != nil {
		traced.end(err)
		return entered{}, err
	}
	call.traced = traced
	return call, nil
}

// refused returns the error of a call that cannot begin: that of its context first.
func (s *Store) refused(ctx context.Context, op operation) error {
	if err := op.begins(ctx); err != nil {
		return err
	}
	return s.isOpened(op)
}

// isOpened returns the error of a store that no function has opened.
func (s *Store) isOpened(op operation) error {
	if s == nil || s.handle == (capi.Store{}) {
		return op.closed(storeIsNotOpen)
	}
	return nil
}

// arm gives a bound handle the deadline and the end of a context from now on.
func (e *entered) arm(ctx context.Context, op operation) error {
	if e.bound == nil {
		return nil
	}
	return op.failure(e.bound.arm(ctx))
}

// end ends the call with the error that it returns.
func (e *entered) end(result *error) {
	e.leave()
	if e.traced != nil {
		e.finish(*result)
	}
}

// finish shows the end of the call to the trace, once; what it has opened keeps the handle.
func (e *entered) finish(err error) {
	traced := e.traced
	e.traced = nil
	traced.end(err)
}

// leave gives the handle back.
func (e *entered) leave() {
	if e.bound != nil {
		e.idle.put(e.bound)
		e.bound = nil
	}
}
