package capi

// #cgo noescape kv_txn_begin
// #cgo nocallback kv_txn_begin
// #cgo noescape go_txn_get
// #cgo nocallback go_txn_get
// #cgo noescape go_txn_set
// #cgo nocallback go_txn_set
// #cgo noescape go_txn_delete
// #cgo nocallback go_txn_delete
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

// Abort ends a transaction.
func (t Transaction) Abort() *Failure {
	var detail C.kv_error
	return failure(C.kv_txn_abort(t.handle, &detail), &detail)
}
