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

export interface Statistics {
  format: number;
  entries: number;
  bytes: number;
  expiredEntries: number;
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
