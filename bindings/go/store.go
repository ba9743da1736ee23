package kv

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"kv.internal/kv/internal/capi"
)

// Store is an open store. Any number of goroutines may use it at once, Close included. A Store
// that was closed, the zero Store and a nil one return [ErrClosed] from every call. A Store must not be
// copied, which go vet reports; nor may a [BoundStore], [Batch], [Cursor], [Tx], [Watch],
// [Writer] or [Reader].
type Store struct {
	handle        capi.Store
	name          storeName
	bound         *boundHandles
	subscriptions subscriptions
	// Closes a store that is not reachable any more.
	cleanup runtime.Cleanup
}

// Open opens a store, and creates it if it is not there, readable by its owner alone.
//
// The location is a path, "sqlite:PATH?option=value" or "memory:?option=value"; see kv.h for the
// options, such as changes=on for a log of changes, and max_entries=1000&evict=lru for a cache.
// "memory:" is a new store, "memory:NAME" the one that the process calls so, until the last Store
// on it is closed.
// Stores opened on one file share its engine within a process, and work beside other processes.
//
// A location or option that is not understood is [ErrArgument] and is named; a file that is
// something else is [ErrFormat] and stays as it is; an error of the operating system unwraps to
// its [syscall.Errno].
func Open(ctx context.Context, location string) (*Store, error) {
	op := plainOp("open")
	if err := op.begins(ctx); err != nil {
		return nil, err
	}
	if err := interfaceFits(); err != nil {
		return nil, err
	}
	path, err := terminated(op, location)
	if err != nil {
		return nil, err
	}
	handle, failure := capi.Open(path)
	if failure != nil {
		return nil, op.failure(failure)
	}
	return newStore(handle, nameOfLocation(location)), nil
}

// OpenConfig opens the store that a services file, in YAML, calls by a name; docs/services.md of
// the project says what is in one. Other services in the file are not looked at. A
// service in memory is a new store each time.
//
// Something wrong in the file is [ErrConfig] with file, line, column and key, and nothing of a
// password; one that cannot be read unwraps to its [syscall.Errno]; and otherwise errors are those
// of [Open].
func OpenConfig(ctx context.Context, configPath, service string) (*Store, error) {
	op := plainOp("open config")
	if err := op.begins(ctx); err != nil {
		return nil, err
	}
	if err := interfaceFits(); err != nil {
		return nil, err
	}
	path, err := terminated(op, configPath)
	if err != nil {
		return nil, err
	}
	name, err := terminated(op, service)
	if err != nil {
		return nil, err
	}
	handle, failure := capi.OpenConfig(path, name)
	if failure != nil {
		return nil, op.failure(failure)
	}
	return newStore(handle, storeName{service: service}), nil
}

func newStore(handle capi.Store, name storeName) *Store {
	bound := &boundHandles{}
	store := &Store{handle: handle, name: name, bound: bound}
	// Without blocking other clean-ups: closing waits for calls and writes to the file.
	store.cleanup = runtime.AddCleanup(store, func(handle capi.Store) {
		go func() {
			capi.Close(handle)
			bound.close()
		}()
	}, handle)
	return store
}

// Close waits for running calls, refuses new ones, and closes the file when this was its last
// Store. Cursors, transactions and watches end with [ErrClosed], and callbacks are not called any
// more. A second Close is [ErrClosed].
//
// A Store that becomes unreachable is closed some time later; a program that wants its file closed
// calls Close. While it has watches or callbacks it is not unreachable.
func (s *Store) Close() error {
	op := plainOp("close")
	if err := s.isOpened(op); err != nil {
		return err
	}
	if failure := capi.Close(s.handle); failure != nil {
		return op.failure(failure)
	}
	s.cleanup.Stop()
	s.subscriptions.endAll()
	if s.bound != nil {
		s.bound.close()
	}
	return nil
}

// noCopy makes go vet report a copy of a structure that stands for something in the library.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// Version is the version of the library that is loaded, such as "0.2.0".
func Version() string { return capi.Version() }

// interfaceFits returns an error if the library that was loaded has another interface than the
// header with which this package was compiled.
var interfaceFits = sync.OnceValue(func() error {
	return compareInterface(capi.LoadedABIVersion(), capi.Version())
})

func compareInterface(loaded uint32, version string) error {
	if loaded == capi.ABIVersion {
		return nil
	}
	return plainOp("open").failed(ErrUnsupported, fmt.Sprintf(
		"the kv library that was loaded, %s, has interface %d; this program was compiled for interface %d",
		version, loaded, capi.ABIVersion))
}

// terminated returns a text with a NUL at its end. One with a NUL inside would name something else.
func terminated(op operation, text string) ([]byte, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, op.argument("a path, location or name contains a NUL byte")
	}
	return append([]byte(text), 0), nil
}
