package kv

import (
	"fmt"
	"strings"
	"syscall"
)

// prefix begins each message of the package.
const prefix = "kv: "

// Error is an error of a call. Its message is
//
//	kv: OPERATION GROUP/KEY: REASON
//
// such as "kv: get users/ada: not found", without the parts that the call does not have. Names of
// the default group's keys stand alone. A name that is empty, not UTF-8, or has a character that
// would make the message ambiguous is quoted as Go does, and of a long one the first 64 bytes are
// shown. No message has a password of a location.
type Error struct {
	// Op is the operation in lower case, such as "get" or "set ttl".
	Op string
	// Group and Key are those of the call. Of a call on something else that has a name, such as a
	// lock, a namespace or an idempotency record, Key is that name. Of a failed step of a batch they
	// are those of the step.
	Group string
	Key   string
	// Step is the index in its batch of the step that has failed, from 0; -1 if there is none.
	Step int
	// Status is the one to branch on, as errors.Is does.
	Status Status
	// Errno is the operating system's error number, or 0.
	Errno syscall.Errno
	// Message says why it failed.
	Message string

	// The kind of thing that Group and Key name.
	subject subject
	// The error beneath, if that is not the number.
	cause error
}

// Error returns the message. Without an Op, which only an Error that a program has made itself is,
// it is the Message alone.
func (e *Error) Error() string {
	reason := e.Message
	if reason == "" {
		reason = e.Status.meaning()
	}
	if e.Op == "" {
		if e.Message == "" {
			return e.Status.Error()
		}
		return e.Message
	}
	// A reason of the library may begin with the operation and name its object, such as a file.
	if e.subject == noSubject && strings.HasPrefix(reason, e.Op+" ") {
		return prefix + reason
	}
	return e.named().heading(e.Step) + reason
}

func (e *Error) named() operation {
	return operation{name: e.Op, subject: e.subject, group: e.Group, key: e.Key}
}

// Is reports whether the target is the status, which is a constant such as [ErrFull], or one of the
// standard library's errors that the status is also.
func (e *Error) Is(target error) bool { return target == e.Status || e.Status.Is(target) }

// Unwrap returns the operating system's error, for errors.As to a [syscall.Errno], and for
// errors.Is to [fs.ErrNotExist] and its like, or the error of the context that has ended. It is nil
// if there is none.
func (e *Error) Unwrap() error {
	switch {
	case e.cause != nil:
		return e.cause
	case e.Errno != 0:
		return e.Errno
	default:
		return nil
	}
}

// ConflictError is a condition that did not hold. It is an [ErrConflict], and for errors.As also an
// [*Error].
type ConflictError struct {
	// Op, Group and Key are those of an [Error].
	Op    string
	Group string
	Key   string
	// Step is the index of the condition in its batch, from 0; of a single write it is 0.
	Step int
	// Version is the one the key is at; 0 if the key is absent.
	Version uint64

	subject subject
	isBatch bool
}

// Error returns the message, in the form of that of an [Error], with the version.
func (e *ConflictError) Error() string { return e.plain().Error() }

// Unwrap returns the same as an [*Error].
func (e *ConflictError) Unwrap() error { return e.plain() }

// Is reports whether the target is [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

func (e *ConflictError) plain() *Error {
	state := "the key is absent"
	if e.Version != 0 {
		state = fmt.Sprintf("the key is at version %d", e.Version)
	}
	plain := &Error{
		Op: e.Op, Group: e.Group, Key: e.Key, Step: -1, Status: ErrConflict,
		Message: ErrConflict.meaning() + ": " + state, subject: e.subject,
	}
	if e.isBatch {
		plain.Step = e.Step
	}
	return plain
}
