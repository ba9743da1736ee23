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
// Each operation takes a context. With one that is done nothing is read or written. A call that waits
// or works on many entries ends within about 10 ms of its context, with nothing written. Either is
// [ErrDeadline] or [ErrCancelled], which are also the errors of package context; a nil context is
// [ErrArgument]. A call that has begun to commit is finished. Iterators and cursors check again
// before each entry. A [Watch] ends with its context.
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
// Every error of a call is an [*Error] for [errors.As], which has the operation, the group and the
// key, and a message such as
//
//	kv: get users/ada: not found
//
// A missing or expired key is [ErrNotFound], a condition that does not hold [ErrConflict]. These and
// all other statuses are constants for [errors.Is], as are the errors of the standard library that
// mean the same: [context.DeadlineExceeded], [fs.ErrPermission], [fs.ErrNotExist] of a file that is
// missing, a [syscall.Errno]. A nil or zero value of a type that a function has to open or begin,
// such as a [Store] or a [Tx], is [ErrClosed], and the message names the function.
//
// # Logs
//
// Entries, events, errors, stores, statistics and options have String for package fmt and LogValue
// for package log/slog. Names that are not UTF-8 are quoted, of a value or name of more than 64
// bytes the beginning and the size are shown, and of the location of a store no user, password and
// options.
//
// # Metrics, records and traces
//
// [Store.Metrics], [Store.CallMetrics] and [Store.MetricsText] are for monitors, [SetLog] sends what the
// library does in the background to package log/slog, and [SetTrace] shows each call with its context.
// The modules kv.internal/kv/prometheus and kv.internal/kv/otel hand them to Prometheus and
// OpenTelemetry.
//
// # Goroutines
//
// A [Store], a [Typed] and a [Lock] may be used by any number of goroutines at once, also while
// another closes the store; so may a [Writer] and a [Reader], whose calls take place one after the
// other. A [Batch], a [Cursor] and a [Tx] belong to one goroutine at a time.
// Slices that are given are not kept, and slices that are returned are the caller's own.
package kv
