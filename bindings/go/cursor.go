package kv

import (
	"context"
	"encoding/binary"
	"io"
	"runtime"
	"unsafe"

	"kv.internal/kv/internal/capi"
)

// Cursor is a scan of one snapshot, or of a Redis maybe a live one; see IsSnapshot. One goroutine
// uses it at a time. Until it is closed or at its end, the store keeps its snapshot; so close it, or
// range over [Store.Scan], which closes its own.
type Cursor struct {
	_ noCopy
	// Keeps the store from being collected, and so closed, before its cursor.
	store *Store
	op    operation
	in    entered
	raw   capi.Cursor
	// The entries that the last crossing brought, and the rest that is still to be returned.
	buffer *[]byte
	rest   []byte
	status capi.Status
	err    error
	// Whether a value in flat form is a size.
	givesSizes bool
	// Closes a cursor that is not reachable any more.
	cleanup runtime.Cleanup
}

// Bytes of an entry in flat form before its group, key and value.
const entryHeader = 28

// IsSnapshot reports whether the scan is of one moment; one of a Redis may be live.
func (c *Cursor) IsSnapshot() bool { return c != nil && c.raw.IsSnapshot }

// Next returns the next entry, or [io.EOF] at the end, again and again. After the store was closed
// it is [ErrClosed], once the entries that had been read ahead are returned.
func (c *Cursor) Next(ctx context.Context) (Entry, error) {
	if c == nil || c.store == nil {
		return Entry{}, plainOp("scan").closed("the cursor was not opened; Store.OpenCursor returns one that is")
	}
	if err := c.op.begins(ctx); err != nil {
		return Entry{}, err
	}
	for len(c.rest) == 0 {
		switch {
		case c.err != nil:
			return Entry{}, c.err
		case c.status == capi.Done:
			return Entry{}, io.EOF
		case c.status == capi.TooSmall:
			return c.nextLong(ctx)
		}
		if err := c.in.arm(ctx, c.op); err != nil {
			return Entry{}, err
		}
		fill, status, failure := c.raw.Refill(*c.buffer)
		runtime.KeepAlive(c.store)
		c.keep(fill, status, failure)
	}
	return c.decode(), nil
}

// Close ends the scan. Closing again does nothing.
func (c *Cursor) Close() error {
	if c == nil || c.store == nil {
		return nil
	}
	c.cleanup.Stop()
	failure := c.raw.Close()
	c.in.leave()
	runtime.KeepAlive(c)
	if c.buffer != nil {
		fillBuffers.Put(c.buffer)
	}
	c.buffer, c.rest, c.err = nil, nil, c.op.closed("the cursor is closed")
	return c.op.failure(failure)
}

// keep holds the entries of a crossing. A failure waits until the entries before it are returned.
func (c *Cursor) keep(fill capi.Fill, status capi.Status, failure *capi.Failure) {
	c.rest = (*c.buffer)[:fill.Used]
	c.status = status
	c.err = c.op.failure(failure)
}

// nextLong copies an entry that does not fit the buffer from where the library has it.
func (c *Cursor) nextLong(ctx context.Context) (Entry, error) {
	if err := c.in.arm(ctx, c.op); err != nil {
		return Entry{}, err
	}
	raw, status, failure := c.raw.Next()
	if err := c.op.outcome(status, failure); err != nil {
		runtime.KeepAlive(c)
		return Entry{}, err
	}
	entry := ownEntry(raw.Group, raw.Key, raw.Value, raw.Version, raw.ExpiresAtMs)
	entry.Size = int64(raw.ValueSize)
	runtime.KeepAlive(c)
	c.status = capi.OK
	return entry, nil
}

// decode takes the first entry off the rest.
func (c *Cursor) decode() Entry {
	header := c.rest[:entryHeader]
	version := binary.LittleEndian.Uint64(header)
	expiresAtMs := int64(binary.LittleEndian.Uint64(header[8:]))
	group := entryHeader + int(binary.LittleEndian.Uint32(header[16:]))
	key := group + int(binary.LittleEndian.Uint32(header[20:]))
	value := key + int(binary.LittleEndian.Uint32(header[24:]))
	flat := c.rest
	c.rest = flat[value:]
	if c.givesSizes {
		entry := ownEntry(flat[entryHeader:group], flat[group:key], nil, version, expiresAtMs)
		entry.Value, entry.Size = nil, int64(binary.LittleEndian.Uint64(flat[key:value]))
		return entry
	}
	return ownEntry(flat[entryHeader:group], flat[group:key], flat[key:value], version, expiresAtMs)
}

// ownEntry copies an entry's bytes into memory of its own, in one piece: the strings are in front,
// and the value's capacity ends with it, so that an append cannot write behind it.
func ownEntry(group, key, value []byte, version uint64, expiresAtMs int64) Entry {
	memory := make([]byte, 0, len(group)+len(key)+len(value))
	memory = append(append(append(memory, group...), key...), value...)
	whole := unsafe.String(unsafe.SliceData(memory), len(group)+len(key))
	return Entry{
		Group:     whole[:len(group)],
		Key:       whole[len(group):],
		Value:     memory[len(group)+len(key):],
		Size:      int64(len(value)),
		Version:   version,
		ExpiresAt: timeOf(expiresAtMs),
	}
}
