package kv_test

import (
	"iter"

	"kv.internal/kv"
)

// rangeCalls are those of many keys, and of namespaces.
func (r *run) rangeCalls() map[string]function {
	return map[string]function{
		"set_many": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			values := map[string][]byte{}
			entries, err := pairs(a.list("entries"))
			if err != nil {
				a.fail("entries: %w", err)
			}
			for _, entry := range entries {
				values[entry.key] = []byte(entry.value)
			}
			var options []kv.PutOption
			if ttl, isGiven := a.ttl(); isGiven {
				options = append(options, kv.ExpireAfter(ttl))
			}
			return nil, s.SetBatch(r.ctx, a.bytes("group"), values, options...)
		}),
		"get_many": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			keys := a.keys()
			values, err := s.GetBatch(r.ctx, a.bytes("group"), keys)
			var entries []pair
			for _, key := range keys {
				if value, isThere := values[key]; isThere {
					entries = append(entries, pair{key, string(value)})
				}
			}
			return map[string]any{"entries": entries}, err
		}),
		"delete_many": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			deleted, err := s.DeleteKeys(r.ctx, a.bytes("group"), a.keys()...)
			return map[string]any{"count": int64(len(deleted)), "deleted": deleted}, err
		}),
		"scan": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			entries := func(group string, options ...kv.ScanOption) iter.Seq2[kv.Entry, error] {
				return s.Scan(r.ctx, group, options...)
			}
			keys := func(group string, options ...kv.ScanOption) ([]string, error) {
				return s.Keys(r.ctx, group, options...)
			}
			return scan(entries, keys, a)
		}),
		"groups": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			groups := []string{}
			for group, err := range s.Groups(r.ctx, a.bytes("prefix")) {
				if err != nil {
					return nil, err
				}
				groups = append(groups, group)
			}
			return map[string]any{"groups": groups}, nil
		}),
		"count": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.Count(r.ctx, a.bytes("group"))
			return map[string]any{"count": int64(count)}, err
		}),
		"count_all": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.CountAll(r.ctx, a.bytes("prefix"))
			return map[string]any{"count": int64(count)}, err
		}),
		"delete_group": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.DeleteGroup(r.ctx, a.bytes("group"))
			return map[string]any{"count": int64(count)}, err
		}),
		"delete_prefix": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.DeletePrefix(r.ctx, a.bytes("group"), a.bytes("prefix"))
			return map[string]any{"count": int64(count)}, err
		}),
		"delete_all": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.DeleteAll(r.ctx, a.bytes("prefix"))
			return map[string]any{"count": int64(count)}, err
		}),
		"purge_expired": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			count, err := s.PurgeExpired(r.ctx)
			return map[string]any{"count": int64(count)}, err
		}),
		"quota_set": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			limits := kv.Limits{MaxKeys: a.integer("max_keys"), MaxGroups: a.integer("max_groups"), MaxBytes: a.integer("max_bytes")}
			return nil, s.SetQuota(r.ctx, a.bytes("name"), limits)
		}),
		"quota_get": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			quota, err := s.Quota(r.ctx, a.bytes("name"))
			return map[string]any{
				"max_keys": quota.MaxKeys, "max_groups": quota.MaxGroups, "max_bytes": quota.MaxBytes,
				"keys": quota.Keys, "groups": quota.Groups, "bytes": quota.Bytes,
			}, err
		}),
	}
}

func (a *arguments) keys() []string {
	keys, err := keysOf(a.list("keys"))
	if err != nil {
		a.fail("keys: %w", err)
	}
	return keys
}

// scan returns the entries of a store or transaction, or keys alone if these are expected.
func scan(
	entriesOf func(group string, options ...kv.ScanOption) iter.Seq2[kv.Entry, error],
	keysOf func(group string, options ...kv.ScanOption) ([]string, error),
	a *arguments,
) (map[string]any, error) {
	var options []kv.ScanOption
	for name, option := range map[string]func(string) kv.ScanOption{
		"prefix": kv.Prefix, "glob": kv.Glob, "redis_glob": kv.RedisGlob,
		"from": kv.From, "above": kv.Above, "below": kv.Below, "to": kv.To,
	} {
		if _, isGiven := a.take(name); isGiven {
			options = append(options, option(a.bytes(name)))
		}
	}
	for name, option := range map[string]func(int) kv.ScanOption{"offset": kv.Offset, "limit": kv.Limit} {
		if _, isGiven := a.take(name); isGiven {
			options = append(options, option(int(a.integer(name))))
		}
	}
	if a.flag("reverse") {
		options = append(options, kv.Reverse())
	}
	group := a.bytes("group")
	if _, isExpected := a.expected["keys"]; isExpected {
		keys, err := keysOf(group, options...)
		return map[string]any{"keys": keys}, err
	}
	var entries []pair
	for entry, err := range entriesOf(group, options...) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, pair{entry.Key, string(entry.Value)})
	}
	return map[string]any{"entries": entries}, nil
}
