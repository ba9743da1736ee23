package kv_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"kv.internal/kv"
)

// calls has each operation of a store, with arguments with which it writes, or finds something.
func calls(t testing.TB) map[string]func(context.Context, *kv.Store) error {
	type ctx = context.Context
	type store = *kv.Store
	one := []byte("1")
	return map[string]func(context.Context, *kv.Store) error{
		"Get":     func(c ctx, s store) error { _, err := s.Get(c, "g", "k"); return err },
		"GetInto": func(c ctx, s store) error { _, err := s.GetInto(c, "g", "k", make([]byte, 9)); return err },
		"GetEntry": func(c ctx, s store) error {
			_, err := s.GetEntry(c, "g", "k")
			return err
		},
		"Info":   func(c ctx, s store) error { _, err := s.Info(c, "g", "k"); return err },
		"View":   func(c ctx, s store) error { return s.View(c, "g", "k", func(kv.Entry) error { return nil }) },
		"Exists": func(c ctx, s store) error { _, err := s.Exists(c, "g", "k"); return err },
		"Set":    func(c ctx, s store) error { return s.Set(c, "g", "new", one) },
		"SetTTL": func(c ctx, s store) error { return s.SetTTL(c, "g", "new", one, time.Hour) },
		"Put":    func(c ctx, s store) error { _, err := s.Put(c, "g", "new", one); return err },
		"OpenWriter": func(c ctx, s store) error {
			w, err := s.OpenWriter(c, "g", "new")
			if err == nil {
				_, err = w.Commit()
			}
			return err
		},
		"OpenReader": func(c ctx, s store) error {
			r, err := s.OpenReader(c, "g", "k")
			if err == nil {
				err = r.Close()
			}
			return err
		},
		"Delete":        func(c ctx, s store) error { return s.Delete(c, "g", "k") },
		"Deleted":       func(c ctx, s store) error { _, err := s.Deleted(c, "g", "k"); return err },
		"DeleteVersion": func(c ctx, s store) error { return s.DeleteVersion(c, "g", "k", 1) },
		"Take":          func(c ctx, s store) error { _, err := s.Take(c, "g", "k"); return err },
		"Increment":     func(c ctx, s store) error { _, err := s.Increment(c, "g", "k", 1, 0); return err },
		"Append":        func(c ctx, s store) error { _, err := s.Append(c, "g", "k", one, 0); return err },
		"TTL":           func(c ctx, s store) error { _, _, err := s.TTL(c, "g", "k"); return err },
		"Expire":        func(c ctx, s store) error { return s.Expire(c, "g", "k", time.Hour) },
		"Persist":       func(c ctx, s store) error { return s.Persist(c, "g", "k") },
		"All":           func(c ctx, s store) error { return last(s.All(c, "g")) },
		"Scan":          func(c ctx, s store) error { return last(s.Scan(c, "g", kv.Prefix("k"))) },
		"Groups":        func(c ctx, s store) error { return last(s.Groups(c, "")) },
		"List":          func(c ctx, s store) error { _, err := s.List(c, "g", "k", 1); return err },
		"Keys":          func(c ctx, s store) error { _, err := s.Keys(c, "g", kv.Glob("*")); return err },
		"OpenCursor": func(c ctx, s store) error {
			cursor, err := s.OpenCursor(c, "g")
			if err == nil {
				err = cursor.Close()
			}
			return err
		},
		"Commit": func(c ctx, s store) error {
			var batch kv.Batch
			batch.Set("g", "new", one)
			_, err := s.Commit(c, &batch)
			return err
		},
		"GetBatch": func(c ctx, s store) error { _, err := s.GetBatch(c, "g", []string{"k"}); return err },
		"SetBatch": func(c ctx, s store) error { return s.SetBatch(c, "g", map[string][]byte{"new": one}) },
		"DeleteKeys": func(c ctx, s store) error {
			_, err := s.DeleteKeys(c, "g", "k")
			return err
		},
		"Count":        func(c ctx, s store) error { _, err := s.Count(c, "g"); return err },
		"CountAll":     func(c ctx, s store) error { _, err := s.CountAll(c, ""); return err },
		"DeleteGroup":  func(c ctx, s store) error { _, err := s.DeleteGroup(c, "g"); return err },
		"DeletePrefix": func(c ctx, s store) error { _, err := s.DeletePrefix(c, "g", ""); return err },
		"DeleteAll":    func(c ctx, s store) error { _, err := s.DeleteAll(c, ""); return err },
		"PurgeExpired": func(c ctx, s store) error { _, err := s.PurgeExpired(c); return err },
		"Stats":        func(c ctx, s store) error { _, err := s.Stats(c); return err },
		"Metrics":      func(c ctx, s store) error { _, err := s.Metrics(c); return err },
		"MetricsText":  func(c ctx, s store) error { _, err := s.MetricsText(c); return err },
		"CallMetrics":  func(c ctx, s store) error { _, err := s.CallMetrics(c, kv.CallSet); return err },
		"Usage":        func(c ctx, s store) error { _, err := s.Usage(c); return err },
		"Backup": func(c ctx, s store) error {
			return s.Backup(c, filepath.Join(t.TempDir(), "copy.db"), nil)
		},
		"Restore": func(c ctx, s store) error {
			path := filepath.Join(t.TempDir(), "copy.db")
			other := openFile(t)
			ok(t, other.Backup(t.Context(), path, nil))
			return s.Restore(c, path, nil)
		},
		"Copy": func(c ctx, s store) error {
			_, err := s.Copy(c, openAt(t, "memory:"))
			return err
		},
		"Watch": func(c ctx, s store) error {
			watch, err := s.Watch(c, kv.InGroup("g"))
			if err == nil {
				err = watch.Close()
			}
			return err
		},
		"Changes":       func(c ctx, s store) error { return last(s.Changes(c, 0)) },
		"ChangesOldest": func(c ctx, s store) error { _, err := s.ChangesOldest(c); return err },
		"Begin": func(c ctx, s store) error {
			tx, err := s.Begin(c)
			if err == nil {
				tx.Rollback()
			}
			return err
		},
		"Update": func(c ctx, s store) error {
			return s.Update(c, func(tx *kv.Tx) error { return tx.Set("g", "new", one) })
		},
		"Snapshot": func(c ctx, s store) error {
			snapshot, err := s.Snapshot(c)
			if err == nil {
				err = snapshot.Close()
			}
			return err
		},
		"Lock":       func(c ctx, s store) error { _, err := s.Lock(c, "job", time.Hour); return err },
		"TryLock":    func(c ctx, s store) error { _, err := s.TryLock(c, "job", time.Hour); return err },
		"LockHolder": func(c ctx, s store) error { _, err := s.LockHolder(c, "job"); return err },
		"IdempotencyBegin": func(c ctx, s store) error {
			_, err := s.IdempotencyBegin(c, "new", one, time.Hour)
			return err
		},
		"IdempotencyComplete": func(c ctx, s store) error { return s.IdempotencyComplete(c, "new", 1, one) },
		"IdempotencyGet":      func(c ctx, s store) error { _, err := s.IdempotencyGet(c, "new"); return err },
		"IdempotencyForget":   func(c ctx, s store) error { return s.IdempotencyForget(c, "new", 0) },
		"SetQuota":            func(c ctx, s store) error { return s.SetQuota(c, "tenant", kv.Limits{MaxKeys: 1}) },
		"Quota":               func(c ctx, s store) error { _, err := s.Quota(c, "tenant"); return err },
		"SetJSON":             func(c ctx, s store) error { return s.SetJSON(c, "g", "new", one) },
		"GetJSON":             func(c ctx, s store) error { _, err := s.GetJSON(c, "g", "k", ""); return err },

		"Compact":   func(c ctx, s store) error { return s.Compact(c) },
		"Check":     func(c ctx, s store) error { return s.Check(c) },
		"Flush":     func(c ctx, s store) error { return s.Flush(c) },
		"Render":    func(c ctx, s store) error { _, err := s.Render(c, "g", "{{ k }}"); return err },
		"GetSplit":  func(c ctx, s store) error { _, err := s.GetSplit(c, "g", "k", ","); return err },
		"GetFields": func(c ctx, s store) error { _, err := s.GetFields(c, "g", "k"); return err },
	}
}

func TestEveryOperationIsAmongTheCalls(t *testing.T) {
	tested := calls(t)
	methods := reflect.TypeFor[*kv.Store]()
	operations := 0
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		if method.Type.NumIn() < 2 || method.Type.In(1) != reflect.TypeFor[context.Context]() {
			continue
		}
		operations++
		if tested[method.Name] == nil {
			t.Errorf("no call of %s", method.Name)
		}
	}
	equal(t, operations, len(tested))
}

func TestEveryOperationWorks(t *testing.T) {
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			store := openLog(t)
			ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
			err := call(t.Context(), store)
			switch name {
			case "DeleteVersion":
				is(t, err, kv.ErrConflict)
			case "IdempotencyComplete", "IdempotencyGet", "IdempotencyForget", "LockHolder":
				is(t, err, kv.ErrNotFound)
			default:
				ok(t, err)
			}
		})
	}
}

func TestACancelledContextIsSeenBeforeTheCallAndNothingIsWritten(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			store := openAt(t, "memory:")
			ok(t, store.Set(t.Context(), "g", "k", []byte("7")))
			is(t, call(cancelled, store), context.Canceled)
			equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "7")
			equal(t, must(store.CountAll(t.Context(), ""))(t), 1)
		})
	}
	_, err := kv.Open(cancelled, "memory:")
	is(t, err, context.Canceled)
}

func TestAPassedDeadlineIsSeenAsSuch(t *testing.T) {
	passed, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, err := openAt(t, "memory:").Get(passed, "g", "k")
	is(t, err, context.DeadlineExceeded)
}

func TestEveryOperationOnAClosedStoreIsErrClosed(t *testing.T) {
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			store := openAt(t, "memory:")
			ok(t, store.Close())
			err := call(t.Context(), store)
			is(t, err, kv.ErrClosed)
			is(t, err, kv.ErrHandle)
		})
		t.Run(name+"/zero", func(t *testing.T) {
			is(t, call(t.Context(), new(kv.Store)), kv.ErrClosed)
		})
	}
}

func TestASecondCloseIsErrClosed(t *testing.T) {
	store := openFile(t)
	ok(t, store.Close())
	is(t, store.Close(), kv.ErrClosed)
	is(t, new(kv.Store).Close(), kv.ErrClosed)
}

// last returns the error of a scan, which must be its last pair.
func last[T any](pairs func(func(T, error) bool)) error {
	var failed error
	pairs(func(_ T, err error) bool {
		if failed != nil {
			failed = errors.New("a pair follows an error")
			return false
		}
		failed = err
		return true
	})
	return failed
}
