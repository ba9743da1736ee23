// Typed stores: values of one type in one group, through a codec and hooks.

'use strict';

const { inspect } = require('node:util');
const { buffer, kindOf, options, storeOf } = require('./arguments');
const { Awaited, define, runAsync, runSync } = require('./calls');
const { entries } = require('./entries');
const { constants: K } = require('./library');
const { jsonCodec } = require('./json_codec');
const { ranges } = require('./ranges');

const HOOKS = ['beforeSave', 'afterSave', 'afterLoad', 'beforeDelete', 'afterDelete'];

// A value that is there and cannot be decoded; the reason is its `cause`.
class DecodeError extends Error {
  constructor(group, key, cause) {
    super(`decode ${String(key)} of group ${String(group)}: ${cause.message}`, { cause });
    this.name = 'DecodeError';
    this.code = 'KV_DECODE';
    [this.group, this.key] = [group, key];
  }
}

// The values of one type in one group of a store. It ends with its store.
class Typed {
  #store;
  #group;
  #codec;
  #hooks;

  constructor(store, group, given) {
    const { codec = jsonCodec, hooks = {} } = options('Typed', given, ['codec', 'hooks']);
    storeOf('Typed', store);
    if (typeof codec.encode !== 'function' || typeof codec.decode !== 'function') {
      throw new TypeError('codec has the functions encode and decode');
    }
    buffer('group', group);
    for (const [name, hook] of Object.entries(options('hooks', hooks, HOOKS))) {
      if (hook !== undefined && typeof hook !== 'function') {
        throw new TypeError(`the hook ${name} is a function, not ${kindOf(hook)}`);
      }
    }
    [this.#store, this.#group, this.#codec, this.#hooks] = [store, group, codec, hooks];
  }

  get group() {
    return this.#group;
  }

  // Runs an operation of the store for a key.
  static of(typed, operation, ...given) {
    return operation.call(typed.#store, typed.#group, ...given);
  }

  // Runs a hook, which may return a promise in a call of `async`.
  static *hook(typed, name, key, value) {
    const hook = typed.#hooks[name];
    if (!hook) return value;
    const result = yield new Awaited(hook.call(typed.#hooks, key, value));
    return result === undefined ? value : result;
  }

  static *prepared(typed, key, given) {
    const value = yield* Typed.hook(typed, 'beforeSave', key, given);
    return [value, typed.#codec.encode(value)];
  }

  static *loaded(typed, key, data) {
    let value;
    try {
      value = typed.#codec.decode(data);
    } catch (cause) {
      throw new DecodeError(typed.#group, key, cause);
    }
    return yield* Typed.hook(typed, 'afterLoad', key, value);
  }

  static *entry(typed, key, found) {
    return { ...found, value: yield* Typed.loaded(typed, key, found.value) };
  }

  // Iterates over the entries in the order of their keys, with the options of store.scan.
  scan(given) {
    const typed = this;
    const cursor = this.#store.scan(this.#group, given);
    return {
      *[Symbol.iterator]() {
        for (const found of cursor) yield runSync(Typed.entry(typed, found.key, found));
      },
      async *[Symbol.asyncIterator]() {
        for await (const found of cursor)
          yield await runAsync(Typed.entry(typed, found.key, found));
      },
    };
  }

  [inspect.custom](depth, given) {
    const name = given.stylize('Typed', 'special');
    return `${name} { ${inspect(this.#group, given)} of ${inspect(this.#store, given)} }`;
  }
}

define(Typed, {
  *get(key) {
    const data = yield* Typed.of(this, entries.get, key);
    return data === null ? null : yield* Typed.loaded(this, key, data);
  },

  *getEntry(key) {
    const found = yield* Typed.of(this, entries.getEntry, key);
    return found && (yield* Typed.entry(this, key, found));
  },

  *has(key) {
    return yield* Typed.of(this, entries.has, key);
  },

  *set(key, given, options_) {
    const [value, data] = yield* Typed.prepared(this, key, given);
    yield* Typed.of(this, entries.set, key, data, options_);
    yield* Typed.hook(this, 'afterSave', key, value);
  },

  *put(key, given, options_) {
    const [value, data] = yield* Typed.prepared(this, key, given);
    const version = yield* Typed.of(this, entries.put, key, data, options_);
    yield* Typed.hook(this, 'afterSave', key, value);
    return version;
  },

  // A key is deleted without its value being decoded.
  *delete(key) {
    yield* Typed.hook(this, 'beforeDelete', key);
    const wasThere = yield* Typed.of(this, entries.delete, key);
    if (wasThere) yield* Typed.hook(this, 'afterDelete', key);
    return wasThere;
  },

  // The value is loaded first: one that cannot be decoded, or that a hook refuses, stays.
  *take(key) {
    for (;;) {
      const found = yield* Typed.of(this, entries.getEntry, key);
      if (!found) return null;
      const value = yield* Typed.loaded(this, key, found.value);
      yield* Typed.hook(this, 'beforeDelete', key);
      let wasThere;
      try {
        wasThere = yield* Typed.of(this, entries.deleteVersion, key, found.version);
      } catch (error) {
        // Another has written it since; its value is to be loaded.
        if (error.status === K.KV_CONFLICT) continue;
        throw error;
      }
      if (!wasThere) return null;
      yield* Typed.hook(this, 'afterDelete', key);
      return value;
    }
  },

  // Deletes all values, without hooks.
  *clear() {
    return yield* Typed.of(this, ranges.deleteGroup);
  },
});

module.exports = { DecodeError, Typed };
