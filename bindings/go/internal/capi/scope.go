package capi

// #cgo noescape go_scope
// #cgo nocallback go_scope
// #cgo noescape go_quota_get
// #cgo nocallback go_quota_get
// #cgo noescape kv_snapshot
// #cgo nocallback kv_snapshot
// #include "text.h"
import "C"

import "unsafe"

// Quota is what a namespace may hold, and what it holds.
type Quota struct {
	MaxKeys, MaxGroups, MaxBytes uint64
	Keys, Groups, Bytes          uint64
}

// Scope narrows a store to a namespace, whose name ends with a NUL.
func Scope(store Store, name []byte) (Store, *Failure) {
	var scoped Store
	var detail C.kv_error
	status := C.go_scope(store.handle, slice(name), &scoped.handle, &detail)
	return scoped, failure(status, &detail)
}

// Snapshot opens a store that reads another one as it is now.
func Snapshot(store Store) (Store, *Failure) {
	var snapshot Store
	var detail C.kv_error
	status := C.kv_snapshot(store.handle, &snapshot.handle, &detail)
	return snapshot, failure(status, &detail)
}

// GetQuota returns what a namespace may hold and what it holds.
func GetQuota(store Store, name []byte) (Quota, *Failure) {
	var detail C.kv_error
	quota := C.kv_quota{size: C.uint32_t(unsafe.Sizeof(C.kv_quota{}))}
	if status := C.go_quota_get(store.handle, slice(name), &quota, &detail); status != C.KV_OK {
		return Quota{}, failure(status, &detail)
	}
	return Quota{
		MaxKeys:   uint64(quota.max_keys),
		MaxGroups: uint64(quota.max_groups),
		MaxBytes:  uint64(quota.max_bytes),
		Keys:      uint64(quota.keys),
		Groups:    uint64(quota.groups),
		Bytes:     uint64(quota.bytes),
	}, nil
}
