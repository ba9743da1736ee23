// Package capi is the only one that calls C. It has one function for each of the library's, with
// Go's types, and nothing else: no context, no policy, no error type for users.
//
// Bytes go to C without being copied, and C keeps no pointer to them after a call. A call that
// cannot run a Go function is marked so, and then its arguments stay on the goroutine's stack.
// Bytes that come back are copied into Go's memory in the same call, or pinned in a [Value].
package capi

// #include "shim.h"
import "C"

import (
	"bytes"
	"unsafe"
)

// Status is the result of a call; its numbers are those of kv.h.
type Status = int32

const (
	OK       Status = C.KV_OK
	NotFound Status = C.KV_NOT_FOUND
	Conflict Status = C.KV_CONFLICT
	Done     Status = C.KV_DONE
	Timeout  Status = C.KV_TIMEOUT
	TooSmall Status = C.KV_TOO_SMALL

	ErrArgument    Status = C.KV_ERR_ARGUMENT
	ErrHandle      Status = C.KV_ERR_HANDLE
	ErrClosed      Status = C.KV_ERR_CLOSED
	ErrBusy        Status = C.KV_ERR_BUSY
	ErrQuota       Status = C.KV_ERR_QUOTA
	ErrFull        Status = C.KV_ERR_FULL
	ErrTooLarge    Status = C.KV_ERR_TOO_LARGE
	ErrNotInteger  Status = C.KV_ERR_NOT_INTEGER
	ErrNotJSON     Status = C.KV_ERR_NOT_JSON
	ErrIO          Status = C.KV_ERR_IO
	ErrReadOnly    Status = C.KV_ERR_READ_ONLY
	ErrPermission  Status = C.KV_ERR_PERMISSION
	ErrCorrupt     Status = C.KV_ERR_CORRUPT
	ErrFormat      Status = C.KV_ERR_FORMAT
	ErrUnsupported Status = C.KV_ERR_UNSUPPORTED
	ErrUnavailable Status = C.KV_ERR_UNAVAILABLE
	ErrConfig      Status = C.KV_ERR_CONFIG
	ErrCompacted   Status = C.KV_ERR_COMPACTED
	ErrPoisoned    Status = C.KV_ERR_POISONED
	ErrForked      Status = C.KV_ERR_FORKED
	ErrPanic       Status = C.KV_ERR_PANIC
	ErrMemory      Status = C.KV_ERR_MEMORY
	ErrCancelled   Status = C.KV_ERR_CANCELLED
	ErrDeadline    Status = C.KV_ERR_DEADLINE
)

// Other constants of the header.
const (
	TTLNever   = C.KV_TTL_NEVER
	TTLDefault = C.KV_TTL_DEFAULT

	IfAny     = C.KV_IF_ANY
	IfAbsent  = C.KV_IF_ABSENT
	IfPresent = C.KV_IF_PRESENT
	IfVersion = C.KV_IF_VERSION

	ExpiryDefault = C.KV_EXPIRY_DEFAULT
	ExpiryAfter   = C.KV_EXPIRY_AFTER
	ExpiryAt      = C.KV_EXPIRY_AT
	ExpiryKeep    = C.KV_EXPIRY_KEEP

	DurabilityDefault = C.KV_DURABILITY_DEFAULT
	DurabilityNormal  = C.KV_DURABILITY_NORMAL
	DurabilityFull    = C.KV_DURABILITY_FULL

	ExpireNX = C.KV_EXPIRE_NX
	ExpireXX = C.KV_EXPIRE_XX
	ExpireGT = C.KV_EXPIRE_GT
	ExpireLT = C.KV_EXPIRE_LT

	ScanReverse        = C.KV_SCAN_REVERSE
	ScanKeysOnly       = C.KV_SCAN_KEYS_ONLY
	ScanGlob           = C.KV_SCAN_GLOB
	ScanGlobRedis      = C.KV_SCAN_GLOB_REDIS
	ScanLowerExclusive = C.KV_SCAN_LOWER_EXCLUSIVE
	ScanUpperInclusive = C.KV_SCAN_UPPER_INCLUSIVE
	ScanSnapshot       = C.KV_SCAN_SNAPSHOT
	ScanSizes          = C.KV_SCAN_SIZES

	VersionMajor  = C.KV_VERSION_MAJOR
	VersionMinor  = C.KV_VERSION_MINOR
	VersionPatch  = C.KV_VERSION_PATCH
	VersionNumber = C.KV_VERSION_NUMBER
	ABIVersion    = C.KV_ABI_VERSION

	ErrorMessageLen = C.KV_ERROR_MESSAGE_LEN
)

// Store is the number of an open store. Its zero value is none.
type Store struct{ handle C.kv_store }

// Failure is a kv_error.
type Failure struct {
	Status  Status
	OSError int32
	Message string
}

// Open opens a store; the location ends with a NUL.
func Open(location []byte) (Store, *Failure) {
	var store Store
	var detail C.kv_error
	status := C.go_open(slice(location), &store.handle, &detail)
	return store, failure(status, &detail)
}

// OpenConfig opens the store that a services file calls by a name; both end with a NUL.
func OpenConfig(path, service []byte) (Store, *Failure) {
	var store Store
	var detail C.kv_error
	status := C.go_open_config(slice(path), slice(service), &store.handle, &detail)
	return store, failure(status, &detail)
}

// Close ends a store.
func Close(store Store) *Failure {
	var detail C.kv_error
	return failure(C.kv_close(store.handle, &detail), &detail)
}

// Strerror returns the meaning of a status.
func Strerror(status Status) string { return C.GoString(C.kv_strerror(C.kv_status(status))) }

// Version is the loaded library's, as text.
func Version() string { return C.GoString(C.kv_version()) }

// LoadedVersionNumber is the loaded library's, as a number.
func LoadedVersionNumber() uint32 { return uint32(C.kv_version_number()) }

// LoadedABIVersion is the loaded library's interface.
func LoadedABIVersion() uint32 { return uint32(C.kv_abi_version()) }

// failure copies an error; nil for success and for an outcome.
func failure(status C.kv_status, detail *C.kv_error) *Failure {
	if status >= 0 {
		return nil
	}
	return newFailure(status, detail)
}

// Not by C.GoString, for which the compiler would move every call's kv_error to the heap.
//
//go:noinline
func newFailure(status C.kv_status, detail *C.kv_error) *Failure {
	message := unsafe.Slice((*byte)(unsafe.Pointer(&detail.message)), len(detail.message))
	end := bytes.IndexByte(message, 0)
	if end < 0 {
		end = len(message)
	}
	return &Failure{Status: Status(status), OSError: int32(detail.os_error), Message: string(message[:end])}
}

// text returns a string's bytes; the pointer of an empty one is not followed.
func text(s string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.StringData(s)), C.size_t(len(s))
}

func slice(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }
