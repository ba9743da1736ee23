// Package plumego has plumego's storage packages over kv, in the folders in which plumego has them,
// so that a program changes the beginning of its import paths, github.com/spcent, to
// kv.internal/kv/adapters, and nothing else:
//
//   - store: Repository[T] of plumego's page
//   - store/kv: KVStore
//   - store/cache: Cache and MemoryCache
//   - store/idempotency: Record, Store and HashAwareStore
//   - store/file: Storage, MetadataManager and File
//
// Each can be made as plumego makes it, and of a group of any kv store. Where plumego's page and
// its code differ, the names of both work; where they contradict each other it is the code's, and
// the package says so.
package plumego
