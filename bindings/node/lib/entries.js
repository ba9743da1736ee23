// The calls for one key, of a store.

'use strict';

const { at, integer, kindOf, span, ttl } = require('./arguments');
const { conflict } = require('./errors');
const { constants: K, functions } = require('./library');
const { expiryOf, number, pinned, signed, sizeOf, unpinned, versionOf } = require('./memory');
const { expireFlags, putOptions, ttlOption } = require('./put_options');

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// Returns a value as text, or throws a TypeError that names the key.
function decoded(value, group, key) {
  if (value === null) return null;
  try {
    return utf8.decode(value);
  } catch (cause) {
    const name = `${String(key)} of group ${String(group)}`;
    throw new TypeError(`the value of ${name} is not UTF-8; get returns its bytes`, { cause });
  }
}

// A call that returns a pinned value, or null for an absent key.
function* valueOf(name, ...given) {
  const value = pinned();
  const status = yield [functions[name], ...given, value];
  return status === K.KV_NOT_FOUND ? null : unpinned(value);
}

function* entryOf(name, ...given) {
  const value = pinned();
  const status = yield [functions[name], ...given, value];
  if (status === K.KV_NOT_FOUND) return null;
  const [version, expiresAtMs] = [versionOf(value), expiryOf(value)];
  return { value: unpinned(value), version, expiresAtMs };
}

function* ttlOf(name, ...given) {
  const left = signed();
  const status = yield [functions[name], ...given, left];
  if (status === K.KV_NOT_FOUND) return undefined;
  const ms = Number(left[0]);
  return ms === K.KV_TTL_NEVER ? null : ms;
}

// An expire, of a store or transaction: false for an absent key.
function* expired(name, handle, group, key, ttlMs, given) {
  const flags = expireFlags(given);
  const status = yield [functions[name], handle, ...at(group, key), ttl('ttlMs', ttlMs), flags];
  if (status === K.KV_CONFLICT) throw conflict('expire: the expiry of the key forbids it');
  return status === K.KV_OK;
}

// Increment and append, of a store or transaction.
function* incremented(name, handle, group, key, delta, given) {
  const [sum, by] = [signed(), integer('delta', delta)];
  yield [functions[name], handle, ...at(group, key), by, ttlOption('increment', given), sum];
  return sum[0];
}

function* appended(name, handle, group, key, value, given) {
  const length = number();
  const [where, data] = [at(group, key), span('value', value)];
  yield [functions[name], handle, ...where, ...data, ttlOption('append', given), length];
  return Number(length[0]);
}

// Returns the error of a write at a version that is not the expected one.
function versionConflict(call, version) {
  const now = version ? `at version ${version}` : 'absent';
  return conflict(`${call}: the condition does not hold: the key is ${now}`, { version });
}

const entries = {
  *get(group, key) {
    return yield* valueOf('kv_get', this.handle, ...at(group, key));
  },

  *getString(group, key) {
    return decoded(yield* valueOf('kv_get', this.handle, ...at(group, key)), group, key);
  },

  *getEntry(group, key) {
    return yield* entryOf('kv_get', this.handle, ...at(group, key));
  },

  *getInto(group, key, buffer) {
    if (!(buffer instanceof Uint8Array)) {
      throw new TypeError(`buffer is a Buffer or Uint8Array, not ${kindOf(buffer)}`);
    }
    const length = number();
    const where = [this.handle, ...at(group, key)];
    const status = yield [functions.kv_get_into, ...where, buffer, buffer.length, length];
    if (status === K.KV_NOT_FOUND) return null;
    const size = Number(length[0]);
    if (status !== K.KV_TOO_SMALL) return size;
    const more = `the value has ${size} bytes and the buffer ${buffer.length}`;
    throw Object.assign(new RangeError(`getInto: ${more}`), { needed: size });
  },

  *info(group, key) {
    const value = pinned();
    const status = yield [functions.kv_get_info, this.handle, ...at(group, key), value];
    if (status === K.KV_NOT_FOUND) return null;
    return { size: sizeOf(value), version: versionOf(value), expiresAtMs: expiryOf(value) };
  },

  *has(group, key) {
    return (yield [functions.kv_exists, this.handle, ...at(group, key)]) === K.KV_OK;
  },

  *set(group, key, value, given) {
    const data = [...at(group, key), ...span('value', value)];
    if (given === undefined) yield [functions.kv_set, this.handle, ...data];
    else yield [functions.kv_set_ttl, this.handle, ...data, ttlOption('set', given)];
  },

  *put(group, key, value, given) {
    const version = number();
    const data = [...at(group, key), ...span('value', value)];
    const options = putOptions('put', given);
    const status = yield [functions.kv_put, this.handle, ...data, options, version];
    if (status === K.KV_CONFLICT) throw versionConflict('put', version[0]);
    return version[0];
  },

  *delete(group, key) {
    return (yield [functions.kv_delete, this.handle, ...at(group, key)]) === K.KV_OK;
  },

  *deleteVersion(group, key, version) {
    const where = [this.handle, ...at(group, key), integer('version', version, 'uint64')];
    const status = yield [functions.kv_delete_version, ...where];
    if (status === K.KV_CONFLICT) throw conflict('deleteVersion: the key is at another version');
    return status === K.KV_OK;
  },

  *take(group, key) {
    return yield* valueOf('kv_take', this.handle, ...at(group, key));
  },

  *increment(group, key, delta = 1, given) {
    return yield* incremented('kv_increment', this.handle, group, key, delta, given);
  },

  *append(group, key, value, given) {
    return yield* appended('kv_append', this.handle, group, key, value, given);
  },

  *ttl(group, key) {
    return yield* ttlOf('kv_ttl', this.handle, ...at(group, key));
  },

  *expire(group, key, ttlMs, given) {
    return yield* expired('kv_expire', this.handle, group, key, ttlMs, given);
  },

  *persist(group, key) {
    return (yield [functions.kv_persist, this.handle, ...at(group, key)]) === K.KV_OK;
  },
};

module.exports = {
  appended,
  decoded,
  entries,
  entryOf,
  expired,
  incremented,
  ttlOf,
  valueOf,
  versionConflict,
};
