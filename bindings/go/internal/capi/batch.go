package capi

// #cgo noescape go_results
// #cgo nocallback go_results
// #cgo noescape go_batch_check
// #cgo nocallback go_batch_check
// #cgo noescape go_batch_check_lock
// #cgo nocallback go_batch_check_lock
// #cgo noescape go_batch_get
// #cgo nocallback go_batch_get
// #cgo noescape go_batch_set
// #cgo nocallback go_batch_set
// #cgo noescape go_batch_delete
// #cgo nocallback go_batch_delete
// #cgo noescape go_batch_increment
// #cgo nocallback go_batch_increment
// #cgo noescape go_batch_take
// #cgo nocallback go_batch_take
// #cgo noescape go_batch_append
// #cgo nocallback go_batch_append
// #cgo noescape go_batch_expire
// #cgo nocallback go_batch_expire
// #cgo noescape go_batch_delete_prefix
// #cgo nocallback go_batch_delete_prefix
// #cgo noescape kv_batch_new
// #cgo nocallback kv_batch_new
// #cgo noescape kv_batch_clear
// #cgo nocallback kv_batch_clear
// #cgo noescape kv_batch_close
// #cgo nocallback kv_batch_close
// #include "shim.h"
import "C"

import "unsafe"

// Batch is the number of a list of steps. Its zero value is none.
type Batch struct{ handle C.kv_batch }

// Result is what became of a step. Its layout is that of go_result.
type Result struct {
	Status      Status
	HasValue    uint32
	Version     uint64
	ExpiresAtMs int64
	Len         uint64
}

// Both, or a copy into the one would leave the other's fields where they are not.
const (
	_ = uint(unsafe.Sizeof(Result{}) - C.sizeof_go_result)
	_ = uint(C.sizeof_go_result - unsafe.Sizeof(Result{}))
)

// MoreResults returns the results from step first on, as Commit does; with TooSmall the value of
// the first is results[0].Len bytes long.
func (b *Batch) MoreResults(first, stepCount int, results []Result, values []byte) (int, Status, *Failure) {
	var n C.size_t
	var detail C.kv_error
	handle := b.handle
	status := C.go_results(&handle, C.size_t(first), C.size_t(stepCount), resultsOf(results),
		slice(values), C.size_t(len(values)), &n, &detail)
	b.handle = handle
	return int(n), Status(status), failure(status, &detail)
}

func resultsOf(results []Result) *C.go_result {
	return (*C.go_result)(unsafe.Pointer(unsafe.SliceData(results)))
}

// NewBatch makes a batch to which steps are appended one by one, a crossing for each. The binding
// sends its batches in flat form; a test compares the two.
func NewBatch() (Batch, *Failure) {
	var batch Batch
	var detail C.kv_error
	status := C.kv_batch_new(&batch.handle, &detail)
	return batch, failure(status, &detail)
}

// Check appends a check.
func (b Batch) Check(group, key string, version uint64) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_check(b.handle, g, gn, k, kn, C.uint64_t(version), &detail), &detail)
}

// CheckLock appends a check of a lock.
func (b Batch) CheckLock(name string, lock Lock) *Failure {
	var detail C.kv_error
	n, nn := text(name)
	status := C.go_batch_check_lock(b.handle, n, nn, C.uint64_t(lock.Token), C.uint64_t(lock.Version), &detail)
	return failure(status, &detail)
}

// Get appends a read.
func (b Batch) Get(group, key string) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_get(b.handle, g, gn, k, kn, &detail), &detail)
}

// Set appends a write.
func (b Batch) Set(group, key string, value []byte, put Put) *Failure {
	var detail C.kv_error
	options := put.options()
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_set(b.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), &options, &detail), &detail)
}

// Delete appends a delete.
func (b Batch) Delete(group, key string) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_delete(b.handle, g, gn, k, kn, &detail), &detail)
}

// Increment appends an increment.
func (b Batch) Increment(group, key string, delta, ttlMs int64) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_increment(b.handle, g, gn, k, kn, C.int64_t(delta), C.int64_t(ttlMs), &detail), &detail)
}

// Take appends a take.
func (b Batch) Take(group, key string) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_take(b.handle, g, gn, k, kn, &detail), &detail)
}

// Append appends an append.
func (b Batch) Append(group, key string, value []byte, ttlMs int64) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_append(b.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), C.int64_t(ttlMs), &detail), &detail)
}

// Expire appends a change of an expiry.
func (b Batch) Expire(group, key string, ttlMs int64, flags uint32) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	return failure(C.go_batch_expire(b.handle, g, gn, k, kn, C.int64_t(ttlMs), C.uint32_t(flags), &detail), &detail)
}

// DeletePrefix appends a delete of the keys with a prefix.
func (b Batch) DeletePrefix(group, prefix string) *Failure {
	var detail C.kv_error
	g, gn := text(group)
	p, pn := text(prefix)
	return failure(C.go_batch_delete_prefix(b.handle, g, gn, p, pn, &detail), &detail)
}

// CommitSteps applies the steps.
func (b Batch) CommitSteps(store Store) (Status, *Failure) {
	var detail C.kv_error
	status := C.kv_batch_commit(store.handle, b.handle, &detail)
	return Status(status), failure(status, &detail)
}

// Clear removes all steps.
func (b Batch) Clear() *Failure {
	var detail C.kv_error
	return failure(C.kv_batch_clear(b.handle, &detail), &detail)
}

// Close ends a batch.
func (b *Batch) Close() *Failure {
	var detail C.kv_error
	handle := b.handle
	b.handle = C.kv_batch{}
	return failure(C.kv_batch_close(handle, &detail), &detail)
}
