package file

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
)

// Delete removes a file, and its content, if no other file has the same. Readers that are open
// read on.
func (s *GroupStorage) Delete(ctx context.Context, path string) error {
	ctx, err := s.enterPath(ctx, path)
	if err != nil {
		return failed("delete", path, err)
	}
	return failed("delete", path, s.update(ctx, func(tx *kv.Tx) error {
		of, err := records(s.group).byPath(tx, path)
		if err != nil {
			return err
		}
		return removeFile(tx, s.group, of)
	}))
}

// removeFile removes a record, and its content, unless others refer to it.
func removeFile(tx *kv.Tx, group string, of *record) error {
	if err := records(group).remove(tx, of); err != nil {
		return err
	}
	return contents(group).release(tx, of)
}

// Copy makes a file with the same content under another path, over the file that is there, with an
// id of its own. It expires when the first one does. No bytes are copied. A file that is copied to
// its own path stays as it is.
func (s *GroupStorage) Copy(ctx context.Context, from, to string) error {
	ctx, err := s.enterPath(ctx, from)
	if err != nil {
		return failed("copy", from, err)
	}
	if err := checkPath(to); err != nil {
		return failed("copy", to, err)
	}
	return failed("copy", from, s.update(ctx, func(tx *kv.Tx) error { return s.copy(tx, from, to) }))
}

func (s *GroupStorage) copy(tx *kv.Tx, from, to string) error {
	entry, err := tx.GetEntry(s.group, pathKey(from))
	if err != nil || from == to {
		return err
	}
	source, err := decode(entry.Value)
	if err != nil {
		return err
	}
	over, err := records(s.group).byPath(tx, to)
	if err == nil {
		err = removeFile(tx, s.group, over)
	}
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return err
	}
	copied := &record{File: *source.Clone(), Content: source.Content}
	copied.ID, copied.Path = newID(), to
	copied.UpdatedAt = time.Now().UTC().Truncate(time.Millisecond)
	copied.LastAccessAt = nil
	return s.refer(tx, copied, entry.ExpiresAt)
}
