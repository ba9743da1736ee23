package file

import (
	"context"
	"errors"
	"fmt"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/sentinel"
)

// Errors of files, with the texts of plumego's. For [errors.Is] each is also the one of plumego's
// own package, and the one of kv that is named with it. They come in an [*Error].
//
// A file that has no room is [kv.ErrQuotaExceeded] or [kv.ErrFull], an option that cannot be
// [kv.ErrArgument], and a reader's own error is returned as it is.
var (
	// ErrNotFound: there is no such file, or it has expired. It is also [kv.ErrNotFound].
	ErrNotFound = sentinel.New("file: not found", kv.ErrNotFound)
	// ErrAlreadyExists: another record has the path already.
	ErrAlreadyExists = sentinel.New("file: already exists")
	// ErrInvalidPath: a path is empty, absolute, not clean, longer than 4,096 bytes, has a part
	// "..", a backslash or a control character.
	ErrInvalidPath = sentinel.New("file: invalid path")
	// ErrInvalidSize: the content is longer than allowed, or not as long as said; or a limit is
	// negative.
	ErrInvalidSize = sentinel.New("file: invalid size")
	// ErrUnsupportedFormat: the metadata cannot be written as JSON.
	ErrUnsupportedFormat = sentinel.New("file: unsupported format")
	// ErrStorageUnavailable: the store has failed, or was closed; the error of kv is wrapped, too.
	ErrStorageUnavailable = sentinel.New("file: storage unavailable")
)

// Error is the error of an operation.
type Error struct {
	// Op is the operation, such as "put".
	Op string
	// Path is that of the file, or the id of the record; empty if there is none.
	Path string
	Err  error
}

// Error returns "file: OP PATH: CAUSE", without the parts that are empty.
func (e *Error) Error() string {
	if e == nil {
		return "file: <nil>"
	}
	text := "file:"
	for _, part := range []string{e.Op, e.Path} {
		if part != "" {
			text += " " + part
		}
	}
	switch {
	case text == "file:" && e.Err == nil:
		return "file: error"
	case text == "file:":
		return fmt.Sprintf("file: error: %v", e.Err)
	case e.Err == nil:
		return text
	default:
		return fmt.Sprintf("%s: %v", text, e.Err)
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// failed returns the error of an operation; nil for nil.
func failed(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Path: path, Err: cause(err)}
}

// errNoStore is the cause for a storage that was not made by its function, or made of nothing.
var errNoStore error = &kv.Error{
	Status:  kv.ErrClosed,
	Message: "there is no store; NewGroupStorage and NewGroupMetadata take an open one",
}

// asTheyAre are the errors of kv that say best themselves what is wrong.
var asTheyAre = []error{kv.ErrQuotaExceeded, kv.ErrFull, kv.ErrArgument}

// cause returns plumego's error for one of kv's; others stay as they are.
func cause(err error) error {
	var failure *kv.Error
	var status kv.Status
	switch {
	case !errors.As(err, &failure) && !errors.As(err, &status):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, kv.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, kv.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrInvalidSize, err)
	}
	for _, own := range asTheyAre {
		if errors.Is(err, own) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrStorageUnavailable, err)
}
