package kv

import (
	"fmt"
	"log/slog"
)

// The texts and log values of stores, their figures, and what is made of them. Nothing in them is a
// password.

// String names the store by its location, without user, password and options, or by its service;
// with the namespace of a scope.
func (s *Store) String() string {
	switch {
	case s == nil:
		return "kv.Store(nil)"
	case s.isOpened(plainOp("")) != nil:
		return "kv.Store(not opened)"
	}
	return "kv.Store(" + textOf(s.LogValue()) + ")"
}

// LogValue returns location or service, and of a scope the namespace. A store that is a snapshot has
// snapshot=true.
func (s *Store) LogValue() slog.Value {
	if s == nil {
		return slog.StringValue("nil")
	}
	var attributes []slog.Attr
	for _, name := range []slog.Attr{
		slog.String("location", s.name.location),
		slog.String("service", s.name.service),
		slog.String("namespace", s.name.namespace),
	} {
		if name.Value.String() != "" {
			attributes = append(attributes, slog.String(name.Key, validText(name.Value.String())))
		}
	}
	if s.name.isSnapshot {
		attributes = append(attributes, slog.Bool("snapshot", true))
	}
	return slog.GroupValue(attributes...)
}

// String returns the attributes of the log value in one line.
func (s Statistics) String() string { return textOf(s.LogValue()) }

// LogValue returns all figures, under their names with underscores; durations as such.
func (s Statistics) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Uint64("hits", s.Hits),
		slog.Uint64("misses", s.Misses),
		slog.Uint64("commits", s.Commits),
		slog.Uint64("transactions", s.Transactions),
		slog.Uint64("expirations", s.Expirations),
		slog.Uint64("format", uint64(s.Format)),
		slog.Uint64("file_bytes", s.FileBytes),
		slog.Uint64("wal_bytes", s.WALBytes),
		slog.Uint64("checkpoints", s.Checkpoints),
		slog.Uint64("readers", s.Readers),
		slog.String("sqlite_version", s.SQLiteVersion),
		slog.Uint64("evictions", s.Evictions),
		slog.Uint64("max_bytes", s.MaxBytes),
		slog.Uint64("max_entries", s.MaxEntries),
		slog.Bool("read_only", s.ReadOnly),
		slog.Int("write_errno", s.WriteErrno),
		slog.Duration("oldest_snapshot", s.OldestSnapshot),
		slog.Uint64("write_stalls", s.WriteStalls),
		slog.Duration("write_stall", s.WriteStall),
		slog.Duration("longest_write_stall", s.LongestWriteStall),
		slog.Uint64("cache_hits", s.CacheHits),
		slog.Uint64("cache_resets", s.CacheResets),
	)
}

// String returns the attributes of the log value in one line.
func (u Usage) String() string { return textOf(u.LogValue()) }

// LogValue returns entries, bytes and expired_entries.
func (u Usage) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Uint64("entries", u.Entries), slog.Uint64("bytes", u.Bytes), slog.Uint64("expired_entries", u.ExpiredEntries))
}

// String returns the attributes of the log value in one line.
func (l Limits) String() string { return textOf(l.LogValue()) }

// LogValue returns max_keys, max_groups and max_bytes.
func (l Limits) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int64("max_keys", l.MaxKeys), slog.Int64("max_groups", l.MaxGroups), slog.Int64("max_bytes", l.MaxBytes))
}

// String returns the attributes of the log value in one line.
func (q Quota) String() string { return textOf(q.LogValue()) }

// LogValue returns the limits, and keys, groups and bytes.
func (q Quota) LogValue() slog.Value {
	return slog.GroupValue(append(q.Limits.LogValue().Group(),
		slog.Int64("keys", q.Keys), slog.Int64("groups", q.Groups), slog.Int64("bytes", q.Bytes))...)
}

// String names the entry as an [Error]'s message does.
func (p Position) String() string { return shownPlace(p.Group, p.Key) }

// LogValue returns group and key.
func (p Position) LogValue() slog.Value { return slog.GroupValue(placeAttributes(p.Group, p.Key)...) }

// String returns the attributes of the log value in one line.
func (s CopyState) String() string { return textOf(s.LogValue()) }

// LogValue returns entries, bytes, skipped, expired, missing and total, and the position as text.
func (s CopyState) LogValue() slog.Value {
	attributes := []slog.Attr{
		slog.Uint64("entries", s.Entries), slog.Uint64("bytes", s.Bytes), slog.Uint64("skipped", s.Skipped),
		slog.Uint64("expired", s.Expired), slog.Uint64("missing", s.Missing), slog.Uint64("total", s.Total),
	}
	if s.Position != nil {
		attributes = append(attributes, slog.String("position", s.Position.String()))
	}
	return slog.GroupValue(attributes...)
}

// String returns the attributes of the log value in one line.
func (l *Lock) String() string { return textOf(l.LogValue()) }

// LogValue returns the name and the token.
func (l *Lock) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", loggedText(l.Name())), slog.Uint64("token", l.Token()))
}

// String returns the attributes of the log value in one line.
func (h LockHolder) String() string { return textOf(h.LogValue()) }

// LogValue returns owner and expires_at.
func (h LockHolder) LogValue() slog.Value {
	return slog.GroupValue(slog.String("owner", loggedText(h.Owner)), slog.Time("expires_at", h.ExpiresAt))
}

// String returns the attributes of the log value in one line.
func (i Idempotency) String() string { return textOf(i.LogValue()) }

// LogValue returns state, token, and the response with its size.
func (i Idempotency) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("state", i.State.String())}
	if i.Token != 0 {
		attributes = append(attributes, slog.Uint64("token", i.Token))
	}
	if i.Response != nil {
		attributes = append(attributes,
			slog.String("response", loggedText(string(i.Response))), slog.Int("size", len(i.Response)))
	}
	return slog.GroupValue(attributes...)
}

// LogValue returns the name of the state.
func (s IdempotencyState) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String returns how many steps the batch has.
func (b *Batch) String() string { return fmt.Sprintf("batch of %d steps", b.Len()) }

// LogValue returns how many steps the batch has.
func (b *Batch) LogValue() slog.Value { return slog.GroupValue(slog.Int("steps", b.Len())) }
