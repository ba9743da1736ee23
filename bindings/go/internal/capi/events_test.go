package capi

import (
	"encoding/binary"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// flatEvents decodes what fill has put into a buffer, on its own.
func flatEvents(buffer []byte) (events []string) {
	for len(buffer) > 0 {
		order := binary.LittleEndian
		group, key, value := order.Uint32(buffer[4:]), order.Uint32(buffer[8:]), order.Uint32(buffer[12:])
		text := buffer[40 : 40+group+key+value]
		events = append(events, fmt.Sprintf("%d %q %q %q %d %d %d", order.Uint32(buffer), text[:group], text[group:group+key],
			text[group+key:], order.Uint64(buffer[16:]), order.Uint64(buffer[24:]), order.Uint64(buffer[32:])))
		buffer = buffer[40+len(text):]
	}
	return events
}

func described(event Event) string {
	beside := event.Lost
	if event.Type == EventSetLarge {
		beside = event.Size
	}
	return fmt.Sprintf("%d %q %q %q %d %d %d", event.Type, event.Group, event.Key, event.Value, event.Version, event.TimeMs, beside)
}

// write makes a change of each type but an expiry, and a long one.
func write(t *testing.T, store Store) {
	well(t, Set(store, "g", "k", []byte("v")))
	_, failure := Delete(store, "g", "k")
	well(t, failure)
	well(t, Set(store, "g", "k\x00", []byte(strings.Repeat("x", 1000))))
	_, failure = DeleteGroup(store, "g")
	well(t, failure)
}

func openLogged(t *testing.T) Store {
	store, failure := Open([]byte("sqlite:" + t.TempDir() + "/store.db?changes=on\x00"))
	well(t, failure)
	t.Cleanup(func() { Close(store) })
	return store
}

// same compares the events of a filled buffer with those returned one by one, of which there are
// four.
func same(t *testing.T, filled, given []string) {
	t.Helper()
	if len(filled) != 4 || strings.Join(filled, "\n") != strings.Join(given, "\n") {
		t.Fatalf("filled:\n%s\ngiven:\n%s", strings.Join(filled, "\n"), strings.Join(given, "\n"))
	}
}

func TestAFillAndAPollGiveTheSameEvents(t *testing.T) {
	store := open(t)
	var watches [2]Watch
	for i := range watches {
		watch, descriptor, failure := OpenWatch(store, "", "", Watching{Flags: WatchAnyGroup | WatchAnyKey})
		well(t, failure)
		defer syscall.Close(descriptor)
		watches[i] = watch
	}
	write(t, store)
	var filled, polled []string
	for buffer := make([]byte, 100); ; {
		fill, status, failure := watches[0].Fill(buffer)
		well(t, failure)
		if status == Timeout {
			break
		}
		if status == TooSmall {
			buffer = make([]byte, fill.Used)
			continue
		}
		events := flatEvents(buffer[:fill.Used])
		if len(events) != fill.Count {
			t.Fatalf("%d events, not %d", len(events), fill.Count)
		}
		filled = append(filled, events...)
	}
	for {
		event, status, failure := watches[1].Poll()
		well(t, failure)
		if status == Timeout {
			break
		}
		polled = append(polled, described(event))
	}
	same(t, filled, polled)
	for _, watch := range watches {
		well(t, watch.Close())
		_, _, polled := watch.Poll()
		for _, failure := range []*Failure{watch.Close(), polled} {
			if failure == nil || failure.Status != ErrHandle {
				t.Fatalf("got %+v", failure)
			}
		}
	}
}

func TestTheFlatFormAndTheCursorGiveTheSameChanges(t *testing.T) {
	store := openLogged(t)
	write(t, store)
	buffer := make([]byte, 1<<16)
	changes, fill, status, failure := BeginChanges(store, 0, buffer)
	well(t, failure)
	if status != OK || fill.Count != 4 {
		t.Fatalf("%d, %d changes", status, fill.Count)
	}
	if _, status, _ := changes.Refill(buffer); status != Done {
		t.Fatalf("got %d", status)
	}
	well(t, changes.Close())
	one, first, status, failure := BeginChanges(store, 0, make([]byte, 10))
	well(t, failure)
	if status != TooSmall || first.Used != 40+3 {
		t.Fatalf("%d, %d bytes", status, first.Used)
	}
	var given []string
	for {
		event, status, failure := one.Next()
		well(t, failure)
		if status == Done {
			break
		}
		given = append(given, described(event))
	}
	well(t, one.Close())
	same(t, flatEvents(buffer[:fill.Used]), given)
	if oldest, failure := OldestChange(store); failure != nil || oldest > 1<<60 {
		t.Fatalf("%d, %+v", oldest, failure)
	}
	if _, _, _, failure := BeginChanges(open(t), 0, buffer); failure == nil || failure.Status != ErrUnsupported {
		t.Fatalf("got %+v", failure)
	}
	if failure := one.Close(); failure == nil || failure.Status != ErrHandle {
		t.Fatalf("got %+v", failure)
	}
}

// Splits in C and in Go mean the same.
func TestAWalkOverPartsGivesWhatGoMakesOfThem(t *testing.T) {
	store := open(t)
	parts := func(cursor Cursor, fill Fill, status Status, failure *Failure, buffer []byte) []string {
		t.Helper()
		well(t, failure)
		if status != Done || cursor.IsOpen() {
			t.Fatalf("got %d", status)
		}
		var all []string
		for rest := buffer[:fill.Used]; len(rest) > 0; {
			order := binary.LittleEndian
			group, key, value := order.Uint32(rest[16:]), order.Uint32(rest[20:]), order.Uint32(rest[24:])
			all = append(all, string(rest[28+group+key:28+group+key+value]))
			rest = rest[28+group+key+value:]
		}
		return all
	}
	buffer := make([]byte, 1<<16)
	for _, value := range []string{"", " ", "a", "a,b,,c,", ",", "é日\xff\x00x", " a \t\u2003b\nc\u0085d\u200be\u00a0f\u1680 ", "\xe3\x80", "aaa"} {
		well(t, Set(store, "g", "k", []byte(value)))
		for _, separator := range []string{",", "", "aa", "日", "\x00", "missing"} {
			cursor, fill, status, failure := BeginSplit(store, "g", "k", separator, buffer)
			got, want := parts(cursor, fill, status, failure, buffer), strings.Split(value, separator)
			if strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
				t.Errorf("%q by %q: %q in C, %q in Go", value, separator, got, want)
			}
		}
		cursor, fill, status, failure := BeginFields(store, "g", "k", buffer)
		got, want := parts(cursor, fill, status, failure, buffer), strings.Fields(value)
		if strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("fields of %q: %q in C, %q in Go", value, got, want)
		}
	}
	if _, _, status, _ := BeginSplit(store, "g", "missing", ",", buffer); status != NotFound {
		t.Fatalf("got %d", status)
	}
	if _, _, status, _ := BeginFields(store, "g", "missing", buffer); status != NotFound {
		t.Fatalf("got %d", status)
	}
}
