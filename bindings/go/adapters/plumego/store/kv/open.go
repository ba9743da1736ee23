package kvstore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/location"
	"kv.internal/kv/adapters/plumego/internal/group"
)

// fileName and logName are those of the store in its directory.
const (
	fileName = "kv.db"
	logName  = "kv.log"
)

// NewKVStore opens the store in a directory, and creates both if they are missing.
//
// A directory that has data of plumego's own package, and no store yet, is refused with a
// [kv.ErrFormat] that names the command which imports them. A file that is damaged, or is no store,
// is [ErrCorruptState].
func NewKVStore(config Config) (*KVStore, error) {
	config = config.withDefaults()
	if err := config.Validate(); err != nil {
		return nil, err
	}
	directory, err := filepath.Abs(config.DataDir)
	if err != nil {
		return nil, fmt.Errorf("kv: find data dir: %w", err)
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("kv: create data dir: %w", err)
	}
	if err := refuseUnimported(directory); err != nil {
		return nil, err
	}
	name, of := fileName, location.OfFile
	if config.Log {
		name, of = logName, location.OfLog
	}
	store, err := kv.Open(context.Background(), of(filepath.Join(directory, name), "durability=full", "evict=lru",
		fmt.Sprintf("max_entries=%d", config.MaxEntries), fmt.Sprintf("max_bytes=%dMiB", config.MaxMemoryMB)))
	if err != nil {
		return nil, storeError(err, "")
	}
	return &KVStore{group: group.Owned(store), sizeMax: int64(config.MaxMemoryMB) * mebibyte}, nil
}
