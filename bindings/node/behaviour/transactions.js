// Batches and transactions of the behaviour cases.

'use strict';

const { scan } = require('./entries');
const v = require('./values');

const { OK, PUT, SCAN, at, group, toBytes } = v;

// How each step of a batch is added to it.
const STEPS = {
  check: ['group key version', (run, b, s) => b.check(...at(s), run.version(s.version))],
  get: ['group key', (run, b, s) => b.get(...at(s))],
  set: [PUT, (run, b, s) => b.set(...at(s), toBytes(s.value), v.putOptions(run, s))],
  delete: ['group key', (run, b, s) => b.delete(...at(s))],
  take: ['group key', (run, b, s) => b.take(...at(s))],
  increment: [
    'group key delta ttl',
    (run, b, s) => b.increment(...at(s), BigInt(s.delta), v.ttlOption(s)),
  ],
  append: [
    'group key value ttl',
    (run, b, s) => b.append(...at(s), toBytes(s.value), v.ttlOption(s)),
  ],
  expire: [
    'group key ttl flags',
    (run, b, s) => b.expire(...at(s), v.time(s.ttl), v.expireOptions(s)),
  ],
  delete_prefix: ['group prefix', (run, b, s) => b.deletePrefix(group(s), toBytes(s.prefix))],
  check_lock: ['name lock', (run, b, s) => b.checkLock(run.lock(s.lock))],
};

async function batch(run, a) {
  const steps = run.store(a).batch();
  for (const { step, ...given } of a.steps) {
    if (!Object.hasOwn(STEPS, step)) throw new Error(`there is no step ${step}`);
    v.refuseOthers(`the step ${step}`, given, STEPS[step][0]);
    STEPS[step][1](run, steps, given);
  }
  const results = await (run.isAsync ? steps.async.commit() : steps.commit());
  return {
    ...OK,
    results: results.map(({ status, value }) => ({
      status: v.snake(status),
      value: value ?? undefined,
    })),
  };
}

// A call of a transaction, which is the first argument of `make`.
const call = (known, make) => [
  `txn ${known}`.trim(),
  (run, a, expected) => make(run.transaction(a.txn), a, run, expected),
];

const transactions = {
  batch: ['steps', batch],
  txn_begin: ['txn', async (run, a) => void run.transactions.set(a.txn, await run.api(a).begin())],
  txn_get: call('group key', async (txn, a) => v.valued(await txn.get(...at(a)))),
  txn_scan: call(SCAN, (txn, a, run, expected) => scan(run, txn, a, expected)),
  txn_set: call(PUT, (txn, a, run) => txn.set(...at(a), toBytes(a.value), v.putOptions(run, a))),
  txn_delete: call('group key', async (txn, a) => v.found(await txn.delete(...at(a)))),
  txn_exists: call('group key', async (txn, a) => v.found(await txn.has(...at(a)))),
  txn_ttl: call('group key', async (txn, a) => v.ttlRead(await txn.ttl(...at(a)))),
  txn_increment: call('group key delta ttl', async (txn, a) => ({
    ...OK,
    sum: await txn.increment(...at(a), BigInt(a.delta), v.ttlOption(a)),
  })),
  txn_append: call('group key value ttl', async (txn, a) => ({
    ...OK,
    length: BigInt(await txn.append(...at(a), toBytes(a.value), v.ttlOption(a))),
  })),
  txn_expire: call('group key ttl flags', async (txn, a) =>
    v.found(await txn.expire(...at(a), v.time(a.ttl), v.expireOptions(a))),
  ),
  txn_commit: call('', (txn) => txn.commit()),
  txn_abort: call('', (txn) => txn.abort()),
};

module.exports = { transactions };
