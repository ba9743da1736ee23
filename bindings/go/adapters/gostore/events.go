package gostore

import (
	"slices"
	"sync"
	"time"

	"kv.internal/kv"
)

// EventType is the kind of a change.
type EventType int

const (
	// EventSet: a value was stored.
	EventSet EventType = iota
	// EventDelete: a key was removed, or had expired and was purged.
	EventDelete
	// EventDeleteGroup: a group was removed; there is no key.
	EventDeleteGroup
)

// String names the type: set, delete, delete_group or unknown.
func (t EventType) String() string {
	switch t {
	case EventSet:
		return "set"
	case EventDelete:
		return "delete"
	case EventDeleteGroup:
		return "delete_group"
	default:
		return "unknown"
	}
}

// Event is a change.
type Event struct {
	Type  EventType
	Group string
	Key   string
	// Value is empty for one that a [kv.Writer] has written in pieces.
	Value     string
	Timestamp time.Time
}

// Watcher receives changes. An event is in the channel when the write returns; if the channel is
// full, which it is with 16, the event is dropped.
type Watcher struct {
	Events     <-chan Event
	events     chan Event
	group, key string
}

// Events that a channel has room for.
const watcherCapacity = 16

func (w *Watcher) wants(event Event) bool {
	return (w.group == "*" || w.group == event.Group) &&
		(w.key == "*" || w.key == event.Key || event.Type == EventDeleteGroup)
}

// Watch receives the changes of a key of a group; "*" is all keys, or all groups. Of a store that
// was closed the channel is closed.
func (s *Store) Watch(group, key string) *Watcher {
	events := make(chan Event, watcherCapacity)
	watcher := &Watcher{Events: events, events: events, group: group, key: key}
	if s == nil || !s.listeners.add(s.opened(), func(l *listeners) { l.watchers = append(l.watchers, watcher) }) {
		close(events)
	}
	return watcher
}

// Unwatch ends a watcher and closes its channel. Again, or for nil, it does nothing.
func (s *Store) Unwatch(watcher *Watcher) {
	if s == nil {
		return
	}
	s.listeners.remove(func(l *listeners) {
		if i := slices.Index(l.watchers, watcher); i >= 0 {
			close(watcher.events)
			l.watchers = slices.Delete(l.watchers, i, i+1)
		}
	})
}

// OnChange calls a function with every change, in the goroutine that has written, before its write
// returns and after the watchers have the event; in the order of registration. Goroutines that
// write at once may call it at once. It may use the store and begin and end watchers and callbacks,
// but not close the store. The function that is returned ends it; again, it does nothing. A nil
// callback is none.
func (s *Store) OnChange(callback func(Event)) func() {
	if s == nil || callback == nil {
		return func() {}
	}
	added := &callback
	s.listeners.add(s.opened(), func(l *listeners) { l.callbacks = append(slices.Clone(l.callbacks), added) })
	return func() {
		s.listeners.remove(func(l *listeners) {
			isAdded := func(other *func(Event)) bool { return other == added }
			l.callbacks = slices.DeleteFunc(slices.Clone(l.callbacks), isAdded)
		})
	}
}

// listeners are the watchers and callbacks of a store.
type listeners struct {
	mutex    sync.Mutex
	watchers []*Watcher
	// A new slice with each change: one that is being called is not changed.
	callbacks []*func(Event)
	// Ends the callback of the store; nil while there is no listener.
	stop     func()
	isClosed bool
}

// add registers the callback of the store, if it is not, and reports whether it is.
func (l *listeners) add(store *kv.Store, insert func(*listeners)) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.isClosed {
		return false
	}
	if l.stop == nil {
		stop, err := store.OnChange(l.publish)
		if err != nil {
			return false
		}
		l.stop = stop
	}
	insert(l)
	return true
}

func (l *listeners) remove(cut func(*listeners)) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	cut(l)
	if len(l.watchers)+len(l.callbacks) == 0 && l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

func (l *listeners) close() {
	l.remove(func(l *listeners) {
		l.isClosed = true
		for _, watcher := range l.watchers {
			close(watcher.events)
		}
		l.watchers, l.callbacks = nil, nil
	})
}

// publish passes a change to the watchers that want it, and then to the callbacks.
func (l *listeners) publish(change kv.Event) {
	event, isOurs := eventOf(change)
	if !isOurs {
		return
	}
	for _, callback := range l.deliver(event) {
		(*callback)(event)
	}
}

func (l *listeners) deliver(event Event) []*func(Event) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, watcher := range l.watchers {
		if !watcher.wants(event) {
			continue
		}
		select {
		case watcher.events <- event:
		default:
		}
	}
	return l.callbacks
}

func eventOf(change kv.Event) (Event, bool) {
	event := Event{Group: change.Group, Key: change.Key, Value: string(change.Value), Timestamp: change.Time}
	switch change.Type {
	case kv.EventSet, kv.EventSetLarge:
		event.Type = EventSet
	case kv.EventDelete, kv.EventExpire:
		event.Type = EventDelete
	case kv.EventDeleteGroup:
		event.Type = EventDeleteGroup
	default:
		return event, false
	}
	return event, true
}
