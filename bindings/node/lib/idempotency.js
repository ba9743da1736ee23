// Idempotency records: operations that must run once.

'use strict';

const { integer, options, span, ttl } = require('./arguments');
const { define } = require('./calls');
const { conflict } = require('./errors');
const { constants: K, functions } = require('./library');
const { number, pinned, unpinned } = require('./memory');

const STATES = new Map([
  [K.KV_IDEMPOTENCY_STARTED, 'started'],
  [K.KV_IDEMPOTENCY_IN_PROGRESS, 'inProgress'],
  [K.KV_IDEMPOTENCY_COMPLETED, 'completed'],
  [K.KV_IDEMPOTENCY_MISMATCH, 'mismatch'],
]);

// The records of a store.
class Idempotency {
  constructor(store) {
    Object.defineProperty(this, 'store', { value: store });
  }
}

define(Idempotency, {
  // Of all callers with one key, exactly one receives the state 'started', and a token.
  *begin(key, request, given) {
    const { ttlMs } = options('begin', given, ['ttlMs']);
    if (ttlMs === undefined) {
      throw new TypeError('begin needs the option ttlMs, after which another caller may start');
    }
    const ms = ttlMs === null || ttlMs === Infinity ? 0 : ttl('ttlMs', ttlMs);
    const [state, token, response] = [new Int32Array(1), number(), pinned()];
    const where = [...span('key', key), ...span('request', request), ms];
    yield [functions.kv_idempotency_begin, this.store.handle, ...where, state, token, response];
    const name = STATES.get(state[0]);
    const isStarted = state[0] === K.KV_IDEMPOTENCY_STARTED;
    return { state: name, token: isStarted ? token[0] : null, response: unpinned(response) };
  },

  // Stores the response of an operation that this caller has started.
  *complete(key, token, response) {
    const where = [...span('key', key), integer('token', token, 'uint64')];
    const data = span('response', response);
    const { handle } = this.store;
    const status = yield [functions.kv_idempotency_complete, handle, ...where, ...data];
    if (status === K.KV_CONFLICT) {
      throw conflict('complete: the record is not in progress under this token');
    }
    if (status === K.KV_NOT_FOUND) {
      throw conflict('complete: the record has expired or was removed', { version: 0n });
    }
  },

  *get(key) {
    const [state, response] = [new Int32Array(1), pinned()];
    const where = [this.store.handle, ...span('key', key)];
    const status = yield [functions.kv_idempotency_get, ...where, state, response];
    if (status === K.KV_NOT_FOUND) return null;
    return { state: STATES.get(state[0]), response: unpinned(response) };
  },

  // Removes a record: with a token, only one in progress under it. False if there is none.
  *forget(key, token = 0n) {
    const where = [...span('key', key), integer('token', token, 'uint64')];
    const status = yield [functions.kv_idempotency_forget, this.store.handle, ...where];
    if (status === K.KV_CONFLICT) {
      throw conflict('forget: the record is not in progress under this token');
    }
    return status === K.KV_OK;
  },
});

module.exports = { Idempotency };
