// The calls of the behaviour cases on many entries: groups, lists of keys, batches.

'use strict';

const { functions } = require('./functions');
const { walked } = require('./scans');
const {
  PUT,
  at,
  bytesAt,
  data,
  expireFlags,
  plain,
  plainWith,
  putOptions,
  refuseOthers,
  toBytes,
  ttlOf,
  valued,
} = require('./values');

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
    PUT,
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
  check_lock: [
    'name lock',
    (run, b, s) => plain('kv_batch_check_lock', b, ...data(s.name), run.lock(s.lock)),
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

module.exports = { batch, deleteMany, getMany, groups, setMany };
