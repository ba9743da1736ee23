package kv

import (
	"context"
	"errors"
	"io/fs"

	"kv.internal/kv/internal/capi"
)

// Status is the result of a call of the library. As an error it is for [errors.Is]:
//
//	if errors.Is(err, kv.ErrNotFound) { ... }
//
// Every error of a call is an [*Error], or a [*ConflictError] or [*DecodeError], which name the
// operation and the key; so compare with errors.Is, not with ==.
type Status int32

// OK is the status of a step that went well; it is never returned as an error.
const OK = Status(capi.OK)

// Outcomes: nothing has failed, but there is no entry, or the condition does not hold.
const (
	// ErrNotFound: there is no live entry under the key.
	ErrNotFound = Status(capi.NotFound)
	// ErrConflict: a condition does not hold; nothing was written.
	ErrConflict = Status(capi.Conflict)
	// ErrTimeout: a wait has ended without an event.
	ErrTimeout = Status(capi.Timeout)
	// ErrTooSmall: the caller's buffer is too small.
	ErrTooSmall = Status(capi.TooSmall)
)

// Failures.
const (
	// ErrArgument: an argument or option is not acceptable. It is also [fs.ErrInvalid].
	ErrArgument = Status(capi.ErrArgument)
	// ErrHandle: a store or cursor is closed already, or was never open. It is also ErrClosed and
	// [fs.ErrClosed].
	ErrHandle = Status(capi.ErrHandle)
	// ErrClosed: the store was closed. It is also [fs.ErrClosed].
	ErrClosed = Status(capi.ErrClosed)
	// ErrBusy: another user holds what is needed: a lock past the time-out, or a cursor in use.
	ErrBusy = Status(capi.ErrBusy)
	// ErrQuotaExceeded: a namespace would exceed its quota.
	ErrQuotaExceeded = Status(capi.ErrQuota)
	// ErrFull: the disk or the store's own limit is full.
	ErrFull = Status(capi.ErrFull)
	// ErrTooLarge: a group, key or value exceeds its limit.
	ErrTooLarge = Status(capi.ErrTooLarge)
	// ErrNotInteger: a value is not a 64-bit decimal integer, or the sum would not be one.
	ErrNotInteger = Status(capi.ErrNotInteger)
	// ErrNotJSON: a value is not JSON.
	ErrNotJSON = Status(capi.ErrNotJSON)
	// ErrIO: reading or writing failed.
	ErrIO = Status(capi.ErrIO)
	// ErrReadOnly: the store was opened, or can only be opened, for reading.
	ErrReadOnly = Status(capi.ErrReadOnly)
	// ErrPermission: the operating system, or a server, denies access. It is also
	// [fs.ErrPermission].
	ErrPermission = Status(capi.ErrPermission)
	// ErrCorrupt: the file is damaged.
	ErrCorrupt = Status(capi.ErrCorrupt)
	// ErrFormat: the file is not a store, or of a format this version does not know.
	ErrFormat = Status(capi.ErrFormat)
	// ErrUnsupported: this engine cannot keep a rule that the call needs. It is also
	// [errors.ErrUnsupported].
	ErrUnsupported = Status(capi.ErrUnsupported)
	// ErrUnavailable: a server cannot be reached in time.
	ErrUnavailable = Status(capi.ErrUnavailable)
	// ErrConfig: a configuration is wrong.
	ErrConfig = Status(capi.ErrConfig)
	// ErrCompacted: the change log no longer reaches back that far.
	ErrCompacted = Status(capi.ErrCompacted)
	// ErrPoisoned: an earlier failure left durability unknown; close the store and open it again.
	ErrPoisoned = Status(capi.ErrPoisoned)
	// ErrForked: this process was forked while a store was open; it may not use any.
	ErrForked = Status(capi.ErrForked)
	// ErrPanic: a bug in the library was caught at its boundary.
	ErrPanic = Status(capi.ErrPanic)
	// ErrMemory: memory, or a slot for one more handle, could not be had.
	ErrMemory = Status(capi.ErrMemory)
	// ErrCancelled: the call was cancelled; nothing was written. It is also [context.Canceled].
	ErrCancelled = Status(capi.ErrCancelled)
	// ErrDeadline: the deadline of the call has passed; nothing was written. It is also
	// [context.DeadlineExceeded].
	ErrDeadline = Status(capi.ErrDeadline)
)

// Error returns the meaning of the status, such as "kv: not found".
func (s Status) Error() string { return prefix + s.meaning() }

// meaning is the text of a status in a longer message.
func (s Status) meaning() string { return capi.Strerror(capi.Status(s)) }

// Is reports whether the target is an error of the standard library that means the same. A stale
// handle is also a closed one, because in Go the one comes only from the other.
func (s Status) Is(target error) bool {
	switch s {
	case ErrHandle:
		return target == ErrClosed || target == fs.ErrClosed
	case ErrClosed:
		return target == fs.ErrClosed
	case ErrArgument:
		return target == fs.ErrInvalid
	case ErrPermission:
		return target == fs.ErrPermission
	case ErrUnsupported:
		return target == errors.ErrUnsupported
	case ErrCancelled:
		return target == context.Canceled
	case ErrDeadline:
		return target == context.DeadlineExceeded
	default:
		return false
	}
}
