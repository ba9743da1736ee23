package kv_test

import (
	"context"

	"kv.internal/kv"
)

// typedStore is a typed store with hooks, and the trace that they leave.
type typedStore struct {
	*kv.Typed[record]
	trace  []word
	rename map[string]any
	fails  []any
}

// at is what each hook does; it may rename the record.
func (s *typedStore) at(hook, key string, renamed *record) error {
	s.trace = append(s.trace, word(hook+" "+key))
	for _, name := range s.fails {
		if name == hook {
			return errHook
		}
	}
	if name, isGiven := s.rename[hook].(string); isGiven && renamed != nil {
		renamed.Name = name
	}
	return nil
}

func (s *typedStore) hooks() kv.Hooks[record] {
	withValue := func(hook string) func(context.Context, string, *record) error {
		return func(_ context.Context, key string, value *record) error { return s.at(hook, key, value) }
	}
	withKey := func(hook string) func(context.Context, string) error {
		return func(_ context.Context, key string) error { return s.at(hook, key, nil) }
	}
	return kv.Hooks[record]{
		BeforeSave: withValue("before_save"), AfterSave: withValue("after_save"), AfterLoad: withValue("after_load"),
		BeforeDelete: withKey("before_delete"), AfterDelete: withKey("after_delete"),
	}
}

func (r *run) typedCalls() map[string]function {
	return map[string]function{
		"typed_open": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			opened := &typedStore{fails: a.list("fail")}
			if rename, isGiven := a.take("rename"); isGiven {
				opened.rename, _ = rename.(map[string]any)
			}
			for _, name := range opened.fails {
				a.checkHook(name)
			}
			for name := range opened.rename {
				a.checkHook(name)
			}
			opened.Typed = kv.NewTyped[record](s, a.bytes("group")).WithHooks(opened.hooks())
			r.typed[a.text("typed")] = opened
			return nil, nil
		}),
		"typed_set": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			if ttl, isGiven := a.ttl(); isGiven {
				return nil, s.SetTTL(r.ctx, a.bytes("key"), a.record(), ttl)
			}
			return nil, s.Set(r.ctx, a.bytes("key"), a.record())
		}),
		"typed_put": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			written, err := s.Put(r.ctx, a.bytes("key"), a.record(), a.put()...)
			r.save(a, written)
			return map[string]any{"version": version(written), "newer_than": version(written)}, err
		}),
		"typed_get": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			value, err := s.Get(r.ctx, a.bytes("key"))
			return map[string]any{"record": value}, err
		}),
		"typed_take": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			value, err := s.Take(r.ctx, a.bytes("key"))
			return map[string]any{"record": value}, err
		}),
		"typed_delete": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			return nil, found(s.Deleted(r.ctx, a.bytes("key")))
		}),
		"typed_scan": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			records := []keyedRecord{}
			for entry, err := range s.Scan(r.ctx) {
				if err != nil {
					return nil, err
				}
				records = append(records, keyedRecord{entry.Key, entry.Value})
			}
			return map[string]any{"records": records}, nil
		}),
		"trace": r.onTyped(func(s *typedStore, a *arguments) (map[string]any, error) {
			trace := s.trace
			s.trace = nil
			return map[string]any{"trace": trace}, nil
		}),
	}
}

func (r *run) onTyped(call func(*typedStore, *arguments) (map[string]any, error)) function {
	return func(a *arguments) (map[string]any, error) {
		store, isOpen := r.typed[a.text("typed")]
		if !isOpen {
			a.fail("there is no typed store %q", a.text("typed"))
			return nil, nil
		}
		return call(store, a)
	}
}

func (a *arguments) record() record {
	value, _ := a.take("record")
	fields, err := recordOf(value)
	if err != nil {
		a.fail("record: %w", err)
	}
	return fields
}

func (a *arguments) checkHook(name any) {
	switch name {
	case "before_save", "after_save", "after_load", "before_delete", "after_delete":
	default:
		a.fail("unknown hook %v", name)
	}
}
