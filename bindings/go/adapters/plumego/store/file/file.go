// Package file is plumego's store/file over a kv store: files of any size beside the other data of
// an application, in a file, in memory or in a Redis.
//
// The interfaces and types are plumego's; [GroupStorage] is a [Storage] in a group of a store, and
// [GroupMetadata] a [MetadataManager], also of a storage that keeps its contents elsewhere.
//
//	files, err := file.NewTenantStorage(store, "acme", file.Config{MaxSize: 32 << 20})
//	defer files.Close()
//	stored, err := files.Put(ctx, file.PutOptions{Reader: upload, FileName: "report.pdf", Size: -1})
//	content, err := files.Get(ctx, stored.Path)
//
// # Guarantees
//
// Each operation is one step for every other caller, in any process: a file is there with all of
// its content or not at all. Put writes the content in pieces, under a key that nothing refers to,
// and then one transaction makes it a file. A reader that fails, a context that ends and a quota
// that is exceeded leave nothing; the end of the process between the two leaves a content that
// expires within ten minutes by itself. A reader that Get has returned reads its content to the
// end, also when the file is deleted or written over meanwhile.
//
// Equal contents of one storage, by their SHA-256, are stored once, and the last file that refers
// to one takes it along, whether it is deleted or expires. While Put runs, its content takes room
// of its own, also of a quota.
//
// The memory that an operation needs does not depend on the size of a file, except where the store
// itself is in memory. How safe a file is when Put returns is the store's durability, or that of
// [Config]. A store with evict=lru may evict a content, whose file is then [ErrNotFound].
//
// Any number of goroutines and processes may use a storage at once. Contexts end operations, with
// nothing changed; a nil context is no cancellation. A Read of the caller's that blocks is not
// interrupted.
//
// # Ttl and quota
//
// A file has the ttl of its [PutOptions], or that of [Config], and is absent as soon as it has
// expired. A storage of [NewTenantStorage] is a namespace, whose quota [kv.Store.SetQuota] sets:
//
//	err := store.SetQuota(ctx, "acme", kv.Limits{MaxBytes: 10 << 30})
//
// # Differences from plumego
//
// The metadata of a file are copies, on their way in and out, as JSON has them. A path is
// YYYY/MM/DD/ID.EXT, in UTC, behind the tenant's name if there is one. [Storage.List] compares the
// beginning of paths as text. [MetadataManager.Delete] removes a record; DeletedAt stays nil.
package file

import (
	"context"
	"io"
)

// Storage keeps files under paths of its own making.
type Storage interface {
	// Put stores a file, under a new path.
	Put(ctx context.Context, options PutOptions) (*File, error)
	// Get returns the content of a file, which the caller closes.
	Get(ctx context.Context, path string) (io.ReadCloser, error)
	// Delete removes a file.
	Delete(ctx context.Context, path string) error
	// Exists reports whether there is a file; a missing one is no error.
	Exists(ctx context.Context, path string) (bool, error)
	// Stat returns what there is to know of a file's content.
	Stat(ctx context.Context, path string) (*FileStat, error)
	// List returns the files whose paths begin with a prefix, in the order of their paths; a limit
	// of 0 is all of them.
	List(ctx context.Context, prefix string, limit int) ([]*FileStat, error)
	// Copy makes a file under another path, over one that is there.
	Copy(ctx context.Context, from, to string) error
}

// MetadataManager keeps the records of files.
type MetadataManager interface {
	// Save writes a record, over the one with its id.
	Save(ctx context.Context, file *File) error
	// Get returns the record with an id.
	Get(ctx context.Context, id string) (*File, error)
	// GetByPath returns the record with a path.
	GetByPath(ctx context.Context, path string) (*File, error)
	// GetByHash returns a record with a hash, or nil without an error.
	GetByHash(ctx context.Context, hash string) (*File, error)
	// List returns a page of the records that a query selects, and how many it selects in all.
	List(ctx context.Context, query Query) ([]*File, int64, error)
	// Delete removes the record with an id.
	Delete(ctx context.Context, id string) error
	// UpdateAccessTime makes now the time of the last access.
	UpdateAccessTime(ctx context.Context, id string) error
}
