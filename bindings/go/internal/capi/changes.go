package capi

// #cgo noescape go_changes
// #cgo nocallback go_changes
// #cgo noescape go_changes_fill
// #cgo nocallback go_changes_fill
// #cgo noescape kv_changes_next
// #cgo nocallback kv_changes_next
// #cgo noescape kv_changes_oldest
// #cgo nocallback kv_changes_oldest
// #cgo noescape kv_changes_close
// #cgo nocallback kv_changes_close
// #include "events.h"
import "C"

import "unsafe"

// Changes is the handle of a cursor over the change log. Its zero value is none.
type Changes struct{ handle C.kv_change_cursor }

// BeginChanges opens a cursor after a version and fills a buffer, as [Changes.Refill] does.
func BeginChanges(store Store, since uint64, buffer []byte) (Changes, Fill, Status, *Failure) {
	var changes Changes
	var used, count C.size_t
	var detail C.kv_error
	status := C.go_changes(store.handle, C.uint64_t(since), &changes.handle, slice(buffer), C.size_t(len(buffer)),
		&used, &count, &detail)
	return changes, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Refill copies the next changes into a buffer, in flat form. With Done there is none yet; with
// TooSmall the first one needs a buffer of Used bytes.
func (c Changes) Refill(buffer []byte) (Fill, Status, *Failure) {
	var used, count C.size_t
	var detail C.kv_error
	status := C.go_changes_fill(c.handle, slice(buffer), C.size_t(len(buffer)), &used, &count, &detail)
	return Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Next returns one change. The binding takes them in flat form; a test compares the two.
func (c Changes) Next() (Event, Status, *Failure) {
	var detail C.kv_error
	event := C.kv_event{size: C.uint32_t(unsafe.Sizeof(C.kv_event{}))}
	status := C.kv_changes_next(c.handle, &event, &detail)
	if status != C.KV_OK {
		return Event{}, Status(status), failure(status, &detail)
	}
	return eventOf(&event), OK, nil
}

// Close closes the cursor.
func (c Changes) Close() *Failure {
	var detail C.kv_error
	return failure(C.kv_changes_close(c.handle, &detail), &detail)
}

// OldestChange returns the version since which the log has every change.
func OldestChange(store Store) (uint64, *Failure) {
	var since C.uint64_t
	var detail C.kv_error
	status := C.kv_changes_oldest(store.handle, &since, &detail)
	return uint64(since), failure(status, &detail)
}
