/// <reference types="node" />

// Stores, and the objects that they make.

import { Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream';
import type {
  BackupOptions,
  Bytes,
  CallKind,
  CallMetrics,
  CopyOptions,
  CopyState,
  Entry,
  Event,
  ExpireOptions,
  IdempotencyRecord,
  KeyedEntry,
  KeyedSize,
  Later,
  LockHolder,
  LockOptions,
  Metrics,
  Milliseconds,
  Pairs,
  PutOptions,
  Quota,
  QuotaLimits,
  ScanOptions,
  SignalOptions,
  SizeInfo,
  Statistics,
  StepResult,
  TtlOptions,
  Usage,
  WatchOptions,
} from './values.js';

/** A scan, which is iterated once: by `for`, or by `for await` while the event loop goes on. */
export class Cursor<T> implements Iterable<T>, AsyncIterable<T> {
  private constructor();
  toArray(): T[];
  isSnapshot(): boolean;
  close(): void;
  /** Like `for await` of the cursor, and ended by a signal, whose reason is thrown. */
  iterate(options?: SignalOptions): AsyncIterableIterator<T>;
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
  /** Reads every entry. */
  usage(): Usage;
  metrics(): Metrics;
  callMetrics(kind: CallKind): CallMetrics;
  /** In the format of Prometheus. */
  metricsText(): string;
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
  | 'get'
  | 'getString'
  | 'getEntry'
  | 'getInto'
  | 'info'
  | 'has'
  | 'set'
  | 'put'
  | 'delete'
  | 'deleteVersion'
  | 'take'
  | 'increment'
  | 'append'
  | 'ttl'
  | 'expire'
  | 'persist'
  | 'getMany'
  | 'getManyEntries'
  | 'setMany'
  | 'deleteMany'
  | 'count'
  | 'countAll'
  | 'deleteGroup'
  | 'deletePrefix'
  | 'deleteAll'
  | 'openReader'
  | 'openWriter'
  | 'watch'
  | 'onChange'
  | 'lockHolder'
  | 'snapshot'
  | 'scope'
  | 'bind'
  | 'begin'
  | 'close';

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
  /** Runs `work`; `poll` is called about every 10 ms during its calls, and ends one by true. */
  pollWith<T>(poll: () => unknown, work: (store: this) => T): T;
}
