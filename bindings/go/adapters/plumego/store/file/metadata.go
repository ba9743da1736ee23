package file

import (
	"context"
	"errors"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
)

// GroupMetadata is a [MetadataManager] in a group of a kv store: of a storage that keeps its
// contents elsewhere, as plumego's LocalStorage does, or of a [GroupStorage]. Every operation of a
// nil one, of the zero GroupMetadata and of one whose store was closed is [ErrStorageUnavailable]
// and [kv.ErrClosed]. A nil context is no cancellation.
type GroupMetadata struct {
	store    *kv.Store
	records  records
	contents contents
	// Whether each record has a content in the group.
	isOfStorage bool
}

var _ MetadataManager = (*GroupMetadata)(nil)

// NewGroupMetadata returns a group of a store, which nothing else writes to, and which the caller
// closes.
func NewGroupMetadata(store *kv.Store, group string) *GroupMetadata {
	return &GroupMetadata{store: store, records: records(group)}
}

// Save writes a record, over the one with its id. A path that another record has is
// [ErrAlreadyExists].
func (m *GroupMetadata) Save(ctx context.Context, file *File) error {
	ctx, err := m.enter(ctx)
	switch {
	case err != nil:
		return failed("save", "", err)
	case file == nil || file.ID == "":
		return failed("save", "", argument("a record has an id"))
	case file.Path == "" || len(file.Path) > longestPath:
		return failed("save", file.Path, ErrInvalidPath)
	}
	return failed("save", file.Path, m.update(ctx, func(tx *kv.Tx) error { return m.save(tx, file) }))
}

func (m *GroupMetadata) save(tx *kv.Tx, file *File) error {
	holder, err := m.records.byPath(tx, file.Path)
	if err == nil && holder.ID != file.ID {
		return ErrAlreadyExists
	}
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return err
	}
	old, err := m.records.byID(tx, file.ID)
	if err != nil && (!errors.Is(err, kv.ErrNotFound) || m.isOfStorage) {
		return err
	}
	saved := &record{File: *file}
	switch {
	case m.isOfStorage:
		saved = old
		saved.Name, saved.MimeType, saved.Metadata = file.Name, file.MimeType, file.Metadata
		saved.UpdatedAt = time.Now().UTC().Truncate(time.Millisecond)
	case old != nil && (old.Path != file.Path || old.Hash != file.Hash):
		if err := m.records.remove(tx, old); err != nil {
			return err
		}
	}
	return m.records.set(tx, saved, kv.KeepExpiry())
}

// Get returns the record with an id, or [ErrNotFound].
func (m *GroupMetadata) Get(ctx context.Context, id string) (*File, error) {
	return m.get(ctx, id, func(tx *kv.Tx) (*record, error) { return m.records.byID(tx, id) })
}

// GetByPath returns the record with a path, or [ErrNotFound].
func (m *GroupMetadata) GetByPath(ctx context.Context, path string) (*File, error) {
	return m.get(ctx, path, func(tx *kv.Tx) (*record, error) { return m.records.byPath(tx, path) })
}

// GetByHash returns a record with a hash, or nil without an error.
func (m *GroupMetadata) GetByHash(ctx context.Context, hash string) (*File, error) {
	found, err := m.get(ctx, hash, func(tx *kv.Tx) (*record, error) { return m.records.byHash(tx, hash) })
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return found, err
}

// get returns what a function finds in one state of the group.
func (m *GroupMetadata) get(ctx context.Context, name string, find func(*kv.Tx) (*record, error)) (*File, error) {
	var found *record
	err := m.update(ctx, func(tx *kv.Tx) (err error) {
		found, err = find(tx)
		return err
	})
	if err != nil {
		return nil, failed("get", name, err)
	}
	return &found.File, nil
}

// Delete removes the record with an id, and of a storage its file, or returns [ErrNotFound].
func (m *GroupMetadata) Delete(ctx context.Context, id string) error {
	return failed("delete", id, m.update(ctx, func(tx *kv.Tx) error {
		of, err := m.records.byID(tx, id)
		if err != nil {
			return err
		}
		if m.isOfStorage {
			return removeFile(tx, string(m.records), of)
		}
		return m.records.remove(tx, of)
	}))
}

// UpdateAccessTime makes now the LastAccessAt of the record with an id, or returns [ErrNotFound].
func (m *GroupMetadata) UpdateAccessTime(ctx context.Context, id string) error {
	return failed("access", id, m.update(ctx, func(tx *kv.Tx) error {
		of, err := m.records.byID(tx, id)
		if err != nil {
			return err
		}
		now := time.Now().UTC().Truncate(time.Millisecond)
		of.LastAccessAt = &now
		return m.records.set(tx, of, kv.KeepExpiry())
	}))
}

func (m *GroupMetadata) update(ctx context.Context, change func(*kv.Tx) error) error {
	ctx, err := m.enter(ctx)
	if err != nil {
		return err
	}
	return m.store.Update(ctx, change, kv.Tries(tries))
}

func (m *GroupMetadata) enter(ctx context.Context) (context.Context, error) {
	return contexts.Enter(ctx, m != nil && m.store != nil, errNoStore)
}
