package kv

import (
	"context"
	"fmt"
	"syscall"

	"kv.internal/kv/internal/capi"
)

// Status is the result of a call of the library. As an error it is for [errors.Is]:
//
//	if errors.Is(err, kv.ErrNotFound) { ... }
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

// Failures. They come as an [*Error] that says more.
const (
	// ErrArgument: an argument or option is not acceptable.
	ErrArgument = Status(capi.ErrArgument)
	// ErrHandle: a store or cursor is closed already, or was never open. It is also ErrClosed.
	ErrHandle = Status(capi.ErrHandle)
	// ErrClosed: the store was closed.
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
	// ErrPermission: the operating system denies access.
	ErrPermission = Status(capi.ErrPermission)
	// ErrCorrupt: the file is damaged.
	ErrCorrupt = Status(capi.ErrCorrupt)
	// ErrFormat: the file is not a store, or of a format this version does not know.
	ErrFormat = Status(capi.ErrFormat)
	// ErrUnsupported: this engine cannot keep a rule that the call needs.
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

// Error returns the meaning of the status.
func (s Status) Error() string { return capi.Strerror(capi.Status(s)) }

// Is makes a stale handle a closed one, because in Go the one comes only from the other, and the end
// of a call by its context that of the context.
func (s Status) Is(target error) bool {
	switch s {
	case ErrHandle:
		return target == ErrClosed
	case ErrCancelled:
		return target == context.Canceled
	case ErrDeadline:
		return target == context.DeadlineExceeded
	default:
		return false
	}
}

// Error is a failure of the library.
type Error struct {
	// Status is the one to branch on, as errors.Is does.
	Status Status
	// Errno is the operating system's error number, or 0.
	Errno syscall.Errno
	// Message says what was attempted, on what, and why it failed.
	Message string
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Status.Error()
	}
	return e.Message
}

// Is reports whether the status, which is a constant such as [ErrFull], is the target.
func (e *Error) Is(target error) bool { return target == e.Status || e.Status.Is(target) }

// Unwrap returns the operating system's error, for errors.As to a [syscall.Errno], and for
// errors.Is to fs.ErrPermission and its like. It is nil if there is none.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// ConflictError is a condition that did not hold. It is an [ErrConflict].
type ConflictError struct {
	// Step is the index of the condition in its batch, from 0; of a single write it is 0.
	Step int
	// Version is the one the key is at; 0 if the key is absent.
	Version uint64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s (step %d, the key is at version %d)", ErrConflict.Error(), e.Step, e.Version)
}

// Is reports whether the target is [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

func newError(failure *capi.Failure) *Error {
	return &Error{
		Status:  Status(failure.Status),
		Errno:   syscall.Errno(failure.OSError),
		Message: failure.Message,
	}
}

// errorOf returns nil for nil: a nil *Error in an error would not be one.
func errorOf(failure *capi.Failure) error {
	if failure == nil {
		return nil
	}
	return newError(failure)
}

// outcome returns the error of a call that has outcomes.
func outcome(status capi.Status, failure *capi.Failure) error {
	if failure != nil {
		return newError(failure)
	}
	if status != capi.OK {
		return Status(status)
	}
	return nil
}

func argumentError(format string, arguments ...any) error {
	return &Error{Status: ErrArgument, Message: fmt.Sprintf(format, arguments...)}
}
