package capi

import (
	"bytes"
	"encoding/binary"
	"strings"
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
	rest, count, flatStatus, failure := Commit(other, Steps{Flat: steps, Count: 9}, results, values)
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
	alike(t, results, stepResults)
}

// The check of a lock has no number of its own in flat form: it is the check of the lock's entry.
func TestALockIsCheckedInFlatFormAsByItsCall(t *testing.T) {
	store := open(t)
	first, status, failure := LockAcquire(store, "job", "", 1<<40, 0)
	well(t, failure)
	if status != OK {
		t.Fatalf("got %d", status)
	}
	commit := func(want Status) {
		t.Helper()
		batch, failure := NewBatch()
		well(t, failure)
		well(t, batch.CheckLock("job", first))
		status, failure := batch.CommitSteps(store)
		well(t, failure)
		well(t, batch.Close())
		steps := flat(nil, 1, IfVersion, first.Version, 0, 0, "kv.lock", "job", "")
		_, _, flatStatus, failure := Commit(store, Steps{Flat: steps, Count: 1}, make([]Result, 1), nil)
		well(t, failure)
		if status != want || flatStatus != want {
			t.Fatalf("got %d and %d, want %d", status, flatStatus, want)
		}
	}
	commit(OK)
	status, failure = LockRelease(store, "job", first)
	well(t, failure)
	if status != OK {
		t.Fatalf("got %d", status)
	}
	commit(Conflict)
	if _, status, _ := LockAcquire(store, "job", "", 1<<40, 0); status != OK {
		t.Fatalf("got %d", status)
	}
	commit(Conflict)
	batch, failure := NewBatch()
	well(t, failure)
	for name, lock := range map[string]Lock{"job": {}, "": first} {
		if failure := batch.CheckLock(name, lock); failure == nil || failure.Status != ErrArgument {
			t.Errorf("%q, %v: got %+v", name, lock, failure)
		}
	}
	well(t, batch.Close())
}

func alike(t *testing.T, results, others []Result) {
	t.Helper()
	for i := range results {
		a, b := results[i], others[i]
		if a.Status != b.Status || a.HasValue != b.HasValue || a.Len != b.Len || (a.Version == 0) != (b.Version == 0) {
			t.Errorf("step %d: %+v and %+v", i, a, b)
		}
	}
}

func TestASetWithADurabilityIsTheSameStepWhereverItStands(t *testing.T) {
	for durable := range 3 {
		one, other := open(t), open(t)
		var steps []byte
		var starts []int
		for _, step := range []struct {
			bits       uint32
			timeMs     int64
			key, value string
		}{
			{IfAbsent | ExpiryAfter<<4, 1 << 40, "k", "5"},
			{IfVersion | ExpiryAt<<4, -1, "", ""},
			{IfAny | ExpiryKeep<<4, 0, "k", string(make([]byte, 70_000))},
		} {
			starts = append(starts, len(steps))
			steps = flat(steps, 3, step.bits, 0, step.timeMs, 0, "g", step.key, step.value)
			steps = flat(steps, 2, 0, 0, 0, 0, "g", step.key, "")
		}
		results, others := make([]Result, 6), make([]Result, 6)
		values, otherValues := make([]byte, 1<<17), make([]byte, 1<<17)
		_, count, status, failure := Commit(one, Steps{Flat: steps, Count: 6}, results, values)
		well(t, failure)
		_, otherCount, otherStatus, failure := Commit(other,
			Steps{Flat: steps, Count: 6, Durability: DurabilityFull, DurableAt: starts[durable]}, others, otherValues)
		well(t, failure)
		if count != 6 || otherCount != 6 || status != OK || otherStatus != OK || !bytes.Equal(values, otherValues) {
			t.Fatalf("%d and %d results, %d and %d", count, otherCount, status, otherStatus)
		}
		alike(t, results, others)
		for _, i := range []int{1, 5} {
			for _, result := range []Result{results[i], others[i]} {
				if result.ExpiresAtMs < 1<<40 {
					t.Errorf("step %d expires at %d", i, result.ExpiresAtMs)
				}
			}
		}

		// The conditions do not hold any more; the first that fails is named, with its version.
		_, count, status, _ = Commit(other,
			Steps{Flat: steps, Count: 6, Durability: DurabilityFull, DurableAt: starts[durable]}, others, nil)
		if status != Conflict || count != 0 || others[0].Version == 0 {
			t.Errorf("%d at step %d, %+v", status, count, others[0])
		}
	}
}

func TestADurabilityThatThereIsNotIsRefused(t *testing.T) {
	store := open(t)
	steps := flat(flat(nil, 3, 0, 0, 0, 0, "g", "a", "v"), 3, 0, 0, 0, 0, "g", "b", "v")
	_, _, _, failure := Commit(store, Steps{Flat: steps, Count: 2, Durability: 7, DurableAt: len(steps) / 2}, nil, nil)
	if failure == nil || failure.Status != ErrArgument || !strings.Contains(failure.Message, "durability") {
		t.Errorf("got %+v", failure)
	}
	if count, _ := Count(store, "g"); count != 0 {
		t.Errorf("%d entries", count)
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
		_, _, _, failure := Commit(store, Steps{Flat: steps, Count: 1}, nil, nil)
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
	set := flat(nil, 3, 0, 0, 0, 0, "g", "k", "v")
	for range 66_000 {
		if _, _, status, _ := Commit(store, Steps{Flat: conflict, Count: 1}, results, values); status != Conflict {
			t.Fatalf("got %d", status)
		}
		unknown := Steps{Flat: set, Count: 1, Durability: 7}
		if _, _, _, failure := Commit(store, unknown, results, values); failure.Status != ErrArgument {
			t.Fatalf("got %+v", failure)
		}
		if _, _, _, failure := Commit(store, Steps{Flat: conflict[:3], Count: 1}, results, values); failure.Status != ErrArgument {
			t.Fatalf("got %+v", failure)
		}
		if _, _, _, failure := Commit(store, Steps{Flat: set, Count: 1}, nil, nil); failure != nil {
			t.Fatalf("got %+v", failure)
		}
	}
}
