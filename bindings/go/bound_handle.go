package kv

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"kv.internal/kv/internal/capi"
)

// boundHandle is a bound handle of a store. It stays armed between the calls of one context, so that
// only the first of them pays for it.
type boundHandle struct {
	raw capi.Store
	// nil if the handle is not armed, or if the context has ended.
	armed atomic.Pointer[arming]
}

// arming is what ties a handle to a context.
type arming struct {
	done     <-chan struct{}
	deadline time.Time
	// stop keeps the end of the context from cancelling the handle.
	stop func() bool
}

// arm gives the handle the deadline and the end of a context from now on.
func (h *boundHandle) arm(ctx context.Context) *capi.Failure {
	deadline, hasDeadline := ctx.Deadline()
	armed := h.armed.Load()
	if armed != nil && armed.done == ctx.Done() && armed.deadline.Equal(deadline) {
		return nil
	}
	h.disarm()
	left := int64(-1)
	if hasDeadline {
		left = max(int64((time.Until(deadline)+time.Millisecond-1)/time.Millisecond), 0)
	}
	number, failure := capi.Arm(h.raw, left)
	if failure != nil {
		return failure
	}
	armed = &arming{done: ctx.Done(), deadline: deadline}
	h.armed.Store(armed)
	armed.stop = context.AfterFunc(ctx, func() {
		// The library has the deadline itself. A cancel that comes late does nothing.
		if ctx.Err() != context.DeadlineExceeded {
			capi.Cancel(h.raw, number)
		}
		// An idle handle keeps no context that has ended.
		h.armed.CompareAndSwap(armed, nil)
	})
	return nil
}

func (h *boundHandle) disarm() {
	if armed := h.armed.Swap(nil); armed != nil {
		armed.stop()
	}
}

func (h *boundHandle) close() {
	h.disarm()
	capi.Close(h.raw)
}

// boundHandles are the bound handles of a store that no call uses.
type boundHandles struct {
	// The one that was used last, for the next call without a lock.
	last     atomic.Pointer[boundHandle]
	isClosed atomic.Bool
	mutex    sync.Mutex
	idle     []*boundHandle
}

// How many are kept; more than goroutines that wait at once are rare.
const idleBoundMax = 64

func (b *boundHandles) take(store capi.Store) (*boundHandle, *capi.Failure) {
	if handle := b.last.Swap(nil); handle != nil {
		return handle, nil
	}
	b.mutex.Lock()
	if last := len(b.idle) - 1; last >= 0 {
		handle := b.idle[last]
		b.idle = b.idle[:last]
		b.mutex.Unlock()
		return handle, nil
	}
	b.mutex.Unlock()
	raw, failure := capi.Bind(store)
	return &boundHandle{raw: raw}, failure
}

func (b *boundHandles) put(handle *boundHandle) {
	if b.last.CompareAndSwap(nil, handle) {
		if b.isClosed.Load() {
			b.closeLast()
		}
		return
	}
	b.mutex.Lock()
	isKept := !b.isClosed.Load() && len(b.idle) < idleBoundMax
	if isKept {
		b.idle = append(b.idle, handle)
	}
	b.mutex.Unlock()
	if !isKept {
		handle.close()
	}
}

func (b *boundHandles) close() {
	b.isClosed.Store(true)
	b.mutex.Lock()
	idle := b.idle
	b.idle = nil
	b.mutex.Unlock()
	b.closeLast()
	for _, handle := range idle {
		handle.close()
	}
}

func (b *boundHandles) closeLast() {
	if handle := b.last.Swap(nil); handle != nil {
		handle.close()
	}
}
