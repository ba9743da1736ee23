// Batches: lists of steps that are applied together, or not at all.

'use strict';

const { inspect } = require('node:util');
const { at, integer, kindOf, span, storeOf, ttl } = require('./arguments');
const { withBatch } = require('./batch_handles');
const { define } = require('./calls');
const { functions } = require('./library');
const { expireFlags, putOptions, ttlOption } = require('./put_options');

// A batch keeps its steps, so it can be committed again. It has nothing to close: the library has
// it only while it is committed.
class Batch {
  #store;
  #steps = [];

  constructor(store) {
    this.#store = store;
  }

  get length() {
    return this.#steps.length;
  }

  // Adds a step: a function of kv.h, and its arguments behind the batch.
  #add(name, ...given) {
    this.#steps.push([functions[name], given]);
    return this;
  }

  check(group, key, version) {
    return this.#add('kv_batch_check', ...at(group, key), integer('version', version, 'uint64'));
  }

  checkLock(lock) {
    if (typeof lock?.token !== 'bigint' || typeof lock?.version !== 'bigint') {
      throw new TypeError(`lock is the lock that store.lock has returned, not ${kindOf(lock)}`);
    }
    const { name, token, version } = lock;
    return this.#add('kv_batch_check_lock', ...span('name', name), token, version);
  }

  get(group, key) {
    return this.#add('kv_batch_get', ...at(group, key));
  }

  set(group, key, value, given) {
    const options = putOptions('set', given);
    return this.#add('kv_batch_set', ...at(group, key), ...span('value', value), options);
  }

  delete(group, key) {
    return this.#add('kv_batch_delete', ...at(group, key));
  }

  take(group, key) {
    return this.#add('kv_batch_take', ...at(group, key));
  }

  increment(group, key, delta = 1, given = undefined) {
    const by = integer('delta', delta);
    const ttlMs = ttlOption('increment', given);
    return this.#add('kv_batch_increment', ...at(group, key), by, ttlMs);
  }

  append(group, key, value, given) {
    const ttlMs = ttlOption('append', given);
    return this.#add('kv_batch_append', ...at(group, key), ...span('value', value), ttlMs);
  }

  expire(group, key, ttlMs, given) {
    const flags = expireFlags(given);
    return this.#add('kv_batch_expire', ...at(group, key), ttl('ttlMs', ttlMs), flags);
  }

  deletePrefix(group, prefix) {
    const where = [...span('group', group), ...span('prefix', prefix)];
    return this.#add('kv_batch_delete_prefix', ...where);
  }

  // Removes all steps.
  clear() {
    this.#steps = [];
    return this;
  }

  // The parts of `commit`, which is an operation.
  static partsOf(batch, store = batch.#store) {
    return [storeOf('commit', store), [...batch.#steps]];
  }

  toJSON() {
    throw new TypeError('a batch cannot be copied or sent');
  }

  [inspect.custom](depth, options) {
    const name = options.stylize('Batch', 'special');
    return `${name} { ${this.length} steps, for ${inspect(this.#store, options)} }`;
  }
}

const Async = define(Batch, {
  *commit(to) {
    const [store, steps] = Batch.partsOf(this, to);
    function* add(batch) {
      for (const [named, given] of steps) yield [named, batch, ...given];
    }
    return yield* withBatch(store.handle, add, steps.length);
  },
});

module.exports = { Async, Batch };
