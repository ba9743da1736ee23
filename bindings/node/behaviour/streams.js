// Values in pieces of the behaviour cases, by the writers and readers of the example.

'use strict';

const { expiryOf, through, toBytes } = require('./values');

const OK = { status: 'ok' };

// An expiry of a case as a caller of the example passes it.
const given = (written) => (written === 'never' ? null : written);

function openWriter(run, a) {
  const options = { ttlMs: given(a.ttl), expiresAtMs: given(a.expires_at), keepTtl: a.keep_ttl };
  options.condition = a.if === 'version' ? run.version(a.version) : a.if;
  options.durability = a.durability;
  const writer = run.store(a).openWriter(toBytes(a.group ?? ''), toBytes(a.key), options);
  run.writers.set(a.writer, writer);
  return OK;
}

function commit(run, a) {
  const version = run.writers.get(a.writer).commit();
  if (a.save) run.saved.set(a.save, version);
  return { ...OK, version };
}

function openReader(run, a) {
  const reader = run.store(a).openReader(toBytes(a.group ?? ''), toBytes(a.key));
  if (!reader) return { status: 'not_found' };
  run.readers.set(a.reader, reader);
  return OK;
}

function info(run, a) {
  const { size, version, expiresAtMs } = run.readers.get(a.reader);
  return { ...OK, size: BigInt(size), version, expires_at: expiryOf(expiresAtMs ?? -1) };
}

// The arguments of each call, but `store`, and how it is made.
const calls = {
  writer_open: ['writer group key if version ttl expires_at keep_ttl durability', openWriter],
  writer_write: [
    'writer value',
    (run, a) => run.writers.get(a.writer).write(toBytes(a.value)) ?? OK,
  ],
  writer_size: ['writer', (run, a) => ({ ...OK, size: BigInt(run.writers.get(a.writer).size()) })],
  writer_commit: ['writer save', commit],
  writer_abort: ['writer', (run, a) => run.writers.get(a.writer).abort() ?? OK],
  reader_open: ['reader group key', openReader],
  reader_info: ['reader', info],
  reader_read: [
    'reader offset length',
    (run, a) => ({ ...OK, value: run.readers.get(a.reader).read(a.offset, a.length) }),
  ],
  reader_close: ['reader', (run, a) => run.readers.get(a.reader).close() ?? OK],
};

const entries = Object.entries(calls).map(([name, [known, make]]) => [
  name,
  [known, (run, a) => through(() => make(run, a))],
]);

module.exports = { streams: Object.fromEntries(entries) };
