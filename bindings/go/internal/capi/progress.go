package capi

// #include "shim.h"
import "C"

import "runtime/cgo"

// Progress is called with the pages copied and all pages; false ends the backup. A panic in it, or
// a runtime.Goexit, must not leave it: C's frames are below.
type Progress func(done, total uint64) bool

// Backup copies a store to a path that ends with a NUL. The progress may be nil.
func Backup(store Store, path []byte, progress Progress) *Failure {
	var detail C.kv_error
	number, release := numbered(progress, progress != nil)
	defer release()
	return failure(C.go_backup(store.handle, slice(path), number, &detail), &detail)
}

// Restore replaces a store by the backup at a path that ends with a NUL. The progress may be nil.
func Restore(store Store, path []byte, progress Progress) *Failure {
	var detail C.kv_error
	number, release := numbered(progress, progress != nil)
	defer release()
	return failure(C.go_restore(store.handle, slice(path), number, &detail), &detail)
}

// numbered returns the number of a callback for C, 0 if there is none, and the function that
// releases it.
func numbered(callback any, isThere bool) (C.uintptr_t, func()) {
	if !isThere {
		return 0, func() {}
	}
	handle := cgo.NewHandle(callback)
	return C.uintptr_t(handle), handle.Delete
}

//export goProgress
func goProgress(number C.uintptr_t, done, total C.uint64_t) C.int32_t {
	if cgo.Handle(uintptr(number)).Value().(Progress)(uint64(done), uint64(total)) {
		return 0
	}
	return 1
}
