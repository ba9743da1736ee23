package capi

// #cgo noescape kv_bind
// #cgo nocallback kv_bind
// #cgo noescape kv_arm
// #cgo nocallback kv_arm
// #cgo noescape kv_cancel
// #cgo nocallback kv_cancel
// #cgo noescape kv_arm_poll
// #cgo nocallback kv_arm_poll
// #include "shim.h"
import "C"

// Bind returns a handle whose calls can have a deadline and be cancelled.
func Bind(store Store) (Store, *Failure) {
	var bound Store
	var detail C.kv_error
	status := C.kv_bind(store.handle, &bound.handle, &detail)
	return bound, failure(status, &detail)
}

// Arm sets a deadline, in milliseconds, for the calls from now on together, -1 for none, and
// returns the arming's number.
func Arm(bound Store, deadlineMs int64) (uint64, *Failure) {
	var arming C.uint64_t
	var detail C.kv_error
	status := C.kv_arm(bound.handle, C.int64_t(deadlineMs), &arming, &detail)
	return uint64(arming), failure(status, &detail)
}

// Cancel cancels the calls of an arming; 0 is the newest.
func Cancel(bound Store, arming uint64) *Failure {
	var detail C.kv_error
	return failure(C.kv_cancel(bound.handle, C.uint64_t(arming), &detail), &detail)
}

// EndPoll has no function called during calls. Go has no signal handlers to run, so it sets none.
func EndPoll(bound Store) *Failure {
	var detail C.kv_error
	return failure(C.kv_arm_poll(bound.handle, nil, nil, &detail), &detail)
}
