package kv

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"kv.internal/kv/internal/capi"
)

// operation is a call as its errors name it. An error copies the names, so that those of a call that
// succeeds need not lie on the heap.
type operation struct {
	name    string
	subject subject
	// Whether no trace sees the call.
	isUntraced bool
	group, key string
}

// subject is the kind of thing that the names of an operation name.
type subject uint8

const (
	// The names that are there decide.
	anySubject subject = iota
	noSubject
	groupSubject
	keySubject
	// Something else that has a name, which is in key.
	nameSubject
)

func plainOp(name string) operation { return operation{name: name, subject: noSubject} }
func groupOp(name, group string) operation {
	return operation{name: name, subject: groupSubject, group: group}
}
func keyOp(name, group, key string) operation {
	return operation{name: name, subject: keySubject, group: group, key: key}
}
func nameOp(name, of string) operation { return operation{name: name, subject: nameSubject, key: of} }

// heading is the beginning of a message, up to the reason.
func (o operation) heading(step int) string {
	object := o.object()
	switch {
	case step >= 0 && object != "":
		return prefix + o.name + ": step " + strconv.Itoa(step) + " (" + object + "): "
	case object != "":
		return prefix + o.name + " " + object + ": "
	default:
		return prefix + o.name + ": "
	}
}

// object is what the operation is about, or nothing.
func (o operation) object() string {
	switch {
	case o.subject == noSubject:
		return ""
	case o.subject == groupSubject:
		return shownName(o.group)
	case o.subject == nameSubject:
		return shownName(o.key)
	case o.subject == keySubject || o.key != "":
		return shownPlace(o.group, o.key)
	case o.group != "":
		return shownName(o.group)
	default:
		return ""
	}
}

// kept returns the operation with names of its own, for an object that keeps it.
func (o operation) kept() operation {
	o.group, o.key = strings.Clone(o.group), strings.Clone(o.key)
	return o
}

// failed returns an error of the operation.
func (o operation) failed(status Status, reason string) *Error {
	// One piece of memory for all names.
	names := o.name + o.group + o.key
	group := len(o.name)
	key := group + len(o.group)
	return &Error{
		Op: names[:group], Group: names[group:key], Key: names[key:], subject: o.subject,
		Step: -1, Status: status, Message: reason,
	}
}

// failure returns nil for nil: a nil *Error in an error would not be one.
func (o operation) failure(failure *capi.Failure) error {
	if failure == nil {
		return nil
	}
	return o.explained(failure)
}

// explained returns the error of a failure of the library.
func (o operation) explained(failure *capi.Failure) *Error {
	status := Status(failure.Status)
	reason := o.reason(failure.Message)
	if status == ErrHandle {
		reason = storeIsClosed
	}
	err := o.failed(status, reason)
	err.Errno = syscall.Errno(failure.OSError)
	return err
}

// outcome returns the error of a call that has outcomes.
func (o operation) outcome(status capi.Status, failure *capi.Failure) error {
	if status == capi.OK {
		return nil
	}
	return o.unusual(status, failure)
}

// unusual is apart from outcome, which the compiler puts into the calls that succeed.
func (o operation) unusual(status capi.Status, failure *capi.Failure) error {
	if failure != nil {
		return o.explained(failure)
	}
	return o.failed(Status(status), Status(status).meaning())
}

// found makes a bool of an outcome.
func (o operation) found(status capi.Status, failure *capi.Failure) (bool, error) {
	return status == capi.OK, o.failure(failure)
}

func (o operation) argument(format string, arguments ...any) error {
	return o.failed(ErrArgument, fmt.Sprintf(format, arguments...))
}

func (o operation) closed(reason string) error { return o.failed(ErrClosed, reason) }

// conflict is the error of a single write whose condition does not hold.
func (o operation) conflict(version uint64) error {
	names := o.failed(ErrConflict, "")
	return &ConflictError{Op: names.Op, Group: names.Group, Key: names.Key, Version: version, subject: o.subject}
}

// begins returns the error of a call that cannot begin because of its context.
func (o operation) begins(ctx context.Context) error {
	if ctx == nil {
		return o.argument("the context is nil; pass context.Background() if the call has none")
	}
	if ended := ctx.Err(); ended != nil {
		return o.ended(ended)
	}
	return nil
}

// ended is the error of a call whose context has ended.
func (o operation) ended(cause error) error {
	status := ErrCancelled
	if errors.Is(cause, context.DeadlineExceeded) {
		status = ErrDeadline
	}
	err := o.failed(status, cause.Error())
	err.cause = cause
	return err
}

// Reasons of ErrClosed.
const (
	storeIsClosed  = "the store is closed"
	storeIsNotOpen = "the store was not opened; kv.Open returns one that is"
)

// quoted is a name in a message of the library.
const quoted = `"(?:[^"\\]|\\.)*"(?:\.\.\. \(\d+ bytes\))?`

// context of a message of the library that names the operation and what it is about.
var libraryContext = regexp.MustCompile(
	`^[a-z ]+ (?:` + quoted + `(?: in group ` + quoted + `)?|(?:in|over) group ` + quoted + `): `)

// reason takes off the beginning of a message what the heading says already.
func (o operation) reason(message string) string {
	if o.subject != noSubject {
		message = message[len(libraryContext.FindString(message)):]
	}
	return strings.TrimPrefix(message, o.name+": ")
}

// libraryStep is the context by which the library names a failed step.
var libraryStep = regexp.MustCompile(`^(?:batch of \d+ steps: (?:step (\d+): )?|flat batch, step at byte (\d+): )`)

// stepOf finds the step in a message about a batch, by its index or its place in the flat form, and
// returns its index, -1 for none, and the rest of the message.
func stepOf(message string, flat []byte) (int, string) {
	found := libraryStep.FindStringSubmatch(message)
	if found == nil {
		return -1, message
	}
	rest := message[len(found[0]):]
	if index, err := strconv.Atoi(found[1]); err == nil {
		return index, rest
	}
	if place, err := strconv.Atoi(found[2]); err == nil {
		return indexOfStep(flat, place), rest
	}
	return -1, rest
}
