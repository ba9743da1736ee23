package capi

// #cgo noescape go_idempotency_begin
// #cgo nocallback go_idempotency_begin
// #cgo noescape go_idempotency_complete
// #cgo nocallback go_idempotency_complete
// #cgo noescape go_idempotency_get
// #cgo nocallback go_idempotency_get
// #cgo noescape go_idempotency_forget
// #cgo nocallback go_idempotency_forget
// #include "transaction.h"
import "C"

// States of an operation that must not run twice.
const (
	IdempotencyStarted    = C.KV_IDEMPOTENCY_STARTED
	IdempotencyInProgress = C.KV_IDEMPOTENCY_IN_PROGRESS
	IdempotencyCompleted  = C.KV_IDEMPOTENCY_COMPLETED
	IdempotencyMismatch   = C.KV_IDEMPOTENCY_MISMATCH
)

// IdempotencyBegin asks to start an operation. The response is for [Value.Own], if the state is
// IdempotencyCompleted.
func IdempotencyBegin(store Store, key string, request []byte, ttlMs int64, buffer []byte) (state int32, token uint64, response Value, f *Failure) {
	var told C.int32_t
	var given C.uint64_t
	var detail C.kv_error
	k, kn := text(key)
	status := C.go_idempotency_begin(store.handle, k, kn, slice(request), C.size_t(len(request)), C.int64_t(ttlMs),
		&told, &given, slice(buffer), C.size_t(len(buffer)), &response.pinned, &detail)
	return int32(told), uint64(given), response, failure(status, &detail)
}

// IdempotencyComplete stores the response of an operation.
func IdempotencyComplete(store Store, key string, token uint64, response []byte) (Status, *Failure) {
	var detail C.kv_error
	k, kn := text(key)
	status := C.go_idempotency_complete(store.handle, k, kn, C.uint64_t(token), slice(response), C.size_t(len(response)), &detail)
	return Status(status), failure(status, &detail)
}

// IdempotencyGet gives a record, as IdempotencyBegin does.
func IdempotencyGet(store Store, key string, buffer []byte) (state int32, response Value, status Status, f *Failure) {
	var told C.int32_t
	var detail C.kv_error
	k, kn := text(key)
	s := C.go_idempotency_get(store.handle, k, kn, &told, slice(buffer), C.size_t(len(buffer)), &response.pinned, &detail)
	return int32(told), response, Status(s), failure(s, &detail)
}

// IdempotencyForget removes a record.
func IdempotencyForget(store Store, key string, token uint64) (Status, *Failure) {
	var detail C.kv_error
	k, kn := text(key)
	status := C.go_idempotency_forget(store.handle, k, kn, C.uint64_t(token), &detail)
	return Status(status), failure(status, &detail)
}
