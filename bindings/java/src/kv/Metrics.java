package kv;

import java.util.List;

/**
 * Figures of a store for monitors, all but those of its calls. Counters begin at 0 when the engine
 * opens, and are shared by all stores on one file in the process. A figure that the engine does
 * not have is 0.
 *
 * @param hits reads of one key that found an entry
 * @param misses reads of one key that found no entry
 * @param cacheHits reads of one key that the entry cache has answered
 * @param cacheResets times that the entry cache was emptied
 * @param commits batches with a write that were applied; a single set is one batch
 * @param transactions transactions of the engine for these batches
 * @param largestGroup the most batches in one transaction
 * @param busyWaits waits for locks of other processes
 * @param busyWaitUs the time of these waits, in microseconds
 * @param longestBusyWaitUs the longest of these waits, in microseconds
 * @param syncs commits and logs that were synced to the disk
 * @param syncUs the time of these syncs, in microseconds
 * @param longestSyncUs the longest of these syncs, in microseconds
 * @param checkpoints checkpoints of a WAL, or snapshots of a log
 * @param checkpointUs the time of these checkpoints, in microseconds
 * @param longestCheckpointUs the longest of these checkpoints, in microseconds
 * @param failedCheckpoints checkpoints that failed
 * @param writeStalls writes that waited for a checkpoint, or were slowed down by one
 * @param writeStallUs the time of these waits, in microseconds
 * @param longestWriteStallUs the longest of these waits, in microseconds
 * @param purges purges in the background that removed entries
 * @param purgeUs the time of these purges, in microseconds
 * @param expirations expired entries that were removed
 * @param evictions live entries that were removed to make room for others
 * @param watches open watches
 * @param callbacks registered callbacks
 * @param queuedEvents events in the queues of all watches
 * @param longestQueue events in the longest of these queues
 * @param watchLagMs the age of the oldest event in a queue, in milliseconds
 * @param lostEvents events for which a queue had no room
 * @param oldestSnapshotMs the age of the oldest open snapshot of a cursor or watch, in
 *     milliseconds
 * @param readers open connections for reading
 * @param fileBytes the size of the database file, or of the snapshot of a log
 * @param walBytes the size of the WAL or of the log
 * @param freeBytes bytes of free pages in the database file
 * @param rowBytes memory of the entries of a store in memory or with a log
 * @param cacheBytes memory of the entry cache
 * @param pageBytes memory of the page caches of idle connections
 * @param eventBytes memory of the events in the queues of watches
 * @param maxMemory the limit of the option max_memory; 0 for none
 * @param connections open connections to Redis servers
 * @param connects connections that were made to Redis servers
 * @param failedConnects connections that could not be made
 * @param retries calls that were sent to a Redis again
 * @param redirections calls that a node of a cluster sent to another one
 * @param failovers times that another server became the master of a slot or name
 * @param isReadOnly whether the store refuses writes because it can only be read
 * @param isPoisoned whether the store refuses writes after a failure
 * @param groupSizes transactions by the number of their batches: 1, 2, up to 4, 8, 16, 32, 64,
 *     128, and more
 */
public record Metrics(long hits, long misses, long cacheHits, long cacheResets, long commits, long transactions,
        long largestGroup, long busyWaits, long busyWaitUs, long longestBusyWaitUs, long syncs, long syncUs,
        long longestSyncUs, long checkpoints, long checkpointUs, long longestCheckpointUs, long failedCheckpoints,
        long writeStalls, long writeStallUs, long longestWriteStallUs, long purges, long purgeUs, long expirations,
        long evictions, long watches, long callbacks, long queuedEvents, long longestQueue, long watchLagMs,
        long lostEvents, long oldestSnapshotMs, long readers, long fileBytes, long walBytes, long freeBytes,
        long rowBytes, long cacheBytes, long pageBytes, long eventBytes, long maxMemory, long connections,
        long connects, long failedConnects, long retries, long redirections, long failovers, boolean isReadOnly,
        boolean isPoisoned, List<Long> groupSizes) {}
