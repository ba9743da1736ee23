// The calls of the behaviour cases on many entries: scans, groups, lists of keys, batches.

'use strict';

const koffi = require('koffi');
const { functions } = require('./functions');
const {
  K,
  at,
  bytesAt,
  data,
  expireFlags,
  plain,
  plainWith,
  putOptions,
  refuseOthers,
  statusName,
  toBytes,
  ttlOf,
  valued,
} = require('./values');

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

function scan(run, a, isKeysOnly) {
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
  const status = functions.kv_scan(run.handle(a), ...data(a.group ?? ''), options, cursor, {});
  if (status !== 0) return { status: statusName(status) };
  const { status: ended, found } = walked(cursor, entryOf);
  return isKeysOnly
    ? { status: ended, keys: found.map((one) => one.key) }
    : { status: ended, entries: found };
}

function groups(run, a) {
  const cursor = {};
  const begun = plainWith('kv_groups', cursor, run.handle(a), ...data(a.prefix ?? ''));
  if (begun.status !== 'ok') return begun;
  const { status, found } = walked(cursor, (one) => bytesAt(one.group, one.group_len));
  return { status, groups: found };
}

// How each step of a batch is added to it.
const STEPS = {
  check: [
    'group key version',
    (run, b, s) => plain('kv_batch_check', b, ...at(s), run.version(s.version)),
  ],
  get: ['group key', (run, b, s) => plain('kv_batch_get', b, ...at(s))],
  set: [
    'group key value if version ttl expires_at keep_ttl durability',
    (run, b, s) => plain('kv_batch_set', b, ...at(s), ...data(s.value), putOptions(run, s)),
  ],
  delete: ['group key', (run, b, s) => plain('kv_batch_delete', b, ...at(s))],
  take: ['group key', (run, b, s) => plain('kv_batch_take', b, ...at(s))],
  increment: [
    'group key delta ttl',
    (run, b, s) => plain('kv_batch_increment', b, ...at(s), BigInt(s.delta), ttlOf(s)),
  ],
  append: [
    'group key value ttl',
    (run, b, s) => plain('kv_batch_append', b, ...at(s), ...data(s.value), ttlOf(s)),
  ],
  expire: [
    'group key ttl flags',
    (run, b, s) => plain('kv_batch_expire', b, ...at(s), ttlOf(s), expireFlags(s)),
  ],
  delete_prefix: [
    'group prefix',
    (run, b, s) => plain('kv_batch_delete_prefix', b, ...data(s.group ?? ''), ...data(s.prefix)),
  ],
};

function batch(run, a, steps) {
  const handle = {};
  functions.kv_batch_new(handle, {});
  try {
    for (const { step, ...given } of steps) {
      if (!Object.hasOwn(STEPS, step)) throw new Error(`there is no step ${step}`);
      refuseOthers(`the step ${step}`, given, STEPS[step][0]);
      const added = STEPS[step][1](run, handle, given);
      if (added.status !== 'ok') return added;
    }
    const { status } = plain('kv_batch_commit', run.handle(a), handle);
    if (status !== 'ok' && status !== 'conflict') return { status };
    const results = steps.map((_, index) => valued('kv_batch_result', handle, index));
    if (status === 'ok') return { status, results };
    return { status, failed: BigInt(results.findIndex((result) => result.status === 'conflict')) };
  } finally {
    functions.kv_batch_close(handle, {});
  }
}

function deleteMany(run, a) {
  const steps = a.keys.map((key) => ({ step: 'delete', group: a.group ?? '', key }));
  const { status, results } = batch(run, a, steps);
  const deleted = a.keys.map(toBytes).filter((_, index) => results?.[index].status === 'ok');
  return { status, count: BigInt(deleted.length), deleted };
}

function getMany(run, a) {
  const steps = a.keys.map((key) => ({ step: 'get', group: a.group ?? '', key }));
  const { status, results } = batch(run, a, steps);
  const found = (results ?? []).map((one, index) => ({ key: toBytes(a.keys[index]), ...one }));
  const entries = found
    .filter((one) => one.status === 'ok')
    .map(({ key, value }) => ({ key, value }));
  return { status, entries };
}

function setMany(run, a) {
  const ttl = a.ttl === undefined ? {} : { ttl: a.ttl };
  return batch(
    run,
    a,
    a.entries.map((entry) => ({ step: 'set', group: a.group ?? '', ...entry, ...ttl })),
  );
}

module.exports = { batch, deleteMany, getMany, groups, scan, setMany };
