package kv_test

import (
	"errors"
	"fmt"
	"time"

	"kv.internal/kv"
)

// objectCalls are those of batches, transactions, watches and idempotency records.
func (r *run) objectCalls() map[string]function {
	return map[string]function{
		"batch": r.on(r.batch),
		"txn_begin": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			tx, err := s.Begin(r.ctx)
			if name := a.text("txn"); err == nil {
				r.txns[name] = tx
			}
			return nil, err
		}),
		"txn_get": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			value, err := tx.Get(a.bytes("group"), a.bytes("key"))
			return map[string]any{"value": string(value)}, err
		}),
		"txn_scan": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			return scan(tx.Scan, tx.Keys, a)
		}),
		"txn_set": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			return nil, tx.Set(a.bytes("group"), a.bytes("key"), []byte(a.bytes("value")), a.put()...)
		}),
		"txn_delete": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			return nil, found(tx.Deleted(a.bytes("group"), a.bytes("key")))
		}),
		"txn_exists": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			return nil, found(tx.Exists(a.bytes("group"), a.bytes("key")))
		}),
		"txn_ttl": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			return ttlFields(tx.TTL(a.bytes("group"), a.bytes("key")))
		}),
		"txn_increment": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			sum, err := tx.Increment(a.bytes("group"), a.bytes("key"), a.integer("delta"), ttl)
			return map[string]any{"sum": sum}, err
		}),
		"txn_append": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			length, err := tx.Append(a.bytes("group"), a.bytes("key"), []byte(a.bytes("value")), ttl)
			return map[string]any{"length": int64(length)}, err
		}),
		"txn_expire": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			return nil, tx.Expire(a.bytes("group"), a.bytes("key"), ttl, a.expireFlags()...)
		}),
		"txn_commit": r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) { return nil, tx.Commit() }),
		"txn_abort":  r.inTxn(func(tx *kv.Tx, a *arguments) (map[string]any, error) { return nil, tx.Rollback() }),
		"watch":      r.on(r.watch),
		"poll":       r.poll,
		"idempotency_begin": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			record, err := s.IdempotencyBegin(r.ctx, a.bytes("key"), []byte(a.bytes("request")), ttl)
			r.save(a, record.Token)
			return recordFields(record), err
		}),
		"idempotency_get": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			record, err := s.IdempotencyGet(r.ctx, a.bytes("key"))
			return recordFields(record), err
		}),
		"idempotency_complete": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, s.IdempotencyComplete(r.ctx, a.bytes("key"), a.version("token"), []byte(a.bytes("response")))
		}),
		"idempotency_forget": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, s.IdempotencyForget(r.ctx, a.bytes("key"), a.version("token"))
		}),
	}
}

func recordFields(record kv.Idempotency) map[string]any {
	states := map[kv.IdempotencyState]word{
		kv.IdempotencyStarted: "started", kv.IdempotencyInProgress: "in_progress",
		kv.IdempotencyCompleted: "completed", kv.IdempotencyMismatch: "mismatch",
	}
	response := optional{string(record.Response), record.Response != nil}
	return map[string]any{"state": states[record.State], "response": response}
}

func (r *run) batch(s *kv.Store, a *arguments) (map[string]any, error) {
	var batch kv.Batch
	for _, element := range a.list("steps") {
		values, _ := element.(map[string]any)
		step := &arguments{values: values, used: map[string]bool{"step": true}, saved: r.saved}
		r.addStep(&batch, s, values["step"], step)
		for name := range values {
			if !step.used[name] {
				step.fail("unknown argument %q", name)
			}
		}
		if step.err != nil {
			a.fail("%v: %w", element, step.err)
		}
	}
	results, err := s.Commit(r.ctx, &batch)
	returned := map[string]any{"results": results}
	var conflict *kv.ConflictError
	if errors.As(err, &conflict) {
		returned["failed"] = int64(conflict.Step)
	}
	return returned, err
}

func (r *run) addStep(batch *kv.Batch, s *kv.Store, name any, step *arguments) {
	if name == "check_lock" {
		batch.CheckLock(r.lockOf(s, step))
		return
	}
	group := step.bytes("group")
	if name == "delete_prefix" {
		batch.DeletePrefix(group, step.bytes("prefix"))
		return
	}
	key := step.bytes("key")
	switch name {
	case "check":
		batch.Check(group, key, step.version("version"))
	case "get":
		batch.Get(group, key)
	case "set":
		batch.Set(group, key, []byte(step.bytes("value")), step.put()...)
	case "delete":
		batch.Delete(group, key)
	case "take":
		batch.Take(group, key)
	case "increment":
		ttl, _ := step.ttl()
		batch.Increment(group, key, step.integer("delta"), ttl)
	case "append":
		ttl, _ := step.ttl()
		batch.Append(group, key, []byte(step.bytes("value")), ttl)
	case "expire":
		ttl, _ := step.ttl()
		batch.Expire(group, key, ttl, step.expireFlags()...)
	default:
		step.fail("unknown step %v", name)
	}
}

func (r *run) inTxn(call func(*kv.Tx, *arguments) (map[string]any, error)) function {
	return func(a *arguments) (map[string]any, error) {
		tx, isOpen := r.txns[a.text("txn")]
		if !isOpen {
			a.fail("there is no transaction %q", a.text("txn"))
			return nil, nil
		}
		return call(tx, a)
	}
}

func (r *run) watch(s *kv.Store, a *arguments) (map[string]any, error) {
	selection := kv.Everywhere()
	if _, isGiven := a.take("group"); isGiven {
		selection = kv.InGroup(a.bytes("group"))
	} else if _, isGiven := a.take("group_prefix"); isGiven {
		selection = kv.InGroups(a.bytes("group_prefix"))
	}
	if _, isGiven := a.take("key"); isGiven {
		selection = selection.Key(a.bytes("key"))
	} else if _, isGiven := a.take("key_prefix"); isGiven {
		selection = selection.KeyPrefix(a.bytes("key_prefix"))
	}
	watch, err := s.Watch(r.ctx, selection)
	if name := a.text("watch"); err == nil {
		r.watches[name] = watch
	}
	return nil, err
}

// pollTime is how long a poll waits for an event.
const pollTime = 10 * time.Second

func (r *run) poll(a *arguments) (map[string]any, error) {
	watch, isOpen := r.watches[a.text("watch")]
	if !isOpen {
		a.fail("there is no watch %q", a.text("watch"))
		return nil, nil
	}
	select {
	case received, isOpen := <-watch.Events:
		if isOpen {
			return map[string]any{"event": event(received)}, nil
		}
		if watch.Err() == nil {
			return nil, fmt.Errorf("the watch ended without an error")
		}
		return nil, watch.Err()
	case <-time.After(pollTime):
		return nil, kv.ErrTimeout
	}
}
