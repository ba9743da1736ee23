package kv

import (
	"context"
	"io"
	"math"
	"runtime"
	"sync"
	"time"

	"kv.internal/kv/internal/capi"
)

// Reader is a value that is read in pieces, at any offset: the one that was there when it was
// opened, whatever is written meanwhile, for as long as the reader is open. It is not a snapshot
// of the store. Its operations check the context with which it was opened.
//
// Any number of goroutines may use it at once: their calls take place one after the other, and
// those of Read, Seek and WriteTo have one position together. To read in parallel, open several.
//
// A Reader is all that http.ServeContent needs.
type Reader struct {
	_     noCopy
	ctx   context.Context
	op    operation
	store *Store
	info  EntryInfo
	// Held for the length of a call that moves the position.
	moving   sync.Mutex
	position int64
	// Held for a crossing.
	mutex    sync.Mutex
	in       entered
	raw      capi.Reader
	isClosed bool
	cleanup  runtime.Cleanup
}

var (
	_ io.ReadSeekCloser = (*Reader)(nil)
	_ io.ReaderAt       = (*Reader)(nil)
	_ io.WriterTo       = (*Reader)(nil)
)

// OpenReader opens the value under a key, whichever call has written it, to be read in pieces, and
// to be closed by [Reader.Close]. A key that is absent or expired is [ErrNotFound].
func (s *Store) OpenReader(ctx context.Context, group, key string) (*Reader, error) {
	op := keyOp("open reader", group, key)
	in, err := s.enter(ctx, op)
	if err != nil {
		return nil, err
	}
	raw, value, status, failure := capi.OpenReader(in.handle, group, key)
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		in.end(&err)
		return nil, err
	}
	in.finish(nil)
	r := &Reader{ctx: ctx, op: op.kept(), store: s, info: infoOf(&value), in: in, raw: raw}
	r.cleanup = runtime.AddCleanup(r, func(left leftReader) { left.close() }, leftReader{raw, in})
	return r, nil
}

// Size returns how many bytes the value has.
func (r *Reader) Size() int64 { return r.about().Size }

// Version returns the version of the entry, which is never 0.
func (r *Reader) Version() uint64 { return r.about().Version }

// ExpiresAt returns when the entry expires, as of the opening; the zero time if never. The reader
// reads to the end of the value in any case.
func (r *Reader) ExpiresAt() time.Time { return r.about().ExpiresAt }

// ReadAt reads from an offset on until the buffer is full, or to the end of the value, which is
// [io.EOF]. It neither uses nor moves the position. A negative offset is [ErrArgument].
//
// A value that is gone is [ErrCompacted]: it was overwritten, and this process stood still for
// more than a minute, or has opened the store for reading only, or another client of a Redis has
// changed the value. A reader that was closed is [ErrClosed], as is one whose store was closed.
func (r *Reader) ReadAt(buffer []byte, offset int64) (int, error) {
	op := r.named("read")
	if r == nil {
		return 0, op.closed(notOpened)
	}
	if offset < 0 {
		return 0, op.argument("the offset %d is negative", offset)
	}
	read := 0
	for {
		part := buffer[read:min(read+streamCapacity, len(buffer))]
		n, err := r.cross(op, part, offset+int64(read))
		read += n
		switch {
		case err != nil:
			return read, err
		case n < len(part):
			return read, io.EOF
		case read == len(buffer):
			return read, nil
		}
	}
}

// cross reads in one crossing: fewer bytes than the buffer has room for only at the end.
func (r *Reader) cross(op operation, buffer []byte, offset int64) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.store == nil:
		return 0, op.closed(notOpened)
	case r.isClosed:
		return 0, op.closed("the reader is closed")
	}
	if err := op.begins(r.ctx); err != nil {
		return 0, err
	}
	n, failure := r.raw.Read(uint64(offset), buffer)
	runtime.KeepAlive(r)
	return n, op.failure(failure)
}

// Read reads from the position on, and moves it: as many bytes as the buffer has room for, fewer
// at the end of the value, and then [io.EOF]. Other errors are those of [Reader.ReadAt].
func (r *Reader) Read(buffer []byte) (int, error) {
	if r == nil {
		return 0, r.named("read").closed(notOpened)
	}
	r.moving.Lock()
	defer r.moving.Unlock()
	n, err := r.ReadAt(buffer, r.position)
	r.position += int64(n)
	if err == io.EOF && n > 0 {
		err = nil
	}
	return n, err
}

// Seek moves the position, and returns it. It may be behind the end, where reads are [io.EOF]; one
// before the beginning, and a whence that is unknown, is [ErrArgument], and the position stays.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	op := r.named("seek")
	if r == nil || r.store == nil {
		return 0, op.closed(notOpened)
	}
	r.moving.Lock()
	defer r.moving.Unlock()
	from := int64(0)
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		from = r.position
	case io.SeekEnd:
		from = r.info.Size
	default:
		return 0, op.argument("the whence %d is unknown", whence)
	}
	if offset < -from || offset > math.MaxInt64-from {
		return 0, op.argument("there is no position %d bytes from %d", offset, from)
	}
	r.position = from + offset
	return r.position, nil
}

// WriteTo writes what is behind the position to a writer, moves the position as far, and returns
// how many bytes that were.
func (r *Reader) WriteTo(to io.Writer) (int64, error) {
	if r == nil {
		return 0, r.named("read").closed(notOpened)
	}
	r.moving.Lock()
	defer r.moving.Unlock()
	pooled := streamBuffers.Get().(*[]byte)
	defer streamBuffers.Put(pooled)
	var total int64
	for {
		n, ended := r.ReadAt(*pooled, r.position)
		if n > 0 {
			written, err := to.Write((*pooled)[:n])
			total += int64(written)
			r.position += int64(written)
			if err != nil {
				return total, err
			}
			if written < n {
				return total, io.ErrShortWrite
			}
		}
		if ended == io.EOF {
			return total, nil
		}
		if ended != nil {
			return total, ended
		}
	}
}

// Close ends the reader. Closing again does nothing. It works after the end of the context and of
// the store, too. A Reader that becomes unreachable is closed some time later.
func (r *Reader) Close() error {
	if r == nil {
		return nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.isOpen() {
		return nil
	}
	r.isClosed = true
	r.cleanup.Stop()
	failure := r.raw.Close()
	r.in.leave()
	runtime.KeepAlive(r)
	return r.named("close reader").failure(failure)
}

// about is that of a nil Reader, too.
func (r *Reader) about() EntryInfo {
	if r == nil {
		return EntryInfo{}
	}
	return r.info
}

// named is an operation on the entry that is read.
func (r *Reader) named(name string) operation {
	if r == nil || r.store == nil {
		return plainOp(name)
	}
	return keyOp(name, r.op.group, r.op.key)
}

// isOpen is false for the zero Reader, too.
func (r *Reader) isOpen() bool { return r.store != nil && !r.isClosed }

// leftReader is what an unreachable reader leaves.
type leftReader struct {
	raw capi.Reader
	in  entered
}

func (l leftReader) close() {
	l.raw.Close()
	l.in.leave()
}
