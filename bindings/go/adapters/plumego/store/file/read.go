package file

import (
	"context"
	"errors"
	"fmt"
	"io"

	"kv.internal/kv"
)

// Get returns the content of a file, which the caller closes: a [*kv.Reader], with which
// http.ServeContent answers requests for ranges. It obeys the context to its end.
func (s *GroupStorage) Get(ctx context.Context, path string) (io.ReadCloser, error) {
	content, err := s.open(ctx, path)
	if err != nil {
		return nil, failed("get", path, err)
	}
	return content, nil
}

func (s *GroupStorage) open(ctx context.Context, path string) (*kv.Reader, error) {
	ctx, err := s.enterPath(ctx, path)
	if err != nil {
		return nil, err
	}
	// A copy over the file, between the two reads, removes the content of the first.
	for last := ""; ; {
		of, err := s.find(ctx, path)
		if err != nil {
			return nil, err
		}
		content, err := s.store.OpenReader(ctx, s.group, contentKey(of.Content))
		if !errors.Is(err, kv.ErrNotFound) || of.Content == last {
			return content, err
		}
		last = of.Content
	}
}

// find returns the record with a path, outside of a transaction.
func (s *GroupStorage) find(ctx context.Context, path string) (*record, error) {
	value, err := s.store.Get(ctx, s.group, pathKey(path))
	if err != nil {
		return nil, err
	}
	return decode(value)
}

// Exists reports whether there is a file.
func (s *GroupStorage) Exists(ctx context.Context, path string) (bool, error) {
	ctx, err := s.enterPath(ctx, path)
	if err != nil {
		return false, failed("exists", path, err)
	}
	isThere, err := s.store.Exists(ctx, s.group, pathKey(path))
	return isThere, failed("exists", path, err)
}

// Stat returns what there is to know of a file's content.
func (s *GroupStorage) Stat(ctx context.Context, path string) (*FileStat, error) {
	ctx, err := s.enterPath(ctx, path)
	if err != nil {
		return nil, failed("stat", path, err)
	}
	of, err := s.find(ctx, path)
	if err != nil {
		return nil, failed("stat", path, err)
	}
	return statOf(of), nil
}

// List returns the files whose paths begin with a prefix, as text, in the order of their paths,
// all of them for a limit of 0. A negative limit is [ErrInvalidSize].
func (s *GroupStorage) List(ctx context.Context, prefix string, limit int) ([]*FileStat, error) {
	ctx, err := s.enter(ctx)
	if err == nil {
		err = checkPrefix(prefix)
	}
	if err == nil && limit < 0 {
		err = fmt.Errorf("%w: the limit is negative", ErrInvalidSize)
	}
	if err != nil {
		return nil, failed("list", prefix, err)
	}
	var all []*FileStat
	for entry, err := range s.store.Scan(ctx, s.group, kv.Prefix(pathKey(prefix)), kv.Limit(limit)) {
		if err != nil {
			return nil, failed("list", prefix, err)
		}
		of, err := decode(entry.Value)
		if err != nil {
			return nil, failed("list", prefix, err)
		}
		all = append(all, statOf(of))
	}
	return all, nil
}

func statOf(of *record) *FileStat {
	return &FileStat{Path: of.Path, Size: of.Size, ModifiedTime: of.UpdatedAt, ContentType: of.MimeType}
}
