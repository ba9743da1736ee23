// Locks: one owner at a time, of all threads and processes with the same store.

'use strict';

const { inspect } = require('node:util');
const { bytes, integer, options, span, storeOf, wait } = require('./arguments');
const { Awaited, define } = require('./calls');
const { conflict } = require('./errors');
const { disposable } = require('./handle');
const { constants: K, functions, layouts } = require('./library');
const { expiryOf, pinned, unpinned } = require('./memory');
const { watch: openWatch } = require('./watch');

// The group of the entries that are the locks.
const GROUP = 'kv.lock';

// The longest time between two attempts, for locks that another process releases: a watch on a
// file without a change log receives nothing of it.
const LOOK_MS = 100;

// A wait without end.
const FOR_EVER_MS = 2n ** 63n - 1n;

// A lock that was acquired. It needs no close: its lease ends by itself.
class Lock {
  #store;
  #hasEnded = false;

  // Also stands for a lock that was acquired elsewhere, by its name, token and version.
  constructor(store, name, { token, version }) {
    this.#store = storeOf('Lock', store);
    bytes('name', name);
    this.name = name;
    this.token = integer('token', token, 'uint64');
    this.version = integer('version', version, 'uint64');
  }

  static callOf(lock, named, ...given) {
    const where = [lock.#store.handle, ...span('name', lock.name)];
    return [named, ...where, lock.token, lock.version, ...given];
  }

  get hasEnded() {
    return this.#hasEnded;
  }

  static end(lock) {
    lock.#hasEnded = true;
  }

  [inspect.custom](depth, options_) {
    return `${options_.stylize('Lock', 'special')} { ${String(this.name)}, token ${this.token} }`;
  }
}

function* called(lock, verb, ...given) {
  const status = yield Lock.callOf(lock, ...given);
  if (status === K.KV_CONFLICT) {
    throw conflict(`${verb} lock ${String(lock.name)}: its lease has ended, or it was released`);
  }
}

const Async = define(Lock, {
  // Gives the lock another lease, which ends `leaseMs` from now.
  *renew(leaseMs) {
    yield* called(this, 'renew', functions.kv_lock_renew, integer('leaseMs', leaseMs));
  },

  *release() {
    yield* called(this, 'release', functions.kv_lock_release);
    Lock.end(this);
  },

  // The end of a `using`: releases the lock, unless it was released.
  *dispose() {
    if (!this.hasEnded) yield* called(this, 'release', functions.kv_lock_release);
    Lock.end(this);
  },
});
disposable(Lock, Async, 'dispose');

const LOCK = ['leaseMs', 'waitMs', 'owner', 'signal'];

function held(name) {
  return conflict(`acquire lock ${String(name)}: another owner holds it`);
}

function lockArguments(name, given) {
  const chosen = options('lock', given, LOCK);
  if (chosen.leaseMs === undefined) {
    throw new TypeError('lock needs the option leaseMs, after which the lock is free again');
  }
  const what = {
    ...chosen,
    waitMs: wait('waitMs', chosen.waitMs ?? (chosen.waitMs === null ? null : 0)),
  };
  const owner = span('owner', chosen.owner ?? '');
  return { ...what, given: [...span('name', name), ...owner, integer('leaseMs', chosen.leaseMs)] };
}

function* attempt(store, name, given, waitMs) {
  const grant = new BigUint64Array(layouts.kv_lock.size / 8);
  const status = yield [functions.kv_lock_acquire, store.handle, ...given, waitMs, grant];
  return status === K.KV_CONFLICT
    ? null
    : new Lock(store, name, { token: grant[0], version: grant[1] });
}

// Acquires a lock in this thread, which waits inside the library.
function* lock(name, options_) {
  const { given, waitMs, signal } = lockArguments(name, options_);
  if (signal) throw new TypeError('signal is an option of store.async.lock');
  const acquired = yield* attempt(this, name, given, waitMs ?? FOR_EVER_MS);
  if (!acquired) throw held(name);
  return acquired;
}

// Acquires a lock while the event loop goes on: a wait for it is one for an event of its entry, so
// it uses no thread.
function* lockLater(name, options_) {
  const { given, waitMs, signal } = lockArguments(name, options_);
  const until = waitMs === null ? Infinity : performance.now() + waitMs;
  signal?.throwIfAborted();
  let acquired = yield* attempt(this, name, given, 0);
  if (acquired || waitMs === 0) {
    if (!acquired) throw held(name);
    return acquired;
  }
  const watch = yield* openWatch.call(this, { group: GROUP, key: name });
  try {
    for (;;) {
      acquired = yield* attempt(this, name, given, 0);
      if (acquired) return acquired;
      const left = until - performance.now();
      if (left <= 0) throw held(name);
      const holder = yield* lockHolder.call(this, name);
      const lease = holder ? Math.max(holder.expiresAtMs - Date.now(), 0) + 1 : 0;
      const ms = Math.ceil(Math.min(left, lease, LOOK_MS));
      // One look at the lock is enough for all events that are queued.
      if (holder && (yield new Awaited(watch.next(ms, signal)))) watch.fill();
    }
  } finally {
    watch.close();
  }
}

// Returns the owner of a lock and the end of its lease, or null if the lock is free.
function* lockHolder(name) {
  const value = pinned();
  const status = yield [functions.kv_lock_get, this.handle, ...span('name', name), value];
  if (status === K.KV_NOT_FOUND) return null;
  const expiresAtMs = expiryOf(value);
  return { owner: unpinned(value), expiresAtMs };
}

module.exports = { Lock, lock, lockHolder, lockLater };
