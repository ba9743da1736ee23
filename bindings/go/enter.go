package kv

import (
	"context"
	"runtime"
	"sync"
	"time"

	"kv.internal/kv/internal/capi"
)

// entered is a call of the library, or a scan or transaction of several, that obeys a context. One
// that never ends goes through the store's own handle and costs nothing; for others there is a
// bound handle, which has the context's deadline and is cancelled with it.
type entered struct {
	handle capi.Store
	// nil for the store's own handle.
	bound *boundHandles
	stop  func() bool
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
	handle, failure := s.bound.take(s.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		return entered{}, newError(failure)
	}
	call := entered{handle: handle, bound: s.bound}
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
	e.disarm()
	arming, failure := capi.Arm(e.handle, remaining(ctx))
	if failure != nil {
		return newError(failure)
	}
	handle := e.handle
	e.stop = context.AfterFunc(ctx, func() {
		// The library has the deadline itself. A cancel that comes late does nothing.
		if ctx.Err() != context.DeadlineExceeded {
			capi.Cancel(handle, arming)
		}
	})
	return nil
}

func (e *entered) disarm() {
	if e.stop != nil {
		e.stop()
	}
}

// leave ends what enter has begun.
func (e *entered) leave() {
	if e.bound != nil {
		e.disarm()
		e.bound.put(e.handle)
		e.bound = nil
	}
}

// remaining returns the milliseconds until the deadline of a context, -1 for none.
func remaining(ctx context.Context) int64 {
	deadline, isThere := ctx.Deadline()
	if !isThere {
		return -1
	}
	left := time.Until(deadline) + time.Millisecond - 1
	return max(int64(left/time.Millisecond), 0)
}

// boundHandles are the bound handles of a store that no call uses.
type boundHandles struct {
	mutex    sync.Mutex
	idle     []capi.Store
	isClosed bool
}

// How many are kept; more than goroutines that wait at once are rare.
const idleBoundMax = 64

func (b *boundHandles) take(store capi.Store) (capi.Store, *capi.Failure) {
	b.mutex.Lock()
	if last := len(b.idle) - 1; last >= 0 {
		handle := b.idle[last]
		b.idle = b.idle[:last]
		b.mutex.Unlock()
		return handle, nil
	}
	b.mutex.Unlock()
	return capi.Bind(store)
}

func (b *boundHandles) put(handle capi.Store) {
	b.mutex.Lock()
	isKept := !b.isClosed && len(b.idle) < idleBoundMax
	if isKept {
		b.idle = append(b.idle, handle)
	}
	b.mutex.Unlock()
	if !isKept {
		capi.Close(handle)
	}
}

func (b *boundHandles) close() {
	b.mutex.Lock()
	idle := b.idle
	b.idle, b.isClosed = nil, true
	b.mutex.Unlock()
	for _, handle := range idle {
		capi.Close(handle)
	}
}
