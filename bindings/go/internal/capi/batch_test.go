package capi

import (
	"encoding/binary"
	"testing"
)

func open(t *testing.T) Store {
	store, failure := Open([]byte("memory:\x00"))
	if failure != nil {
		t.Fatal(failure.Message)
	}
	t.Cleanup(func() { Close(store) })
	return store
}

func well(t *testing.T, failure *Failure) {
	t.Helper()
	if failure != nil {
		t.Fatal(failure.Message)
	}
}

// flat encodes a step as kv.h says, on its own.
func flat(buffer []byte, step, bits uint32, version uint64, timeMs, delta int64, group, key, value string) []byte {
	order := binary.LittleEndian
	buffer = order.AppendUint32(order.AppendUint32(buffer, step), bits)
	buffer = order.AppendUint64(order.AppendUint64(buffer, version), uint64(timeMs))
	buffer = order.AppendUint64(buffer, uint64(delta))
	for _, text := range []string{group, key, value} {
		buffer = order.AppendUint32(buffer, uint32(len(text)))
	}
	return append(buffer, group+key+value...)
}

func TestStepsInFlatFormDoWhatTheCallsDo(t *testing.T) {
	one, other := open(t), open(t)
	batch, failure := NewBatch()
	well(t, failure)
	well(t, batch.Check("g", "k", 0))
	well(t, batch.Set("g", "k", []byte("5"), Put{Condition: IfAbsent, Expiry: ExpiryAfter, TimeMs: 1 << 40}))
	well(t, batch.Increment("g", "k", 2, 0))
	well(t, batch.Get("g", "k"))
	well(t, batch.Delete("g", "k"))
	well(t, batch.Append("g", "log", []byte("ab"), 0))
	well(t, batch.Expire("g", "log", 1<<40, ExpireNX))
	well(t, batch.Take("g", "log"))
	well(t, batch.DeletePrefix("g", "l"))
	status, failure := batch.CommitSteps(one)
	well(t, failure)

	var steps []byte
	steps = flat(steps, 1, IfVersion, 0, 0, 0, "g", "k", "")
	steps = flat(steps, 3, IfAbsent|ExpiryAfter<<4, 0, 1<<40, 0, "g", "k", "5")
	steps = flat(steps, 6, 0, 0, 0, 2, "g", "k", "")
	steps = flat(steps, 2, 0, 0, 0, 0, "g", "k", "")
	steps = flat(steps, 4, 0, 0, 0, 0, "g", "k", "")
	steps = flat(steps, 7, ExpiryAfter<<4, 0, 0, 0, "g", "log", "ab")
	steps = flat(steps, 8, ExpiryAfter<<4|ExpireNX<<8, 0, 1<<40, 0, "g", "log", "")
	steps = flat(steps, 5, 0, 0, 0, 0, "g", "log", "")
	steps = flat(steps, 9, 0, 0, 0, 0, "g", "l", "")
	results, values := make([]Result, 9), make([]byte, 64)
	rest, count, flatStatus, failure := Commit(other, steps, 9, results, values)
	well(t, failure)
	if status != OK || flatStatus != OK || count != 9 || rest != (Batch{}) {
		t.Fatalf("%d, %d, %d results, rest %v", status, flatStatus, count, rest)
	}

	stepResults, stepValues := make([]Result, 9), make([]byte, 64)
	count, status, failure = batch.MoreResults(0, 9, stepResults, stepValues)
	well(t, failure)
	if status != OK || count != 9 || string(values) != string(stepValues) || string(values[:6]) != "772ab0" {
		t.Fatalf("%d, %d results, %q and %q", status, count, values, stepValues)
	}
	for i := range results {
		a, b := results[i], stepResults[i]
		if a.Status != b.Status || a.HasValue != b.HasValue || a.Len != b.Len || (a.Version == 0) != (b.Version == 0) {
			t.Errorf("step %d: %+v and %+v", i, a, b)
		}
	}
}

func TestABatchIsClearedAndFreedOnce(t *testing.T) {
	store := open(t)
	batch, failure := NewBatch()
	well(t, failure)
	well(t, batch.Set("g", "k", nil, Put{}))
	well(t, batch.Clear())
	status, failure := batch.CommitSteps(store)
	well(t, failure)
	if count, _ := Count(store, "g"); status != OK || count != 0 {
		t.Fatalf("%d, %d entries", status, count)
	}
	freed := batch
	well(t, batch.Close())
	for _, failure := range []*Failure{batch.Close(), freed.Close(), freed.Clear(), freed.Get("g", "k")} {
		if failure == nil || failure.Status != ErrHandle {
			t.Errorf("got %+v", failure)
		}
	}
}

func TestMalformedStepsAreRefused(t *testing.T) {
	whole := flat(nil, 3, 0, 0, 0, 0, "g", "k", "v")
	for _, steps := range [][]byte{whole[:len(whole)-1], whole[:43], append(whole, 0), flat(nil, 99, 0, 0, 0, 0, "", "", "")} {
		store := open(t)
		_, _, _, failure := Commit(store, steps, 1, nil, nil)
		if failure == nil || failure.Status != ErrArgument || failure.Message == "" {
			t.Errorf("%d bytes: got %+v", len(steps), failure)
		}
		if count, _ := Count(store, "g"); count != 0 {
			t.Errorf("%d entries", count)
		}
	}
}

// Handles are released, also by commits that fail: more of them than there may be at once.
func TestCommitsLeaveNoBatchBehind(t *testing.T) {
	store := open(t)
	results, values := make([]Result, 1), make([]byte, 64)
	conflict := flat(nil, 1, IfVersion, 7, 0, 0, "g", "k", "")
	for range 66_000 {
		if _, _, status, _ := Commit(store, conflict, 1, results, values); status != Conflict {
			t.Fatalf("got %d", status)
		}
		if _, _, _, failure := Commit(store, conflict[:3], 1, results, values); failure.Status != ErrArgument {
			t.Fatalf("got %+v", failure)
		}
		if _, _, _, failure := Commit(store, flat(nil, 3, 0, 0, 0, 0, "g", "k", "v"), 1, nil, nil); failure != nil {
			t.Fatalf("got %+v", failure)
		}
	}
}
