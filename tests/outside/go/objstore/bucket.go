// Package objstore is a kv store as a Bucket of Thanos' objstore: objects of any size, in chunks.
package objstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/thanos-io/objstore"
	"kv.internal/kv"
	"kv.internal/kv/outside/folders"
)

// The groups of the heads, one for each object under its name, and of the chunks.
const (
	heads  = "heads"
	chunks = "chunks"
)

// Provider is the kind of the bucket.
const Provider objstore.ObjProvider = "KV"

// ErrNoName is the error of an object without a name.
var ErrNoName = errors.New("objstore: the name of the object is empty; pass one")

// Bucket keeps an object as a head and chunks. An upload is seen when its head is written, as a whole.
// A reader of an object that is replaced or deleted meanwhile gets an error, and no mixture.
type Bucket struct {
	store *kv.Store
	name  string
}

var _ objstore.Bucket = (*Bucket)(nil)

// New returns a store as a bucket, whose Close closes the store.
func New(store *kv.Store, name string) *Bucket { return &Bucket{store, name} }

// Iter calls a function with the names in a directory, in order; those of directories end with a slash.
func (b *Bucket) Iter(ctx context.Context, directory string, call func(string) error, options ...objstore.IterOption) error {
	return b.IterWithAttributes(ctx, directory, func(it objstore.IterObjectAttributes) error { return call(it.Name) }, options...)
}

// IterWithAttributes is Iter with the time of the upload, if the options ask for it.
func (b *Bucket) IterWithAttributes(ctx context.Context, directory string, call func(objstore.IterObjectAttributes) error, options ...objstore.IterOption) error {
	if err := objstore.ValidateIterOptions(b.SupportedIterOptions(), options...); err != nil {
		return err
	}
	wanted := objstore.ApplyIterOptions(options...)
	names, err := b.names(ctx, directory, wanted.Recursive)
	if err != nil {
		return err
	}
	for _, name := range names {
		it := objstore.IterObjectAttributes{Name: name}
		if wanted.LastModified && !strings.HasSuffix(name, "/") {
			head, err := b.head(ctx, name)
			if errors.Is(err, kv.ErrNotFound) {
				continue // It was deleted since.
			}
			if err != nil {
				return err
			}
			it.SetLastModified(head.Modified)
		}
		if err := call(it); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bucket) names(ctx context.Context, directory string, recursive bool) ([]string, error) {
	if directory != "" {
		directory = strings.TrimSuffix(directory, "/") + "/"
	}
	if recursive {
		return b.store.Keys(ctx, heads, kv.Prefix(directory))
	}
	var names []string
	for name, err := range folders.Children(ctx, b.store, heads, directory) {
		if err != nil {
			return nil, err
		}
		names = append(names, directory+name)
	}
	return names, nil
}

// SupportedIterOptions returns both options that there are.
func (b *Bucket) SupportedIterOptions() []objstore.IterOptionType {
	return []objstore.IterOptionType{objstore.Recursive, objstore.UpdatedAt}
}

// Get returns a reader of an object.
func (b *Bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	return b.GetRange(ctx, name, 0, -1)
}

// GetRange returns a reader of a part of an object, to its end for a negative length.
func (b *Bucket) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if offset < 0 {
		return nil, fmt.Errorf("objstore: read %q: the offset %d is negative; the first byte is at 0", name, offset)
	}
	head, err := b.head(ctx, name)
	if err != nil {
		return nil, err
	}
	rest := max(head.Size-offset, 0)
	if length >= 0 {
		rest = min(rest, length)
	}
	return &reader{ctx: ctx, store: b.store, head: head, name: name, at: offset, rest: rest}, nil
}

// Exists reports whether there is an object.
func (b *Bucket) Exists(ctx context.Context, name string) (bool, error) {
	return b.store.Exists(ctx, heads, name)
}

// Attributes returns the size of an object and the time of its upload.
func (b *Bucket) Attributes(ctx context.Context, name string) (objstore.ObjectAttributes, error) {
	head, err := b.head(ctx, name)
	return objstore.ObjectAttributes{Size: head.Size, LastModified: head.Modified}, err
}

// IsObjNotFoundErr reports whether an error is that of a missing object.
func (b *Bucket) IsObjNotFoundErr(err error) bool { return errors.Is(err, kv.ErrNotFound) }

// IsAccessDeniedErr reports whether an error is one of permissions.
func (b *Bucket) IsAccessDeniedErr(err error) bool { return errors.Is(err, kv.ErrPermission) }

// Provider returns the kind of the bucket.
func (b *Bucket) Provider() objstore.ObjProvider { return Provider }

// Name returns the name of the bucket.
func (b *Bucket) Name() string { return b.name }

// Close closes the store. Closing again does nothing.
func (b *Bucket) Close() error {
	if err := b.store.Close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}
