// The options of writes.

'use strict';

const { integer, options, ttl, word } = require('./arguments');
const { constants: K } = require('./library');
const { Structure } = require('./memory');

const CONDITIONS = { absent: K.KV_IF_ABSENT, present: K.KV_IF_PRESENT };
const DURABILITIES = { normal: K.KV_DURABILITY_NORMAL, full: K.KV_DURABILITY_FULL };
const PUT = ['ttlMs', 'expiresAtMs', 'keepTtl', 'condition', 'durability'];
const EXPIRE = { nx: K.KV_EXPIRE_NX, xx: K.KV_EXPIRE_XX, gt: K.KV_EXPIRE_GT, lt: K.KV_EXPIRE_LT };

// Sets the fields of the options for each option that is given.
const SETTERS = {
  ttlMs(structure, ms) {
    structure.set('expiry', K.KV_EXPIRY_AFTER);
    structure.set('time_ms', ttl('ttlMs', ms));
  },
  expiresAtMs(structure, ms) {
    structure.set('expiry', K.KV_EXPIRY_AT);
    structure.set('time_ms', ttl('expiresAtMs', ms));
  },
  keepTtl(structure, isKept) {
    if (isKept) structure.set('expiry', K.KV_EXPIRY_KEEP);
  },
  durability(structure, name) {
    structure.set('durability', word('durability', name, DURABILITIES));
  },
  condition(structure, one) {
    if (typeof one === 'string') {
      structure.set('condition', word('condition, if it is no version,', one, CONDITIONS));
      return;
    }
    structure.set('condition', K.KV_IF_VERSION);
    structure.set('version', integer('condition', one, 'uint64'));
  },
};

// Returns the memory of a kv_put_options, or null for the defaults: one of `ttlMs`, `expiresAtMs`,
// for which null is for ever, and `keepTtl`; the `durability`, 'normal' or 'full'; and the
// `condition` that has to hold, 'absent', 'present' or a version, where 0n is absent.
function putOptions(call, given) {
  const set = Object.entries(options(call, given, PUT)).filter(([, value]) => value !== undefined);
  if (!set.length) return null;
  const expiries = [given.ttlMs !== undefined, given.expiresAtMs !== undefined, !!given.keepTtl];
  if (expiries.filter(Boolean).length > 1) {
    throw new TypeError(`ttlMs, expiresAtMs and keepTtl of ${call} exclude each other`);
  }
  const structure = new Structure('kv_put_options');
  for (const [name, value] of set) SETTERS[name](structure, value);
  return structure.bytes;
}

// Returns the ttl among the options of a call that has no other.
const ttlOption = (call, given) => ttl('ttlMs', options(call, given, ['ttlMs']).ttlMs);

// Returns the flags of an expire.
function expireFlags(given) {
  const chosen = Object.entries(options('expire', given, Object.keys(EXPIRE)));
  return chosen.reduce((flags, [name, isSet]) => (isSet ? flags | EXPIRE[name] : flags), 0);
}

module.exports = { PUT, expireFlags, putOptions, ttlOption };
