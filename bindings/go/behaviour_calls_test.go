package kv_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kv.internal/kv"
)

// run is the state of a case that runs: what its calls have opened and saved, by name.
type run struct {
	ctx     context.Context
	engine  string
	path    string
	stores  map[string]*kv.Store
	txns    map[string]*kv.Tx
	watches map[string]*kv.Watch
	writers map[string]*kv.Writer
	readers map[string]*kv.Reader
	locks   map[string]*kv.Lock
	typed   map[string]*typedStore
	saved   map[string]uint64
}

// function makes a call; it returns the fields of the result, and the error of the call.
type function func(*arguments) (map[string]any, error)

func newRun(t *testing.T, engine string) *run {
	return &run{
		ctx: t.Context(), engine: engine, path: filepath.Join(t.TempDir(), "store.db"),
		stores: map[string]*kv.Store{}, txns: map[string]*kv.Tx{}, watches: map[string]*kv.Watch{},
		writers: map[string]*kv.Writer{}, readers: map[string]*kv.Reader{},
		locks: map[string]*kv.Lock{}, typed: map[string]*typedStore{}, saved: map[string]uint64{},
	}
}

func (r *run) open(name, options string) error {
	location := map[string]string{"memory": "memory:", "sqlite": "sqlite:" + r.path, "log": "log:" + r.path}[r.engine]
	if location == "" {
		return fmt.Errorf("unknown engine %q", r.engine)
	}
	if options != "" {
		location += "?" + options
	}
	store, err := kv.Open(r.ctx, location)
	if err == nil {
		r.stores[name] = store
	}
	return err
}

func (r *run) endAll() {
	for _, tx := range r.txns {
		tx.Rollback()
	}
	for _, watch := range r.watches {
		watch.Close()
	}
	for _, writer := range r.writers {
		writer.Close()
	}
	for _, reader := range r.readers {
		reader.Close()
	}
	for _, store := range r.stores {
		store.Close()
	}
}

// on makes a function of a call of a store.
func (r *run) on(call func(*kv.Store, *arguments) (map[string]any, error)) function {
	return func(a *arguments) (map[string]any, error) {
		name := a.text("store")
		if name == "" {
			name = "main"
		}
		store, isOpen := r.stores[name]
		if !isOpen {
			a.fail("there is no store %q", name)
			return nil, nil
		}
		return call(store, a)
	}
}

// functions are all calls, by name.
func (r *run) functions() map[string]function {
	all := map[string]function{
		"open": func(a *arguments) (map[string]any, error) { return nil, r.open(a.text("store"), a.text("options")) },
		"scope": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			scoped, err := s.Scope(a.bytes("name"))
			if as := a.text("as"); err == nil {
				r.stores[as] = scoped
			}
			return nil, err
		}),
		"snapshot": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			snapshot, err := s.Snapshot(r.ctx)
			if as := a.text("as"); err == nil {
				r.stores[as] = snapshot
			}
			return nil, err
		}),
		"close": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) { return nil, s.Close() }),
	}
	for _, more := range []map[string]function{
		r.entryCalls(), r.rangeCalls(), r.objectCalls(), r.streamCalls(), r.lockCalls(), r.typedCalls(),
	} {
		for name, function := range more {
			all[name] = function
		}
	}
	return all
}

// found makes the status of a call that reports whether there is an entry.
func found(isThere bool, err error) error {
	if err == nil && !isThere {
		return kv.ErrNotFound
	}
	return err
}

// ttlFields makes the result of a call that returns a ttl.
func ttlFields(ttl time.Duration, expires bool, err error) (map[string]any, error) {
	if err == nil && expires != (ttl > 0) {
		err = fmt.Errorf("a ttl of %v that expires: %v", ttl, expires)
	}
	return map[string]any{"ttl": remaining(ttl)}, err
}

// save names a version or token, if the call is to.
func (r *run) save(a *arguments, number uint64) {
	if name := a.text("save"); name != "" {
		r.saved[name] = number
	}
}

// entryCalls are those of one key.
func (r *run) entryCalls() map[string]function {
	return map[string]function{
		"set": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			group, key, value := a.bytes("group"), a.bytes("key"), []byte(a.bytes("value"))
			if ttl, isGiven := a.ttl(); isGiven {
				return nil, s.SetTTL(r.ctx, group, key, value, ttl)
			}
			return nil, s.Set(r.ctx, group, key, value)
		}),
		"put": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			written, err := s.Put(r.ctx, a.bytes("group"), a.bytes("key"), []byte(a.bytes("value")), a.put()...)
			r.save(a, written)
			return map[string]any{"version": version(written), "newer_than": version(written)}, err
		}),
		"get": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			value, err := s.Get(r.ctx, a.bytes("group"), a.bytes("key"))
			return map[string]any{"value": string(value)}, err
		}),
		"entry": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			entry, err := s.GetEntry(r.ctx, a.bytes("group"), a.bytes("key"))
			r.save(a, entry.Version)
			return map[string]any{"value": string(entry.Value), "version": version(entry.Version), "expires_at": entry.ExpiresAt}, err
		}),
		"info": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			info, err := s.Info(r.ctx, a.bytes("group"), a.bytes("key"))
			return map[string]any{"size": info.Size, "version": version(info.Version), "expires_at": info.ExpiresAt}, err
		}),
		"exists": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, found(s.Exists(r.ctx, a.bytes("group"), a.bytes("key")))
		}),
		"delete": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, found(s.Deleted(r.ctx, a.bytes("group"), a.bytes("key")))
		}),
		"delete_version": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, s.DeleteVersion(r.ctx, a.bytes("group"), a.bytes("key"), a.version("version"))
		}),
		"take": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			value, err := s.Take(r.ctx, a.bytes("group"), a.bytes("key"))
			return map[string]any{"value": string(value)}, err
		}),
		"increment": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			sum, err := s.Increment(r.ctx, a.bytes("group"), a.bytes("key"), a.integer("delta"), ttl)
			return map[string]any{"sum": sum}, err
		}),
		"append": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			length, err := s.Append(r.ctx, a.bytes("group"), a.bytes("key"), []byte(a.bytes("value")), ttl)
			return map[string]any{"length": int64(length)}, err
		}),
		"ttl": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return ttlFields(s.TTL(r.ctx, a.bytes("group"), a.bytes("key")))
		}),
		"expire": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			ttl, _ := a.ttl()
			return nil, s.Expire(r.ctx, a.bytes("group"), a.bytes("key"), ttl, a.expireFlags()...)
		}),
		"persist": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, s.Persist(r.ctx, a.bytes("group"), a.bytes("key"))
		}),
		"set_json": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			return nil, s.SetJSON(r.ctx, a.bytes("group"), a.bytes("key"), []byte(a.bytes("value")))
		}),
		"get_json": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			value, err := s.GetJSON(r.ctx, a.bytes("group"), a.bytes("key"), a.text("path"))
			return map[string]any{"value": string(value)}, err
		}),
	}
}
