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
}

// enter begins a call, whose leave ends it.
func (s *Store) enter(ctx context.Context) (entered, error) {
	if err := ctx.Err(); err != nil {
		return entered{}, err
	}
	// A BoundStore has the deadline that its user gives it.
	if ctx.Done() == nil || s.bound == nil {
		return entered{handle: s.handle}, nil
	}
	bound, failure := s.bound.take(s.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		return entered{}, newError(failure)
	}
	call := entered{handle: bound.raw, bound: bound, idle: s.bound}
	if err := call.arm(ctx); err != nil {
		call.leave()
		return entered{}, err
	}
	return call, nil
}

// arm gives a bound handle the deadline and the end of a context from now on.
func (e *entered) arm(ctx context.Context) error {
	if e.bound == nil {
		return nil
	}
	return e.bound.arm(ctx)
}

// leave ends what enter has begun.
func (e *entered) leave() {
	if e.bound != nil {
		e.idle.put(e.bound)
		e.bound = nil
	}
}
