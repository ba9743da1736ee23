package kv;

/**
 * Statistics of a store, which are known without reading its entries. Counters begin at 0 when the
 * engine opens, and are shared by all stores on one file in the process.
 *
 * @param hits reads of one key that found an entry
 * @param misses reads of one key that found none
 * @param commits batches with a write that were applied
 * @param transactions transactions of the engine for these batches
 * @param expirations expired entries that were purged
 * @param evictions entries that were evicted to make room for others
 * @param fileBytes the size of the database file; 0 without a file
 * @param walBytes the size of the WAL; 0 without a file
 * @param oldestSnapshotMs how long the oldest snapshot of a cursor or watch has been open; 0
 *     without one
 * @param isReadOnly whether the store can only be read
 */
public record Stats(long hits, long misses, long commits, long transactions, long expirations, long evictions,
        long fileBytes, long walBytes, long oldestSnapshotMs, boolean isReadOnly) {}
