package file

import (
	"context"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/contexts"
)

// Config are the rules of a storage. The zero Config has none.
type Config struct {
	// TTL is how long a file lives whose [PutOptions] have none; 0 is for ever.
	TTL time.Duration
	// MaxSize is the size of the longest file, in bytes; 0 is that of the store.
	MaxSize int64
	// Durability is how safe a file is when Put or Copy returns; [kv.DurabilityFull] survives a
	// loss of power, and is not for a Redis.
	Durability kv.Durability
}

// GroupStorage is a [Storage] in a group of a kv store. Every operation of a nil one, of the zero
// GroupStorage and of one whose store was closed is [ErrStorageUnavailable] and [kv.ErrClosed].
type GroupStorage struct {
	store  *kv.Store
	group  string
	tenant string
	config Config
	// Whether the store is closed with the storage.
	isOwned bool
}

var _ Storage = (*GroupStorage)(nil)

// storageType is the StorageType of the files.
const storageType = "kv"

// How long a content lives that is no file yet.
const unreferredTTL = 10 * time.Minute

// How often a transaction is tried, while others change the same files or contents.
const tries = 64

// NewGroupStorage returns a storage in a group of a store, which nothing else writes to, and which
// the caller closes. A rule that cannot be is [kv.ErrArgument].
func NewGroupStorage(store *kv.Store, group string, config Config) (*GroupStorage, error) {
	if config.TTL < 0 || config.MaxSize < 0 {
		return nil, failed("open", "", argument("a ttl or a size is negative"))
	}
	return &GroupStorage{store: store, group: group, config: config}, nil
}

// NewTenantStorage returns a storage in the group "files" of a namespace, which has the name of a
// tenant: 1 to 255 ASCII letters, digits and hyphens, or it is [kv.ErrArgument]. Contents are
// shared only within it. The caller closes it, and the store.
func NewTenantStorage(store *kv.Store, tenant string, config Config) (*GroupStorage, error) {
	if store == nil {
		return nil, failed("open", tenant, errNoStore)
	}
	scope, err := store.Scope(tenant)
	if err != nil {
		return nil, failed("open", tenant, err)
	}
	storage, err := NewGroupStorage(scope, "files", config)
	if err != nil {
		scope.Close()
		return nil, err
	}
	storage.tenant, storage.isOwned = tenant, true
	return storage, nil
}

// Close ends a storage of [NewTenantStorage]. For others, and again, it does nothing.
func (s *GroupStorage) Close() error {
	if s == nil || !s.isOwned {
		return nil
	}
	// A second close of a scope is ErrClosed, and ends nothing.
	s.store.Close()
	return nil
}

// Metadata returns the records of the files. Its Save changes the name, the type and the metadata
// of a file, and nothing else of it; its Delete deletes the file.
func (s *GroupStorage) Metadata() *GroupMetadata {
	if s == nil || s.store == nil {
		return &GroupMetadata{}
	}
	return &GroupMetadata{store: s.store, records: records(s.group), contents: contents(s.group), isOfStorage: true}
}

// enter returns the context of a call, or the error that comes first: a context that is done
// before all others.
func (s *GroupStorage) enter(ctx context.Context) (context.Context, error) {
	return contexts.Enter(ctx, s != nil && s.store != nil, errNoStore)
}

// enterPath is enter of a call on a path.
func (s *GroupStorage) enterPath(ctx context.Context, path string) (context.Context, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	return ctx, checkPath(path)
}

func (s *GroupStorage) update(ctx context.Context, change func(*kv.Tx) error) error {
	return s.store.Update(ctx, change, kv.Tries(tries))
}

func argument(message string) error { return &kv.Error{Status: kv.ErrArgument, Message: message} }
