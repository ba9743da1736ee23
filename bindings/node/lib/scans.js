// Scans of entries, keys, sizes and groups.

'use strict';

const { buffer, integer, options, span } = require('./arguments');
const { Cursor } = require('./cursor');
const { constants: K, functions } = require('./library');
const { Structure, number } = require('./memory');

const PATTERNS = { prefix: 0, glob: K.KV_SCAN_GLOB, redisGlob: K.KV_SCAN_GLOB_REDIS };
const BOUNDS = {
  from: ['lower', 0],
  above: ['lower', K.KV_SCAN_LOWER_EXCLUSIVE],
  below: ['upper', 0],
  to: ['upper', K.KV_SCAN_UPPER_INCLUSIVE],
};
const SCAN = [...Object.keys(PATTERNS), ...Object.keys(BOUNDS)].concat(
  'reverse limit offset snapshot'.split(' '),
);

// Throws a TypeError if more than one of some options is given, or returns its name.
function oneOf(call, given, names) {
  const set = names.filter((name) => given[name] !== undefined);
  if (set.length > 1) throw new TypeError(`${set.join(' and ')} of ${call} exclude each other`);
  return set[0];
}

// Returns a kv_scan_options.
function scanOptions(call, given, flags) {
  const chosen = options(call, given, SCAN);
  const structure = new Structure('kv_scan_options');
  let all = flags;
  const pattern = oneOf(call, chosen, Object.keys(PATTERNS));
  if (pattern) {
    structure.point('pattern', buffer(pattern, chosen[pattern]));
    all |= PATTERNS[pattern];
  }
  for (const names of [
    ['from', 'above'],
    ['below', 'to'],
  ]) {
    const bound = oneOf(call, chosen, names);
    if (!bound) continue;
    structure.point(BOUNDS[bound][0], buffer(bound, chosen[bound]));
    all |= BOUNDS[bound][1];
  }
  if (chosen.reverse) all |= K.KV_SCAN_REVERSE;
  if (chosen.snapshot) all |= K.KV_SCAN_SNAPSHOT;
  structure.set('flags', all);
  for (const name of ['limit', 'offset']) {
    if (chosen[name] !== undefined) structure.set(name, integer(name, chosen[name], 'uint64'));
  }
  return structure;
}

// The kinds of scans: the flags of each, and what its cursor returns.
const KINDS = {
  scan: [0, 'entry'],
  keys: [K.KV_SCAN_KEYS_ONLY, 'key'],
  sizes: [K.KV_SCAN_SIZES, 'size'],
};

// Returns the methods scan, keys and sizes, made of a function of kv.h. `of` returns the store or
// transaction of the object that is called, and `within` the operation for the one that opens a
// cursor.
function scansBy(name, of = (object) => object, within = (object, open) => open()) {
  const methods = Object.entries(KINDS).map(([call, [flags, pick]]) => [
    call,
    function scan(group, given) {
      const where = span('group', group);
      const structure = scanOptions(call, given, flags);
      const scanned = of(this);
      // The closure keeps the structure, and with it the bytes that it points to.
      function* open() {
        const cursor = number();
        yield [functions[name], scanned.handle, ...where, structure.bytes, cursor];
        return cursor[0];
      }
      return new Cursor(() => within(this, open), pick);
    },
  ]);
  return Object.fromEntries(methods);
}

function groups(prefix = '') {
  const where = span('prefix', prefix);
  const store = this;
  function* open() {
    const cursor = number();
    yield [functions.kv_groups, store.handle, ...where, cursor];
    return cursor[0];
  }
  return new Cursor(open, 'group');
}

module.exports = { SCAN, groups, oneOf, scansBy };
