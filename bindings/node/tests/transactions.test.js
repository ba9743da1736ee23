'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { onEachEngine, withCode } = require('./fixture');

test('the steps of a batch are applied together, and have results', () =>
  onEachEngine(async (store) => {
    store.set('g', 'old', '1');
    const version = store.getEntry('g', 'old').version;
    const batch = store
      .batch()
      .check('g', 'old', version)
      .set('g', 'new', 'value', { ttlMs: 60_000, condition: 'absent' })
      .get('g', 'new')
      .take('g', 'old')
      .delete('g', 'none')
      .increment('g', 'n', 5)
      .append('g', 'log', 'abc')
      .expire('g', 'log', 60_000, { nx: true })
      .deletePrefix('g', 'n');
    assert.strictEqual(batch.length, 9);
    const results = batch.commit();
    const shown = results.map(({ status, value }) => `${status} ${value ?? ''}`.trim());
    const expected = ['ok', 'ok', 'ok value', 'ok 1', 'notFound', 'ok 5', 'ok 3', 'ok', 'ok 2'];
    assert.deepStrictEqual(shown, expected);
    assert(results[1].version > version);
    assert.deepStrictEqual(store.keys('g').toArray().map(String), ['log']);
    const refused = withCode('KV_CONFLICT', { step: 0, version: 0n });
    assert.throws(() => batch.commit(), refused);
    await assert.rejects(batch.async.commit(), refused);
    assert.strictEqual(batch.clear().length, 0);
    assert.deepStrictEqual(await batch.async.commit(), []);
  }));

test('a batch is committed to another store, and an error writes nothing', () =>
  onEachEngine((store) => {
    const other = kv.open('memory:');
    const batch = store.batch().set('g', 'k', 'v');
    batch.commit(other);
    assert.deepStrictEqual([other.has('g', 'k'), store.has('g', 'k')], [true, false]);
    store.set('g', 'text', 'abc');
    const failing = store.batch().set('g', 'k', 'v').increment('g', 'text');
    assert.throws(() => failing.commit(), withCode('KV_ERR_NOT_INTEGER'));
    const tooLarge = store.batch().set('g', 'k', 'v').set('g', Buffer.alloc(65536), 'v');
    assert.throws(() => tooLarge.commit(), withCode('KV_ERR_TOO_LARGE'));
    assert.strictEqual(store.has('g', 'k'), false);
    other.close();
    assert.throws(() => batch.commit(other), withCode('KV_ERR_HANDLE'));
    assert.throws(() => store.batch().checkLock({}), TypeError);
    for (const wrong of [null, 5, {}, 'memory:']) {
      assert.throws(() => batch.commit(wrong), /commit takes a store, not /);
      assert.throws(() => new kv.Lock(wrong, 'n', { token: 1n, version: 1n }), /takes a store/);
      assert.throws(() => new kv.Typed(wrong, 'g'), /Typed takes a store, not /);
      assert.throws(() => store.maintenance.copy(wrong), /copy takes a store, not /);
    }
    assert.throws(() => JSON.stringify(batch), TypeError);
  }));

test('more batches than the library has are made and dropped', () => {
  const store = kv.open('memory:');
  for (let at = 0; at < 70_000; at += 1) store.batch().increment('g', 'n').commit();
  assert.strictEqual(store.getString('g', 'n'), '70000');
  store.close();
});

test('a transaction reads its own writes and is applied by its commit', () =>
  onEachEngine(async (store) => {
    store.set('g', 'ada', '10');
    const result = store.transaction((txn) => {
      txn.set('g', 'new', 'value', { ttlMs: 60_000 });
      assert.strictEqual(txn.getString('g', 'new'), 'value');
      assert.strictEqual(txn.increment('g', 'ada', -3), 7n);
      assert.strictEqual(txn.append('g', 'log', 'abc'), 3);
      assert.strictEqual(txn.delete('g', 'none'), false);
      assert.strictEqual(txn.has('g', 'log'), true);
      assert.strictEqual(txn.expire('g', 'log', 60_000), true);
      assert(txn.ttl('g', 'log') > 0);
      assert.throws(
        () => txn.set('g', 'new', 'v', { condition: 'absent' }),
        withCode('KV_CONFLICT'),
      );
      assert.strictEqual(store.has('g', 'new'), false);
      assert.strictEqual(txn.getEntry('g', 'new').version, 0n);
      return txn.keys('g').toArray().map(String).join();
    });
    assert.strictEqual(result, 'ada,log,new');
    assert.strictEqual(store.getString('g', 'ada'), '7');
    const later = await store.async.transaction(async (txn) => {
      const [ada, log] = await Promise.all([txn.get('g', 'ada'), txn.getString('g', 'log')]);
      // The commit is behind the calls that are not awaited.
      txn.set('g', 'later', log);
      const keys = [];
      for await (const { key } of txn.scan('g')) keys.push(String(key));
      assert.throws(() => txn.keys('g').toArray(), { name: 'TypeError', message: /by async/ });
      return `${ada} ${keys.length}`;
    });
    assert.strictEqual(later, '7 4');
    assert.strictEqual(store.getString('g', 'later'), 'abc');
  }));

test('a transaction is run again after a conflict, and at most as often as is said', () =>
  onEachEngine(async (store) => {
    let runs = 0;
    const disturbed = (txn) => {
      runs += 1;
      txn.get('g', 'k');
      if (runs < 4) store.set('g', 'k', String(runs));
      txn.set('g', 'k', 'own');
    };
    store.transaction(disturbed);
    assert.deepStrictEqual([runs, store.getString('g', 'k')], [4, 'own']);
    runs = 0;
    await assert.rejects(
      store.async.transaction(
        async (txn) => {
          runs += 1;
          await txn.get('g', 'k');
          await store.async.set('g', 'k', String(runs));
          await txn.set('g', 'k', 'own');
        },
        { tries: 3 },
      ),
      withCode('KV_CONFLICT'),
    );
    assert.deepStrictEqual([runs, store.getString('g', 'k')], [3, '3']);
  }));

test('transactions of many callers lose no increment', async () => {
  const store = kv.open('memory:');
  const one = async (txn) => {
    const n = Number((await txn.get('g', 'n')) ?? 0);
    await txn.set('g', 'n', String(n + 1));
  };
  await Promise.all(
    Array.from({ length: 50 }, () => store.async.transaction(one, { tries: 1000 })),
  );
  assert.strictEqual(store.getString('g', 'n'), '50');
  store.close();
});

test('an exception of the function aborts the transaction', () =>
  onEachEngine(async (store) => {
    const stop = new Error('stop');
    let runs = 0;
    const failing = (txn) => {
      runs += 1;
      txn.set('g', 'k', 'v');
      throw stop;
    };
    assert.throws(() => store.transaction(failing), stop);
    await assert.rejects(store.async.transaction(failing), stop);
    // A conflict of the program's own ends it as well.
    store.set('g', 'there', 'v');
    assert.throws(
      () =>
        store.transaction((txn) => {
          runs += 1;
          txn.set('g', 'there', 'w', { condition: 'absent' });
        }),
      withCode('KV_CONFLICT'),
    );
    assert.strictEqual(runs, 3);
    store.transaction((txn) => {
      txn.set('g', 'k', 'v');
      txn.abort();
    });
    assert.strictEqual(store.has('g', 'k'), false);
    const promise = () => store.transaction(async (txn) => txn.set('g', 'k', 'v'));
    assert.throws(promise, { name: 'TypeError', message: /by async/ });
    assert.strictEqual(store.has('g', 'k'), false);
    assert.throws(() => store.transaction(5), TypeError);
    assert.throws(() => store.transaction(() => {}, { tries: 0 }), TypeError);
  }));

test('more transactions than the library has are begun and ended', () => {
  const store = kv.open('memory:');
  for (let at = 0; at < 66_000; at += 1) store.transaction((txn) => txn.get('g', 'k'));
  const txn = store.begin();
  txn.set('g', 'k', 'v');
  txn.commit();
  assert.strictEqual(txn.isClosed, true);
  txn.abort();
  assert.throws(() => txn.get('g', 'k'), withCode('KV_ERR_HANDLE'));
  assert.throws(() => txn.commit(), withCode('KV_ERR_HANDLE'));
  assert.throws(() => structuredClone(txn), /cannot_be_copied/);
  assert.strictEqual(store.getString('g', 'k'), 'v');
  store.close();
});

test('a snapshot stays as it was, and a scope sees its namespace alone', () =>
  onEachEngine(async (store) => {
    store.set('config', 'colour', 'blue');
    const snapshot = store.snapshot();
    store.set('config', 'colour', 'red');
    assert.strictEqual(snapshot.getString('config', 'colour'), 'blue');
    assert.throws(() => snapshot.set('g', 'k', 'v'), withCode('KV_ERR_READ_ONLY'));
    snapshot.close();
    const scope = await store.async.scope('tenant-7');
    scope.set('config', 'colour', 'green');
    assert.strictEqual(store.getString('tenant-7:config', 'colour'), 'green');
    assert.deepStrictEqual(scope.groups().toArray().map(String), ['config']);
    assert.throws(() => store.scope('a b'), withCode('KV_ERR_ARGUMENT'));
    assert.throws(() => store.scope('a\0b'), TypeError);
    store.quotas.set('tenant-7', { maxKeys: 1 });
    assert.throws(
      () => scope.set('g', 'k', 'v'),
      withCode('KV_ERR_QUOTA', { group: 'g', key: 'k' }),
    );
    const quota = await store.async.quotas.get('tenant-7');
    assert.deepStrictEqual([quota.maxKeys, quota.maxBytes, quota.keys], [1, null, 1]);
    store.quotas.set('tenant-7');
    assert.strictEqual(store.quotas.get('tenant-7').maxKeys, null);
    assert.throws(() => store.quotas.set('tenant-7', { maxKey: 5 }), /did you mean maxKeys/);
    scope.close();
  }));

test('an idempotency record has one caller, a response and an end', () =>
  onEachEngine(async (store) => {
    const { idempotency } = store;
    const begun = idempotency.begin('key', 'hash', { ttlMs: 60_000 });
    assert.deepStrictEqual([begun.state, begun.response], ['started', null]);
    const again = await store.async.idempotency.begin('key', 'hash', { ttlMs: 60_000 });
    assert.deepStrictEqual(again, { state: 'inProgress', token: null, response: null });
    assert.strictEqual(idempotency.begin('key', 'other', { ttlMs: 5 }).state, 'mismatch');
    assert.throws(
      () => idempotency.complete('key', begun.token + 1n, 'r'),
      withCode('KV_CONFLICT'),
    );
    idempotency.complete('key', begun.token, 'paid');
    assert.deepStrictEqual(idempotency.get('key'), {
      state: 'completed',
      response: Buffer.from('paid'),
    });
    assert.throws(() => idempotency.forget('key', begun.token), withCode('KV_CONFLICT'));
    assert.strictEqual(idempotency.forget('key'), true);
    assert.strictEqual(idempotency.forget('key'), false);
    assert.strictEqual(idempotency.get('key'), null);
    const gone = withCode('KV_CONFLICT', { version: 0n });
    assert.throws(() => idempotency.complete('key', begun.token, 'paid'), gone);
    assert.throws(() => idempotency.begin('key', 'hash'), { name: 'TypeError', message: /ttlMs/ });
  }));
