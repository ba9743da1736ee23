package kv

import (
	"context"
	"os"
	"runtime"
	"sync"

	"kv.internal/kv/internal/capi"
)

// Watch is a queue of changes. It holds no thread, and while nothing changes no buffer and no
// processor; close it, or end its context, when it is not wanted any more.
type Watch struct {
	// Events is closed when the watch, its context or its store has ended; [Watch.Err] then
	// returns which. In a Watch that [Store.Watch] has not opened it is nil, and nothing comes.
	Events <-chan Event

	events chan Event
	// Keeps the store from being collected, and so closed, while the watch is open.
	store      *Store
	raw        capi.Watch
	descriptor *descriptor
	// Closed when the watch is to end, for a reason that is known then; and when nothing more is
	// sent.
	ending, ended chan struct{}
	once          sync.Once
	err           error
	stopContext   func() bool
}

// Events that wait in the channel, besides those that wait in the library's queue.
const watchChannel = 16

// Watch begins to watch: the changes that are committed from now on, in commit order, come out of
// the channel of the watch. With the log of changes on (the location option changes=on) these are
// all processes' changes, otherwise this process's.
//
//	watch, err := store.Watch(ctx, kv.InGroup("flags"), kv.Existing())
//	for event := range watch.Events { ... }
//
// Writers never wait for it. When a write returns, its events are in the queue of the watch, from
// which they go to the channel in the time that it takes to wake a goroutine; work that must happen
// before a write returns is for [Store.OnChange]. When the queue is full, the newest changes are
// dropped, and an [EventLagged] stands in their place.
//
// A capacity that is out of range is [ErrArgument]; for the errors of options see there.
func (s *Store) Watch(ctx context.Context, selection Selection, options ...WatchOption) (*Watch, error) {
	op := plainOp("watch")
	if err := op.begins(ctx); err != nil {
		return nil, err
	}
	if err := s.isOpened(op); err != nil {
		return nil, err
	}
	traced := beginTraced(ctx, op, CallWatch)
	raw, descriptor, err := s.openWatch(op, selection.group, selection.key, watchingOf(selection, options))
	traced.end(err)
	if err != nil {
		return nil, err
	}
	events := make(chan Event, watchChannel)
	w := &Watch{
		Events: events, events: events, store: s, raw: raw, descriptor: descriptor,
		ending: make(chan struct{}), ended: make(chan struct{}),
	}
	w.stopContext = context.AfterFunc(ctx, func() { w.end(op.ended(ctx.Err())) })
	go w.run()
	return w, nil
}

// Close ends the watch and closes its channel, in which events may be left. Closing again, or after
// another end, does nothing.
func (w *Watch) Close() error {
	if !w.isOpened() {
		return plainOp("close watch").closed(watchNotOpened)
	}
	w.end(nil)
	<-w.ended
	return nil
}

// Err returns why the channel is closed: nil after Close, the context's error after its end,
// [ErrClosed] after that of the store, or what has failed. Until the end it is nil.
func (w *Watch) Err() error {
	if !w.isOpened() {
		return plainOp("watch").closed(watchNotOpened)
	}
	select {
	case <-w.ending:
		return w.err
	default:
		return nil
	}
}

const watchNotOpened = "the watch was not opened; Store.Watch returns one that is"

func (w *Watch) isOpened() bool { return w != nil && w.store != nil }

// run carries events from the queue to the channel. It waits in Go, for the descriptor.
func (w *Watch) run() {
	defer close(w.ended)
	defer close(w.events)
	// The context no longer has to end the watch.
	defer w.stopContext()
	var page []Event
	op := plainOp("watch")
	for {
		var failed error
		isOpen := w.descriptor.wait(func() bool {
			var status capi.Status
			status, failed = fillEvents(op, w.raw.Fill, func(event Event) { page = append(page, event) })
			return status != capi.Timeout
		})
		if failed != nil || !isOpen {
			w.end(failed)
			return
		}
		for i, event := range page {
			select {
			case w.events <- event:
			case <-w.ending:
				return
			}
			page[i] = Event{}
		}
		page = page[:0]
		if cap(page) > 1024 {
			page = nil
		}
	}
}

// end lets go of the watch, once. The first reason is the one that counts.
func (w *Watch) end(reason error) {
	w.once.Do(func() {
		w.err = reason
		close(w.ending)
		w.descriptor.close()
		w.raw.Close()
		runtime.KeepAlive(w.store)
	})
}

func (s *Store) openWatch(op operation, group, key string, watching capi.Watching) (capi.Watch, *descriptor, error) {
	raw, number, failure := capi.OpenWatch(s.handle, group, key, watching)
	runtime.KeepAlive(s)
	if failure != nil {
		return capi.Watch{}, nil, op.failure(failure)
	}
	waiting, err := newDescriptor(op, number)
	if err != nil {
		raw.Close()
		return capi.Watch{}, nil, err
	}
	return raw, waiting, nil
}

// descriptor is one of the operating system's, on which goroutines wait without a thread.
type descriptor struct {
	file *os.File
	wake interface {
		Read(func(uintptr) bool) error
	}
}

func newDescriptor(op operation, number int) (*descriptor, error) {
	file := os.NewFile(uintptr(number), "kv watch")
	wake, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, op.failed(ErrIO, err.Error())
	}
	return &descriptor{file: file, wake: wake}, nil
}

// wait calls a function, at once and each time that the descriptor has become readable, until it
// returns true. It returns false if the descriptor was closed first. The function must not close
// it.
func (d *descriptor) wait(take func() bool) bool {
	return d.wake.Read(func(uintptr) bool { return take() }) == nil
}

func (d *descriptor) close() { d.file.Close() }
