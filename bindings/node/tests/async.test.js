'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { runAsync } = require('../lib/calls');
const { lock } = require('../lib/lock');
const { inProcess, newPath, onEachEngine, sleep, withCode } = require('./fixture');

// Counts the turns of the event loop while a promise is pending.
async function turnsDuring(promise) {
  let turns = 0;
  const clock = setInterval(() => {
    turns += 1;
  }, 1);
  try {
    await promise;
  } finally {
    clearInterval(clock);
  }
  return turns;
}

test('every method of async returns a promise, also of an error in its arguments', async () => {
  const store = kv.open('memory:');
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(store.async))) {
    if (typeof store.async[name] !== 'function' || name === 'close' || name === 'constructor')
      continue;
    const promise = store.async[name](5n, 5n, 5n, 5n);
    assert(promise instanceof Promise, name);
    await promise.then(
      (made) => made?.close?.(),
      () => {},
    );
  }
  store.close();
});

test('the event loop goes on during a call that waits', async () => {
  const store = kv.open('memory:');
  store.lock('name', { leaseMs: 60_000 });
  // This one waits inside of the library, in a thread of the pool.
  const inside = runAsync(lock.call(store, 'name', { leaseMs: 5, waitMs: 200 }));
  assert((await turnsDuring(assert.rejects(inside, withCode('KV_CONFLICT')))) >= 10);
  const outside = store.async.lock('name', { leaseMs: 5, waitMs: 200 });
  assert((await turnsDuring(assert.rejects(outside, withCode('KV_CONFLICT')))) >= 10);
  store.close();
});

test('more calls than the pool takes at a time all succeed', () =>
  onEachEngine(async (store) => {
    const keys = Array.from({ length: 2000 }, (_, at) => `k${at}`);
    await Promise.all(keys.map((key) => store.async.set('g', key, key)));
    const values = await Promise.all(keys.map((key) => store.async.getString('g', key)));
    assert.deepStrictEqual(values, keys);
    assert.strictEqual(await store.async.count('g'), 2000);
  }));

test('arguments stay alive while garbage is collected', async () => {
  const store = kv.open('memory:');
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const calls = [];
  for (let at = 0; at < 300; at += 1) {
    calls.push(store.async.set(`g${at}`, Buffer.from(`k${at}`), Buffer.alloc(5000, at)));
    calls.push(store.scan('g', { from: Buffer.from('k'), prefix: `k${at}` }).async.toArray());
    if (at % 50 === 0) gc();
  }
  gc();
  await Promise.all(calls);
  for (let at = 0; at < 300; at += 1) {
    assert(store.get(`g${at}`, `k${at}`).equals(Buffer.alloc(5000, at)));
  }
  store.close();
});

for (const how of ['close', 'async.close']) {
  test(`calls in flight during ${how} succeed or say that the store is closed`, () =>
    onEachEngine(async (store) => {
      const calls = Array.from({ length: 500 }, (_, at) => store.async.set('g', `k${at}`, 'v'));
      const scans = Array.from({ length: 20 }, () => store.scan('g').async.toArray());
      await sleep(1);
      if (how === 'close') store.close();
      else await store.async.close();
      let succeeded = 0;
      for (const { status, reason } of await Promise.allSettled([...calls, ...scans])) {
        if (status === 'fulfilled') succeeded += 1;
        else assert(['KV_ERR_HANDLE', 'KV_ERR_CLOSED'].includes(reason.code), `${reason.stack}`);
      }
      assert(succeeded <= 520);
      await assert.rejects(store.async.get('g', 'k1'), withCode('KV_ERR_HANDLE'));
    }));
}

test('a process ends while calls are in flight', async () => {
  const path = newPath();
  for (const end of [
    'process.exit(7)',
    'setImmediate(() => process.exit(7))',
    'process.exitCode = 7',
  ]) {
    const { code, signal, stderr } = await inProcess(`
      const store = kv.open(${JSON.stringify(path)});
      const watch = store.watch();
      watch.async.poll(5).then(() => watch.close());
      store.lock('held', { leaseMs: 50 });
      store.async.lock('held', { leaseMs: 5, waitMs: 100 }).catch(() => {});
      for (let at = 0; at < 300; at += 1) store.async.set('g', 'k' + at, Buffer.alloc(1000)).catch(() => {});
      store.scan('g').async.toArray();
      store.openWriter('g', 'w').async.write(Buffer.alloc(1000)).catch(() => {});
      ${end};`);
    assert.deepStrictEqual([code, signal], [7, null], `${end}: ${stderr}`);
  }
  const store = kv.open(path);
  store.maintenance.check();
  store.close();
});

test('a lock is waited for without a thread, and ended by a signal', async () => {
  const store = kv.open('memory:');
  const first = store.lock('report', { leaseMs: 60_000, owner: 'worker 7' });
  assert.strictEqual(store.lockHolder('report').owner.toString(), 'worker 7');
  const held = withCode('KV_CONFLICT');
  assert.throws(() => store.lock('report', { leaseMs: 5 }), held);
  assert.throws(() => store.lock('report', { leaseMs: 5, waitMs: 20 }), held);
  await assert.rejects(store.async.lock('report', { leaseMs: 5, waitMs: 20 }), held);
  const signal = AbortSignal.timeout(20);
  const options = { leaseMs: 5, waitMs: null, signal };
  await assert.rejects(store.async.lock('report', options), { name: 'TimeoutError' });
  const waits = Array.from({ length: 20 }, async () => {
    const lock = await store.async.lock('report', { leaseMs: 60_000, waitMs: 10_000 });
    await lock.async.release();
    return lock.token;
  });
  await sleep(5);
  first.renew(60_000);
  first.release();
  const tokens = await Promise.all(waits);
  assert.strictEqual(new Set(tokens).size, 20);
  assert(tokens.every((token) => token > first.token));
  assert.throws(() => first.release(), held);
  assert.throws(() => first.renew(5), held);
  assert.strictEqual(store.lockHolder('report'), null);
  const short = store.lock('report', { leaseMs: 30 });
  const next = await store.async.lock('report', { leaseMs: 60_000, waitMs: 10_000 });
  assert(next.token > short.token);
  assert.throws(
    () => store.batch().checkLock(short).set('g', 'k', 'v').commit(),
    withCode('KV_CONFLICT', { step: 0 }),
  );
  store
    .batch()
    .checkLock(new kv.Lock(store, 'report', next))
    .set('g', 'k', 'v')
    .commit();
  assert.throws(() => store.lock('report'), { name: 'TypeError', message: /leaseMs/ });
  assert.throws(() => store.lock('', { leaseMs: 5 }), withCode('KV_ERR_ARGUMENT'));
  const closing = store.async.lock('report', { leaseMs: 5, waitMs: null });
  await sleep(5);
  store.close();
  await assert.rejects(closing, (error) => /^KV_ERR_(CLOSED|HANDLE)$/.test(error.code));
});

test('a lock that another process releases is acquired', async () => {
  const path = newPath();
  const store = kv.open(path);
  const other = inProcess(`
    const store = kv.open(${JSON.stringify(path)});
    const lock = store.lock('shared', { leaseMs: 60_000 });
    store.set('g', 'ready', '1');
    setTimeout(() => { lock.release(); store.close(); }, 100);`);
  while (!store.has('g', 'ready')) await sleep(2);
  const lock = await store.async.lock('shared', { leaseMs: 1000, waitMs: 10_000 });
  assert(lock.token > 0n);
  assert.strictEqual((await other).code, 0);
  store.close();
});

test('a bound store has deadlines, and ends by a cancel, a signal and a function', async () => {
  const store = kv.open('memory:');
  store.set('g', 'k', 'v');
  store.lock('held', { leaseMs: 60_000 });
  const wait = { leaseMs: 5, waitMs: 60_000 };
  const bound = store.bind({ timeoutMs: 30 });
  assert(bound instanceof kv.Store);
  assert.throws(() => bound.lock('held', wait), withCode('KV_ERR_DEADLINE'));
  const first = bound.arm(null);
  assert.strictEqual(typeof first, 'bigint');
  assert.strictEqual(bound.count('g'), 1);
  bound.cancel(first);
  assert.throws(() => bound.count('g'), withCode('KV_ERR_CANCELLED'));
  await assert.rejects(bound.async.count('g'), withCode('KV_ERR_CANCELLED'));
  bound.arm();
  bound.cancel(first);
  assert.strictEqual(await bound.async.count('g'), 1);
  let polls = 0;
  const poll = () => {
    polls += 1;
    return polls === 3;
  };
  const result = bound.pollWith(poll, (same) => {
    assert.strictEqual(same, bound);
    assert.throws(() => bound.lock('held', wait), withCode('KV_ERR_CANCELLED'));
    assert.throws(() => bound.async, TypeError);
    assert.throws(() => bound.pollWith(poll, () => {}), TypeError);
    return 'result';
  });
  assert.deepStrictEqual([polls, result], [3, 'result']);
  bound.arm();
  assert.throws(() => bound.lock('held', { ...wait, waitMs: 30 }), withCode('KV_CONFLICT'));
  assert.strictEqual(polls, 3);
  const failing = () => bound.lock('held', wait);
  assert.throws(
    () =>
      bound.pollWith(() => {
        throw new Error('stop');
      }, failing),
    withCode('KV_ERR_CANCELLED'),
  );
  assert.throws(() => bound.pollWith(poll), TypeError);
  bound.arm();
  bound.pollWith(
    () => false,
    () => bound.close(),
  );
  assert.strictEqual(bound.isClosed, true);
  bound.close();
  const controller = new AbortController();
  const stopped = await store.async.bind({ signal: controller.signal });
  assert.strictEqual(stopped.count('g'), 1);
  controller.abort();
  assert.throws(() => stopped.count('g'), withCode('KV_ERR_CANCELLED'));
  const aborted = store.bind({ signal: AbortSignal.abort() });
  assert.throws(() => aborted.count('g'), withCode('KV_ERR_CANCELLED'));
  aborted.close();
  assert.throws(() => store.bind({ timeout: 5 }), /did you mean timeoutMs/);
  stopped.close();
  store.close();
});
