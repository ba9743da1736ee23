package capi

// #cgo noescape kv_metrics_get
// #cgo nocallback kv_metrics_get
// #cgo noescape kv_call_metrics_get
// #cgo nocallback kv_call_metrics_get
// #cgo noescape go_metrics_text
// #cgo nocallback go_metrics_text
// #include "text.h"
import "C"

import (
	"time"
	"unsafe"
)

// Constants of the metrics.
const (
	DurationBuckets = C.KV_DURATION_BUCKETS
	GroupBuckets    = C.KV_GROUP_BUCKETS

	CallGet         = C.KV_CALL_GET
	CallGetMany     = C.KV_CALL_GET_MANY
	CallSet         = C.KV_CALL_SET
	CallDelete      = C.KV_CALL_DELETE
	CallTake        = C.KV_CALL_TAKE
	CallIncrement   = C.KV_CALL_INCREMENT
	CallAppend      = C.KV_CALL_APPEND
	CallExpire      = C.KV_CALL_EXPIRE
	CallScan        = C.KV_CALL_SCAN
	CallCount       = C.KV_CALL_COUNT
	CallDeleteRange = C.KV_CALL_DELETE_RANGE
	CallBatch       = C.KV_CALL_BATCH
	CallTransaction = C.KV_CALL_TRANSACTION
	CallWatch       = C.KV_CALL_WATCH
	CallLock        = C.KV_CALL_LOCK
	CallIdempotency = C.KV_CALL_IDEMPOTENCY
	CallStream      = C.KV_CALL_STREAM
	CallText        = C.KV_CALL_TEXT
	CallNamespace   = C.KV_CALL_NAMESPACE
	CallCopy        = C.KV_CALL_COPY
	CallMaintenance = C.KV_CALL_MAINTENANCE
	CallKinds       = C.KV_CALL_KINDS
)

// Metrics are the figures of a store for monitors.
type Metrics struct {
	Hits              uint64
	Misses            uint64
	CacheHits         uint64
	CacheResets       uint64
	Commits           uint64
	Transactions      uint64
	LargestGroup      uint64
	BusyWaits         uint64
	BusyWait          time.Duration
	LongestBusyWait   time.Duration
	Syncs             uint64
	Sync              time.Duration
	LongestSync       time.Duration
	Checkpoints       uint64
	Checkpoint        time.Duration
	LongestCheckpoint time.Duration
	FailedCheckpoints uint64
	WriteStalls       uint64
	WriteStall        time.Duration
	LongestWriteStall time.Duration
	Purges            uint64
	Purge             time.Duration
	Expirations       uint64
	Evictions         uint64
	Watches           uint64
	Callbacks         uint64
	QueuedEvents      uint64
	LongestQueue      uint64
	WatchLag          time.Duration
	LostEvents        uint64
	OldestSnapshot    time.Duration
	Readers           uint64
	FileBytes         uint64
	WALBytes          uint64
	FreeBytes         uint64
	RowBytes          uint64
	CacheBytes        uint64
	PageBytes         uint64
	EventBytes        uint64
	MaxMemory         uint64
	Connections       uint64
	Connects          uint64
	FailedConnects    uint64
	Retries           uint64
	Redirections      uint64
	Failovers         uint64
	ReadOnly          bool
	Poisoned          bool
	GroupSizes        [9]uint64
}

// GetMetrics returns the figures.
func GetMetrics(store Store) (Metrics, *Failure) {
	var detail C.kv_error
	m := C.kv_metrics{size: C.uint32_t(unsafe.Sizeof(C.kv_metrics{}))}
	if status := C.kv_metrics_get(store.handle, &m, &detail); status != C.KV_OK {
		return Metrics{}, failure(status, &detail)
	}
	figures := Metrics{
		Hits:              uint64(m.hits),
		Misses:            uint64(m.misses),
		CacheHits:         uint64(m.cache_hits),
		CacheResets:       uint64(m.cache_resets),
		Commits:           uint64(m.commits),
		Transactions:      uint64(m.transactions),
		LargestGroup:      uint64(m.largest_group),
		BusyWaits:         uint64(m.busy_waits),
		BusyWait:          time.Duration(m.busy_wait_us) * time.Microsecond,
		LongestBusyWait:   time.Duration(m.longest_busy_wait_us) * time.Microsecond,
		Syncs:             uint64(m.syncs),
		Sync:              time.Duration(m.sync_us) * time.Microsecond,
		LongestSync:       time.Duration(m.longest_sync_us) * time.Microsecond,
		Checkpoints:       uint64(m.checkpoints),
		Checkpoint:        time.Duration(m.checkpoint_us) * time.Microsecond,
		LongestCheckpoint: time.Duration(m.longest_checkpoint_us) * time.Microsecond,
		FailedCheckpoints: uint64(m.failed_checkpoints),
		WriteStalls:       uint64(m.write_stalls),
		WriteStall:        time.Duration(m.write_stall_us) * time.Microsecond,
		LongestWriteStall: time.Duration(m.longest_write_stall_us) * time.Microsecond,
		Purges:            uint64(m.purges),
		Purge:             time.Duration(m.purge_us) * time.Microsecond,
		Expirations:       uint64(m.expirations),
		Evictions:         uint64(m.evictions),
		Watches:           uint64(m.watches),
		Callbacks:         uint64(m.callbacks),
		QueuedEvents:      uint64(m.queued_events),
		LongestQueue:      uint64(m.longest_queue),
		WatchLag:          time.Duration(m.watch_lag_ms) * time.Millisecond,
		LostEvents:        uint64(m.lost_events),
		OldestSnapshot:    time.Duration(m.oldest_snapshot_ms) * time.Millisecond,
		Readers:           uint64(m.readers),
		FileBytes:         uint64(m.file_bytes),
		WALBytes:          uint64(m.wal_bytes),
		FreeBytes:         uint64(m.free_bytes),
		RowBytes:          uint64(m.row_bytes),
		CacheBytes:        uint64(m.cache_bytes),
		PageBytes:         uint64(m.page_bytes),
		EventBytes:        uint64(m.event_bytes),
		MaxMemory:         uint64(m.max_memory),
		Connections:       uint64(m.connections),
		Connects:          uint64(m.connects),
		FailedConnects:    uint64(m.failed_connects),
		Retries:           uint64(m.retries),
		Redirections:      uint64(m.redirections),
		Failovers:         uint64(m.failovers),
		ReadOnly:          m.read_only != 0,
		Poisoned:          m.poisoned != 0,
	}
	for i, count := range m.group_sizes {
		figures.GroupSizes[i] = uint64(count)
	}
	return figures, nil
}

// CallMetrics are the figures of the calls of a kind.
type CallMetrics struct {
	Kind           int32
	Calls, Errors  uint64
	Total, Longest time.Duration
	Buckets        [DurationBuckets]uint64
}

// GetCallMetrics returns the figures of the calls of a kind.
func GetCallMetrics(store Store, kind int32) (CallMetrics, *Failure) {
	var detail C.kv_error
	m := C.kv_call_metrics{size: C.uint32_t(unsafe.Sizeof(C.kv_call_metrics{}))}
	if status := C.kv_call_metrics_get(store.handle, C.int32_t(kind), &m, &detail); status != C.KV_OK {
		return CallMetrics{}, failure(status, &detail)
	}
	figures := CallMetrics{
		Kind:    int32(m.kind),
		Calls:   uint64(m.calls),
		Errors:  uint64(m.errors),
		Total:   time.Duration(m.total_ns),
		Longest: time.Duration(m.longest_ns),
	}
	for i, count := range m.buckets {
		figures.Buckets[i] = uint64(count)
	}
	return figures, nil
}

// MetricsText returns all figures in the format of Prometheus, for [Value.Own].
func MetricsText(store Store, buffer []byte) (Value, *Failure) {
	var text Value
	var detail C.kv_error
	status := C.go_metrics_text(store.handle, slice(buffer), C.size_t(len(buffer)), &text.pinned, &detail)
	return text, failure(status, &detail)
}

// CallName returns the name of a kind of calls.
func CallName(kind int32) string { return C.GoString(C.kv_call_name(C.int32_t(kind))) }
