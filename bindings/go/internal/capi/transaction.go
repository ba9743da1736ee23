package capi

// #cgo noescape kv_txn_begin
// #cgo nocallback kv_txn_begin
// #cgo noescape go_txn_get
// #cgo nocallback go_txn_get
// #cgo noescape go_txn_exists
// #cgo nocallback go_txn_exists
// #cgo noescape go_txn_ttl
// #cgo nocallback go_txn_ttl
// #cgo noescape go_txn_set
// #cgo nocallback go_txn_set
// #cgo noescape go_txn_delete
// #cgo nocallback go_txn_delete
// #cgo noescape go_txn_increment
// #cgo nocallback go_txn_increment
// #cgo noescape go_txn_append
// #cgo nocallback go_txn_append
// #cgo noescape go_txn_expire
// #cgo nocallback go_txn_expire
// #cgo noescape kv_txn_abort
// #cgo nocallback kv_txn_abort
// #include "transaction.h"
import "C"

// Transaction is the number of one. Its zero value is none.
type Transaction struct{ handle C.kv_txn }

// Begin begins a transaction.
func Begin(store Store) (Transaction, *Failure) {
	var txn Transaction
	var detail C.kv_error
	status := C.kv_txn_begin(store.handle, &txn.handle, &detail)
	return txn, failure(status, &detail)
}

// Get returns a value as the transaction sees it, for [Value.Own].
func (t Transaction) Get(group, key string, buffer []byte) (Value, Status, *Failure) {
	var value Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_get(t.handle, g, gn, k, kn, slice(buffer), C.size_t(len(buffer)), &value.pinned, &detail)
	return value, Status(status), failure(status, &detail)
}

// Exists returns OK or NotFound.
func (t Transaction) Exists(group, key string) (Status, *Failure) {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_exists(t.handle, g, gn, k, kn, &detail)
	return Status(status), failure(status, &detail)
}

// TTL returns the milliseconds left, or TTLNever.
func (t Transaction) TTL(group, key string) (int64, Status, *Failure) {
	var ttl C.int64_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_ttl(t.handle, g, gn, k, kn, &ttl, &detail)
	return int64(ttl), Status(status), failure(status, &detail)
}

// Set keeps a write; with Conflict it is left out.
func (t Transaction) Set(group, key string, value []byte, put Put) (Status, *Failure) {
	var detail C.kv_error
	options := put.options()
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_set(t.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), &options, &detail)
	return Status(status), failure(status, &detail)
}

// Delete keeps a delete; with NotFound there is nothing to delete.
func (t Transaction) Delete(group, key string) (Status, *Failure) {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_delete(t.handle, g, gn, k, kn, &detail)
	return Status(status), failure(status, &detail)
}

// Increment keeps a sum and returns it.
func (t Transaction) Increment(group, key string, delta, ttlMs int64) (int64, *Failure) {
	var sum C.int64_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_increment(t.handle, g, gn, k, kn, C.int64_t(delta), C.int64_t(ttlMs), &sum, &detail)
	return int64(sum), failure(status, &detail)
}

// Append keeps a longer value and returns its length.
func (t Transaction) Append(group, key string, value []byte, ttlMs int64) (int, *Failure) {
	var n C.size_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_append(t.handle, g, gn, k, kn, slice(value), C.size_t(len(value)), C.int64_t(ttlMs), &n, &detail)
	return int(n), failure(status, &detail)
}

// Expire keeps another expiry; with NotFound or Conflict it is left out.
func (t Transaction) Expire(group, key string, ttlMs int64, flags uint32) (Status, *Failure) {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_txn_expire(t.handle, g, gn, k, kn, C.int64_t(ttlMs), C.uint32_t(flags), &detail)
	return Status(status), failure(status, &detail)
}

// Abort ends a transaction.
func (t Transaction) Abort() *Failure {
	var detail C.kv_error
	return failure(C.kv_txn_abort(t.handle, &detail), &detail)
}
