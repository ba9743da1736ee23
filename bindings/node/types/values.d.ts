/// <reference types="node" />

// The options of calls, and the records that calls return.

/** A group, key, value or name: a string stands for its UTF-8. */
export type Bytes = string | Uint8Array;

/** Milliseconds; null and Infinity are for ever. */
export type Milliseconds = number | bigint | null;

/** The condition of a write: the key is absent, present, or at a version, where 0n is absent. */
export type Condition = 'absent' | 'present' | bigint | number;

export interface TtlOptions {
  /** From the write on; without it the default_ttl of the store. */
  ttlMs?: Milliseconds | undefined;
}

export interface PutOptions extends TtlOptions {
  /** Since 1970, instead of a ttl. */
  expiresAtMs?: Milliseconds | undefined;
  /** A live entry keeps its expiry. */
  keepTtl?: boolean | undefined;
  condition?: Condition | undefined;
  /** `full`: the write survives a loss of power. */
  durability?: 'normal' | 'full' | undefined;
}

export interface ExpireOptions {
  /** Only if the entry has no expiry. */
  nx?: boolean | undefined;
  /** Only if it has one. */
  xx?: boolean | undefined;
  /** Only if the new expiry is later. */
  gt?: boolean | undefined;
  /** Only if it is earlier. */
  lt?: boolean | undefined;
}

export interface ScanOptions {
  /** One of prefix, glob and redisGlob. */
  prefix?: Bytes | undefined;
  /** In the dialect of GLOB in SQLite. */
  glob?: Bytes | undefined;
  /** In the dialect of KEYS in Redis. */
  redisGlob?: Bytes | undefined;
  /** The lowest key, in both directions. */
  from?: Bytes | undefined;
  /** The key above which all are. */
  above?: Bytes | undefined;
  /** The key below which all are. */
  below?: Bytes | undefined;
  /** The highest key. */
  to?: Bytes | undefined;
  reverse?: boolean | undefined;
  /** The largest number of entries; 0 is no limit. */
  limit?: number | bigint | undefined;
  /** The number of entries that are left out first; each is read. */
  offset?: number | bigint | undefined;
  /** One snapshot, or KV_ERR_UNSUPPORTED: for a Redis. */
  snapshot?: boolean | undefined;
}

export interface WatchOptions {
  /** One of group and groupPrefix; any group without them. */
  group?: Bytes | undefined;
  groupPrefix?: Bytes | undefined;
  /** One of key and keyPrefix; any key without them. */
  key?: Bytes | undefined;
  keyPrefix?: Bytes | undefined;
  /** The present entries come first, then an event `synced`. */
  existing?: boolean | undefined;
  /** The changes after a version of the change log. */
  since?: number | bigint | undefined;
  /** The length of the queue, 16 to 16,777,216 events; 1024 without it. */
  capacity?: number | undefined;
}

export interface SignalOptions {
  signal?: AbortSignal | undefined;
}

export interface LockOptions {
  /** The time after which the lock is free by itself. */
  leaseMs: number | bigint;
  /** The wait for another owner; null is without end, and 0, the default, none. */
  waitMs?: number | null | undefined;
  /** A description for others, at most 1,024 bytes. */
  owner?: Bytes | undefined;
}

export interface EntryInfo {
  version: bigint;
  /** Milliseconds since 1970, or null for never. */
  expiresAtMs: number | null;
}

export interface Entry extends EntryInfo {
  value: Buffer;
}

export interface KeyedEntry extends Entry {
  key: Buffer;
}

export interface SizeInfo extends EntryInfo {
  /** The size of the value in bytes. */
  size: number;
}

export interface KeyedSize extends SizeInfo {
  key: Buffer;
}

/** A change, or a notice (`synced`, `lagged`). */
export interface Event {
  type: 'set' | 'setLarge' | 'delete' | 'deleteGroup' | 'expire' | 'synced' | 'lagged';
  group: Buffer;
  /** null for an event without a key. */
  key: Buffer | null;
  /** Of `set`. A value in pieces is read by openReader. */
  value: Buffer | null;
  version: bigint;
  /** The time of the commit; 0 for a notice. */
  timeMs: number;
  /** Of `lagged`: the number of missing events, 0 if it is unknown. */
  lost: number;
  valueSize: number;
}

/** A result of a step of a batch. */
export interface StepResult {
  status: 'ok' | 'notFound' | 'conflict';
  /** Of a get or take; the number of an increment, append or deletePrefix as decimal text. */
  value: Buffer | null;
  /** The version that the step has read or written. */
  version: bigint;
}

export interface Quota {
  /** null for no limit. */
  maxKeys: number | null;
  maxGroups: number | null;
  maxBytes: number | null;
  keys: number;
  groups: number;
  bytes: number;
}

export interface QuotaLimits {
  maxKeys?: number | bigint | null | undefined;
  maxGroups?: number | bigint | null | undefined;
  maxBytes?: number | bigint | null | undefined;
}

export interface Position {
  group: Buffer;
  key: Buffer;
}

export interface CopyState {
  entries: number;
  bytes: number;
  /** Entries whose keys the target has, with `existing: 'keep'`. */
  skipped: number;
  expired: number;
  /** Entries that were written and are gone again. */
  missing: number;
  /** Entries of the source, an estimate. */
  total: number;
  /** The last entry that was dealt with, after which a copy resumes. */
  position: Position | null;
}

export interface CopyOptions {
  existing?: 'overwrite' | 'keep' | 'refuse' | undefined;
  after?: { group: Bytes; key: Bytes } | null | undefined;
  /** Called after each batch; false ends the copy with KV_ERR_CANCELLED. */
  progress?: ((state: CopyState) => unknown) | undefined;
}

export interface BackupOptions {
  /** Called with the pages done and all pages; false ends the call with KV_ERR_CANCELLED. */
  progress?: ((done: number, total: number) => unknown) | undefined;
}

/** The contents of a store or of a namespace. */
export interface Usage {
  entries: number;
  /** Of groups, keys and values. */
  bytes: number;
  /** Those that are not purged yet. */
  expiredEntries: number;
}

/** Figures of a store. A figure that its engine does not have is 0. */
export interface Metrics {
  /** Reads of one key that found an entry. */
  hits: number;
  /** Reads of one key that found no entry. */
  misses: number;
  /** Reads of one key that the entry cache has answered. */
  cacheHits: number;
  /** Times that the entry cache was emptied. */
  cacheResets: number;
  /** Batches with a write that were applied; a single set is one batch. */
  commits: number;
  /** Transactions of the engine for these batches. */
  transactions: number;
  /** The most batches in one transaction. */
  largestGroup: number;
  /** Waits for locks of other processes. */
  busyWaits: number;
  /** The time of these waits, in microseconds. */
  busyWaitUs: number;
  /** The longest of them, in microseconds. */
  longestBusyWaitUs: number;
  /** Commits and logs that were synced to the disk. */
  syncs: number;
  /** The time of these syncs, in microseconds. */
  syncUs: number;
  /** The longest of them, in microseconds. */
  longestSyncUs: number;
  /** Checkpoints of a WAL, or snapshots of a log. */
  checkpoints: number;
  /** The time of these checkpoints, in microseconds. */
  checkpointUs: number;
  /** The longest of them, in microseconds. */
  longestCheckpointUs: number;
  /** Checkpoints that failed. */
  failedCheckpoints: number;
  /** Writes that waited for a checkpoint, or were slowed down by one. */
  writeStalls: number;
  /** The time of these waits, in microseconds. */
  writeStallUs: number;
  /** The longest of them, in microseconds. */
  longestWriteStallUs: number;
  /** Purges in the background that removed entries. */
  purges: number;
  /** The time of these purges, in microseconds. */
  purgeUs: number;
  /** Expired entries that were removed. */
  expirations: number;
  /** Live entries that were removed to make room for others. */
  evictions: number;
  /** Open watches. */
  watches: number;
  /** Registered callbacks. */
  callbacks: number;
  /** Events in the queues of all watches. */
  queuedEvents: number;
  /** Events in the longest of these queues. */
  longestQueue: number;
  /** The age of the oldest event in a queue, in milliseconds. */
  watchLagMs: number;
  /** Events for which a queue had no room. */
  lostEvents: number;
  /** The age of the oldest open snapshot of a cursor or watch, in milliseconds. */
  oldestSnapshotMs: number;
  /** Open connections for reading. */
  readers: number;
  /** The size of the database file, or of the snapshot of a log. */
  fileBytes: number;
  /** The size of the WAL or of the log. */
  walBytes: number;
  /** Bytes of free pages in the database file. */
  freeBytes: number;
  /** Memory of the entries of a store in memory or with a log. */
  rowBytes: number;
  /** Memory of the entry cache. */
  cacheBytes: number;
  /** Memory of the page caches of idle connections. */
  pageBytes: number;
  /** Memory of the events in the queues of watches. */
  eventBytes: number;
  /** The limit of the option max_memory; 0 for none. */
  maxMemory: number;
  /** Open connections to Redis servers. */
  connections: number;
  /** Connections that were made to Redis servers. */
  connects: number;
  /** Connections that could not be made. */
  failedConnects: number;
  /** Calls that were sent to a Redis again. */
  retries: number;
  /** Calls that a node of a cluster sent to another one. */
  redirections: number;
  /** Times that another server became the master of a slot or name. */
  failovers: number;
  /** Whether the store refuses writes because it can only be read. */
  readOnly: boolean;
  /** Whether the store refuses writes after a failure. */
  poisoned: boolean;
  /** Transactions by the number of their batches: 1, 2, up to 4, 8, 16, 32, 64, 128, and more. */
  groupSizes: number[];
}

/** The kinds of calls. */
export type CallKind =
  | 'get'
  | 'getMany'
  | 'set'
  | 'delete'
  | 'take'
  | 'increment'
  | 'append'
  | 'expire'
  | 'scan'
  | 'count'
  | 'deleteRange'
  | 'batch'
  | 'transaction'
  | 'watch'
  | 'lock'
  | 'idempotency'
  | 'stream'
  | 'text'
  | 'namespace'
  | 'copy'
  | 'maintenance';

/** The metrics of the calls of one kind. */
export interface CallMetrics {
  kind: CallKind;
  /** Those that failed included. */
  calls: number;
  errors: number;
  totalNs: number;
  /** Of those that were timed. */
  longestNs: number;
  /** Up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1, 2, 5, 10 s, and longer. */
  buckets: number[];
}

/** Each level has the records of those before it. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** A record of the log. It has no password, key or value. */
export interface LogRecord {
  level: LogLevel;
  /** Such as open, close, connection, slow or checkpoint. */
  topic: string;
  timeMs: number;
  /** The path, or the addresses and the prefix; empty for none. */
  store: string;
  message: string;
}

export interface TraceOptions {
  /** Whether the calls have their keys. */
  keys?: boolean | undefined;
}

/** A call that has ended. */
export interface TracedCall {
  /** 'unknown' for one of a later library. */
  kind: CallKind | 'unknown';
  /** null if the call names none, or one that is not valid. */
  group: Buffer | null;
  /** The same, and null without the option `keys`. */
  key: Buffer | null;
  status: number;
  /** The name of the status, such as 'KV_OK' or 'KV_NOT_FOUND'. */
  code: string;
  beganAtMs: number;
  durationNs: number;
  /** The calls that were dropped before this one, because the event loop was too slow. */
  lost: number;
}

export interface Statistics {
  format: number;
  hits: number;
  misses: number;
  commits: number;
  transactions: number;
  expirations: number;
  fileBytes: number;
  walBytes: number;
  checkpoints: number;
  readers: number;
  /** null without SQLite. */
  sqliteVersion: string | null;
  evictions: number;
  maxBytes: number;
  maxEntries: number;
  readOnly: boolean;
  writeErrno: number;
  oldestSnapshotMs: number;
  writeStalls: number;
  writeStallUs: number;
  longestWriteStallUs: number;
  cacheHits: number;
  cacheResets: number;
}

export interface LockHolder {
  owner: Buffer;
  /** The end of the lease. */
  expiresAtMs: number;
}

export interface IdempotencyRecord {
  state: 'started' | 'inProgress' | 'completed' | 'mismatch';
  /** Of the caller that runs the operation, else null. */
  token: bigint | null;
  response: Buffer | null;
}

/** Entries of any iterable of pairs, a Map, or a plain object. */
export type Pairs<V = Bytes> = Iterable<readonly [Bytes, V]> | { readonly [key: string]: V };

// The methods of an object as those of its `async`.
export type Later<T, K extends keyof T> = {
  [N in K]: T[N] extends (...given: infer A) => infer R ? (...given: A) => Promise<R> : never;
};
