package capi

// The calls that write may run callbacks and are not marked; see write.go.

// #cgo noescape go_lock_get
// #cgo nocallback go_lock_get
// #include "lock.h"
import "C"

// Lock is a kv_lock: the token and version of a lock that was acquired.
type Lock struct {
	Token   uint64
	Version uint64
}

func (l Lock) raw() C.kv_lock {
	return C.kv_lock{token: C.uint64_t(l.Token), version: C.uint64_t(l.Version)}
}

// LockAcquire acquires a lock; with Conflict another owner holds it.
func LockAcquire(store Store, name, owner string, leaseMs, waitMs int64) (Lock, Status, *Failure) {
	n, nn := text(name)
	o, on := text(owner)
	a := C.go_lock_acquire(store.handle, n, nn, o, on, C.int64_t(leaseMs), C.int64_t(waitMs))
	lock := Lock{uint64(a.lock.token), uint64(a.lock.version)}
	return lock, Status(a.status), kept(a.status, a.failure)
}

// LockRenew returns OK, or Conflict for a lock that is another owner's or free.
func LockRenew(store Store, name string, lock Lock, leaseMs int64) (Status, *Failure) {
	n, nn := text(name)
	return written(C.go_lock_renew(store.handle, n, nn, lock.raw(), C.int64_t(leaseMs)))
}

// LockRelease returns OK, or Conflict for a lock that is another owner's or free.
func LockRelease(store Store, name string, lock Lock) (Status, *Failure) {
	n, nn := text(name)
	return written(C.go_lock_release(store.handle, n, nn, lock.raw()))
}

// LockGet returns the owner's description for [Value.Own], with the end of the lease as the expiry.
func LockGet(store Store, name string, buffer []byte) (Value, Status, *Failure) {
	var owner Value
	var detail C.kv_error
	n, nn := text(name)
	status := C.go_lock_get(store.handle, n, nn, slice(buffer), C.size_t(len(buffer)), &owner.pinned, &detail)
	return owner, Status(status), failure(status, &detail)
}
