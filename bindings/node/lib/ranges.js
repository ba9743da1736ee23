// The calls for many keys, of a store.

'use strict';

const { buffer, kindOf, span, ttl, options } = require('./arguments');
const { withBatch } = require('./batch_handles');
const { decodeEntries, encodeKeys, encodeSteps } = require('./flat');
const { constants: K, functions } = require('./library');
const { number } = require('./memory');

// The first buffer for the entries of getMany, and what is added to a length that grew meanwhile.
const ENTRIES_LEN = 16 * 1024;

// Returns the elements of a list of keys; a string or a buffer is no list.
function listOf(what, given) {
  if (typeof given === 'string' || given instanceof Uint8Array || !given?.[Symbol.iterator]) {
    throw new TypeError(`${what} is an array or another iterable, not ${kindOf(given)}`);
  }
  return [...given];
}

// Returns the pairs of a Map, an iterable of pairs, or an object.
function pairsOf(given) {
  const isPlain = given && Object.getPrototypeOf(given) === Object.prototype;
  return listOf('entries', isPlain ? Object.entries(given) : given).map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new TypeError(`an entry is [key, value], not ${kindOf(pair)}`);
    }
    return [buffer('key', pair[0]), buffer('value', pair[1])];
  });
}

// A call with a number as its last output.
function* counted(name, ...given) {
  const count = number();
  yield [functions[name], ...given, count];
  return Number(count[0]);
}

// Returns the entries of keys, null for an absent one.
function* entriesOf(handle, group, keys) {
  const list = listOf('keys', keys).map((key) => buffer('key', key));
  const wanted = encodeKeys(buffer('group', group), list);
  if (!list.length) return [];
  let room = Buffer.allocUnsafeSlow(ENTRIES_LEN);
  for (;;) {
    const [used, count] = [number(), number()];
    const call = [functions.kv_get_many, handle, wanted, wanted.length];
    const status = yield [...call, room, room.length, used, count];
    const length = Number(used[0]);
    if (status !== K.KV_TOO_SMALL) return decodeEntries(room.subarray(0, length));
    // The values may grow until the next call.
    room = Buffer.allocUnsafeSlow(length + ENTRIES_LEN);
  }
}

const ranges = {
  *getMany(group, keys) {
    const entries = yield* entriesOf(this.handle, group, keys);
    return entries.map((entry) => entry && entry.value);
  },

  *getManyEntries(group, keys) {
    const entries = yield* entriesOf(this.handle, group, keys);
    return entries.map((entry) => {
      if (!entry) return null;
      const { value, version, expiresAtMs } = entry;
      return { value, version, expiresAtMs };
    });
  },

  *setMany(group, entries, given) {
    const { ttlMs } = options('setMany', given, ['ttlMs']);
    const expiry =
      ttlMs === undefined ? {} : { expiry: K.KV_EXPIRY_AFTER, timeMs: ttl('ttlMs', ttlMs) };
    const steps = encodeSteps('set', buffer('group', group), pairsOf(entries), expiry);
    yield* withBatch(this.handle, function* add(batch) {
      yield [functions.kv_batch_add_flat, batch, steps, steps.length];
    });
  },

  *deleteMany(group, keys) {
    const list = listOf('keys', keys);
    const pairs = list.map((key) => [buffer('key', key), Buffer.alloc(0)]);
    const steps = encodeSteps('delete', buffer('group', group), pairs);
    const results = yield* withBatch(
      this.handle,
      function* add(batch) {
        yield [functions.kv_batch_add_flat, batch, steps, steps.length];
      },
      list.length,
    );
    return list.filter((_, index) => results[index].status === 'ok');
  },

  *count(group) {
    return yield* counted('kv_count', this.handle, ...span('group', group));
  },

  *countAll(prefix = '') {
    return yield* counted('kv_count_all', this.handle, ...span('prefix', prefix));
  },

  *deleteGroup(group) {
    return yield* counted('kv_delete_group', this.handle, ...span('group', group));
  },

  *deletePrefix(group, prefix) {
    const where = [...span('group', group), ...span('prefix', prefix)];
    return yield* counted('kv_delete_prefix', this.handle, ...where);
  },

  *deleteAll(prefix = '') {
    return yield* counted('kv_delete_all', this.handle, ...span('prefix', prefix));
  },
};

module.exports = { counted, ranges };
