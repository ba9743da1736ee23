package capi

// The calls of this file may run callbacks, and so are marked neither noescape nor nocallback: only
// a call that has both marks keeps its arguments on the goroutine's stack, and a callback that ran
// in one would end the program. A callback that is registered while a write is under way runs in
// that write, so no call may be marked for as long as nothing is registered.

// #include "write.h"
import "C"

import "unsafe"

// Set writes a value with the store's default ttl.
func Set(store Store, group, key string, value []byte) *Failure {
	g, gn := text(group)
	k, kn := text(key)
	_, f := written(C.go_set(store.handle, g, gn, k, kn, slice(value), C.size_t(len(value))))
	return f
}

// SetTTL writes a value with a ttl.
func SetTTL(store Store, group, key string, value []byte, ttlMs int64) *Failure {
	g, gn := text(group)
	k, kn := text(key)
	_, f := written(C.go_set_ttl(store.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), C.int64_t(ttlMs)))
	return f
}

// SetJSON writes a value that has to be JSON.
func SetJSON(store Store, group, key string, value []byte) *Failure {
	g, gn := text(group)
	k, kn := text(key)
	_, f := written(C.go_set_json(store.handle, g, gn, k, kn, slice(value), C.size_t(len(value))))
	return f
}

// PutValue writes under a condition; with Conflict the version is the one that is there.
func PutValue(store Store, group, key string, value []byte, put Put) (uint64, Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	w := C.go_put(store.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), put.options())
	s, f := written(w)
	return uint64(w.number), s, f
}

// Delete returns OK or NotFound.
func Delete(store Store, group, key string) (Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	return written(C.go_delete(store.handle, g, gn, k, kn))
}

// DeleteVersion returns OK, NotFound or Conflict.
func DeleteVersion(store Store, group, key string, version uint64) (Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	return written(C.go_delete_version(store.handle, g, gn, k, kn, C.uint64_t(version)))
}

// Take deletes a key and pins the value it had.
func Take(store Store, group, key string) (Value, Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	t := C.go_take(store.handle, g, gn, k, kn)
	return Value{t.value}, Status(t.status), kept(t.status, t.failure)
}

// Increment returns the sum.
func Increment(store Store, group, key string, delta, ttlMs int64) (int64, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	w := C.go_increment(store.handle, g, gn, k, kn, C.int64_t(delta), C.int64_t(ttlMs))
	_, f := written(w)
	return int64(w.number), f
}

// Append returns the new length.
func Append(store Store, group, key string, value []byte, ttlMs int64) (int, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	w := C.go_append(store.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), C.int64_t(ttlMs))
	_, f := written(w)
	return int(w.number), f
}

// Expire returns OK, NotFound or Conflict.
func Expire(store Store, group, key string, ttlMs int64, flags uint32) (Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	return written(C.go_expire(store.handle, g, gn, k, kn, C.int64_t(ttlMs), C.uint32_t(flags)))
}

// Persist returns OK or NotFound.
func Persist(store Store, group, key string) (Status, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	return written(C.go_persist(store.handle, g, gn, k, kn))
}

// DeleteGroup deletes a group's entries and returns how many there were.
func DeleteGroup(store Store, group string) (uint64, *Failure) {
	g, gn := text(group)
	w := C.go_delete_group(store.handle, g, gn)
	_, f := written(w)
	return uint64(w.number), f
}

// DeletePrefix deletes a group's entries whose keys have a prefix and returns how many there were.
func DeletePrefix(store Store, group, prefix string) (uint64, *Failure) {
	g, gn := text(group)
	p, pn := text(prefix)
	w := C.go_delete_prefix(store.handle, g, gn, p, pn)
	_, f := written(w)
	return uint64(w.number), f
}

// DeleteAll deletes the entries of all groups with a prefix and returns how many there were.
func DeleteAll(store Store, prefix string) (uint64, *Failure) {
	p, pn := text(prefix)
	w := C.go_delete_all(store.handle, p, pn)
	_, f := written(w)
	return uint64(w.number), f
}

// PurgeExpired removes expired entries and returns how many there were.
func PurgeExpired(store Store) (uint64, *Failure) {
	w := C.go_purge_expired(store.handle)
	_, f := written(w)
	return uint64(w.number), f
}

// SetQuota limits a namespace, whose name ends with a NUL.
func SetQuota(store Store, name []byte, maxKeys, maxGroups, maxBytes int64) *Failure {
	_, f := written(C.go_quota_set(store.handle, slice(name), C.int64_t(maxKeys), C.int64_t(maxGroups), C.int64_t(maxBytes)))
	return f
}

// Steps are those of a batch, in flat form, which has no durability. The first set with the
// strictest one is named beside it, and all steps are as durable.
type Steps struct {
	Flat       []byte
	Count      int
	Durability uint32
	DurableAt  int
}

// Commit applies steps in flat form. On OK it returns, if results is not nil, the first of them, as
// many as have their values fit, one after the other, and the batch holds the rest if there are
// more. On Conflict count is the step that failed, and results[0] is its result.
func Commit(store Store, steps Steps, results []Result, values []byte) (rest Batch, count int, status Status, f *Failure) {
	beside := C.go_steps{
		count:      C.size_t(steps.Count),
		durability: C.uint32_t(steps.Durability),
		durable_at: C.size_t(steps.DurableAt),
	}
	c := C.go_commit(store.handle, slice(steps.Flat), C.size_t(len(steps.Flat)), beside, resultsOf(results),
		slice(values), C.size_t(len(values)))
	return Batch{c.rest}, int(c.count), Status(c.status), kept(c.status, c.failure)
}

// Commit applies what was kept. OK and Conflict end the transaction, a failure does not.
func (t Transaction) Commit() (Status, *Failure) { return written(C.go_txn_commit(t.handle)) }

// IdempotencyBegin starts an operation unless it was started before. The response is pinned, if
// the state is IdempotencyCompleted.
func IdempotencyBegin(store Store, key string, request []byte, ttlMs int64) (state int32, token uint64, response Value, f *Failure) {
	k, kn := text(key)
	b := C.go_idempotency_begin(store.handle, k, kn, slice(request), C.size_t(len(request)), C.int64_t(ttlMs))
	return int32(b.state), uint64(b.token), Value{b.response}, kept(b.status, b.failure)
}

// IdempotencyComplete stores the response of an operation.
func IdempotencyComplete(store Store, key string, token uint64, response []byte) (Status, *Failure) {
	k, kn := text(key)
	return written(C.go_idempotency_complete(store.handle, k, kn, C.uint64_t(token), slice(response), C.size_t(len(response))))
}

// IdempotencyForget removes a record.
func IdempotencyForget(store Store, key string, token uint64) (Status, *Failure) {
	k, kn := text(key)
	return written(C.go_idempotency_forget(store.handle, k, kn, C.uint64_t(token)))
}

func written(w C.go_written) (Status, *Failure) { return Status(w.status), kept(w.status, w.failure) }

// kept frees the copy of an error after it has been read; nil for success and for an outcome.
func kept(status C.kv_status, detail *C.kv_error) *Failure {
	if status >= 0 {
		return nil
	}
	if detail == nil {
		return &Failure{Status: Status(status), Message: Strerror(Status(status))}
	}
	defer C.free(unsafe.Pointer(detail))
	return newFailure(status, detail)
}
