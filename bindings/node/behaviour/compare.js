// Compares the results of a call of a behaviour case with those that the case expects.

'use strict';

const assert = require('node:assert');
const { read } = require('./typed');
const { toBytes } = require('./values');

// As far below the ttl that was written as a reading may be; it may be 1 above.
const SLACK_MS = 60_000n;

// The difference between an expected result and a returned one.
class Difference extends Error {}

const instant = (written) => (written === 'never' ? written : BigInt(written));
const entry = ({ key, value }) => ({ key: toBytes(key), value: toBytes(value) });
const names = (written) => (Array.isArray(written) ? written.map(toBytes) : BigInt(written));
const result = ({ status, value }) => ({
  status,
  value: value === undefined ? undefined : toBytes(value),
});

function event({ type, ...parts }) {
  const read = (name, written) => (name === 'size' ? BigInt(written) : toBytes(written));
  const bytes = Object.entries(parts).map(([name, written]) => [name, read(name, written)]);
  return { type, ...Object.fromEntries(bytes) };
}

// How an expectation is written for a comparison with what a call returns.
const READ = {
  value: toBytes,
  owner: toBytes,
  response: (written) => (written === undefined ? undefined : toBytes(written)),
  sum: BigInt,
  length: BigInt,
  count: BigInt,
  size: BigInt,
  failed: BigInt,
  max_keys: BigInt,
  max_groups: BigInt,
  max_bytes: BigInt,
  bytes: BigInt,
  // Lists of names, and of a quota the numbers.
  keys: names,
  groups: names,
  deleted: names,
  entries: (list) => list.map(entry),
  results: (list) => list.map(result),
  expires_at: instant,
  state: String,
  event,
  record: read,
  records: (list) => list.map(({ key, record }) => ({ key: toBytes(key), record: read(record) })),
  trace: (list) => list,
};

function isEqual(found, wanted) {
  try {
    assert.deepStrictEqual(found, wanted);
    return true;
  } catch {
    return false;
  }
}

function isWithin(found, written) {
  if (written === 'never' || typeof found !== 'bigint') return found === written;
  return found >= BigInt(written) - SLACK_MS && found <= BigInt(written) + 1n;
}

function holds(run, field, written, returned) {
  if (field === 'ttl') return isWithin(returned.ttl, written);
  if (field === 'version') return returned.version === run.version(written);
  if (field === 'newer_than') return returned.version > run.version(written);
  if (!Object.hasOwn(READ, field)) throw new Error(`there is no expectation ${field}`);
  return isEqual(returned[field], READ[field](written));
}

const show = (it) =>
  JSON.stringify(it, (_, value) => (typeof value === 'bigint' ? String(value) : value));

// Throws a Difference unless what was returned is what is expected.
function compare(run, call, returned) {
  const differ = (field, wanted, found) => {
    const text = `${field}: expected ${show(wanted)}, returned ${show(found)}`;
    throw new Difference(`${show(call)}\n  ${text}`);
  };
  const { status = 'ok', ...expected } = call.expect ?? {};
  // The status first: what else differs follows from it.
  if (![status].flat().includes(returned.status)) differ('status', status, returned.status);
  // Without a response that is expected there must be none.
  if ('state' in expected) expected.response ??= undefined;
  for (const [field, written] of Object.entries(expected)) {
    if (holds(run, field, written, returned)) continue;
    differ(field, written, returned[field === 'newer_than' ? 'version' : field]);
  }
}

module.exports = { Difference, compare };
