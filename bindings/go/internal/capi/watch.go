package capi

// #cgo noescape go_watch_open
// #cgo nocallback go_watch_open
// #cgo noescape go_watch_fill
// #cgo nocallback go_watch_fill
// #cgo noescape kv_watch_poll
// #cgo nocallback kv_watch_poll
// #cgo noescape kv_watch_close
// #cgo nocallback kv_watch_close
// #include "events.h"
import "C"

import "unsafe"

// Types of events and flags of watches.
const (
	EventSet         = C.KV_EVENT_SET
	EventDelete      = C.KV_EVENT_DELETE
	EventDeleteGroup = C.KV_EVENT_DELETE_GROUP
	EventExpire      = C.KV_EVENT_EXPIRE
	EventSynced      = C.KV_EVENT_SYNCED
	EventLagged      = C.KV_EVENT_LAGGED
	EventSetLarge    = C.KV_EVENT_SET_LARGE

	WatchGroupPrefix = C.KV_WATCH_GROUP_PREFIX
	WatchAnyGroup    = C.KV_WATCH_ANY_GROUP
	WatchKeyPrefix   = C.KV_WATCH_KEY_PREFIX
	WatchAnyKey      = C.KV_WATCH_ANY_KEY
	WatchExisting    = C.KV_WATCH_EXISTING
	WatchSince       = C.KV_WATCH_SINCE
)

// Watch is the number of a queue of changes. Its zero value is none.
type Watch struct{ handle C.kv_watch }

// Watching has the options of a watch, besides the group and key.
type Watching struct {
	Flags    uint32
	Capacity uint32
	Since    uint64
}

// Event has borrowed bytes, valid until the next call on the watch or cursor that returned it.
type Event struct {
	Type              int32
	Group, Key, Value []byte
	Version           uint64
	TimeMs            int64
	Lost              uint64
	Size              uint64
}

// OpenWatch begins a watch. The descriptor is the caller's to close; it is readable while there is
// something to fill a buffer with.
func OpenWatch(store Store, group, key string, watching Watching) (watch Watch, descriptor int, f *Failure) {
	var number C.int32_t
	var handle C.kv_watch
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_watch_open(store.handle, g, gn, k, kn, C.uint32_t(watching.Flags), C.uint32_t(watching.Capacity),
		C.uint64_t(watching.Since), &handle, &number, &detail)
	return Watch{handle}, int(number), failure(status, &detail)
}

// Fill copies events that are there into a buffer, in flat form. With Timeout there is none; with
// TooSmall the first one needs a buffer of Used bytes.
func (w Watch) Fill(buffer []byte) (Fill, Status, *Failure) {
	var used, count C.size_t
	var detail C.kv_error
	status := C.go_watch_fill(w.handle, slice(buffer), C.size_t(len(buffer)), &used, &count, &detail)
	return Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Poll returns one event if it is there. The binding takes its events in flat form and waits for
// the descriptor, as a wait in here would hold a thread; a test compares the two.
func (w Watch) Poll() (Event, Status, *Failure) {
	var detail C.kv_error
	event := C.kv_event{size: C.uint32_t(unsafe.Sizeof(C.kv_event{}))}
	status := C.kv_watch_poll(w.handle, 0, &event, &detail)
	if status != C.KV_OK {
		return Event{}, Status(status), failure(status, &detail)
	}
	return eventOf(&event), OK, nil
}

// Close ends a watch. Any goroutine may call it at any time.
func (w Watch) Close() *Failure {
	var detail C.kv_error
	return failure(C.kv_watch_close(w.handle, &detail), &detail)
}

func eventOf(event *C.kv_event) Event {
	return Event{
		Type:    int32(event._type),
		Group:   unsafe.Slice((*byte)(event.group), int(event.group_len)),
		Key:     unsafe.Slice((*byte)(event.key), int(event.key_len)),
		Value:   unsafe.Slice((*byte)(event.value), int(event.value_len)),
		Version: uint64(event.version),
		TimeMs:  int64(event.time_ms),
		Lost:    uint64(event.lost),
		Size:    uint64(event.value_size),
	}
}
