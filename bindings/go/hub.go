package kv

import (
	"reflect"
	"runtime"
	"slices"
	"sync"

	"kv.internal/kv/internal/capi"
)

// hub tells the changes of a store to its callbacks. It has them from a watch, whose queue is in
// commit order, and which whoever has written empties. So no C calls Go, and the writing functions
// may say so.
type hub struct {
	// Not to be forgotten while there are callbacks.
	store      *Store
	raw        capi.Watch
	descriptor *descriptor

	mutex sync.Mutex
	// Rung when a change was told, and when nobody tells any more.
	moved *sync.Cond
	// In the order of their registration; a new slice with each change.
	callees []*callee
	// What was taken from the queue and is to be told.
	pending []telling
	// How many changes were taken, told, and have to be told by the goroutine that tells.
	taken, toldCount, target uint64
	isTelling, isEnded       bool
}

// telling is a change and those who were there when it was taken. Next is whose turn it is.
type telling struct {
	event   Event
	callees []*callee
	next    int
}

// hubCapacity is more than may be written between two looks at the queue.
const hubCapacity = 1 << 24

func (s *Store) openHub(first *callee) (*hub, error) {
	raw, waiting, err := s.openWatch("", "", capi.Watching{
		Flags:    capi.WatchAnyGroup | capi.WatchAnyKey,
		Capacity: hubCapacity,
	})
	if err != nil {
		return nil, err
	}
	h := &hub{store: s, raw: raw, descriptor: waiting, callees: []*callee{first}}
	h.moved = sync.NewCond(&h.mutex)
	go h.listen()
	return h, nil
}

// add registers a callback, unless the hub has ended.
func (h *hub) add(added *callee) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	// What is there already is not for it.
	h.take()
	if h.isEnded {
		return false
	}
	h.callees = append(slices.Clone(h.callees), added)
	return true
}

// remove ends a callback, and the hub with the last one.
func (h *hub) remove(ended *callee) {
	ended.isStopped.Store(true)
	h.mutex.Lock()
	h.callees = slices.DeleteFunc(slices.Clone(h.callees), func(other *callee) bool { return other == ended })
	isLast := len(h.callees) == 0
	h.isEnded = h.isEnded || isLast
	h.mutex.Unlock()
	if isLast {
		h.end()
	}
}

// end lets go of the watch. Again, it does nothing.
func (h *hub) end() {
	h.store.family.drop(h)
	h.descriptor.close()
	h.raw.Close()
}

// tell returns when all that is in the queue has been told; inside a callback it leaves that to
// whoever tells already, for when the changes before are through.
func (h *hub) tell() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.take()
	h.reach(h.taken)
}

// listen tells what nobody tells who has written it.
func (h *hub) listen() {
	f := h.store.family
	for {
		isOpen := h.descriptor.wait(func() bool {
			f.listeners.Lock()
			defer f.listeners.Unlock()
			// Somebody is writing, and will look into the queue after that.
			if !f.gate.TryLock() {
				return false
			}
			defer f.gate.Unlock()
			h.mutex.Lock()
			defer h.mutex.Unlock()
			h.take()
			return h.isEnded || h.taken > h.toldCount
		})
		h.mutex.Lock()
		h.reach(h.taken)
		isEnded := h.isEnded || !isOpen
		h.mutex.Unlock()
		if isEnded {
			h.end()
			return
		}
	}
}

// take empties the queue. The mutex is held.
func (h *hub) take() {
	for !h.isEnded {
		status, err := fillEvents(h.raw.Fill, func(event Event) {
			h.pending = append(h.pending, telling{event: event, callees: h.callees})
			h.taken++
		})
		if err != nil {
			// The store was closed.
			h.isEnded = true
		}
		if status != capi.OK {
			return
		}
	}
}

// reach returns when so many changes have been told. The mutex is held.
func (h *hub) reach(count uint64) {
	if h.toldCount >= count {
		return
	}
	if h.isTelling && isCallingBack() {
		h.target = max(h.target, count)
		return
	}
	for h.toldCount < count {
		if h.isTelling {
			h.moved.Wait()
			continue
		}
		h.isTelling, h.target = true, count
		h.tellUntilTarget()
	}
}

func (h *hub) tellUntilTarget() {
	defer func() {
		h.isTelling = false
		h.moved.Broadcast()
		if h.toldCount < h.target {
			// A callback has ended this goroutine. Another goes on after it.
			go h.tell()
		}
	}()
	for h.toldCount < h.target {
		h.tellFirst()
	}
}

// tellFirst tells one change to those who were there when it was taken and still are.
func (h *hub) tellFirst() {
	isStopped := func(c *callee) bool { return c.isStopped.Load() }
	if first := &h.pending[0]; first.next == 0 && slices.ContainsFunc(first.callees, isStopped) {
		first.callees = slices.DeleteFunc(slices.Clone(first.callees), isStopped)
	}
	for h.pending[0].next < len(h.pending[0].callees) {
		first := &h.pending[0]
		event, callee := first.event, first.callees[first.next]
		first.next++
		h.unlocked(func() { callee.tell(event) })
	}
	h.pending[0] = telling{}
	if h.pending = h.pending[1:]; len(h.pending) == 0 {
		h.pending = nil
	}
	h.toldCount++
	h.moved.Broadcast()
}

func (h *hub) unlocked(call func()) {
	h.mutex.Unlock()
	defer h.mutex.Lock()
	call()
}

// isCallingBack answers whether this goroutine is inside a callback, whose frame is then on its stack:
// a callback that writes must not wait for itself.
func isCallingBack() bool {
	var callers [128]uintptr
	for skip := 2; ; skip += len(callers) {
		depth := runtime.Callers(skip, callers[:])
		for _, caller := range callers[:depth] {
			if function := runtime.FuncForPC(caller - 1); function != nil && function.Entry() == tellEntry {
				return true
			}
		}
		if depth < len(callers) {
			return false
		}
	}
}

var tellEntry = reflect.ValueOf((*callee).tell).Pointer()
