package kv

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// EventType is the kind of an event.
type EventType int32

// Changes, and two notices.
const (
	// EventSet: a value was written.
	EventSet = EventType(capi.EventSet)
	// EventDelete: a live entry was deleted.
	EventDelete = EventType(capi.EventDelete)
	// EventDeleteGroup: all entries of a group were deleted at once; there is no key.
	EventDeleteGroup = EventType(capi.EventDeleteGroup)
	// EventExpire: an entry that had expired was purged.
	EventExpire = EventType(capi.EventExpire)
	// EventSynced: the entries that were there have all been received; see [Existing].
	EventSynced = EventType(capi.EventSynced)
	// EventLagged: Lost events are missing here, because the queue was full; 0 if the number is
	// unknown. A watch [Since] its version receives them again, if the change log still has them.
	EventLagged = EventType(capi.EventLagged)
	// EventSetLarge: a value was written by a [Writer], or is too large for an event; its Size
	// says how long it is, and [Store.OpenReader] reads it.
	EventSetLarge = EventType(capi.EventSetLarge)
)

var eventNames = map[EventType]string{
	EventSet: "set", EventDelete: "delete", EventDeleteGroup: "delete_group",
	EventExpire: "expire", EventSynced: "synced", EventLagged: "lagged", EventSetLarge: "set_large",
}

// String names the type, such as "set" or "delete_group".
func (t EventType) String() string {
	if name, ok := eventNames[t]; ok {
		return name
	}
	return fmt.Sprintf("EventType(%d)", int32(t))
}

// Event is a change, or a notice. Its bytes are the receiver's own.
type Event struct {
	Type  EventType
	Group string
	// Key is empty but for EventSet, EventSetLarge, EventDelete and EventExpire.
	Key string
	// Value is the value that was written; empty but for EventSet.
	Value []byte
	// Size is how many bytes the value has, for EventSet and EventSetLarge.
	Size int64
	// Version is higher for each later change, and that of the entry for EventSet and
	// EventSetLarge. Of EventSynced it is the newest of that moment, of EventLagged that of the
	// last event before the gap.
	Version uint64
	// Time is that of the commit; the zero time for a notice, and for [Existing] entries.
	Time time.Time
	// Lost is how many events are missing, for EventLagged.
	Lost uint64
}

// Bytes of an event in flat form before its group, key and value.
const eventHeader = 40

// decodeEvent takes the first event off a buffer in flat form. Its bytes are copied.
func decodeEvent(flat []byte) (Event, []byte) {
	order := binary.LittleEndian
	header := flat[:eventHeader]
	group := eventHeader + int(order.Uint32(header[4:]))
	key := group + int(order.Uint32(header[8:]))
	value := key + int(order.Uint32(header[12:]))
	entry := ownEntry(flat[eventHeader:group], flat[group:key], flat[key:value], order.Uint64(header[16:]), capi.TTLNever)
	event := Event{
		Type:    EventType(order.Uint32(header)),
		Group:   entry.Group,
		Key:     entry.Key,
		Value:   entry.Value,
		Size:    entry.Size,
		Version: entry.Version,
		Lost:    order.Uint64(header[32:]),
	}
	if event.Type == EventSetLarge {
		event.Size, event.Lost = int64(event.Lost), 0
	}
	if ms := int64(order.Uint64(header[24:])); ms != 0 {
		event.Time = time.UnixMilli(ms)
	}
	return event, flat[value:]
}

// eventOf copies an event that is the library's.
func eventOf(raw capi.Event) Event {
	entry := ownEntry(raw.Group, raw.Key, raw.Value, raw.Version, capi.TTLNever)
	event := Event{
		Type:    EventType(raw.Type),
		Group:   entry.Group,
		Key:     entry.Key,
		Value:   entry.Value,
		Size:    int64(raw.Size),
		Version: entry.Version,
		Lost:    raw.Lost,
	}
	if raw.TimeMs != 0 {
		event.Time = time.UnixMilli(raw.TimeMs)
	}
	return event
}

// fillEvents passes on the events of one crossing, in order, and returns its status: OK, or the one
// that says that there was none.
func fillEvents(op operation, cross func([]byte) (capi.Fill, capi.Status, *capi.Failure), keep func(Event)) (capi.Status, error) {
	pooled := fillBuffers.Get().(*[]byte)
	defer fillBuffers.Put(pooled)
	buffer := *pooled
	fill, status, failure := cross(buffer)
	for status == capi.TooSmall {
		buffer = make([]byte, fill.Used)
		fill, status, failure = cross(buffer)
	}
	if failure != nil || status != capi.OK {
		return status, op.failure(failure)
	}
	for rest := buffer[:fill.Used]; len(rest) > 0; {
		var event Event
		event, rest = decodeEvent(rest)
		keep(event)
	}
	return status, nil
}

// Changes returns, in commit order, the changes after a version, of all processes, up to the newest
// one; 0 is all there ever were. It is for programs that poll at intervals; a [Watch] waits.
//
// The file must keep a change log, which the location option changes=on switches on, or the error
// is [ErrUnsupported]. If the change log was trimmed after that version, it is [ErrCompacted]. An
// error comes as the last pair.
func (s *Store) Changes(ctx context.Context, since uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		op := plainOp("changes")
		in, err := s.enter(ctx, op)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer in.leave()
		var changes capi.Changes
		isOpen := false
		defer func() {
			if isOpen {
				changes.Close()
			}
			runtime.KeepAlive(s)
		}()
		cross := func(buffer []byte) (capi.Fill, capi.Status, *capi.Failure) {
			if isOpen {
				return changes.Refill(buffer)
			}
			begun, fill, status, failure := capi.BeginChanges(in.handle, since, buffer)
			changes, isOpen = begun, failure == nil
			return fill, status, failure
		}
		for {
			if err := op.begins(ctx); err != nil {
				in.finish(err)
				yield(Event{}, err)
				return
			}
			var page []Event
			status, err := fillEvents(op, cross, func(event Event) { page = append(page, event) })
			// A trace sees the opening.
			in.finish(err)
			if err != nil {
				yield(Event{}, err)
				return
			}
			if status == capi.Done {
				return
			}
			for _, event := range page {
				if err := op.begins(ctx); err != nil {
					yield(Event{}, err)
					return
				}
				if !yield(event, nil) {
					return
				}
			}
		}
	}
}

// ChangesOldest returns the version since which the log has every change: the least that
// [Store.Changes] and [Since] take. Without a log it is [ErrUnsupported].
func (s *Store) ChangesOldest(ctx context.Context) (_ uint64, err error) {
	op := plainOp("changes oldest")
	in, err := s.enter(ctx, op)
	if err != nil {
		return 0, err
	}
	defer in.end(&err)
	since, failure := capi.OldestChange(in.handle)
	runtime.KeepAlive(s)
	return since, op.failure(failure)
}
