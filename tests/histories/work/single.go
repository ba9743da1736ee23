package work

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kv.internal/histories/record"
	"kv.internal/kv"
)

// get reads a key by one of the calls that do.
func (t *thread) get(key string) *record.Operation {
	steps := []record.Step{{Do: record.Get, Key: key}}
	group := t.plan.Group
	if t.plants("stale") {
		return t.staleGet(key)
	}
	switch t.random.IntN(4) {
	case 0:
		return t.make("Get", steps, func(ctx context.Context) (record.Result, error) {
			value, err := t.store.Get(ctx, group, key)
			return absentIsNoError(shows(true, string(value), 0), err)
		})
	case 1:
		return t.make("View", steps, func(ctx context.Context) (result record.Result, err error) {
			err = t.store.View(ctx, group, key, func(entry kv.Entry) error {
				result = shows(true, string(entry.Value), entry.Version)
				return nil
			})
			return absentIsNoError(result, err)
		})
	}
	return t.getEntry(key)
}

func (t *thread) getEntry(key string) *record.Operation {
	steps := []record.Step{{Do: record.Get, Key: key}}
	return t.make("GetEntry", steps, func(ctx context.Context) (record.Result, error) {
		entry, err := t.store.GetEntry(ctx, t.plan.Group, key)
		return absentIsNoError(shows(true, string(entry.Value), entry.Version), err)
	})
}

// set writes a value without a condition.
func (t *thread) set(key, value string) *record.Operation {
	steps := []record.Step{{Do: record.Set, Key: key, Value: value}}
	group := t.plan.Group
	switch {
	case t.plants("unmade") && t.random.IntN(4) == 0:
		return t.make("Set", steps, func(context.Context) (record.Result, error) { return shows(true, "", 0), nil })
	case t.random.IntN(3) == 0:
		return t.put(key, value, record.Any, 0)
	case t.random.IntN(4) == 0:
		return t.make("SetTTL", steps, func(ctx context.Context) (record.Result, error) {
			return shows(true, "", 0), t.store.SetTTL(ctx, group, key, []byte(value), time.Hour)
		})
	}
	return t.make("Set", steps, func(ctx context.Context) (record.Result, error) {
		return shows(true, "", 0), t.store.Set(ctx, group, key, []byte(value))
	})
}

// optionsOf are those of a condition.
func optionsOf(condition record.Condition, version uint64) []kv.PutOption {
	switch condition {
	case record.Absent:
		return []kv.PutOption{kv.IfAbsent()}
	case record.Present:
		return []kv.PutOption{kv.IfPresent()}
	case record.AtVersion:
		return []kv.PutOption{kv.IfVersion(version)}
	}
	return nil
}

// put writes a value if a condition holds.
func (t *thread) put(key, value string, condition record.Condition, version uint64) *record.Operation {
	steps := []record.Step{{Do: record.Set, Key: key, Value: value, If: condition, Version: version}}
	if t.plants("unchecked") && condition == record.AtVersion {
		return t.uncheckedPut(key, value, version, steps)
	}
	return t.make("Put", steps, func(ctx context.Context) (record.Result, error) {
		options := optionsOf(condition, version)
		if t.random.IntN(3) == 0 {
			options = append(options, kv.KeepExpiry())
		}
		written, err := t.store.Put(ctx, t.plan.Group, key, []byte(value), options...)
		if err != nil {
			return record.Result{Version: written}, err
		}
		return shows(true, "", written), nil
	})
}

func (t *thread) delete(key string) *record.Operation {
	steps := []record.Step{{Do: record.Delete, Key: key}}
	return t.make("Deleted", steps, func(ctx context.Context) (record.Result, error) {
		found, err := t.store.Deleted(ctx, t.plan.Group, key)
		return shows(found, "", 0), err
	})
}

// deleteVersion deletes a key that is at a version; an absent one is no conflict.
func (t *thread) deleteVersion(key string, version uint64) *record.Operation {
	steps := []record.Step{{Do: record.Delete, Key: key, If: record.AtVersion, Version: version}}
	operation := t.make("DeleteVersion", steps, func(ctx context.Context) (record.Result, error) {
		err := t.store.DeleteVersion(ctx, t.plan.Group, key, version)
		if errors.Is(err, kv.ErrNotFound) {
			// In the words of a conflict: the key is at version 0.
			return record.Result{}, kv.ErrConflict
		}
		if err == nil {
			return shows(true, "", 0), nil
		}
		return record.Result{Step: -1}, err
	})
	return operation
}

func (t *thread) take(key string) *record.Operation {
	steps := []record.Step{{Do: record.Take, Key: key}}
	return t.make("Take", steps, func(ctx context.Context) (record.Result, error) {
		value, err := t.store.Take(ctx, t.plan.Group, key)
		return absentIsNoError(shows(true, string(value), 0), err)
	})
}

func (t *thread) increment(key string, delta int64) *record.Operation {
	steps := []record.Step{{Do: record.Increment, Key: key, Delta: delta}}
	if t.plants("lost") {
		return t.lostIncrement(key, delta, steps)
	}
	ttl := time.Duration(t.random.IntN(2)) * time.Hour
	return t.make("Increment", steps, func(ctx context.Context) (record.Result, error) {
		sum, err := t.store.Increment(ctx, t.plan.Group, key, delta, ttl)
		return shows(true, strconv.FormatInt(sum, 10), 0), err
	})
}

func (t *thread) append(key, token string) *record.Operation {
	steps := []record.Step{{Do: record.Append, Key: key, Value: token}}
	return t.make("Append", steps, func(ctx context.Context) (record.Result, error) {
		length, err := t.store.Append(ctx, t.plan.Group, key, []byte(token), 0)
		return shows(true, strconv.Itoa(length), 0), err
	})
}
