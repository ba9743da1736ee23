package kv_test

import (
	"time"

	"kv.internal/kv"
)

// lockCalls are those of locks.
func (r *run) lockCalls() map[string]function {
	return map[string]function{
		"lock_acquire": r.on(r.acquire),
		"lock_renew": r.onLock(func(lock *kv.Lock, a *arguments) error {
			return lock.Renew(r.ctx, a.milliseconds("lease"))
		}),
		"lock_release": r.onLock(func(lock *kv.Lock, a *arguments) error { return lock.Release(r.ctx) }),
		"lock_get": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			holder, err := s.LockHolder(r.ctx, a.bytes("name"))
			return map[string]any{"owner": holder.Owner, "ttl": remaining(time.Until(holder.ExpiresAt))}, err
		}),
	}
}

func (r *run) acquire(s *kv.Store, a *arguments) (map[string]any, error) {
	acquire := s.TryLock
	var options []kv.LockOption
	if _, isGiven := a.take("owner"); isGiven {
		options = append(options, kv.WithOwner(a.bytes("owner")))
	}
	if _, isGiven := a.take("wait"); isGiven {
		acquire = s.Lock
		options = append(options, kv.WithWait(a.milliseconds("wait")))
	}
	lock, err := acquire(r.ctx, a.bytes("name"), a.milliseconds("lease"), options...)
	if name := a.text("save"); name != "" && err == nil {
		r.locks[name], r.saved[name] = lock, lock.Token()
	}
	return map[string]any{"newer_than": version(lock.Token())}, err
}

func (r *run) onLock(call func(*kv.Lock, *arguments) error) function {
	return r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
		if lock := r.lockOf(s, a); lock != nil {
			return nil, call(lock, a)
		}
		return nil, nil
	})
}

// lockOf returns a lock that was saved, under the name of the call.
func (r *run) lockOf(s *kv.Store, a *arguments) *kv.Lock {
	name := a.bytes("name")
	lock, isThere := r.locks[a.text("lock")]
	if !isThere {
		a.fail("there is no lock %q", a.text("lock"))
		return nil
	}
	return kv.LockAs(s, name, lock)
}

func (a *arguments) milliseconds(name string) time.Duration {
	return time.Duration(a.integer(name)) * time.Millisecond
}
