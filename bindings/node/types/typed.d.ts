/// <reference types="node" />

// Typed stores.

import type { Store } from './store.js';
import type { Bytes, EntryInfo, Later, PutOptions, ScanOptions, TtlOptions } from './values.js';

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
  scan(
    options?: ScanOptions,
  ): Iterable<TypedEntry<T> & { key: Buffer }> & AsyncIterable<TypedEntry<T> & { key: Buffer }>;
  readonly async: Later<
    Typed<T>,
    'get' | 'getEntry' | 'has' | 'set' | 'put' | 'delete' | 'take' | 'clear'
  >;
}
