// The values of the behaviour cases, as arguments of the functions of kv.h, and their results.

'use strict';

const fs = require('node:fs');
const koffi = require('koffi');
const { abi } = require('../abi');
const { KvError } = require('../kv');
const { functions } = require('./functions');

// Every number of the header by its name.
function constantsOf(header) {
  const text = fs.readFileSync(header, 'utf8');
  const defined = text.matchAll(/^#define (KV_\w+) \(?(-?\d+)\)?$/gm);
  return Object.fromEntries([...defined].map(([, name, number]) => [name, Number(number)]));
}

// The header is the first argument of the program.
const K = constantsOf(process.argv[2]);
const TTL_DEFAULT = -(2n ** 63n);
const OUTCOMES = ['OK', 'NOT_FOUND', 'CONFLICT', 'DONE', 'TIMEOUT', 'TOO_SMALL'];
const ERRORS = Object.keys(K).filter((name) => name.startsWith('KV_ERR_'));
const STATUS_NAMES = new Map(
  [...OUTCOMES.map((name) => `KV_${name}`), ...ERRORS].map((name) => [
    K[name],
    name.replace(/^KV_(ERR_)?/, '').toLowerCase(),
  ]),
);

const statusName = (status) => {
  if (!STATUS_NAMES.has(status)) throw new Error(`the status ${status} has no name`);
  return STATUS_NAMES.get(status);
};

// Bytes of a case.
function toBytes(written) {
  if (typeof written === 'string') return Buffer.from(written);
  if (written && typeof written.hex === 'string') return Buffer.from(written.hex, 'hex');
  if (written && typeof written.repeat === 'string') {
    return Buffer.from(written.repeat.repeat(written.times));
  }
  throw new Error(`${JSON.stringify(written)} is not bytes`);
}

// Pointer and length. koffi has NULL for an empty buffer, which is also what an absent bound is.
function data(written) {
  const bytes = toBytes(written);
  return [bytes.length ? bytes : Buffer.alloc(1), bytes.length];
}
const at = (a) => [...data(a.group ?? ''), ...data(a.key)];
const text = (written) => toBytes(written).toString();

function bytesAt(pointer, length) {
  return length ? Buffer.from(Buffer.from(koffi.view(pointer, length))) : Buffer.alloc(0);
}

// The bytes of a pinned value, or undefined if there is none; the value is freed.
function freed(value) {
  const bytes = value.data ? bytesAt(value.data, value.len) : undefined;
  if (value.owner) abi.kv_value_free(value);
  return bytes;
}

const ttlOf = (a) => {
  if (a.ttl === undefined) return TTL_DEFAULT;
  return a.ttl === 'never' ? K.KV_TTL_NEVER : a.ttl;
};
const expiryOf = (milliseconds) =>
  Number(milliseconds) === K.KV_TTL_NEVER ? 'never' : BigInt(milliseconds);

const CONDITIONS = { absent: 'KV_IF_ABSENT', present: 'KV_IF_PRESENT', version: 'KV_IF_VERSION' };

const DURABILITIES = { normal: 'KV_DURABILITY_NORMAL', full: 'KV_DURABILITY_FULL' };

function putOptions(run, a) {
  const options = { size: koffi.sizeof('kv_put_options'), version: 0, time_ms: 0 };
  options.durability =
    a.durability === undefined ? K.KV_DURABILITY_DEFAULT : K[DURABILITIES[a.durability]];
  options.condition = a.if === undefined ? K.KV_IF_ANY : K[CONDITIONS[a.if]];
  if (a.version !== undefined) options.version = run.version(a.version);
  options.expiry = K.KV_EXPIRY_DEFAULT;
  if (a.keep_ttl) options.expiry = K.KV_EXPIRY_KEEP;
  if (a.ttl !== undefined) [options.expiry, options.time_ms] = [K.KV_EXPIRY_AFTER, ttlOf(a)];
  if (a.expires_at !== undefined) {
    options.expiry = K.KV_EXPIRY_AT;
    options.time_ms = a.expires_at === 'never' ? K.KV_TTL_NEVER : a.expires_at;
  }
  return options;
}

const expireFlags = (a) =>
  (a.flags ?? []).reduce((flags, name) => flags | K[`KV_EXPIRE_${name.toUpperCase()}`], 0);

// The arguments of a put, but `save`.
const PUT = 'group key value if version ttl expires_at keep_ttl durability';

// A call of kv.h that returns a status and nothing else.
const plain = (name, ...given) => ({ status: statusName(functions[name](...given, {})) });

// One with a number as its last output.
function counted(field, name, ...given) {
  const number = [0];
  const status = statusName(functions[name](...given, number, {}));
  return { status, [field]: BigInt(number[0]) };
}

// One with a pinned value as its last output.
function valued(name, ...given) {
  const value = {};
  const status = statusName(functions[name](...given, value, {}));
  return { status, value: freed(value) };
}

// One with a handle as its last output.
const plainWith = (name, handle, ...given) => ({
  status: statusName(functions[name](...given, handle, {})),
});

// A call of the example: what it throws is a status, and of a conflict the version as well.
function through(call) {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    return { status: statusName(error.status), version: error.version };
  }
}

function refuseOthers(what, given, known) {
  for (const name of Object.keys(given)) {
    if (!known.split(' ').includes(name)) throw new Error(`${what} does not know ${name}`);
  }
}

module.exports = {
  K,
  PUT,
  at,
  bytesAt,
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
};
