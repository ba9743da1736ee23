package capi

// #cgo noescape go_scan
// #cgo nocallback go_scan
// #cgo noescape go_txn_scan
// #cgo nocallback go_txn_scan
// #cgo noescape go_groups
// #cgo nocallback go_groups
// #cgo noescape go_fill
// #cgo nocallback go_fill
// #cgo noescape kv_cursor_next
// #cgo nocallback kv_cursor_next
// #cgo noescape kv_cursor_close
// #cgo nocallback kv_cursor_close
// #cgo noescape go_count
// #cgo nocallback go_count
// #cgo noescape go_count_all
// #cgo nocallback go_count_all
// #include "shim.h"
import "C"

import "unsafe"

// Cursor is the handle of a cursor. Its zero value is none, as after the end of the scan.
type Cursor struct {
	handle C.kv_cursor
	// Whether a scan is one snapshot.
	IsSnapshot bool
}

// IsOpen reports whether the cursor is to be closed.
func (c Cursor) IsOpen() bool { return c.handle.id != 0 }

// Bound is a pattern or key that may be none, which is not the same as empty.
type Bound struct {
	Text  string
	IsSet bool
}

// Somewhere for the pointer of an empty bound to point to, since NULL is none.
var somewhere C.uint8_t

func (b Bound) bytes() (*C.uint8_t, C.size_t) {
	switch {
	case !b.IsSet:
		return nil, 0
	case b.Text == "":
		return &somewhere, 0
	default:
		return text(b.Text)
	}
}

// Scan is the selection of a scan.
type Scan struct {
	Flags   uint32
	Pattern Bound
	Lower   Bound
	Upper   Bound
	Offset  uint64
	Limit   uint64
}

// Fill is what a call put into the buffer: Count entries in flat form, Used bytes.
type Fill struct {
	Used  int
	Count int
}

// Entry has the cursor's own bytes, until the next call on it.
type Entry struct {
	Group, Key, Value []byte
	ValueSize         uint64
	Version           uint64
	ExpiresAtMs       int64
}

// BeginScan begins a scan and fills a buffer. With Done the scan has ended; with TooSmall the
// first entry has to be read by Next.
func BeginScan(store Store, group string, scan Scan, buffer []byte) (Cursor, Fill, Status, *Failure) {
	var cursor Cursor
	var used, count C.size_t
	var isSnapshot C.int32_t
	var detail C.kv_error
	g, gn := text(group)
	p, pn := scan.Pattern.bytes()
	l, ln := scan.Lower.bytes()
	u, un := scan.Upper.bytes()
	status := C.go_scan(store.handle, g, gn, C.uint32_t(scan.Flags), p, pn, l, ln, u, un,
		C.uint64_t(scan.Offset), C.uint64_t(scan.Limit),
		&cursor.handle, &isSnapshot, slice(buffer), C.size_t(len(buffer)), &used, &count, &detail)
	cursor.IsSnapshot = isSnapshot != 0
	return cursor, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Scan is BeginScan of the entries as the transaction sees them.
func (t Transaction) Scan(group string, scan Scan, buffer []byte) (Cursor, Fill, Status, *Failure) {
	var cursor Cursor
	var used, count C.size_t
	var isSnapshot C.int32_t
	var detail C.kv_error
	g, gn := text(group)
	p, pn := scan.Pattern.bytes()
	l, ln := scan.Lower.bytes()
	u, un := scan.Upper.bytes()
	status := C.go_txn_scan(t.handle, g, gn, C.uint32_t(scan.Flags), p, pn, l, ln, u, un,
		C.uint64_t(scan.Offset), C.uint64_t(scan.Limit),
		&cursor.handle, &isSnapshot, slice(buffer), C.size_t(len(buffer)), &used, &count, &detail)
	cursor.IsSnapshot = isSnapshot != 0
	return cursor, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// BeginGroups is BeginScan over the names of groups.
func BeginGroups(store Store, prefix string, buffer []byte) (Cursor, Fill, Status, *Failure) {
	var cursor Cursor
	var used, count C.size_t
	var detail C.kv_error
	p, pn := text(prefix)
	status := C.go_groups(store.handle, p, pn, &cursor.handle, slice(buffer), C.size_t(len(buffer)),
		&used, &count, &detail)
	return cursor, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Refill fills the buffer with what is next, as BeginScan; with Done the cursor is closed.
func (c *Cursor) Refill(buffer []byte) (Fill, Status, *Failure) {
	var used, count C.size_t
	var detail C.kv_error
	handle := c.handle
	status := C.go_fill(&handle, slice(buffer), C.size_t(len(buffer)), &used, &count, &detail)
	c.handle = handle
	return Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Next returns one entry.
func (c *Cursor) Next() (Entry, Status, *Failure) {
	var entry C.kv_entry
	var detail C.kv_error
	status := C.kv_cursor_next(c.handle, &entry, &detail)
	if status != C.KV_OK {
		return Entry{}, Status(status), failure(status, &detail)
	}
	return Entry{
		Group:       unsafe.Slice((*byte)(entry.group), int(entry.group_len)),
		Key:         unsafe.Slice((*byte)(entry.key), int(entry.key_len)),
		Value:       unsafe.Slice((*byte)(entry.value), int(entry.value_len)),
		ValueSize:   uint64(entry.value_size),
		Version:     uint64(entry.version),
		ExpiresAtMs: int64(entry.expires_at_ms),
	}, OK, nil
}

// Close ends a scan; for one that has ended it does nothing.
func (c *Cursor) Close() *Failure {
	if !c.IsOpen() {
		return nil
	}
	var detail C.kv_error
	handle := c.handle
	c.handle = C.kv_cursor{}
	return failure(C.kv_cursor_close(handle, &detail), &detail)
}

// Count counts a group's entries.
func Count(store Store, group string) (uint64, *Failure) {
	var count C.uint64_t
	var detail C.kv_error
	g, gn := text(group)
	status := C.go_count(store.handle, g, gn, &count, &detail)
	return uint64(count), failure(status, &detail)
}

// CountAll counts the entries of all groups with a prefix.
func CountAll(store Store, prefix string) (uint64, *Failure) {
	var count C.uint64_t
	var detail C.kv_error
	p, pn := text(prefix)
	status := C.go_count_all(store.handle, p, pn, &count, &detail)
	return uint64(count), failure(status, &detail)
}
