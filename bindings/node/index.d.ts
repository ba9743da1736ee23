/// <reference types="node" />

// kv: a key-value store in one file on disk, in memory, or in a Redis.
//
// The README says what the calls do. A call of `async` returns a promise of the same.

import { Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream';

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
type Later<T, K extends keyof T> = {
  [N in K]: T[N] extends (...given: infer A) => infer R ? (...given: A) => Promise<R> : never;
};

/** A call that failed, or a write whose condition does not hold. */
export class KvError extends Error {
  constructor(status: number, message?: string, more?: object);
  readonly name: 'KvError';
  /** The number of the status. */
  readonly status: number;
  /** Its name in kv.h, such as 'KV_ERR_BUSY' or 'KV_CONFLICT'. */
  readonly code: string;
  /** The error number of the operating system, or 0. */
  readonly osError: number;
  /** The group and key of a call that has them. */
  readonly group?: Bytes;
  readonly key?: Bytes;
  /** Of a conflict: the version of the key, 0n if it is absent. */
  readonly version?: bigint;
  /** Of a batch: the index of the step whose condition does not hold. */
  readonly step?: number;
  /** Of a copy: the state in which it has ended. */
  readonly state?: CopyState;
}

/** The library cannot be found, or has another interface. */
export class LibraryError extends Error {
  readonly name: 'LibraryError';
  readonly code: 'KV_LIBRARY';
}

/** A value of a typed store that is there and cannot be decoded; `cause` says why. */
export class DecodeError extends Error {
  readonly name: 'DecodeError';
  readonly code: 'KV_DECODE';
  readonly group: Bytes;
  readonly key: Bytes;
  readonly cause: Error;
}

/** A scan, which is iterated once: by `for`, or by `for await` while the event loop goes on. */
export class Cursor<T> implements Iterable<T>, AsyncIterable<T> {
  private constructor();
  toArray(): T[];
  isSnapshot(): boolean;
  close(): void;
  readonly async: Later<Cursor<T>, 'toArray' | 'isSnapshot' | 'close'>;
  [Symbol.iterator](): IterableIterator<T>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A scan of the change log. It ends where no further change is yet. */
export class Changes implements Iterable<Event>, AsyncIterable<Event> {
  private constructor();
  close(): void;
  [Symbol.iterator](): IterableIterator<Event>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Event>;
  [Symbol.dispose](): void;
}

/** A queue of events. `for await` iterates until the watch or its store is closed. */
export class Watch implements AsyncIterable<Event> {
  private constructor();
  readonly fd: number;
  readonly isClosed: boolean;
  /** The next event, or null after `timeoutMs`, 0 by default, in this thread. */
  poll(timeoutMs?: number | null): Event | null;
  /** The events that are queued. */
  fill(): Event[];
  close(): void;
  /** Like the iteration of the watch, and ended by a signal, whose reason is thrown. */
  iterate(options?: SignalOptions): AsyncIterableIterator<Event>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Event>;
  readonly async: {
    poll(timeoutMs?: number | null, options?: SignalOptions): Promise<Event | null>;
    close(): Promise<void>;
  };
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A callback for changes, until it is closed. */
export class Subscription {
  private constructor();
  readonly isClosed: boolean;
  close(): void;
  [Symbol.dispose](): void;
}

/** A list of steps that are applied together, or not at all. */
export class Batch {
  private constructor();
  readonly length: number;
  check(group: Bytes, key: Bytes, version: bigint | number): this;
  checkLock(lock: Lock): this;
  get(group: Bytes, key: Bytes): this;
  set(group: Bytes, key: Bytes, value: Bytes, options?: PutOptions): this;
  delete(group: Bytes, key: Bytes): this;
  take(group: Bytes, key: Bytes): this;
  increment(group: Bytes, key: Bytes, delta?: bigint | number, options?: TtlOptions): this;
  append(group: Bytes, key: Bytes, value: Bytes, options?: TtlOptions): this;
  expire(group: Bytes, key: Bytes, ttlMs?: Milliseconds, options?: ExpireOptions): this;
  deletePrefix(group: Bytes, prefix: Bytes): this;
  clear(): this;
  /** Applies the steps to its store, or to another one, and returns a result for each. */
  commit(store?: Store): StepResult[];
  readonly async: Later<Batch, 'commit'>;
}

interface Scans {
  scan(group: Bytes, options?: ScanOptions): Cursor<KeyedEntry>;
  keys(group: Bytes, options?: ScanOptions): Cursor<Buffer>;
  sizes(group: Bytes, options?: ScanOptions): Cursor<KeyedSize>;
}

interface TransactionCalls {
  get(group: Bytes, key: Bytes): Buffer | null;
  getString(group: Bytes, key: Bytes): string | null;
  getEntry(group: Bytes, key: Bytes): Entry | null;
  has(group: Bytes, key: Bytes): boolean;
  ttl(group: Bytes, key: Bytes): number | null | undefined;
  set(group: Bytes, key: Bytes, value: Bytes, options?: PutOptions): void;
  delete(group: Bytes, key: Bytes): boolean;
  increment(group: Bytes, key: Bytes, delta?: bigint | number, options?: TtlOptions): bigint;
  append(group: Bytes, key: Bytes, value: Bytes, options?: TtlOptions): number;
  expire(group: Bytes, key: Bytes, ttlMs?: Milliseconds, options?: ExpireOptions): boolean;
  commit(): void;
  abort(): void;
}

export interface AsyncTransaction extends Later<TransactionCalls, keyof TransactionCalls>, Scans {}

/** Reads and buffered writes that are committed together, if all that was read is unchanged. */
export class Transaction implements TransactionCalls, Scans {
  private constructor();
  readonly isClosed: boolean;
  readonly async: AsyncTransaction;
  get(group: Bytes, key: Bytes): Buffer | null;
  getString(group: Bytes, key: Bytes): string | null;
  getEntry(group: Bytes, key: Bytes): Entry | null;
  has(group: Bytes, key: Bytes): boolean;
  ttl(group: Bytes, key: Bytes): number | null | undefined;
  set(group: Bytes, key: Bytes, value: Bytes, options?: PutOptions): void;
  delete(group: Bytes, key: Bytes): boolean;
  increment(group: Bytes, key: Bytes, delta?: bigint | number, options?: TtlOptions): bigint;
  append(group: Bytes, key: Bytes, value: Bytes, options?: TtlOptions): number;
  expire(group: Bytes, key: Bytes, ttlMs?: Milliseconds, options?: ExpireOptions): boolean;
  commit(): void;
  abort(): void;
  scan(group: Bytes, options?: ScanOptions): Cursor<KeyedEntry>;
  keys(group: Bytes, options?: ScanOptions): Cursor<Buffer>;
  sizes(group: Bytes, options?: ScanOptions): Cursor<KeyedSize>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A lock that was acquired, or one that another process has passed on. */
export class Lock {
  constructor(store: Store, name: Bytes, grant: { token: bigint; version: bigint });
  readonly name: Bytes;
  /** The fencing token: higher than those of all locks acquired before. */
  readonly token: bigint;
  readonly version: bigint;
  readonly hasEnded: boolean;
  renew(leaseMs: number | bigint): void;
  release(): void;
  /** The end of a `using`: a release, unless the lock was released. */
  dispose(): void;
  readonly async: Later<Lock, 'renew' | 'release' | 'dispose'>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A value that is read at any offset, as it was when the reader was opened. */
export class Reader {
  private constructor();
  readonly size: number;
  readonly version: bigint;
  readonly expiresAtMs: number | null;
  readonly isClosed: boolean;
  read(offset?: number | bigint, length?: number): Buffer;
  readInto(buffer: Uint8Array, offset?: number | bigint): number;
  close(): void;
  readonly async: Later<Reader, 'read' | 'readInto' | 'close'>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A value that is written in pieces, and seen after its commit. */
export class Writer {
  private constructor();
  readonly isClosed: boolean;
  write(data: Bytes): void;
  size(): number;
  commit(): bigint;
  abort(): void;
  readonly async: Later<Writer, 'write' | 'size' | 'commit' | 'abort'>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ReadStreamOptions extends ReadableOptions {
  /** The first byte. */
  start?: number;
  /** The last byte, included. */
  end?: number;
}

export interface WriteStreamOptions extends PutOptions, Pick<WritableOptions, 'highWaterMark'> {}

export class ReadStream extends Readable {
  constructor(store: Store, group: Bytes, key: Bytes, options?: ReadStreamOptions);
}

/** Its end commits the value, before 'finish'. */
export class WriteStream extends Writable {
  constructor(store: Store, group: Bytes, key: Bytes, options?: WriteStreamOptions);
  /** The version that was written, null before. */
  readonly version: bigint | null;
}

export interface Text {
  split(group: Bytes, key: Bytes, separator: Bytes): Cursor<Buffer>;
  fields(group: Bytes, key: Bytes): Cursor<Buffer>;
  render(group: Bytes, template: string): string;
  readonly async: Later<Text, 'render'>;
}

/** JSON texts, which are stored and returned as they were written. */
export interface Json {
  set(group: Bytes, key: Bytes, value: Bytes): void;
  get(group: Bytes, key: Bytes, pointer?: string): string | null;
  readonly async: Later<Json, 'set' | 'get'>;
}

export interface Idempotency {
  begin(key: Bytes, request: Bytes, options: { ttlMs: Milliseconds }): IdempotencyRecord;
  complete(key: Bytes, token: bigint | number, response: Bytes): void;
  get(key: Bytes): Omit<IdempotencyRecord, 'token'> | null;
  forget(key: Bytes, token?: bigint | number): boolean;
  readonly async: Later<Idempotency, 'begin' | 'complete' | 'get' | 'forget'>;
}

export interface Quotas {
  set(namespace: string, limits?: QuotaLimits): void;
  get(namespace: string): Quota;
  readonly async: Later<Quotas, 'set' | 'get'>;
}

export interface ChangeLog {
  read(since?: bigint | number): Changes;
  oldest(): bigint;
  readonly async: Later<ChangeLog, 'oldest'>;
}

export interface Maintenance {
  stats(): Statistics;
  backup(path: string, options?: BackupOptions): void;
  restore(path: string, options?: BackupOptions): void;
  copy(to: Store, options?: CopyOptions): CopyState;
  purgeExpired(): number;
  compact(): void;
  check(): void;
  flush(): void;
  readonly async: Later<Maintenance, Exclude<keyof Maintenance, 'async'>>;
}

type LaterOfStore =
  | 'get' | 'getString' | 'getEntry' | 'getInto' | 'info' | 'has' | 'set' | 'put' | 'delete'
  | 'deleteVersion' | 'take' | 'increment' | 'append' | 'ttl' | 'expire' | 'persist' | 'getMany'
  | 'getManyEntries' | 'setMany' | 'deleteMany' | 'count' | 'countAll' | 'deleteGroup'
  | 'deletePrefix' | 'deleteAll' | 'openReader' | 'openWriter' | 'watch' | 'onChange'
  | 'lockHolder' | 'snapshot' | 'scope' | 'bind' | 'begin' | 'close';

/** The calls of a store as promises, while the event loop goes on. */
export interface AsyncStore extends Later<Store, LaterOfStore> {
  lock(name: Bytes, options: LockOptions & SignalOptions): Promise<Lock>;
  transaction<T>(
    work: (transaction: AsyncTransaction) => T | PromiseLike<T>,
    options?: { tries?: number },
  ): Promise<T>;
  readonly text: Text['async'];
  readonly json: Json['async'];
  readonly idempotency: Idempotency['async'];
  readonly quotas: Quotas['async'];
  readonly changeLog: ChangeLog['async'];
  readonly maintenance: Maintenance['async'];
}

/** Groups of keys. Close it. */
export class Store {
  constructor(location: string | URL);
  /** Without a password. */
  readonly location: string;
  readonly isClosed: boolean;
  readonly async: AsyncStore;
  get(group: Bytes, key: Bytes): Buffer | null;
  getString(group: Bytes, key: Bytes): string | null;
  getEntry(group: Bytes, key: Bytes): Entry | null;
  getInto(group: Bytes, key: Bytes, buffer: Uint8Array): number | null;
  info(group: Bytes, key: Bytes): SizeInfo | null;
  has(group: Bytes, key: Bytes): boolean;
  set(group: Bytes, key: Bytes, value: Bytes, options?: TtlOptions): void;
  put(group: Bytes, key: Bytes, value: Bytes, options?: PutOptions): bigint;
  delete(group: Bytes, key: Bytes): boolean;
  deleteVersion(group: Bytes, key: Bytes, version: bigint | number): boolean;
  take(group: Bytes, key: Bytes): Buffer | null;
  increment(group: Bytes, key: Bytes, delta?: bigint | number, options?: TtlOptions): bigint;
  append(group: Bytes, key: Bytes, value: Bytes, options?: TtlOptions): number;
  ttl(group: Bytes, key: Bytes): number | null | undefined;
  expire(group: Bytes, key: Bytes, ttlMs?: Milliseconds, options?: ExpireOptions): boolean;
  persist(group: Bytes, key: Bytes): boolean;
  getMany(group: Bytes, keys: Iterable<Bytes>): (Buffer | null)[];
  getManyEntries(group: Bytes, keys: Iterable<Bytes>): (Entry | null)[];
  setMany(group: Bytes, entries: Pairs, options?: TtlOptions): void;
  deleteMany<K extends Bytes>(group: Bytes, keys: Iterable<K>): K[];
  scan(group: Bytes, options?: ScanOptions): Cursor<KeyedEntry>;
  keys(group: Bytes, options?: ScanOptions): Cursor<Buffer>;
  sizes(group: Bytes, options?: ScanOptions): Cursor<KeyedSize>;
  groups(prefix?: Bytes): Cursor<Buffer>;
  count(group: Bytes): number;
  countAll(prefix?: Bytes): number;
  deleteGroup(group: Bytes): number;
  deletePrefix(group: Bytes, prefix: Bytes): number;
  deleteAll(prefix?: Bytes): number;
  openReader(group: Bytes, key: Bytes): Reader | null;
  openWriter(group: Bytes, key: Bytes, options?: PutOptions): Writer;
  createReadStream(group: Bytes, key: Bytes, options?: ReadStreamOptions): ReadStream;
  createWriteStream(group: Bytes, key: Bytes, options?: WriteStreamOptions): WriteStream;
  batch(): Batch;
  begin(): Transaction;
  /** Commits what the function does; runs it again after a conflict, 16 times at most. */
  transaction<T>(
    work: (transaction: Transaction) => T extends PromiseLike<unknown> ? never : T,
    options?: { tries?: number },
  ): T;
  watch(options?: WatchOptions): Watch;
  onChange(callback: (event: Event) => void): Subscription;
  lock(name: Bytes, options: LockOptions): Lock;
  lockHolder(name: Bytes): LockHolder | null;
  snapshot(): Store;
  scope(namespace: string): Store;
  /** A store whose calls have a deadline `timeoutMs` from now, and end with a signal. */
  bind(options?: { timeoutMs?: number | null | undefined } & SignalOptions): BoundStore;
  close(): void;
  readonly text: Text;
  readonly json: Json;
  readonly idempotency: Idempotency;
  readonly quotas: Quotas;
  readonly changeLog: ChangeLog;
  readonly maintenance: Maintenance;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A store whose calls have a deadline and can be cancelled; one call at a time. */
export class BoundStore extends Store {
  private constructor();
  arm(deadlineMs?: number | null): bigint;
  cancel(arming?: bigint): void;
  /** A function that is called about every 10 ms during a call in this thread; true ends it. */
  pollWith(poll: (() => unknown) | null): void;
}

/** Encodes the values of a typed store as bytes. */
export interface Codec<T> {
  encode(value: T): Bytes;
  decode(data: Buffer): T;
}

/** Functions around the calls of a typed store; an exception of one ends the call. */
export interface Hooks<T> {
  /** Returns the value to save, or undefined for the given one. */
  beforeSave?(key: Bytes, value: T): T | void | Promise<T | void>;
  afterSave?(key: Bytes, value: T): void | Promise<void>;
  /** Returns the value that the caller gets, or undefined for the decoded one. */
  afterLoad?(key: Bytes, value: T): T | void | Promise<T | void>;
  beforeDelete?(key: Bytes): void | Promise<void>;
  afterDelete?(key: Bytes): void | Promise<void>;
}

export interface TypedEntry<T> extends EntryInfo {
  value: T;
}

/** The values of one type in one group, as JSON or by a codec. */
export class Typed<T> {
  constructor(store: Store, group: Bytes, options?: { codec?: Codec<T>; hooks?: Hooks<T> });
  readonly group: Bytes;
  get(key: Bytes): T | null;
  getEntry(key: Bytes): TypedEntry<T> | null;
  has(key: Bytes): boolean;
  set(key: Bytes, value: T, options?: TtlOptions): void;
  put(key: Bytes, value: T, options?: PutOptions): bigint;
  delete(key: Bytes): boolean;
  take(key: Bytes): T | null;
  clear(): number;
  scan(options?: ScanOptions): Iterable<TypedEntry<T> & { key: Buffer }> &
    AsyncIterable<TypedEntry<T> & { key: Buffer }>;
  readonly async: Later<
    Typed<T>,
    'get' | 'getEntry' | 'has' | 'set' | 'put' | 'delete' | 'take' | 'clear'
  >;
}

/** Opens the store that a location names. */
export function open(location: string | URL): Store;

/** Opens a service of a services file in YAML. */
export function openConfig(configPath: string | URL, service: string): Store;

declare const opening: {
  open(location: string | URL): Promise<Store>;
  openConfig(configPath: string | URL, service: string): Promise<Store>;
};
export { opening as async };

/** JSON in which an integer that a number cannot hold is a BigInt: the codec of Typed. */
export const json: {
  parse(text: string): unknown;
  stringify(value: unknown): string | undefined;
};

/** The constants of kv.h, such as KV_ERR_BUSY. */
export const constants: { readonly [name: string]: number } & {
  readonly KV_NUL: bigint;
  readonly KV_TTL_DEFAULT: bigint;
};

export function version(): string;
export function versionNumber(): number;
export function abiVersion(): number;
export function strerror(status: number): string;
