// Scans of the behaviour cases.

'use strict';

const koffi = require('koffi');
const { functions } = require('./functions');
const { K, bytesAt, data, plainWith, statusName } = require('./values');

// The arguments of a scan.
const SCAN = 'group prefix glob redis_glob from above below to offset limit reverse';

// Walks a cursor to its end; `pick` makes an element of each entry.
function walked(cursor, pick) {
  const found = [];
  for (;;) {
    const entry = {};
    const status = statusName(functions.kv_cursor_next(cursor, entry, {}));
    if (status !== 'ok') {
      functions.kv_cursor_close(cursor, {});
      return { status: status === 'done' ? 'ok' : status, found };
    }
    found.push(pick(entry));
  }
}

const entryOf = (entry) => ({
  key: bytesAt(entry.key, entry.key_len),
  value: bytesAt(entry.value, entry.value_len),
});

// Scans with a function of kv.h, which takes the handle.
function scan(name, handle, a, isKeysOnly) {
  const bounds = {
    pattern: null,
    pattern_len: 0,
    lower: null,
    lower_len: 0,
    upper: null,
    upper_len: 0,
  };
  const options = {
    size: koffi.sizeof('kv_scan_options'),
    flags: 0,
    ...bounds,
    limit: a.limit ?? 0,
    offset: a.offset ?? 0,
  };
  const bound = (field, written, flag = 0) => {
    if (written === undefined) return;
    [options[field], options[`${field}_len`]] = data(written);
    options.flags |= flag;
  };
  bound('pattern', a.prefix);
  bound('pattern', a.glob, K.KV_SCAN_GLOB);
  bound('pattern', a.redis_glob, K.KV_SCAN_GLOB_REDIS);
  bound('lower', a.from);
  bound('lower', a.above, K.KV_SCAN_LOWER_EXCLUSIVE);
  bound('upper', a.below);
  bound('upper', a.to, K.KV_SCAN_UPPER_INCLUSIVE);
  if (a.reverse) options.flags |= K.KV_SCAN_REVERSE;
  if (isKeysOnly) options.flags |= K.KV_SCAN_KEYS_ONLY;
  const cursor = {};
  const begun = plainWith(name, cursor, handle, ...data(a.group ?? ''), options);
  if (begun.status !== 'ok') return begun;
  const { status: ended, found } = walked(cursor, entryOf);
  return isKeysOnly
    ? { status: ended, keys: found.map((one) => one.key) }
    : { status: ended, entries: found };
}

module.exports = { SCAN, scan, walked };
