// Package kv is a key-value store in one file: groups of keys, exact expiry, versions with
// compare-and-set, counters, atomic batches and transactions, ordered scans over a snapshot, and
// channels of changes.
//
//	store, err := kv.Open(ctx, "app.db")
//	err = store.Set(ctx, "config", "colour", []byte("blue"))
//	colour, err := store.Get(ctx, "config", "colour")
//
// Groups and keys are strings, values are byte slices; all hold any bytes, empty ones too. The
// empty group is the default one. An entry that has expired is absent for every operation, to the
// millisecond.
//
// # Contexts
//
// Each operation takes a context. With one that is done it returns its error, and nothing was read
// or written. A call that waits or works on many entries ends within about 10 ms of its context, with
// nothing written, as [ErrDeadline] or [ErrCancelled], which are also the errors of package context;
// once it has begun to commit it is finished. Iterators and cursors check again before each entry. A
// [Watch] ends with its context.
//
// # One state, one owner
//
// [Store.Update] reads, scans and writes as if nothing else ran, or runs again. [Store.Snapshot]
// returns a store that stays as it is, for several calls that read one state. [Store.Lock] has one
// owner at a time, in all processes, for the length of a lease; [Batch.CheckLock] refuses the writes
// of an owner whose lease has ended.
//
// # Values in pieces
//
// [Store.OpenWriter] and [Store.OpenReader] write and read a value of any size in pieces, as package
// io has it: an upload, a file, a recording. Nothing of a value is seen before [Writer.Commit].
//
// # Errors
//
// A missing or expired key is [ErrNotFound], a condition that does not hold [ErrConflict]. These
// and all other statuses of the library are constants for [errors.Is]; the message of a failure is
// in an [Error], which unwraps to the operating system's [syscall.Errno].
//
// # Goroutines
//
// A [Store], a [Typed] and a [Lock] may be used by any number of goroutines at once, also while
// another closes the store; so may a [Writer] and a [Reader], whose calls take place one after the
// other. A [Batch], a [Cursor] and a [Tx] belong to one goroutine at a time.
// Slices that are given are not kept, and slices that are returned are the caller's own.
package kv
