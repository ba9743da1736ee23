package kv

import (
	"context"
	"io"
	"iter"
)

// All returns all entries of a group in key order, as [Store.Scan] does.
func (s *Store) All(ctx context.Context, group string) iter.Seq2[Entry, error] {
	return s.Scan(ctx, group)
}

// Scan returns the entries of a group, in key order, from the snapshot of the moment in which the
// range begins. Writes meanwhile are allowed and not seen. An error comes as the last pair;
// so does the context's error, when it is done before an entry. A group that is empty or absent
// has no pair.
//
//	for entry, err := range store.Scan(ctx, "users", kv.Prefix("a"), kv.Limit(100)) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(entry.Key, entry.Value)
//	}
func (s *Store) Scan(ctx context.Context, group string, options ...ScanOption) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		cursor, err := s.beginScan(ctx, group, options)
		walk(ctx, cursor, err, yield)
	}
}

// Groups returns the names of groups that begin with a prefix and have a live entry, in byte order,
// as [Store.Scan] returns entries. The empty prefix is all groups.
func (s *Store) Groups(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		cursor, err := s.beginGroups(ctx, prefix)
		walk(ctx, cursor, err, func(entry Entry, err error) bool { return yield(entry.Group, err) })
	}
}

// List returns the keys of a group that begin with a prefix, byte for byte, in order, at most limit
// of them; a limit of 0 or less is none. Without a match the list is empty and not nil.
func (s *Store) List(ctx context.Context, group, prefix string, limit int) ([]string, error) {
	return s.Keys(ctx, group, Prefix(prefix), Limit(limit))
}

// Keys returns the keys of a group that a scan with the options would visit, in its order:
//
//	keys, err := store.Keys(ctx, "users", kv.Glob("user:*:name"))
//
// Without a match the list is empty and not nil.
func (s *Store) Keys(ctx context.Context, group string, options ...ScanOption) ([]string, error) {
	return keysOf(s.Scan(ctx, group, keysOnly(options)...))
}

// keysOnly adds [KeysOnly] to options, which are the caller's.
func keysOnly(options []ScanOption) []ScanOption {
	own := make([]ScanOption, 0, len(options)+1)
	return append(append(own, options...), KeysOnly())
}

// keysOf returns the keys of a scan.
func keysOf(entries iter.Seq2[Entry, error]) ([]string, error) {
	keys := []string{}
	for entry, err := range entries {
		if err != nil {
			return nil, err
		}
		keys = append(keys, entry.Key)
	}
	return keys, nil
}

// walk passes a cursor's entries to yield and closes it, however the loop around it ends.
func walk(ctx context.Context, cursor *Cursor, err error, yield func(Entry, error) bool) {
	if err != nil {
		yield(Entry{}, err)
		return
	}
	defer cursor.Close()
	for {
		entry, err := cursor.Next(ctx)
		if err == io.EOF {
			return
		}
		if !yield(entry, err) || err != nil {
			return
		}
	}
}
