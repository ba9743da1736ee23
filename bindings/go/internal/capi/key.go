package capi

// #cgo noescape go_get
// #cgo nocallback go_get
// #cgo noescape go_get_entry
// #cgo nocallback go_get_entry
// #cgo noescape go_get_into
// #cgo nocallback go_get_into
// #cgo noescape go_get_info
// #cgo nocallback go_get_info
// #cgo noescape kv_value_free
// #cgo nocallback kv_value_free
// #cgo noescape go_exists
// #cgo nocallback go_exists
// #cgo noescape go_ttl
// #cgo nocallback go_ttl
// #cgo noescape go_get_many
// #cgo nocallback go_get_many
// #cgo noescape go_get_loop
// #cgo nocallback go_get_loop
// #include "shim.h"
import "C"

import (
	"bytes"
	"unsafe"
)

// Value is one that the library keeps in place until Free, or that was copied already.
type Value struct{ pinned C.kv_value }

// Bytes are the library's until Free.
func (v *Value) Bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v.pinned.data)), int(v.pinned.len))
}

// Own returns a copy of the bytes, and frees the value. The buffer is the one that was passed to
// the call that returned the value.
func (v *Value) Own(buffer []byte) []byte {
	if v.pinned.data == nil {
		return bytes.Clone(buffer[:v.pinned.len:v.pinned.len])
	}
	defer v.Free()
	return bytes.Clone(v.Bytes())
}

// Version is that of the entry.
func (v *Value) Version() uint64 { return uint64(v.pinned.version) }

// Size is how many bytes the value has.
func (v *Value) Size() int64 { return int64(v.pinned.value_size) }

// ExpiresAtMs is TTLNever for an entry that never expires.
func (v *Value) ExpiresAtMs() int64 { return int64(v.pinned.expires_at_ms) }

// Free frees the value; again, or for one that was not found, it does nothing.
func (v *Value) Free() { C.kv_value_free(&v.pinned) }

// Put is how a write is made: KV_IF_*, KV_EXPIRY_*, KV_DURABILITY_* and what they need.
type Put struct {
	Condition  uint32
	Expiry     uint32
	Durability uint32
	Version    uint64
	TimeMs     int64
}

func (p Put) options() C.kv_put_options {
	return C.kv_put_options{
		size:       C.uint32_t(unsafe.Sizeof(C.kv_put_options{})),
		condition:  C.uint32_t(p.Condition),
		version:    C.uint64_t(p.Version),
		expiry:     C.uint32_t(p.Expiry),
		durability: C.uint32_t(p.Durability),
		time_ms:    C.int64_t(p.TimeMs),
	}
}

// GetMany reads many keys in flat form, or with TooSmall returns the length that the entries need.
func GetMany(store Store, keys, buffer []byte) (Fill, Status, *Failure) {
	var used, count C.size_t
	var detail C.kv_error
	status := C.go_get_many(store.handle, slice(keys), C.size_t(len(keys)), slice(buffer), C.size_t(len(buffer)),
		&used, &count, &detail)
	return Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Get pins a value.
func Get(store Store, group, key string) (Value, Status, *Failure) {
	var value Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get(store.handle, g, gn, k, kn, &value.pinned, &detail)
	return value, Status(status), failure(status, &detail)
}

// GetEntry returns a value for [Value.Own].
func GetEntry(store Store, group, key string, buffer []byte) (Value, Status, *Failure) {
	var value Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_entry(store.handle, g, gn, k, kn, slice(buffer), C.size_t(len(buffer)), &value.pinned, &detail)
	return value, Status(status), failure(status, &detail)
}

// GetInto copies a value into a buffer, or with TooSmall returns its length.
func GetInto(store Store, group, key string, buffer []byte) (int, Status, *Failure) {
	var n C.size_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_into(store.handle, g, gn, k, kn, slice(buffer), C.size_t(len(buffer)), &n, &detail)
	return int(n), Status(status), failure(status, &detail)
}

// Info returns a value that has everything but its bytes; there is nothing to free.
func Info(store Store, group, key string) (Value, Status, *Failure) {
	var value Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_info(store.handle, g, gn, k, kn, &value.pinned, &detail)
	return value, Status(status), failure(status, &detail)
}

// Exists returns OK or NotFound.
func Exists(store Store, group, key string) (Status, *Failure) {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_exists(store.handle, g, gn, k, kn, &detail)
	return Status(status), failure(status, &detail)
}

// TTL returns the milliseconds left, or TTLNever.
func TTL(store Store, group, key string) (int64, Status, *Failure) {
	var ttl C.int64_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_ttl(store.handle, g, gn, k, kn, &ttl, &detail)
	return int64(ttl), Status(status), failure(status, &detail)
}

// GetLoop gets the same value many times in one crossing, for the benchmark of the crossing.
func GetLoop(store Store, group, key string, buffer []byte, times uint64) (Status, *Failure) {
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_loop(store.handle, g, gn, k, kn, slice(buffer), C.size_t(len(buffer)), C.uint64_t(times), &detail)
	return Status(status), failure(status, &detail)
}
