// The values of the behaviour cases, as arguments of the package, and its results.

'use strict';

const kv = require('..');

// Bytes of a case.
function toBytes(written) {
  if (typeof written === 'string') return Buffer.from(written);
  if (written && typeof written.hex === 'string') return Buffer.from(written.hex, 'hex');
  if (written && typeof written.repeat === 'string') {
    return Buffer.from(written.repeat.repeat(written.times));
  }
  throw new Error(`${JSON.stringify(written)} is not bytes`);
}

const group = (a) => toBytes(a.group ?? '');
const at = (a) => [group(a), toBytes(a.key)];
const text = (written) => toBytes(written).toString();

// Returns an object without the fields that a case leaves out.
const given = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

// A ttl or an instant: undefined, null for never, or a number.
const time = (written) => (written === 'never' ? null : written);
const ttlOption = (a) => given({ ttlMs: time(a.ttl) });

function putOptions(run, a) {
  return given({
    ttlMs: time(a.ttl),
    expiresAtMs: time(a.expires_at),
    keepTtl: a.keep_ttl,
    durability: a.durability,
    condition: a.if === 'version' ? run.version(a.version) : a.if,
  });
}

const expireOptions = (a) => Object.fromEntries((a.flags ?? []).map((flag) => [flag, true]));

function scanOptions(a) {
  const { prefix, glob, redis_glob: redisGlob, from, above, below, to } = a;
  const bytes = Object.entries({ prefix, glob, redisGlob, from, above, below, to });
  const { offset, limit, reverse } = a;
  return given({
    ...Object.fromEntries(bytes.map(([name, it]) => [name, it === undefined ? it : toBytes(it)])),
    offset,
    limit,
    reverse,
  });
}

// The arguments of a put and a scan.
const PUT = 'group key value if version ttl expires_at keep_ttl durability';
const SCAN = 'group prefix glob redis_glob from above below to offset limit reverse';

const expiryOf = (ms) => (ms === null ? 'never' : BigInt(ms));
const OK = { status: 'ok' };
const NOT_FOUND = { status: 'not_found' };
const found = (isThere) => (isThere ? OK : NOT_FOUND);
const valued = (value) => (value === null ? NOT_FOUND : { ...OK, value: Buffer.from(value) });
const ttlRead = (ms) =>
  ms === undefined ? NOT_FOUND : { ...OK, ttl: ms === null ? 'never' : BigInt(ms) };
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

// Makes a call: a KvError is a status, and of a conflict the version and the step as well.
async function through(call) {
  try {
    return (await call()) ?? OK;
  } catch (error) {
    if (error instanceof kv.KvError) {
      const status = error.code.replace(/^KV_(ERR_)?/, '').toLowerCase();
      const { version, step } = error;
      return { status, version, failed: step === undefined ? undefined : BigInt(step) };
    }
    // A negative wait and a name with a NUL are refused before the library is called.
    if (error instanceof RangeError || error.message.includes(' holds a NUL')) {
      return { status: 'argument' };
    }
    if (error instanceof kv.DecodeError) return { status: 'decode' };
    throw error;
  }
}

function refuseOthers(what, arguments_, known) {
  for (const name of Object.keys(arguments_)) {
    if (!known.split(' ').includes(name)) throw new Error(`${what} does not know ${name}`);
  }
}

module.exports = {
  NOT_FOUND,
  OK,
  PUT,
  SCAN,
  at,
  expireOptions,
  expiryOf,
  found,
  given,
  group,
  putOptions,
  refuseOthers,
  scanOptions,
  snake,
  text,
  through,
  time,
  toBytes,
  ttlOption,
  ttlRead,
  valued,
};
