package capi

// #cgo noescape kv_stats_get
// #cgo nocallback kv_stats_get
// #cgo noescape kv_usage_get
// #cgo nocallback kv_usage_get
// #cgo noescape kv_check
// #cgo nocallback kv_check
// #include "shim.h"
import "C"

import (
	"time"
	"unsafe"
)

// Statistics are the figures of a moment.
type Statistics struct {
	Hits           uint64
	Misses         uint64
	Commits        uint64
	Transactions   uint64
	Expirations    uint64
	Format         uint32
	FileBytes      uint64
	WALBytes       uint64
	Checkpoints    uint64
	Readers        uint64
	SQLiteVersion  string
	Evictions      uint64
	MaxBytes       uint64
	MaxEntries     uint64
	ReadOnly       bool
	WriteErrno     int
	OldestSnapshot time.Duration

	WriteStalls       uint64
	WriteStall        time.Duration
	LongestWriteStall time.Duration

	CacheHits   uint64
	CacheResets uint64
}

// Stats returns the figures.
func Stats(store Store) (Statistics, *Failure) {
	var detail C.kv_error
	figures := C.kv_stats{size: C.uint32_t(unsafe.Sizeof(C.kv_stats{}))}
	if status := C.kv_stats_get(store.handle, &figures, &detail); status != C.KV_OK {
		return Statistics{}, failure(status, &detail)
	}
	return Statistics{
		Hits:           uint64(figures.hits),
		Misses:         uint64(figures.misses),
		Commits:        uint64(figures.commits),
		Transactions:   uint64(figures.transactions),
		Expirations:    uint64(figures.expirations),
		Format:         uint32(figures.format),
		FileBytes:      uint64(figures.file_bytes),
		WALBytes:       uint64(figures.wal_bytes),
		Checkpoints:    uint64(figures.checkpoints),
		Readers:        uint64(figures.readers),
		SQLiteVersion:  C.GoString(&figures.sqlite_version[0]),
		Evictions:      uint64(figures.evictions),
		MaxBytes:       uint64(figures.max_bytes),
		MaxEntries:     uint64(figures.max_entries),
		ReadOnly:       figures.read_only != 0,
		WriteErrno:     int(figures.write_errno),
		OldestSnapshot: time.Duration(figures.oldest_snapshot_ms) * time.Millisecond,

		WriteStalls:       uint64(figures.write_stalls),
		WriteStall:        time.Duration(figures.write_stall_us) * time.Microsecond,
		LongestWriteStall: time.Duration(figures.longest_write_stall_us) * time.Microsecond,

		CacheHits:   uint64(figures.cache_hits),
		CacheResets: uint64(figures.cache_resets),
	}, nil
}

// Usage is what a store contains.
type Usage struct{ Entries, Bytes, ExpiredEntries uint64 }

// GetUsage counts the entries.
func GetUsage(store Store) (Usage, *Failure) {
	var detail C.kv_error
	usage := C.kv_usage{size: C.uint32_t(unsafe.Sizeof(C.kv_usage{}))}
	if status := C.kv_usage_get(store.handle, &usage, &detail); status != C.KV_OK {
		return Usage{}, failure(status, &detail)
	}
	return Usage{
		Entries:        uint64(usage.entries),
		Bytes:          uint64(usage.bytes),
		ExpiredEntries: uint64(usage.expired_entries),
	}, nil
}

// Compact returns unused space to the file system.
func Compact(store Store) *Failure {
	var detail C.kv_error
	return failure(C.kv_compact(store.handle, &detail), &detail)
}

// Check verifies the file.
func Check(store Store) *Failure {
	var detail C.kv_error
	return failure(C.kv_check(store.handle, &detail), &detail)
}

// Flush makes writes durable.
func Flush(store Store) *Failure {
	var detail C.kv_error
	return failure(C.kv_flush(store.handle, &detail), &detail)
}
