/// <reference types="node" />

// The errors of calls.

import type { Bytes, CopyState } from './values.js';

/** A call that failed, or a write whose condition does not hold. */
export class KvError extends Error {
  constructor(status: number, message?: string, more?: object);
  readonly name: 'KvError';
  /** The error with its version and bytes as texts. */
  toJSON(): object;
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
