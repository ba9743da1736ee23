package work

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"kv.internal/histories/record"
	"kv.internal/kv"
)

// planted is what the threads of a worker with a planted fault share.
type planted struct {
	lock   sync.Mutex
	cached map[string]record.StepResult
}

// Plants are the faults that can be planted, each with the profile of the work that shows it.
var Plants = []struct {
	Name    string
	Profile Profile
	Meaning string
}{
	{"stale", Single, "reads of a value that was cached"},
	{"lost", Single, "an increment that is a get and a set"},
	{"unmade", Single, "a set that is acknowledged and not made"},
	{"unchecked", Single, "a compare-and-set that compares before it sets"},
	{"torn", Multi, "a batch of which each step is a commit"},
	{"unguarded", Multi, "a transaction that does not check what it read"},
	{"unsteady", Multi, "a read of several keys, one after the other"},
}

func (t *thread) plants(name string) bool { return t.plan.Plant == name }

// pause lets other threads in.
func pause() { time.Sleep(50 * time.Microsecond) }

func (t *thread) staleGet(key string) *record.Operation {
	steps := []record.Step{{Do: record.Get, Key: key}}
	return t.make("Get", steps, func(ctx context.Context) (record.Result, error) {
		t.planted.lock.Lock()
		defer t.planted.lock.Unlock()
		if cached, isCached := t.planted.cached[key]; isCached && t.random.IntN(3) == 0 {
			return record.Result{Steps: []record.StepResult{cached}}, nil
		}
		value, err := t.store.Get(ctx, t.plan.Group, key)
		result, err := absentIsNoError(shows(true, string(value), 0), err)
		if err == nil {
			t.planted.cached[key] = result.Steps[0]
		}
		return result, err
	})
}

func (t *thread) lostIncrement(key string, delta int64, steps []record.Step) *record.Operation {
	return t.make("Increment", steps, func(ctx context.Context) (record.Result, error) {
		value, err := t.store.Get(ctx, t.plan.Group, key)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return record.Result{}, err
		}
		old, _ := strconv.ParseInt(string(value), 10, 64)
		pause()
		sum := strconv.FormatInt(old+delta, 10)
		return shows(true, sum, 0), t.store.Set(ctx, t.plan.Group, key, []byte(sum))
	})
}

func (t *thread) uncheckedPut(key, value string, version uint64, steps []record.Step) *record.Operation {
	return t.make("Put", steps, func(ctx context.Context) (record.Result, error) {
		entry, err := t.store.GetEntry(ctx, t.plan.Group, key)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return record.Result{}, err
		}
		if entry.Version != version {
			return record.Result{Version: entry.Version}, kv.ErrConflict
		}
		pause()
		written, err := t.store.Put(ctx, t.plan.Group, key, []byte(value))
		return shows(true, "", written), err
	})
}

func (t *thread) tornBatch(steps []record.Step) *record.Operation {
	return t.make("Commit", steps, func(ctx context.Context) (record.Result, error) {
		var all record.Result
		for i := range steps {
			result, err := t.commit(ctx, steps[i:i+1])
			if err != nil {
				return all, err
			}
			all.Steps = append(all.Steps, result.Steps...)
			pause()
		}
		return all, nil
	})
}

func (t *thread) unguardedCommit(ctx context.Context, writes []record.Step) (record.Result, error) {
	pause()
	if len(writes) == 0 {
		return record.Result{}, nil
	}
	_, err := t.commit(ctx, writes)
	return record.Result{}, err
}

func (t *thread) unsteadyGetMany(ctx context.Context, keys []string) (map[string]record.StepResult, error) {
	found := make(map[string]record.StepResult)
	for _, key := range keys {
		value, err := t.store.Get(ctx, t.plan.Group, key)
		if err == nil {
			found[key] = record.StepResult{Found: true, Value: string(value)}
		} else if !errors.Is(err, kv.ErrNotFound) {
			return nil, err
		}
		pause()
	}
	return found, nil
}
