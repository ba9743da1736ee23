package capi

// #cgo noescape go_idempotency_get
// #cgo nocallback go_idempotency_get
// #include "transaction.h"
import "C"

// States of an operation that must not run twice.
const (
	IdempotencyStarted    = C.KV_IDEMPOTENCY_STARTED
	IdempotencyInProgress = C.KV_IDEMPOTENCY_IN_PROGRESS
	IdempotencyCompleted  = C.KV_IDEMPOTENCY_COMPLETED
	IdempotencyMismatch   = C.KV_IDEMPOTENCY_MISMATCH
)

// IdempotencyGet returns a record, as IdempotencyBegin does.
func IdempotencyGet(store Store, key string, buffer []byte) (state int32, response Value, status Status, f *Failure) {
	var number C.int32_t
	var detail C.kv_error
	k, kn := text(key)
	s := C.go_idempotency_get(store.handle, k, kn, &number, slice(buffer), C.size_t(len(buffer)), &response.pinned, &detail)
	return int32(number), response, Status(s), failure(s, &detail)
}
