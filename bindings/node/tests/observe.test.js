'use strict';

const assert = require('node:assert');
const { afterEach, test } = require('node:test');
const { Worker } = require('node:worker_threads');
const path = require('node:path');
const kv = require('..');
const { layouts } = require('../lib/library');
const { camel } = require('../lib/observed_names');
const { inProcess, newPath, onEachEngine, sleep, until, withCode } = require('./fixture');

const folder = path.dirname(__dirname);

afterEach(() => {
  kv.setLog('off');
  kv.setTrace(null);
});

const namesOf = (structure) =>
  Object.keys(layouts[structure].fields)
    .filter((name) => !['size', 'reserved'].includes(name))
    .map(camel);

// Opens and closes a store with a write whose names and value no record may have.
function use(location) {
  const store = kv.open(location);
  store.set('secret group', 'secret key', 'secret value');
  store.close();
}

test('usage counts the entries, and metrics have the fields of the structures', () =>
  onEachEngine(async (store) => {
    store.set('group', 'key', 'value');
    store.get('group', 'key');
    store.get('group', 'none');
    for (const maintenance of [store.maintenance, store.async.maintenance]) {
      const usage = await maintenance.usage();
      assert.deepStrictEqual(usage, { entries: 1, bytes: 13, expiredEntries: 0 });
      const metrics = await maintenance.metrics();
      assert.deepStrictEqual(Object.keys(metrics), namesOf('kv_metrics'));
      assert.deepStrictEqual([metrics.hits, metrics.misses, metrics.commits], [1, 1, 1]);
      assert.deepStrictEqual([metrics.poisoned, metrics.readOnly], [false, false]);
      assert.deepStrictEqual(metrics.groupSizes, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
      const text = await maintenance.metricsText();
      assert.match(text, /^kv_commits_total\{store=".*"\} 1$/m);
      assert(!text.includes('secret'));
    }
  }));

test('each kind of calls has metrics', async () => {
  const store = kv.open('memory:');
  store.deletePrefix('g', 'a');
  assert.throws(() => store.scope('not a name'), withCode('KV_ERR_ARGUMENT'));
  const found = store.maintenance.callMetrics('deleteRange');
  assert.deepStrictEqual(Object.keys(found), namesOf('kv_call_metrics'));
  assert.deepStrictEqual([found.kind, found.calls, found.errors], ['deleteRange', 1, 0]);
  assert(found.totalNs > 0 && found.longestNs === found.totalNs);
  assert.strictEqual(found.buckets.length, kv.constants.KV_DURATION_BUCKETS);
  assert.strictEqual(
    found.buckets.reduce((sum, count) => sum + count),
    1,
  );
  const scopes = await store.async.maintenance.callMetrics('namespace');
  assert.deepStrictEqual([scopes.calls, scopes.errors], [1, 1]);
  for (const wrong of ['colour', 'delete_range', 5, undefined, null, 'toString']) {
    assert.throws(() => store.maintenance.callMetrics(wrong), TypeError);
  }
  store.close();
});

test('a snapshot and a closed store have no metrics', () => {
  const store = kv.open('memory:');
  const snapshot = store.snapshot();
  const calls = ['stats', 'usage', 'metrics', 'metricsText'];
  for (const call of calls) {
    assert.throws(() => snapshot.maintenance[call](), withCode('KV_ERR_UNSUPPORTED'));
  }
  snapshot.close();
  store.close();
  for (const call of calls) {
    assert.throws(() => store.maintenance[call](), withCode('KV_ERR_HANDLE'));
  }
  assert.throws(() => store.maintenance.callMetrics('get'), withCode('KV_ERR_HANDLE'));
});

test('a log has records of its level, until it ends', async () => {
  const file = newPath();
  const began = Date.now();
  for (const [level, least] of Object.entries({ error: 0, warn: 0, info: 2, debug: 2 })) {
    const records = [];
    kv.setLog(level, (record) => void records.push(record));
    use(file);
    // All that was logged before has arrived when this returns.
    kv.setLog('off');
    assert(level === 'debug' ? records.length >= least : records.length === least, level);
    for (const record of records) {
      assert.strictEqual(record.store, file);
      assert(record.timeMs >= began && record.timeMs <= Date.now() && record.message);
      assert(!JSON.stringify(record).includes('secret'));
    }
    if (level === 'info') {
      const shown = records.map((record) => `${record.level} ${record.topic}`);
      assert.deepStrictEqual(shown, ['info open', 'info close']);
    }
    const before = records.length;
    use(file);
    await sleep(20);
    assert.strictEqual(records.length, before);
  }
});

test('records come by the event loop, also of calls in other threads', async () => {
  const records = [];
  kv.setLog('info', ({ topic }) => void records.push(topic));
  const store = await kv.async.open(newPath());
  await store.async.close();
  await until(() => records.length === 2);
  const others = [];
  kv.setLog('info', ({ topic }) => void others.push(topic));
  use(newPath());
  await until(() => others.length === 2);
  assert.deepStrictEqual([records, others], [
    ['open', 'close'],
    ['open', 'close'],
  ]);
});

test('a slow call is in the log without its key', () => {
  const records = [];
  kv.setLog('warn', (record) => void records.push(record));
  const store = kv.open('memory:?slow=20ms');
  store.lock('secret', { leaseMs: 60_000 });
  assert.throws(() => store.lock('secret', { leaseMs: 60_000, waitMs: 40 }));
  store.close();
  kv.setLog('off');
  assert.strictEqual(records.filter(({ topic }) => topic === 'slow').length >= 1, true);
  assert(!JSON.stringify(records).includes('secret'), JSON.stringify(records));
});

test('no record has a password', () => {
  const records = [];
  kv.setLog('debug', (record) => void records.push(record));
  const location = 'redis://ada:secret@127.0.0.1:1/0?call_timeout=300ms';
  assert.throws(() => use(location), withCode('KV_ERR_UNAVAILABLE'));
  kv.setLog('off');
  assert(!JSON.stringify(records).includes('secret'), JSON.stringify(records));
});

test('a function of the log may use stores and set another log', async () => {
  const [first, second] = [[], []];
  kv.setLog('info', ({ topic }) => {
    first.push(topic);
    if (first.length > 1) return;
    use('memory:');
    kv.setLog('info', (record) => void second.push(record.topic));
    use('memory:');
  });
  const store = kv.open(newPath());
  await until(() => second.length === 2);
  store.close();
  await until(() => second.length === 3);
  assert.strictEqual(first.filter((topic) => topic === 'open').length, 2);
});

test('what a log or trace cannot be is refused, and the one before stays', () => {
  const records = [];
  kv.setLog('info', (record) => void records.push(record));
  for (const wrong of [undefined, null, 5, 'loud', 'INFO', {}]) {
    assert.throws(() => kv.setLog(wrong, () => {}), TypeError);
  }
  for (const wrong of [undefined, null, {}, 'info']) {
    assert.throws(() => kv.setLog('info', wrong), TypeError);
    if (wrong !== null) assert.throws(() => kv.setTrace(wrong), TypeError);
  }
  for (const wrong of [{ key: true }, { keys: 5 }, { keys: 'yes' }, null, 'keys']) {
    assert.throws(() => kv.setTrace(() => {}, wrong), TypeError);
  }
  use('memory:');
  kv.setLog('off');
  assert.strictEqual(records.length, 2);
});

test('a trace has each call, of this thread and of others', async () => {
  const calls = [];
  const store = kv.open('memory:');
  const began = Date.now();
  kv.setTrace((call) => void calls.push(call));
  store.set('group', 'key', 'value');
  store.get('group', 'none');
  assert.throws(() => store.json.set('group', 'key', '{'), withCode('KV_ERR_NOT_JSON'));
  await store.async.countAll();
  kv.setTrace(null);
  store.get('group', 'key');
  const shown = calls.map(({ kind, group, key, code }) => `${kind} ${group} ${key} ${code}`);
  assert.deepStrictEqual(shown, [
    'set group null KV_OK',
    'get group null KV_NOT_FOUND',
    'text group null KV_ERR_NOT_JSON',
    'count null null KV_OK',
  ]);
  for (const call of calls) {
    assert.strictEqual(kv.constants[call.code], call.status);
    assert(call.durationNs > 0 && call.durationNs < 1e10 && call.lost === 0);
    assert(call.beganAtMs > began - 5 && call.beganAtMs < Date.now() + 5);
  }
  assert(Buffer.isBuffer(calls[0].group));
  store.close();
});

test('a trace has keys if it asks for them, of any bytes', () => {
  const calls = [];
  const store = kv.open('memory:');
  kv.setTrace((call) => void calls.push(call), { keys: true });
  store.set(Buffer.from([0]), Buffer.from([255, 0]), 'value');
  store.set('', '', 'value');
  assert.throws(() => store.set('x'.repeat(65_536), 'key', 'value'));
  kv.setTrace(null);
  assert.deepStrictEqual(
    calls.map(({ group, key }) => [group, key]),
    [
      [Buffer.from([0]), Buffer.from([255, 0])],
      [Buffer.alloc(0), Buffer.alloc(0)],
      [null, Buffer.from('key')],
    ],
  );
  store.close();
});

test('calls that the event loop is too slow for are dropped and counted', async () => {
  const store = kv.open('memory:');
  let received = 0;
  let lost = 0;
  kv.setTrace((call) => {
    received += 1;
    lost += call.lost;
  });
  for (let at = 0; at < 16_484; at += 1) store.has('g', 'k');
  await until(() => received === 16_384);
  assert.strictEqual(lost, 0);
  store.has('g', 'k');
  await until(() => received === 16_385);
  assert.strictEqual(lost, 100);
  store.close();
});

test('closing a store waits neither for the event loop nor for the trace', async () => {
  for (let round = 0; round < 5; round += 1) {
    const store = kv.open(newPath());
    kv.setLog('debug', () => {});
    kv.setTrace(() => {});
    const writes = Array.from({ length: 60 }, (_, at) => store.async.set('g', String(at), 'v'));
    const settled = Promise.allSettled(writes);
    const began = Date.now();
    store.close();
    // With a log that waits for the event loop it would be a second.
    assert(Date.now() - began < 900, `${Date.now() - began} ms`);
    if (round % 2) kv.setTrace(null);
    await settled;
  }
});

test('a worker sets no log, and is terminated while one is set', async () => {
  const calls = [];
  kv.setLog('debug', () => {});
  kv.setTrace((call) => void calls.push(call.kind));
  const source = `const kv = require(${JSON.stringify(folder)});
    const { parentPort } = require('node:worker_threads');
    const refused = [() => kv.setLog('info', () => {}), () => kv.setLog('off'),
      () => kv.setTrace(() => {}), () => kv.setTrace(null)].map((call) => {
        try { call(); } catch (error) { return error.name; }
      });
    parentPort.postMessage(refused);
    const store = kv.open('memory:of-a-worker');
    const turn = () => {
      for (let at = 0; at < 100; at += 1) store.get('g', 'k');
      store.async.set('g', 'k', 'v').then(turn);
    };
    turn();`;
  for (let round = 0; round < 3; round += 1) {
    const before = calls.length;
    const worker = new Worker(source, { eval: true });
    const refused = await new Promise((resolve) => worker.once('message', resolve));
    assert.deepStrictEqual(refused, Array(4).fill('TypeError'));
    await until(() => calls.length > before + 200);
    await worker.terminate();
  }
  kv.setTrace(null);
  use('memory:');
});

test('an exception of a function is one of the event loop', async () => {
  const { code, stdout, stderr } = await inProcess(`
    process.on('uncaughtException', (error) => console.log('caught', error.message));
    kv.setLog('info', ({ topic }) => { throw new Error(topic); });
    kv.setTrace(({ kind }) => { throw new Error(kind); });
    const store = kv.open('memory:');
    store.set('g', 'k', 'v');
    console.log(store.getString('g', 'k'));
    store.close();
    setTimeout(() => kv.setLog('off'), 100);`);
  assert.strictEqual(code, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.strictEqual(lines.shift(), 'v');
  const expected = ['caught close', 'caught get', 'caught open', 'caught set'];
  assert.deepStrictEqual(lines.sort(), expected);
});

test('a process ends by itself, and has the last records and calls', async () => {
  const { code, stdout, stderr } = await inProcess(`
    kv.setLog('info', ({ topic }) => console.log(topic));
    kv.setTrace(({ kind }) => console.log(kind));
    const store = kv.open('memory:');
    process.on('exit', () => console.log('the end'));
    store.set('g', 'k', 'v');
    store.close();`);
  assert.strictEqual(code, 0, stderr);
  assert.deepStrictEqual(stdout.trim().split('\n').sort(), ['close', 'open', 'set', 'the end']);
});

for (const ending of [
  'process.exit(3)',
  'store.close(); process.exit(3)',
  'kv.setTrace(null); process.exit(3)',
  'setImmediate(() => process.exit(3))',
  "throw new Error('stop')",
]) {
  test(`a process ends during traced calls: ${ending}`, async () => {
    const { code, stderr, signal } = await inProcess(`
      let calls = 0;
      kv.setLog('debug', () => {});
      kv.setTrace(() => { calls += 1; if (calls > 1000) process.exit(4); });
      const store = kv.open(${JSON.stringify(newPath())});
      for (let at = 0; at < 300; at += 1) store.async.set('g', String(at), 'v').catch(() => {});
      ${ending};`);
    assert.strictEqual(signal, null, stderr);
    assert.strictEqual(code, ending.startsWith('throw') ? 1 : 3, stderr);
  });
}
