package capi

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
)

func TestAWriterCountsItsBytesAndEndsWithItsCommit(t *testing.T) {
	store := open(t)
	writer, failure := OpenWriter(store, "g", "k", Put{Condition: IfAbsent})
	well(t, failure)
	total := 0
	for _, length := range []int{0, 1, PieceLen, 3*PieceLen + 1} {
		well(t, writer.Write(make([]byte, length)))
		total += length
		size, failure := writer.Size()
		well(t, failure)
		if size != uint64(total) {
			t.Fatalf("%d bytes, not %d", size, total)
		}
	}
	late, failure := OpenWriter(store, "g", "k", Put{Condition: IfAbsent})
	well(t, failure)
	version, status, failure := writer.Commit()
	well(t, failure)
	at, conflict, failure := late.Commit()
	well(t, failure)
	if status != OK || conflict != Conflict || version == 0 || at != version {
		t.Fatalf("%d at %d, %d at %d", status, version, conflict, at)
	}
	for _, ended := range []Writer{writer, late, {}} {
		_, sized := ended.Size()
		_, _, committed := ended.Commit()
		for _, failure := range []*Failure{ended.Write(nil), sized, committed, ended.Abort()} {
			if failure == nil || failure.Status != ErrHandle {
				t.Fatalf("got %+v", failure)
			}
		}
	}
}

func TestAReaderHasTheInfoOfItsEntryAndIsZeroWithoutOne(t *testing.T) {
	store := open(t)
	if reader, _, status, failure := OpenReader(store, "g", "k"); status != NotFound || failure != nil || reader != (Reader{}) {
		t.Fatalf("%d, %+v, %v", status, failure, reader)
	}
	version, _, failure := PutValue(store, "g", "k", []byte("0123456789"), Put{Expiry: ExpiryAt, TimeMs: 1 << 45})
	well(t, failure)
	reader, info, status, failure := OpenReader(store, "g", "k")
	well(t, failure)
	if status != OK || info.Size() != 10 || info.Version() != version || info.ExpiresAtMs() != 1<<45 {
		t.Fatalf("%d, %+v", status, info)
	}
	buffer := make([]byte, 4)
	for offset, want := range map[uint64]string{0: "0123", 8: "89", 10: "", 1<<64 - 1: ""} {
		n, failure := reader.Read(offset, buffer)
		well(t, failure)
		if string(buffer[:n]) != want {
			t.Errorf("%q from %d", buffer[:n], offset)
		}
	}
	well(t, reader.Close())
	_, read := reader.Read(0, buffer)
	for _, failure := range []*Failure{read, reader.Close(), (Reader{}).Close()} {
		if failure == nil || failure.Status != ErrHandle {
			t.Fatalf("got %+v", failure)
		}
	}
}

func TestAFillAndAPollGiveTheSizeOfALongValue(t *testing.T) {
	store := open(t)
	var watches [2]Watch
	for i := range watches {
		watch, descriptor, failure := OpenWatch(store, "g", "k", Watching{})
		well(t, failure)
		defer syscall.Close(descriptor)
		watches[i] = watch
	}
	writer, failure := OpenWriter(store, "g", "k", Put{})
	well(t, failure)
	well(t, writer.Write(bytes.Repeat([]byte("x"), PieceLen+1)))
	_, _, failure = writer.Commit()
	well(t, failure)
	buffer := make([]byte, 1000)
	fill, _, failure := watches[0].Fill(buffer)
	well(t, failure)
	event, _, failure := watches[1].Poll()
	well(t, failure)
	filled := strings.Join(flatEvents(buffer[:fill.Used]), "\n")
	if filled != described(event) || event.Type != EventSetLarge || event.Size != PieceLen+1 || event.Lost != 0 {
		t.Fatalf("filled: %s, polled: %+v", filled, event)
	}
}
