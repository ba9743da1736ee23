'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const { test } = require('node:test');
const kv = require('..');
const { layouts } = require('../lib/library');
const { camel } = require('../lib/observed_names');
const { inProcess, newPath, onEachEngine, withCode } = require('./fixture');

const filled = (location, count = 3000) => {
  const store = kv.open(location);
  store.setMany(
    'g',
    Array.from({ length: count }, (_, at) => [`k${at}`, Buffer.alloc(1000, at)]),
  );
  return store;
};

test('statistics have the fields of the structure', () =>
  onEachEngine(async (store, engine) => {
    store.set('g', 'k', 'value');
    store.get('g', 'k');
    const stats = store.maintenance.stats();
    const names = Object.keys(layouts.kv_stats.fields).slice(1).map(camel);
    assert.deepStrictEqual(Object.keys(stats), names);
    assert.deepStrictEqual([stats.commits, stats.hits, stats.misses], [1, 1, 0]);
    assert.strictEqual(stats.readOnly, false);
    if (engine === 'sqlite') assert.match(stats.sqliteVersion, /^3\.\d+\.\d+$/);
    else assert.strictEqual(stats.sqliteVersion, null);
    assert.strictEqual((await store.async.maintenance.stats()).commits, 1);
  }));

test('a store is checked, compacted, flushed and purged', () =>
  onEachEngine(async (store) => {
    store.set('g', 'k', 'v');
    store.put('g', 'gone', 'v', { expiresAtMs: 1000 });
    for (const maintenance of [store.maintenance, store.async.maintenance]) {
      await maintenance.check();
      await maintenance.compact();
      await maintenance.flush();
      assert.strictEqual(typeof (await maintenance.purgeExpired()), 'number');
    }
    assert.strictEqual(store.countAll(), 1);
  }));

for (const isAsync of [false, true]) {
  const way = isAsync ? ' by async' : '';

  test(`a backup is made and restored with progress${way}`, async () => {
    const [file, backup] = [newPath(), newPath('.backup')];
    const store = filled(file);
    const maintenance = isAsync ? store.async.maintenance : store.maintenance;
    const pages = [];
    await maintenance.backup(backup, {
      progress: (done, total) => void pages.push([done, total]),
    });
    assert(pages.length > 1);
    assert.deepStrictEqual(pages.at(-1)[0], pages.at(-1)[1]);
    assert(pages.every(([done, total]) => done > 0 && done <= total));
    store.deleteAll();
    let calls = 0;
    await maintenance.restore(backup, { progress: () => void (calls += 1) });
    assert(calls > 0);
    assert.strictEqual(store.count('g'), 3000);
    const exists = async () => maintenance.backup(backup);
    await assert.rejects(exists, withCode('KV_ERR_ARGUMENT'));
    const withProgress = async () => maintenance.backup(backup, { progress: () => {} });
    await assert.rejects(withProgress, withCode('KV_ERR_ARGUMENT'));
    for (const wrong of [{ progres: 5 }, { progress: 5 }]) {
      await assert.rejects(async () => maintenance.backup(newPath(), wrong), TypeError);
    }
    await assert.rejects(async () => maintenance.backup(5), TypeError);
    store.close();
  });

  test(`a progress function ends a backup${way}`, async () => {
    const store = filled(newPath(), 20_000);
    const maintenance = isAsync ? store.async.maintenance : store.maintenance;
    const stop = new Error('stop');
    const thrown = newPath();
    const throwing = async () =>
      maintenance.backup(thrown, {
        progress: () => {
          throw stop;
        },
      });
    await assert.rejects(throwing, stop);
    // In a thread of its own the backup may be at its end before it is cancelled.
    const file = newPath();
    const returning = async () => maintenance.backup(file, { progress: () => false });
    if (isAsync) await returning().catch(withCode('KV_ERR_CANCELLED'));
    else await assert.rejects(returning, withCode('KV_ERR_CANCELLED'));
    if (!isAsync) assert.strictEqual(fs.existsSync(file) || fs.existsSync(thrown), false);
    store.close();
  });

  test(`a copy reports its progress and resumes at its position${way}`, async () => {
    const from = filled('memory:');
    const to = kv.open(newPath());
    const copy = (options) =>
      isAsync ? from.async.maintenance.copy(to, options) : from.maintenance.copy(to, options);
    const states = [];
    const whole = await copy({ progress: (state) => void states.push(state) });
    assert.deepStrictEqual([whole.entries, whole.total, to.count('g')], [3000, 3000, 3000]);
    assert(states.length > 5);
    assert.deepStrictEqual(states.at(-1).position, whole.position);
    assert(Buffer.isBuffer(whole.position.key));
    assert.strictEqual((await copy({ existing: 'keep' })).skipped, 3000);
    await assert.rejects(async () => copy({ existing: 'refuse' }), withCode('KV_ERR_ARGUMENT'));
    await assert.rejects(async () => copy({ existing: 'maybe' }), TypeError);
    const rest = await copy({ after: states[2].position });
    assert.strictEqual(rest.entries, 3000 - states[2].entries);
    assert.strictEqual((await copy({ after: null })).entries, 3000);
    const stop = new Error('stop');
    await assert.rejects(
      async () =>
        copy({
          progress: () => {
            throw stop;
          },
        }),
      stop,
    );
    await assert.rejects(async () => from.maintenance.copy(from), withCode('KV_ERR_ARGUMENT'));
    await assert.rejects(async () => from.maintenance.copy({}), TypeError);
    to.close();
    await assert.rejects(async () => copy(), withCode('KV_ERR_HANDLE'));
    from.close();
  });
}

test('a copy that is refused on its way has its state', () => {
  const [from, to] = [filled('memory:'), kv.open('memory:?max_entries=1000')];
  assert.throws(
    () => from.maintenance.copy(to),
    (error) => {
      withCode('KV_ERR_FULL')(error);
      assert(error.state.entries > 0 && error.state.entries <= 1000);
      assert(Buffer.isBuffer(error.state.position.key));
      return true;
    },
  );
  from.close();
  to.close();
});

test('a store is closed, and a process ends, during a copy with progress', async () => {
  const { code, stdout, stderr } = await inProcess(`
    const from = kv.open('memory:');
    from.setMany('g', Array.from({ length: 50_000 }, (_, at) => ['k' + at, 'v']));
    const begin = () => {
      const to = kv.open('memory:');
      return [to, new Promise((begun) => {
        const copy = from.async.maintenance.copy(to, { progress: () => begun(copy) });
        copy.catch(() => {});
      })];
    };
    (async () => {
      const [first, begun] = begin();
      await begun;
      first.close();
      console.log('closed');
      const [, second] = begin();
      await second;
      process.exit(3);
    })();`);
  assert.deepStrictEqual([code, stdout], [3, 'closed\n'], stderr);
});
