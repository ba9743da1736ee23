package kv

import (
	"log"
	"runtime"
	"runtime/debug"
	"sync"

	"kv.internal/kv/internal/capi"
)

// OnChange calls a function with every change that this process commits from now on: after the
// commit, in the goroutine that has written, before its write returns. For expired entries it is
// called in the goroutine that purges, or in a thread of the library. Changes of other processes
// are for [Store.Watch].
//
// Several functions are called in the order of their registration, over a list that is fixed when
// the changes of a commit are published. Goroutines that write at once may call a function at once,
// so it guards what it shares; two of them may call in another order than they have committed in,
// which [Event.Version] says.
//
// A callback may use the store, and begin and end callbacks; its own writes are published after the
// changes before them. A write returns, and [Store.Close] ends, only after the callbacks
// of the write: a callback may wait for a write of another goroutine, but not for that of the
// goroutine it runs in, nor for Close, which is [ErrBusy] inside of it. A panic in a callback is
// logged and goes no further. A [runtime.Goexit], such as that of testing's FailNow, ends the
// program.
//
// The function that is returned ends the callback; calling it again does nothing. Another goroutine
// that publishes changes at that moment may still call it. The end of the store ends it, too. A nil
// callback is [ErrArgument]. At most 4,096 callbacks are registered at once in a process; one more
// is [ErrMemory].
func (s *Store) OnChange(callback func(Event)) (stop func(), err error) {
	op := plainOp("on change")
	if callback == nil {
		return nil, op.argument("the callback is nil")
	}
	if err := s.isOpened(op); err != nil {
		return nil, err
	}
	// The callback keeps the store from being collected, and so closed, while it is registered.
	subscription, failure := capi.OnChange(s.handle, func(raw capi.Event) {
		callBack(callback, eventOf(raw))
		runtime.KeepAlive(s)
	})
	if failure != nil {
		return nil, op.failure(failure)
	}
	s.subscriptions.add(subscription)
	return func() { s.subscriptions.end(subscription) }, nil
}

// callBack calls a function with an event. Frames of the library are below: a panic ends here, and
// a Goexit, which cannot be stopped, ends the program before it leaves those frames with locks
// held.
func callBack(callback func(Event), event Event) {
	returned := false
	defer func() {
		if panicked := recover(); panicked != nil {
			log.Printf("kv: a callback panicked at %s of %q in group %q: %v\n%s",
				event.Type, event.Key, event.Group, panicked, debug.Stack())
		} else if !returned {
			panic("kv: a callback has ended its goroutine, as runtime.Goexit and testing's FailNow do")
		}
	}()
	callback(event)
	returned = true
}

// subscriptions are the callbacks of a store. The library ends them with the store, but has a place
// for each until the subscription is ended, too.
type subscriptions struct {
	mutex sync.Mutex
	open  map[capi.Subscription]struct{}
}

func (s *subscriptions) add(subscription capi.Subscription) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open == nil {
		s.open = map[capi.Subscription]struct{}{}
	}
	s.open[subscription] = struct{}{}
}

// end ends a callback. Again, it does nothing.
func (s *subscriptions) end(subscription capi.Subscription) {
	s.mutex.Lock()
	_, isOpen := s.open[subscription]
	delete(s.open, subscription)
	s.mutex.Unlock()
	if isOpen {
		subscription.End()
	}
}

func (s *subscriptions) endAll() {
	s.mutex.Lock()
	open := s.open
	s.open = nil
	s.mutex.Unlock()
	for subscription := range open {
		subscription.End()
	}
}
