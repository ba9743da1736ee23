package capi

// #cgo noescape go_on_change
// #cgo nocallback go_on_change
// #include "on_change.h"
import "C"

import "runtime/cgo"

// Callback is called with each change, in the thread that has committed it. The event's bytes are
// the library's, until it returns. A panic or a runtime.Goexit must not leave it: C's frames are
// below.
type Callback func(Event)

// Subscription is the number of a callback.
type Subscription struct{ handle C.kv_subscription }

// OnChange registers a callback. It is released when the subscription or the store has ended and no
// call of it is under way.
func OnChange(store Store, callback Callback) (Subscription, *Failure) {
	var subscription Subscription
	var detail C.kv_error
	number := cgo.NewHandle(callback)
	status := C.go_on_change(store.handle, C.uintptr_t(number), &subscription.handle, &detail)
	if status != C.KV_OK {
		number.Delete()
	}
	return subscription, failure(status, &detail)
}

// End ends a callback.
func (s Subscription) End() *Failure {
	var detail C.kv_error
	// Not marked: it may be what releases the callback.
	return failure(C.kv_subscription_close(s.handle, &detail), &detail)
}

//export goChange
func goChange(number C.uintptr_t, event *C.kv_event) {
	cgo.Handle(uintptr(number)).Value().(Callback)(eventOf(event))
}

//export goForget
func goForget(number C.uintptr_t) { cgo.Handle(uintptr(number)).Delete() }
