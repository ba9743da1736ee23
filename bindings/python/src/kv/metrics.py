"""Metrics: the figures of a store and of the calls on it, for monitors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from . import _abi
from .library import functions


class CallKind(IntEnum):
    """The kinds of calls, by their numbers in kv.h. The calls of kv.aio count as those of kv."""

    #: Reads of one key: get, get_str, get_entry, get_into, info, exists, ttl.
    GET = _abi.KV_CALL_GET
    #: Reads of many keys: get_many.
    GET_MANY = _abi.KV_CALL_GET_MANY
    #: Writes of one key: set, put.
    SET = _abi.KV_CALL_SET
    #: delete and delete_version.
    DELETE = _abi.KV_CALL_DELETE
    #: take.
    TAKE = _abi.KV_CALL_TAKE
    #: increment.
    INCREMENT = _abi.KV_CALL_INCREMENT
    #: append.
    APPEND = _abi.KV_CALL_APPEND
    #: expire and persist.
    EXPIRE = _abi.KV_CALL_EXPIRE
    #: scan, keys, sizes, groups and snapshot, when they begin.
    SCAN = _abi.KV_CALL_SCAN
    #: count and count_all.
    COUNT = _abi.KV_CALL_COUNT
    #: delete_group, delete_prefix, delete_all and purge_expired.
    DELETE_RANGE = _abi.KV_CALL_DELETE_RANGE
    #: Commits of batches, also those of set_many and delete_many.
    BATCH = _abi.KV_CALL_BATCH
    #: Commits of transactions.
    TRANSACTION = _abi.KV_CALL_TRANSACTION
    #: watch, on_change, and the change log.
    WATCH = _abi.KV_CALL_WATCH
    #: Calls on locks, with their waits.
    LOCK = _abi.KV_CALL_LOCK
    #: Calls on idempotency records.
    IDEMPOTENCY = _abi.KV_CALL_IDEMPOTENCY
    #: open_reader, open_writer, and the commits of writers.
    STREAM = _abi.KV_CALL_STREAM
    #: Calls on JSON, parts of values and templates.
    TEXT = _abi.KV_CALL_TEXT
    #: scope and quotas.
    NAMESPACE = _abi.KV_CALL_NAMESPACE
    #: copy.
    COPY = _abi.KV_CALL_COPY
    #: stats, usage, backup, restore, compact, check, flush, and the calls for metrics.
    MAINTENANCE = _abi.KV_CALL_MAINTENANCE


@dataclass(frozen=True)
class Metrics:
    """The figures of a store at one moment; one that its engine does not have is 0.

    Counters begin at 0 when the engine opens, and are shared by all handles on one file in the
    process.
    """

    #: The upper bounds of `group_sizes`, whose last number has none.
    GROUP_BOUNDS: ClassVar[tuple[int, ...]] = (1, 2, 4, 8, 16, 32, 64, 128)

    #: Reads of one key that found an entry.
    hits: int
    #: Reads of one key that found no entry.
    misses: int
    #: Reads of one key that the entry cache has answered.
    cache_hits: int
    #: Times that the entry cache was emptied.
    cache_resets: int
    #: Batches with a write that were applied; a single set is one batch.
    commits: int
    #: Transactions of the engine for these batches.
    transactions: int
    #: The most batches in one transaction.
    largest_group: int
    #: Waits for locks of other processes.
    busy_waits: int
    #: The time of these waits, in microseconds.
    busy_wait_us: int
    #: The longest of them, in microseconds.
    longest_busy_wait_us: int
    #: Commits and logs that were synced to the disk.
    syncs: int
    #: The time of these syncs, in microseconds.
    sync_us: int
    #: The longest of them, in microseconds.
    longest_sync_us: int
    #: Checkpoints of a WAL, or snapshots of a log.
    checkpoints: int
    #: The time of these checkpoints, in microseconds.
    checkpoint_us: int
    #: The longest of them, in microseconds.
    longest_checkpoint_us: int
    #: Checkpoints that failed.
    failed_checkpoints: int
    #: Writes that waited for a checkpoint, or were slowed down by one.
    write_stalls: int
    #: The time of these waits, in microseconds.
    write_stall_us: int
    #: The longest of them, in microseconds.
    longest_write_stall_us: int
    #: Purges in the background that removed entries.
    purges: int
    #: The time of these purges, in microseconds.
    purge_us: int
    #: Expired entries that were removed.
    expirations: int
    #: Live entries that were removed to make room for others.
    evictions: int
    #: Open watches.
    watches: int
    #: Registered callbacks.
    callbacks: int
    #: Events in the queues of all watches.
    queued_events: int
    #: Events in the longest of these queues.
    longest_queue: int
    #: The age of the oldest event in a queue, in milliseconds.
    watch_lag_ms: int
    #: Events for which a queue had no room.
    lost_events: int
    #: The age of the oldest open snapshot of a cursor or watch, in milliseconds.
    oldest_snapshot_ms: int
    #: Open connections for reading.
    readers: int
    #: The size of the database file, or of the snapshot of a log.
    file_bytes: int
    #: The size of the WAL or of the log.
    wal_bytes: int
    #: Bytes of free pages in the database file.
    free_bytes: int
    #: Memory of the entries of a store in memory or with a log.
    row_bytes: int
    #: Memory of the entry cache.
    cache_bytes: int
    #: Memory of the page caches of idle connections.
    page_bytes: int
    #: Memory of the events in the queues of watches.
    event_bytes: int
    #: The limit of the option max_memory; 0 for none.
    max_memory: int
    #: Open connections to Redis servers.
    connections: int
    #: Connections that were made to Redis servers.
    connects: int
    #: Connections that could not be made.
    failed_connects: int
    #: Calls that were sent to a Redis again.
    retries: int
    #: Calls that a node of a cluster sent to another one.
    redirections: int
    #: Times that another server became the master of a slot or name.
    failovers: int
    #: Whether the store refuses writes because it can only be read.
    read_only: bool
    #: Whether the store refuses writes after a failure.
    poisoned: bool
    #: Transactions by the number of their batches: those up to each of GROUP_BOUNDS, and above.
    group_sizes: tuple[int, ...]


@dataclass(frozen=True)
class CallMetrics:
    """The figures of the calls of one kind on a store.

    They begin at 0 when the engine opens, and are shared by all handles on one file in the process.
    Of the calls that read one key, one in 64 is timed and counted 64 times; so are those that write
    one key of a store in memory. All others are timed.
    """

    #: The upper bounds of `buckets` in nanoseconds; the last bucket has none.
    BOUNDS_NS: ClassVar[tuple[int, ...]] = tuple(
        digit * 10**exponent for exponent in range(2, 11) for digit in (1, 2, 5)
    )[:25]

    kind: CallKind
    #: The calls, those that failed included.
    calls: int
    #: The calls that raised an error.
    errors: int
    #: The duration of all calls, in nanoseconds.
    total_ns: int
    #: The duration of the longest call that was timed, in nanoseconds.
    longest_ns: int
    #: The calls by their duration: those up to each of BOUNDS_NS, and longer ones.
    buckets: tuple[int, ...]


def call_name(kind: int) -> str:
    """Returns the name of a kind of calls, such as "get"; "unknown" for any other number."""
    return functions.kv_call_name(kind).decode()
