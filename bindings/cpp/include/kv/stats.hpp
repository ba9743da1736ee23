// Statistics of a store.
#ifndef KV_STATS_HPP
#define KV_STATS_HPP

#include <kv.h>

#include <cstdint>
#include <string>

namespace kv {

/// Statistics of a store. Counters begin at 0 when the engine opens, and are shared by all stores on
/// one file.
struct stats {
    std::uint64_t hits = 0;             ///< reads of one key that found it
    std::uint64_t misses = 0;           ///< reads of one key that did not
    std::uint64_t commits = 0;          ///< batches with a write that were applied; a set is one
    std::uint64_t transactions = 0;     ///< of the engine; fewer than commits by group commit
    std::uint64_t expirations = 0;      ///< expired entries purged
    std::uint32_t format = 0;           ///< of the database file, 0 in memory
    std::uint64_t file_bytes = 0;       ///< of the database file, 0 in memory
    std::uint64_t wal_bytes = 0;        ///< of the write-ahead log, 0 in memory
    std::uint64_t checkpoints = 0;      ///< moves of the log into the file
    std::uint64_t readers = 0;          ///< read connections open
    std::string sqlite_version;         ///< of the SQLite in use
    std::uint64_t evictions = 0;        ///< live entries removed to make room for others
    std::uint64_t max_bytes = 0;        ///< bytes that the store may hold, 0 for no limit
    std::uint64_t max_entries = 0;      ///< entries that the store may hold, 0 for no limit
    bool read_only = false;             ///< whether writes are errc::read_only
    int write_errno = 0;                ///< of the system that denies writing, if that is the reason
    std::uint64_t oldest_snapshot_ms = 0; ///< age of the oldest snapshot, those of cursors and watches too
    std::uint64_t write_stalls = 0;           ///< writes that a checkpoint delayed
    std::uint64_t write_stall_us = 0;         ///< microseconds of all these delays
    std::uint64_t longest_write_stall_us = 0; ///< microseconds of the longest of them
    std::uint64_t cache_hits = 0;             ///< reads that the entry cache has answered
    std::uint64_t cache_resets = 0;           ///< times that it was emptied
};

namespace detail {

inline stats stats_from(const kv_stats &native) {
    stats figures;
    figures.hits = native.hits;
    figures.misses = native.misses;
    figures.commits = native.commits;
    figures.transactions = native.transactions;
    figures.expirations = native.expirations;
    figures.format = native.format;
    figures.file_bytes = native.file_bytes;
    figures.wal_bytes = native.wal_bytes;
    figures.checkpoints = native.checkpoints;
    figures.readers = native.readers;
    figures.sqlite_version = native.sqlite_version;
    figures.evictions = native.evictions;
    figures.max_bytes = native.max_bytes;
    figures.max_entries = native.max_entries;
    figures.read_only = native.read_only != 0;
    figures.write_errno = native.write_errno;
    figures.oldest_snapshot_ms = native.oldest_snapshot_ms;
    figures.write_stalls = native.write_stalls;
    figures.write_stall_us = native.write_stall_us;
    figures.longest_write_stall_us = native.longest_write_stall_us;
    figures.cache_hits = native.cache_hits;
    figures.cache_resets = native.cache_resets;
    return figures;
}

}  // namespace detail
}  // namespace kv

#endif
