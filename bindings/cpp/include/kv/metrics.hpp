// The metrics of a store, for monitors.
#ifndef KV_METRICS_HPP
#define KV_METRICS_HPP

#include <kv.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace kv {

/// The metrics of a store, all but those of its calls. Counters begin at 0 when the engine opens,
/// and are shared by all stores on one file in the process. A figure that the engine does not have
/// is 0.
struct metrics {
    std::uint64_t hits = 0;                   ///< reads of one key that found an entry
    std::uint64_t misses = 0;                 ///< reads of one key that found no entry
    std::uint64_t cache_hits = 0;             ///< reads of one key that the entry cache has answered
    std::uint64_t cache_resets = 0;           ///< times that the entry cache was emptied
    std::uint64_t commits = 0;                ///< batches with a write that were applied; a set is one
    std::uint64_t transactions = 0;           ///< transactions of the engine for these batches
    std::uint64_t largest_group = 0;          ///< the most batches in one transaction
    std::uint64_t busy_waits = 0;             ///< waits for locks of other processes
    std::uint64_t busy_wait_us = 0;           ///< microseconds of these waits
    std::uint64_t longest_busy_wait_us = 0;   ///< microseconds of the longest of them
    std::uint64_t syncs = 0;                  ///< commits and logs that were synced to the disk
    std::uint64_t sync_us = 0;                ///< microseconds of these syncs
    std::uint64_t longest_sync_us = 0;        ///< microseconds of the longest of them
    std::uint64_t checkpoints = 0;            ///< checkpoints of a WAL, or snapshots of a log
    std::uint64_t checkpoint_us = 0;          ///< microseconds of these checkpoints
    std::uint64_t longest_checkpoint_us = 0;  ///< microseconds of the longest of them
    std::uint64_t failed_checkpoints = 0;     ///< checkpoints that failed
    std::uint64_t write_stalls = 0;           ///< writes that a checkpoint delayed
    std::uint64_t write_stall_us = 0;         ///< microseconds of these waits
    std::uint64_t longest_write_stall_us = 0; ///< microseconds of the longest of them
    std::uint64_t purges = 0;                 ///< purges in the background that removed entries
    std::uint64_t purge_us = 0;               ///< microseconds of these purges
    std::uint64_t expirations = 0;            ///< expired entries that were removed
    std::uint64_t evictions = 0;              ///< live entries that were removed to make room for others
    std::uint64_t watches = 0;                ///< open watches
    std::uint64_t callbacks = 0;              ///< registered callbacks
    std::uint64_t queued_events = 0;          ///< events in the queues of all watches
    std::uint64_t longest_queue = 0;          ///< events in the longest of these queues
    std::uint64_t watch_lag_ms = 0;           ///< milliseconds of age of the oldest event in a queue
    std::uint64_t lost_events = 0;            ///< events for which a queue had no room
    std::uint64_t oldest_snapshot_ms = 0;     ///< milliseconds of age of the oldest snapshot
    std::uint64_t readers = 0;                ///< open connections for reading
    std::uint64_t file_bytes = 0;             ///< of the database file, or of the snapshot of a log
    std::uint64_t wal_bytes = 0;              ///< of the WAL, or of the log
    std::uint64_t free_bytes = 0;             ///< of free pages in the database file
    std::uint64_t row_bytes = 0;              ///< of memory for the entries in memory or with a log
    std::uint64_t cache_bytes = 0;            ///< of memory for the entry cache
    std::uint64_t page_bytes = 0;             ///< of memory for the page caches of idle connections
    std::uint64_t event_bytes = 0;            ///< of memory for the events in queues
    std::uint64_t max_memory = 0;             ///< the limit of the option max_memory; 0 for none
    std::uint64_t connections = 0;            ///< open connections to Redis servers
    std::uint64_t connects = 0;               ///< connections that were made to Redis servers
    std::uint64_t failed_connects = 0;        ///< connections that could not be made
    std::uint64_t retries = 0;                ///< calls that were sent to a Redis again
    std::uint64_t redirections = 0;           ///< calls that a node sent to another one
    std::uint64_t failovers = 0;              ///< times that another server became a master
    bool read_only = false;                   ///< whether writes fail because it can only be read
    bool poisoned = false;                    ///< whether writes fail after a failure
    /// Transactions by the number of their batches: 1, 2, up to 4, 8, 16, 32, 64, 128, and more.
    std::array<std::uint64_t, KV_GROUP_BUCKETS> group_sizes{};
};

namespace detail {

inline metrics metrics_from(const kv_metrics &native) {
    kv::metrics metrics;
    metrics.hits = native.hits;
    metrics.misses = native.misses;
    metrics.cache_hits = native.cache_hits;
    metrics.cache_resets = native.cache_resets;
    metrics.commits = native.commits;
    metrics.transactions = native.transactions;
    metrics.largest_group = native.largest_group;
    metrics.busy_waits = native.busy_waits;
    metrics.busy_wait_us = native.busy_wait_us;
    metrics.longest_busy_wait_us = native.longest_busy_wait_us;
    metrics.syncs = native.syncs;
    metrics.sync_us = native.sync_us;
    metrics.longest_sync_us = native.longest_sync_us;
    metrics.checkpoints = native.checkpoints;
    metrics.checkpoint_us = native.checkpoint_us;
    metrics.longest_checkpoint_us = native.longest_checkpoint_us;
    metrics.failed_checkpoints = native.failed_checkpoints;
    metrics.write_stalls = native.write_stalls;
    metrics.write_stall_us = native.write_stall_us;
    metrics.longest_write_stall_us = native.longest_write_stall_us;
    metrics.purges = native.purges;
    metrics.purge_us = native.purge_us;
    metrics.expirations = native.expirations;
    metrics.evictions = native.evictions;
    metrics.watches = native.watches;
    metrics.callbacks = native.callbacks;
    metrics.queued_events = native.queued_events;
    metrics.longest_queue = native.longest_queue;
    metrics.watch_lag_ms = native.watch_lag_ms;
    metrics.lost_events = native.lost_events;
    metrics.oldest_snapshot_ms = native.oldest_snapshot_ms;
    metrics.readers = native.readers;
    metrics.file_bytes = native.file_bytes;
    metrics.wal_bytes = native.wal_bytes;
    metrics.free_bytes = native.free_bytes;
    metrics.row_bytes = native.row_bytes;
    metrics.cache_bytes = native.cache_bytes;
    metrics.page_bytes = native.page_bytes;
    metrics.event_bytes = native.event_bytes;
    metrics.max_memory = native.max_memory;
    metrics.connections = native.connections;
    metrics.connects = native.connects;
    metrics.failed_connects = native.failed_connects;
    metrics.retries = native.retries;
    metrics.redirections = native.redirections;
    metrics.failovers = native.failovers;
    metrics.read_only = native.read_only != 0;
    metrics.poisoned = native.poisoned != 0;
    std::copy_n(native.group_sizes, metrics.group_sizes.size(), metrics.group_sizes.begin());
    return metrics;
}

}  // namespace detail
}  // namespace kv

#endif
