package kv

import (
	"log/slog"

	"kv.internal/kv/internal/capi"
)

// CallKind is a kind of calls, as metrics and traces distinguish them.
type CallKind int32

// The kinds of calls.
const (
	// CallGet: a read of one key, its size, version, expiry or existence.
	CallGet = CallKind(capi.CallGet)
	// CallGetMany: [Store.GetBatch].
	CallGetMany = CallKind(capi.CallGetMany)
	// CallSet: a write of one key.
	CallSet = CallKind(capi.CallSet)
	// CallDelete: a delete of one key.
	CallDelete = CallKind(capi.CallDelete)
	// CallTake: [Store.Take].
	CallTake = CallKind(capi.CallTake)
	// CallIncrement: [Store.Increment].
	CallIncrement = CallKind(capi.CallIncrement)
	// CallAppend: [Store.Append].
	CallAppend = CallKind(capi.CallAppend)
	// CallExpire: [Store.Expire] and [Store.Persist].
	CallExpire = CallKind(capi.CallExpire)
	// CallScan: the opening of a scan, of a list of groups or of a snapshot.
	CallScan = CallKind(capi.CallScan)
	// CallCount: [Store.Count] and [Store.CountAll].
	CallCount = CallKind(capi.CallCount)
	// CallDeleteRange: a delete of a prefix, a group or all groups, or a purge.
	CallDeleteRange = CallKind(capi.CallDeleteRange)
	// CallBatch: the commit of a batch.
	CallBatch = CallKind(capi.CallBatch)
	// CallTransaction: the commit of a transaction.
	CallTransaction = CallKind(capi.CallTransaction)
	// CallWatch: the opening of a watch, a callback or the change log.
	CallWatch = CallKind(capi.CallWatch)
	// CallLock: a call on a lock, with its wait.
	CallLock = CallKind(capi.CallLock)
	// CallIdempotency: a call on an idempotency record.
	CallIdempotency = CallKind(capi.CallIdempotency)
	// CallStream: the opening of a [Writer] or [Reader], and [Writer.Commit].
	CallStream = CallKind(capi.CallStream)
	// CallText: a call on JSON or a template.
	CallText = CallKind(capi.CallText)
	// CallNamespace: a scope or a quota.
	CallNamespace = CallKind(capi.CallNamespace)
	// CallCopy: [Store.Copy].
	CallCopy = CallKind(capi.CallCopy)
	// CallMaintenance: statistics, usage, backup, restore, compaction, check or flush.
	CallMaintenance = CallKind(capi.CallMaintenance)
)

// CallKinds returns all kinds of calls.
func CallKinds() []CallKind {
	kinds := make([]CallKind, capi.CallKinds)
	for i := range kinds {
		kinds[i] = CallKind(i)
	}
	return kinds
}

// String returns the name of the kind, such as "get_many".
func (k CallKind) String() string { return capi.CallName(int32(k)) }

// LogValue returns the name of the kind.
func (k CallKind) LogValue() slog.Value { return slog.StringValue(k.String()) }
