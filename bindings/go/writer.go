package kv

import (
	"context"
	"io"
	"runtime"
	"sync"

	"kv.internal/kv/internal/capi"
)

// Writer is a value that is written in pieces. No other call sees anything of it before
// [Writer.Commit], and an earlier value stays until then. Its operations check the context with
// which it was opened. Any number of goroutines may use it at once: their calls take place one
// after the other. A callback of [Store.OnChange] must not use the writer whose commit has called
// it.
//
// The memory of the process grows by a piece of 256 KiB, however long the value is, except in a
// store in memory or with a log, where values rest in memory.
type Writer struct {
	_     noCopy
	ctx   context.Context
	op    operation
	store *Store
	mutex sync.Mutex
	in    entered
	raw   capi.Writer
	size  int64
	// Whether it was committed or closed.
	isEnded bool
	cleanup runtime.Cleanup
}

var (
	_ io.WriteCloser = (*Writer)(nil)
	_ io.ReaderFrom  = (*Writer)(nil)
)

// The most that goes to or comes from the library in one crossing, before the context is looked at
// again, in bytes; and the buffers of that length.
const streamCapacity = capi.PieceLen

var streamBuffers = sync.Pool{New: func() any { buffer := make([]byte, streamCapacity); return &buffer }}

// OpenWriter begins to write the value of a key in pieces, for [Writer.Commit] to make it the
// value, or [Writer.Close] to discard it. The options are those of [Store.Put]; a condition is
// looked at, and a ttl begins, with the commit.
//
//	w, err := store.OpenWriter(ctx, "files", name, kv.IfAbsent())
//	if err != nil {
//		return err
//	}
//	defer w.Close() // Discards the value, unless it was committed.
//	if _, err := io.Copy(w, file); err != nil {
//		return err
//	}
//	_, err = w.Commit()
//	return err
//
// A snapshot is [ErrReadOnly]. A store has room for 65,536 open writers: [ErrMemory].
func (s *Store) OpenWriter(ctx context.Context, group, key string, options ...PutOption) (*Writer, error) {
	op := keyOp("open writer", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	put, fault := merge(options)
	if fault != "" {
		err := error(op.failed(ErrArgument, fault))
		in.end(&err)
		return nil, err
	}
	raw, failure := capi.OpenWriter(in.handle, group, key, put)
	runtime.KeepAlive(s)
	if failure != nil {
		err := op.failure(failure)
		in.end(&err)
		return nil, err
	}
	in.finish(nil)
	w := &Writer{ctx: ctx, op: op.kept(), store: s, in: in, raw: raw}
	w.cleanup = runtime.AddCleanup(w, func(left leftWriter) { left.abort() }, leftWriter{raw, in})
	return w, nil
}

// Write appends bytes to the value. After an error the value cannot be committed any more.
//
// A value that would exceed a quota is [ErrQuotaExceeded], a limit of the store [ErrFull], and the
// longest value that the engine takes, at most 1 TiB, [ErrTooLarge], as soon as that is certain. A
// writer that has ended is [ErrClosed], as is one whose store was closed.
func (w *Writer) Write(data []byte) (int, error) {
	op := w.named("write")
	if w == nil {
		return 0, op.closed(notOpened)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	defer runtime.KeepAlive(w)
	written := 0
	for {
		if err := w.check(op); err != nil {
			return written, err
		}
		part := data[written:min(written+streamCapacity, len(data))]
		if failure := w.raw.Write(part); failure != nil {
			return written, op.failure(failure)
		}
		written += len(part)
		w.size += int64(len(part))
		if written == len(data) {
			return written, nil
		}
	}
}

// ReadFrom appends all that a reader has to the value, and returns how many bytes that were. After
// an error of the reader the value can be committed as it is, and Close discards it.
func (w *Writer) ReadFrom(from io.Reader) (int64, error) {
	pooled := streamBuffers.Get().(*[]byte)
	defer streamBuffers.Put(pooled)
	var total int64
	for {
		// Without bytes a write only looks whether there is a use in reading on.
		if _, err := w.Write(nil); err != nil {
			return total, err
		}
		n, failed := from.Read(*pooled)
		written, err := w.Write((*pooled)[:n])
		total += int64(written)
		switch {
		case err != nil:
			return total, err
		case failed == io.EOF:
			return total, nil
		case failed != nil:
			return total, failed
		}
	}
}

// Size returns how many bytes were written.
func (w *Writer) Size() int64 {
	if w == nil {
		return 0
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.size
}

// Commit makes the bytes that were written the value of the key, in one step, and returns its
// version. A condition that does not hold is a [*ConflictError], which is [ErrConflict], with the
// version that the key is at; then nothing is written, and the writer has ended as after success.
// After any other error nothing was written, and the writer stays open: commit it again, or close
// it.
func (w *Writer) Commit() (_ uint64, err error) {
	op := w.named("commit writer")
	if w == nil {
		return 0, op.closed(notOpened)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if err := w.check(op); err != nil {
		return 0, err
	}
	traced := beginTraced(w.ctx, op, CallStream)
	defer func() { traced.end(err) }()
	version, status, failure := w.raw.Commit()
	if failure == nil {
		w.end()
	}
	runtime.KeepAlive(w)
	if status == capi.Conflict {
		return version, op.conflict(version)
	}
	return version, op.outcome(status, failure)
}

// Close ends the writer, and discards the value, unless it was committed. After a commit, and
// again, it does nothing, so it may be deferred. It works after the end of the context and of the
// store, too.
//
// A Writer that becomes unreachable is closed some time later, and what a process has written that
// was killed is discarded within a minute.
func (w *Writer) Close() error {
	if w == nil {
		return nil
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.isOpen() {
		return nil
	}
	failure := w.raw.Abort()
	w.end()
	runtime.KeepAlive(w)
	return w.named("close writer").failure(failure)
}

// check returns the error of a call that cannot begin.
func (w *Writer) check(op operation) error {
	switch {
	case w.store == nil:
		return op.closed(notOpened)
	case w.isEnded:
		return op.closed("the writer has ended")
	}
	return op.begins(w.ctx)
}

// named is an operation on the entry that is written.
func (w *Writer) named(name string) operation {
	if w == nil || w.store == nil {
		return plainOp(name)
	}
	return keyOp(name, w.op.group, w.op.key)
}

const notOpened = "it was not opened; Store.OpenWriter and Store.OpenReader return one that is"

// isOpen is false for the zero Writer, too.
func (w *Writer) isOpen() bool { return w.store != nil && !w.isEnded }

func (w *Writer) end() {
	w.isEnded = true
	w.cleanup.Stop()
	w.in.leave()
}

// leftWriter is what an unreachable writer leaves.
type leftWriter struct {
	raw capi.Writer
	in  entered
}

func (l leftWriter) abort() {
	l.raw.Abort()
	l.in.leave()
}
