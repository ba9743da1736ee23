// The calls of the behaviour cases, made through the example's Store where it has them, else by the
// functions of kv.h. Each returns its status by name and what tests/behaviour/README.md lists.

'use strict';

const koffi = require('koffi');
const { abi } = require('../abi');
const { Store } = require('../kv');
const { functions } = require('./functions');
const idempotency = require('./idempotency');
const locks = require('./locks');
const { batch, deleteMany, getMany, groups, setMany } = require('./ranges');
const { SCAN, scan } = require('./scans');
const { streams } = require('./streams');
const { transactions } = require('./transactions');
const {
  PUT,
  at,
  counted,
  data,
  expireFlags,
  expiryOf,
  freed,
  plain,
  plainWith,
  putOptions,
  refuseOthers,
  statusName,
  text,
  through,
  toBytes,
  ttlOf,
  valued,
} = require('./values');
const { poll, watch } = require('./watches');

function put(run, a) {
  const version = [0];
  const where = [run.handle(a), ...at(a), ...data(a.value), putOptions(run, a)];
  const status = statusName(functions.kv_put(...where, version, {}));
  if (status === 'ok' && a.save) run.saved.set(a.save, BigInt(version[0]));
  return { status, version: BigInt(version[0]) };
}

function entry(run, a) {
  const value = {};
  const status = statusName(abi.kv_get(run.handle(a), ...at(a), value, {}));
  const [version, expires] = [BigInt(value.version), expiryOf(value.expires_at_ms)];
  const bytes = freed(value);
  if (status !== 'ok') return { status };
  if (a.save) run.saved.set(a.save, version);
  return { status, value: bytes, version, expires_at: expires };
}

function info(run, a) {
  const value = {};
  const status = statusName(functions.kv_get_info(run.handle(a), ...at(a), value, {}));
  if (status !== 'ok') return { status };
  const [version, expires] = [BigInt(value.version), expiryOf(value.expires_at_ms)];
  return { status, size: BigInt(value.value_size), version, expires_at: expires };
}

function quotaGet(run, a) {
  const none = { max_keys: 0, max_groups: 0, max_bytes: 0, keys: 0, groups: 0, bytes: 0 };
  const quota = { size: koffi.sizeof('kv_quota'), reserved: 0, ...none };
  const status = statusName(functions.kv_quota_get(run.handle(a), text(a.name), quota, {}));
  const numbers = Object.keys(none).map((name) => [name, BigInt(quota[name])]);
  return { status, ...Object.fromEntries(numbers) };
}

// Returns the ttl of a case as a caller of the example passes it: undefined, null or a number.
const givenTtl = (a) => (a.ttl === 'never' ? null : a.ttl);

function set(run, a) {
  run.store(a).set(toBytes(a.group ?? ''), toBytes(a.key), toBytes(a.value), givenTtl(a));
  return { status: 'ok' };
}

function get(run, a) {
  const value = run.store(a).get(toBytes(a.group ?? ''), toBytes(a.key));
  return value === null ? { status: 'not_found' } : { status: 'ok', value };
}

function ttl(run, a) {
  const left = run.store(a).ttl(toBytes(a.group ?? ''), toBytes(a.key));
  if (left === undefined) return { status: 'not_found' };
  return { status: 'ok', ttl: left === null ? 'never' : BigInt(left) };
}

// A store that a function of kv.h makes of another.
function derived(run, a, name, ...given) {
  const store = Object.create(Store.prototype);
  store.handle = {};
  const made = plainWith(name, store.handle, run.handle(a), ...given);
  if (made.status === 'ok') run.stores.set(a.as, store);
  return made;
}

const json = (run, a) => valued('kv_get_json', run.handle(a), ...at(a), a.path);

// The arguments of each call, but `store`, and how it is made.
const CALLS = {
  open: ['options', (run, a) => through(() => run.open(a.store, a.options) ?? { status: 'ok' })],
  scope: ['name as', (run, a) => derived(run, a, 'kv_scope', text(a.name))],
  snapshot: ['as', (run, a) => derived(run, a, 'kv_snapshot')],
  close: ['', (run, a) => through(() => run.store(a).close() ?? { status: 'ok' })],
  set: ['group key value ttl', (run, a) => through(() => set(run, a))],
  put: [`${PUT} save`, put],
  get: ['group key', (run, a) => through(() => get(run, a))],
  entry: ['group key save', entry],
  info: ['group key', info],
  exists: ['group key', (run, a) => plain('kv_exists', run.handle(a), ...at(a))],
  delete: ['group key', (run, a) => plain('kv_delete', run.handle(a), ...at(a))],
  delete_version: [
    'group key version',
    (run, a) => plain('kv_delete_version', run.handle(a), ...at(a), run.version(a.version)),
  ],
  take: ['group key', (run, a) => valued('kv_take', run.handle(a), ...at(a))],
  increment: [
    'group key delta ttl',
    (run, a) => counted('sum', 'kv_increment', run.handle(a), ...at(a), BigInt(a.delta), ttlOf(a)),
  ],
  append: [
    'group key value ttl',
    (run, a) => counted('length', 'kv_append', run.handle(a), ...at(a), ...data(a.value), ttlOf(a)),
  ],
  ttl: ['group key', (run, a) => through(() => ttl(run, a))],
  expire: [
    'group key ttl flags',
    (run, a) => plain('kv_expire', run.handle(a), ...at(a), ttlOf(a), expireFlags(a)),
  ],
  persist: ['group key', (run, a) => plain('kv_persist', run.handle(a), ...at(a))],
  set_many: ['group entries ttl', setMany],
  get_many: ['group keys', getMany],
  delete_many: ['group keys', deleteMany],
  scan: [
    SCAN,
    (run, a, expected) => scan('kv_scan', run.handle(a), a, expected.keys !== undefined),
  ],
  groups: ['prefix', groups],
  count: ['group', (run, a) => counted('count', 'kv_count', run.handle(a), ...data(a.group ?? ''))],
  count_all: [
    'prefix',
    (run, a) => counted('count', 'kv_count_all', run.handle(a), ...data(a.prefix ?? '')),
  ],
  delete_group: [
    'group',
    (run, a) => counted('count', 'kv_delete_group', run.handle(a), ...data(a.group ?? '')),
  ],
  delete_prefix: [
    'group prefix',
    (run, a) =>
      counted(
        'count',
        'kv_delete_prefix',
        run.handle(a),
        ...data(a.group ?? ''),
        ...data(a.prefix),
      ),
  ],
  delete_all: [
    'prefix',
    (run, a) => counted('count', 'kv_delete_all', run.handle(a), ...data(a.prefix ?? '')),
  ],
  purge_expired: ['', (run, a) => counted('count', 'kv_purge_expired', run.handle(a))],
  set_json: [
    'group key value',
    (run, a) => plain('kv_set_json', run.handle(a), ...at(a), ...data(a.value)),
  ],
  get_json: ['group key path', json],
  quota_set: [
    'name max_keys max_groups max_bytes',
    (run, a) =>
      plain('kv_quota_set', run.handle(a), text(a.name), a.max_keys, a.max_groups, a.max_bytes),
  ],
  quota_get: ['name', quotaGet],
  batch: ['steps', (run, a) => batch(run, a, a.steps)],
  ...transactions,
  ...streams,
  watch: ['watch group group_prefix key key_prefix', watch],
  poll: ['watch', poll],
  idempotency_begin: ['key request ttl save', idempotency.begin],
  idempotency_get: ['key', idempotency.get],
  idempotency_complete: ['key token response', idempotency.complete],
  idempotency_forget: ['key token', idempotency.forget],
  lock_acquire: ['name owner lease wait save', locks.acquire],
  lock_renew: ['name lock lease', locks.renew],
  lock_release: ['name lock', locks.release],
  lock_get: ['name', locks.get],
};

// Makes a call of a case and returns its status and results.
function make(run, { call, expect, ...given }) {
  if (!Object.hasOwn(CALLS, call)) throw new Error(`there is no call ${call}`);
  const [known, how] = CALLS[call];
  refuseOthers(call, given, `store ${known}`);
  return how(run, given, expect ?? {});
}

// Ends what a run has left open.
function end(run) {
  for (const transaction of run.transactions.values()) functions.kv_txn_abort(transaction, {});
  for (const watched of run.watches.values()) functions.kv_watch_close(watched, {});
  for (const reader of run.readers.values()) reader.close();
  for (const writer of run.writers.values()) writer.abort();
  for (const store of run.stores.values()) abi.kv_close(store.handle, {});
}

module.exports = { end, make };
