// The calls of the behaviour cases, made through the public interface of the package.

'use strict';

const kv = require('..');
const { entries } = require('./entries');
const { transactions } = require('./transactions');
const { typed } = require('./typed');
const v = require('./values');

const { OK, toBytes } = v;

// The longest wait for an event.
const POLL_MS = 10_000;

async function watch(run, a) {
  const part = (written) => (written === undefined ? undefined : toBytes(written));
  const options = {
    group: part(a.group),
    groupPrefix: part(a.group_prefix),
    key: part(a.key),
    keyPrefix: part(a.key_prefix),
  };
  run.watches.set(a.watch, await run.api(a).watch(options));
}

async function poll(run, a) {
  const watched = run.watches.get(a.watch);
  const event = await (run.isAsync ? watched.async.poll(POLL_MS) : watched.poll(POLL_MS));
  if (!event) return { status: 'timeout' };
  const received = { type: v.snake(event.type), group: event.group };
  if (event.key) received.key = event.key;
  if (event.value) received.value = event.value;
  if (event.type === 'setLarge') received.size = BigInt(event.valueSize);
  return { ...OK, event: received };
}

async function openWriter(run, a) {
  const writer = await run.api(a).openWriter(...v.at(a), v.putOptions(run, a));
  run.writers.set(a.writer, writer);
}

async function commit(run, a) {
  const version = await run.twin(run.writers.get(a.writer)).commit();
  if (a.save) run.saved.set(a.save, version);
  return { ...OK, version };
}

async function openReader(run, a) {
  const reader = await run.api(a).openReader(...v.at(a));
  if (!reader) return v.NOT_FOUND;
  run.readers.set(a.reader, reader);
  return OK;
}

function info(run, a) {
  const { size, version, expiresAtMs } = run.readers.get(a.reader);
  return { ...OK, size: BigInt(size), version, expires_at: v.expiryOf(expiresAtMs) };
}

const record = (read) =>
  read === null
    ? v.NOT_FOUND
    : { ...OK, state: v.snake(read.state), response: read.response ?? undefined };

async function idempotencyBegin(run, a) {
  const begun = await run
    .api(a)
    .idempotency.begin(toBytes(a.key), toBytes(a.request), { ttlMs: v.time(a.ttl) });
  if (a.save) run.saved.set(a.save, begun.token);
  return record(begun);
}

async function complete(run, a) {
  const given = [toBytes(a.key), run.version(a.token), toBytes(a.response)];
  try {
    await run.api(a).idempotency.complete(...given);
    return OK;
  } catch (error) {
    // The version says that the record has gone.
    if (error.code === 'KV_CONFLICT' && error.version === 0n) return v.NOT_FOUND;
    throw error;
  }
}

async function acquire(run, a) {
  const options = { leaseMs: a.lease, waitMs: a.wait, owner: a.owner && toBytes(a.owner) };
  const lock = await run.api(a).lock(toBytes(a.name), v.given(options));
  // The token is what the expectation `newer_than` compares.
  if (a.save) run.saved.set(a.save, lock.token);
  if (a.save) run.locks.set(a.save, lock);
  return { ...OK, version: lock.token };
}

// The lock of a case, by the name that the call has, in the store of the call.
const lockOf = (run, a) => run.twin(new kv.Lock(run.store(a), toBytes(a.name), run.lock(a.lock)));

async function lockGet(run, a) {
  const holder = await run.api(a).lockHolder(toBytes(a.name));
  if (!holder) return v.NOT_FOUND;
  const { owner, expiresAtMs } = holder;
  return { ...OK, owner, ttl: BigInt(expiresAtMs - Date.now()) };
}

async function derived(run, a, made) {
  run.stores.set(a.as, await made);
}

// The arguments of each call, but `store`, and how it is made.
const CALLS = {
  open: ['options', (run, a) => run.open(a.store, a.options)],
  scope: ['name as', (run, a) => derived(run, a, run.api(a).scope(v.text(a.name)))],
  snapshot: ['as', (run, a) => derived(run, a, run.api(a).snapshot())],
  close: ['', (run, a) => run.api(a).close()],
  ...entries,
  ...transactions,
  ...typed,
  writer_open: ['writer group key if version ttl expires_at keep_ttl durability', openWriter],
  writer_write: [
    'writer value',
    (run, a) => run.twin(run.writers.get(a.writer)).write(toBytes(a.value)),
  ],
  writer_size: [
    'writer',
    async (run, a) => ({ ...OK, size: BigInt(await run.twin(run.writers.get(a.writer)).size()) }),
  ],
  writer_commit: ['writer save', commit],
  writer_abort: ['writer', (run, a) => run.twin(run.writers.get(a.writer)).abort()],
  reader_open: ['reader group key', openReader],
  reader_info: ['reader', info],
  reader_read: [
    'reader offset length',
    async (run, a) => ({
      ...OK,
      value: await run.twin(run.readers.get(a.reader)).read(a.offset, a.length),
    }),
  ],
  reader_close: ['reader', (run, a) => run.twin(run.readers.get(a.reader)).close()],
  watch: ['watch group group_prefix key key_prefix', watch],
  poll: ['watch', poll],
  idempotency_begin: ['key request ttl save', idempotencyBegin],
  idempotency_get: [
    'key',
    async (run, a) => record(await run.api(a).idempotency.get(toBytes(a.key))),
  ],
  idempotency_complete: ['key token response', complete],
  idempotency_forget: [
    'key token',
    async (run, a) =>
      v.found(await run.api(a).idempotency.forget(toBytes(a.key), run.version(a.token))),
  ],
  lock_acquire: ['name owner lease wait save', acquire],
  lock_renew: ['name lock lease', (run, a) => lockOf(run, a).renew(a.lease)],
  lock_release: ['name lock', (run, a) => lockOf(run, a).release()],
  lock_get: ['name', lockGet],
};

// Makes a call of a case and returns its status and results.
async function make(run, { call, expect, ...given }) {
  if (!Object.hasOwn(CALLS, call)) throw new Error(`there is no call ${call}`);
  const [known, how] = CALLS[call];
  v.refuseOthers(call, given, `store ${known}`);
  return v.through(async () => how(run, given, expect ?? {}));
}

module.exports = { make };
