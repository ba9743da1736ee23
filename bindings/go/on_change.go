package kv

import (
	"log"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// OnChange calls a function with every change that is committed from now on, in commit order: after
// the commit, in the goroutine that has written, before its write returns. Of several goroutines
// that write at once, one tells the changes of all, and each waits for its own to be told. What was
// not written through this store, its scopes or the store it is a scope of, such as a purge in the
// background, a write through another Open of the file and, with the log of changes on, that of
// another process, is told by a goroutine of this package.
//
// Several functions are called in the order of their registration. One may use the store, close it,
// and begin and end callbacks; one that it begins hears of later changes only, and what it writes is
// told when the changes before it are through. It must not wait for another goroutine that writes.
// A panic in it is logged and goes no further.
//
// The function that is returned ends the callback; calling it again does nothing. The change that is
// being told at that moment is still told. The end of the store ends it, too. A nil callback is
// [ErrArgument].
//
// Without callbacks a write does not notice that there could be some; with them it takes two more
// calls of the library, and the time of the callbacks.
func (s *Store) OnChange(callback func(Event)) (stop func(), err error) {
	if callback == nil {
		return nil, argumentError("on change: the callback is nil")
	}
	if s.family == nil {
		return nil, ErrHandle
	}
	added := &callee{call: callback}
	f := s.family
	f.mutex.Lock()
	defer f.mutex.Unlock()
	h := s.hub
	if h == nil || !h.add(added) {
		if h, err = s.openHub(added); err != nil {
			return nil, err
		}
		s.hub = h
		f.set(append(slices.Clone(f.list()), h))
	}
	return sync.OnceFunc(func() { h.remove(added) }), nil
}

// callee is a callback.
type callee struct {
	call      func(Event)
	isStopped atomic.Bool
}

// tell calls it. A panic ends here: the change is committed, and the others have a right to hear of
// it.
//
//go:noinline
func (c *callee) tell(event Event) {
	defer func() {
		if panicked := recover(); panicked != nil {
			log.Printf("kv: a callback panicked at %s of %q in group %q: %v\n%s",
				event.Type, event.Key, event.Group, panicked, debug.Stack())
		}
	}()
	c.call(event)
}

// family is a store that was opened and its scopes: a write through one is told to the callbacks of
// all.
type family struct {
	// Those that have callbacks; nil if none has.
	hubs atomic.Pointer[[]*hub]
	// Whoever changes the list.
	mutex sync.Mutex
	// Held for reading by those who write, so that a listener knows when what is in a queue comes
	// from nobody who will tell it.
	gate      sync.RWMutex
	listeners sync.Mutex
}

// writing is a write under way that will have to be told; the zero one will not.
type writing struct{ family *family }

// writing begins a write. Without callbacks it is one look at an atomic pointer.
func (s *Store) writing() writing {
	if f := s.family; f != nil && f.hubs.Load() != nil {
		f.gate.RLock()
		return writing{f}
	}
	return writing{}
}

// told ends a write: its changes have been told when it returns.
func (w writing) told() {
	if w.family != nil {
		w.family.tell()
	}
}

func (f *family) tell() {
	f.gate.RUnlock()
	for _, h := range f.list() {
		h.tell()
	}
}

func (f *family) list() []*hub {
	if hubs := f.hubs.Load(); hubs != nil {
		return *hubs
	}
	return nil
}

func (f *family) set(hubs []*hub) {
	if len(hubs) == 0 {
		f.hubs.Store(nil)
		return
	}
	f.hubs.Store(&hubs)
}

// drop takes a hub off the list.
func (f *family) drop(h *hub) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.set(slices.DeleteFunc(slices.Clone(f.list()), func(other *hub) bool { return other == h }))
}
