'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { onEachEngine, withCode } = require('./fixture');

test('values are JSON by default, and integers of any size stay exact', () =>
  onEachEngine(async (store) => {
    const typed = new kv.Typed(store, 'users');
    const values = [null, true, 'grün "\\', 5, -0.5, [], {}, [1, [2n ** 80n, { a: 'b:[1,2]' }]]];
    values.push({ name: 'Ada', n: 2n ** 63n, list: [{ x: null }], '': -(2n ** 64n) });
    for (const value of values) {
      typed.set('k', value);
      assert.deepStrictEqual(typed.get('k'), value);
      assert.deepStrictEqual(await typed.async.get('k'), value);
    }
    typed.set('k', { when: new Date(0), none: undefined, n: 1n });
    assert.strictEqual(store.getString('users', 'k'), '{"when":"1970-01-01T00:00:00.000Z","n":1}');
    for (const wrong of [undefined, () => {}, Symbol('s')]) {
      assert.throws(() => typed.set('k', wrong), TypeError);
    }
    const circle = { n: 1n };
    circle.circle = circle;
    assert.throws(() => typed.set('k', circle));
    for (const text of ['{', '', '[1,]', '{"a":9007199254740993']) {
      assert.throws(() => kv.json.parse(text), SyntaxError);
    }
    assert.deepStrictEqual(
      kv.json.parse('{"__proto__": 9007199254740993}').__proto__,
      9007199254740993n,
    );
    assert.deepStrictEqual(kv.json.parse(' [ 1e3 , 9007199254740993, "9007199254740993" ] '), [
      1000,
      9007199254740993n,
      '9007199254740993',
    ]);
  }));

test('what cannot be decoded is an error, never absence', async () => {
  const store = kv.open('memory:');
  const typed = new kv.Typed(store, 'g');
  store.set('g', 'k', Buffer.from([0xff]));
  const failed = (error) =>
    error instanceof kv.DecodeError && error.key === 'k' && error.cause instanceof Error;
  assert.throws(() => typed.get('k'), failed);
  assert.throws(() => typed.take('k'), failed);
  await assert.rejects(typed.async.getEntry('k'), failed);
  assert.throws(() => [...typed.scan()], kv.DecodeError);
  assert.deepStrictEqual(
    [typed.get('none'), typed.getEntry('none'), typed.take('none')],
    [null, null, null],
  );
  assert.strictEqual(typed.has('k'), true);
  assert.strictEqual(typed.delete('k'), true);
  store.close();
});

test('a typed store writes with conditions, scans and clears', async () => {
  const store = kv.open('memory:');
  const typed = new kv.Typed(store, 'g');
  const version = typed.put('a', { n: 1 }, { condition: 'absent', ttlMs: 60_000 });
  assert.throws(
    () => typed.put('a', { n: 2 }, { condition: 'absent' }),
    withCode('KV_CONFLICT', { version }),
  );
  await typed.async.set('b', { n: 2 });
  const entry = typed.getEntry('a');
  assert.deepStrictEqual([entry.value, entry.version], [{ n: 1 }, version]);
  assert.deepStrictEqual(
    [...typed.scan({ limit: 1 })].map(({ key, value }) => [String(key), value]),
    [['a', { n: 1 }]],
  );
  const later = [];
  for await (const { value } of typed.scan({ reverse: true })) later.push(value.n);
  assert.deepStrictEqual(later, [2, 1]);
  assert.deepStrictEqual(await typed.async.take('a'), { n: 1 });
  assert.strictEqual(typed.clear(), 1);
  assert.strictEqual(typed.group, 'g');
  store.close();
});

test('hooks may be asynchronous in calls of async, and not in others', async () => {
  const store = kv.open('memory:');
  const hooks = {
    async beforeSave(key, value) {
      return { ...value, saved: String(key) };
    },
    afterLoad: (key, value) => ({ ...value, loaded: true }),
  };
  const typed = new kv.Typed(store, 'g', { hooks });
  await typed.async.set('k', { n: 1 });
  assert.deepStrictEqual(typed.get('k'), { n: 1, saved: 'k', loaded: true });
  assert.throws(() => typed.set('other', { n: 1 }), { name: 'TypeError', message: /by async/ });
  assert.strictEqual(store.has('g', 'other'), false);
  assert.throws(
    () => new kv.Typed(store, 'g', { hooks: { beforeSaved() {} } }),
    /did you mean beforeSave/,
  );
  assert.throws(() => new kv.Typed(store, 'g', { hooks: { beforeSave: 5 } }), TypeError);
  assert.throws(() => new kv.Typed(store, 'g', { codec: {} }), TypeError);
  assert.throws(() => new kv.Typed({}, 'g'), TypeError);
  assert.throws(() => new kv.Typed(store, 5), TypeError);
  store.close();
});
