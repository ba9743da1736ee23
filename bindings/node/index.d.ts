// kv: a key-value store in one file on disk, in memory, or in a Redis.
//
// The README says what the calls do. A call of `async` returns a promise of the same.

import type { Store } from './types/store.js';
import type { LogLevel, LogRecord, TracedCall, TraceOptions } from './types/values.js';

export * from './types/values.js';
export * from './types/errors.js';
export * from './types/store.js';
export * from './types/typed.js';

/** Opens the store that a location names. */
export function open(location: string | URL): Store;

/** Opens a service of a services file in YAML. */
export function openConfig(configPath: string | URL, service: string): Store;

declare const opening: {
  open(location: string | URL): Promise<Store>;
  openConfig(configPath: string | URL, service: string): Promise<Store>;
};
export { opening as async };

/**
 * Sends the records of a level and those before it to a function, in place of the one before. It
 * runs in the event loop of the main thread.
 */
export function setLog(level: LogLevel, callback: (record: LogRecord) => void): void;
/** Ends the log. */
export function setLog(level: 'off'): void;

/**
 * Sends each call on a store, when it has ended, to a function, in place of the one before; null
 * ends the trace. It runs in the event loop of the main thread.
 */
export function setTrace(
  callback: ((call: TracedCall) => void) | null,
  options?: TraceOptions,
): void;

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
