'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { onEachEngine, withCode } = require('./fixture');

const texts = (list) => list.map(String);
const filled = (store, count = 1000) => {
  const keys = Array.from({ length: count }, (_, at) => `k${String(at).padStart(5, '0')}`);
  store.setMany(
    'g',
    keys.map((key) => [key, `value of ${key}`]),
  );
  return keys;
};

test('a scan returns all entries in their order, by for and by for await', () =>
  onEachEngine(async (store) => {
    const keys = filled(store, 5000);
    const [sync, later] = [[], []];
    for (const { key, value } of store.scan('g')) {
      assert.strictEqual(String(value), `value of ${key}`);
      sync.push(String(key));
    }
    for await (const { key } of store.scan('g')) later.push(String(key));
    assert.deepStrictEqual(sync, keys);
    assert.deepStrictEqual(later, keys);
    assert.deepStrictEqual(
      texts(await store.keys('g', { reverse: true }).async.toArray()),
      keys.toReversed?.() ?? [...keys].reverse(),
    );
    assert.deepStrictEqual(store.scan('none').toArray(), []);
    assert.deepStrictEqual(texts(store.groups().toArray()), ['g']);
    assert.deepStrictEqual(store.groups('x').toArray(), []);
  }));

test('the options of a scan select', () =>
  onEachEngine((store) => {
    for (const key of ['', 'a', 'ab', 'b', 'c']) store.set('g', key, key);
    const found = (options) => texts(store.keys('g', options).toArray()).join('|');
    assert.strictEqual(found({ prefix: 'a' }), 'a|ab');
    assert.strictEqual(found({ glob: '?' }), 'a|b|c');
    assert.strictEqual(found({ redisGlob: '[ab]' }), 'a|b');
    assert.strictEqual(found({ from: 'ab', below: 'c' }), 'ab|b');
    assert.strictEqual(found({ above: 'ab', to: 'c' }), 'b|c');
    assert.strictEqual(found({ from: '' }), '|a|ab|b|c');
    assert.strictEqual(found({ above: '' }), 'a|ab|b|c');
    assert.strictEqual(found({ below: '' }), '');
    assert.strictEqual(found({ limit: 2, offset: 1, reverse: true }), 'b|ab');
    assert.strictEqual(found({ snapshot: true, limit: 1n }), '');
    assert.throws(() => store.keys('g', { limit: -1 }), RangeError);
    assert.throws(() => store.keys('g', { from: 5 }), TypeError);
  }));

test('entries larger than a page are returned among small ones', () =>
  onEachEngine(async (store) => {
    const large = Buffer.alloc(600_000, 'x');
    for (const [key, value] of [
      ['a', '1'],
      ['b', large],
      ['c', '2'],
      ['d', large],
    ])
      store.set('g', key, value);
    const found = store.scan('g').toArray();
    assert.deepStrictEqual(texts(found.map(({ key }) => key)), ['a', 'b', 'c', 'd']);
    assert(found[1].value.equals(large) && found[3].value.equals(large));
    assert.strictEqual((await store.scan('g').async.toArray())[3].value.length, large.length);
  }));

test('a scan is one snapshot, which begins with its first entry', () =>
  onEachEngine((store) => {
    filled(store);
    const cursor = store.keys('g');
    const iterator = cursor[Symbol.iterator]();
    assert.strictEqual(String(iterator.next().value), 'k00000');
    assert.strictEqual(cursor.isSnapshot(), true);
    store.deleteGroup('g');
    assert.strictEqual([...iterator].length, 999);
    assert.strictEqual(iterator.next().done, true);
  }));

test('a break, a close and an error end a cursor', () =>
  onEachEngine(async (store) => {
    filled(store);
    // More than cursors may be open.
    for (let at = 0; at < 66_000; at += 1) {
      for (const key of store.keys('g', { limit: 2 })) {
        assert(key);
        break;
      }
      if (at === 3 && store.location !== 'memory:') break;
    }
    for await (const key of store.keys('g')) {
      assert(key);
      break;
    }
    const cursor = store.keys('g');
    assert(cursor[Symbol.iterator]().next().value);
    cursor.close();
    cursor.close();
    await cursor.async.close();
    assert.deepStrictEqual(cursor.toArray(), []);
    assert.throws(() => JSON.stringify(cursor), TypeError);
    const failing = store.keys(Buffer.alloc(65536));
    assert.throws(() => failing.toArray(), withCode('KV_ERR_TOO_LARGE'));
    assert.deepStrictEqual(failing.toArray(), []);
  }));

test('calls of next that are not awaited return the entries in their order', async () => {
  const store = kv.open('memory:');
  const keys = filled(store);
  const iterator = store.keys('g')[Symbol.asyncIterator]();
  const results = await Promise.all(keys.map(() => iterator.next()));
  assert.deepStrictEqual(texts(results.map(({ value }) => value)), keys);
  assert.deepStrictEqual(await iterator.next(), { done: true, value: undefined });
  store.close();
});

test('a signal ends a scan with its reason', async () => {
  const store = kv.open('memory:');
  filled(store);
  const controller = new AbortController();
  const found = [];
  const cursor = store.keys('g');
  await assert.rejects(
    async () => {
      for await (const key of cursor.iterate({ signal: controller.signal })) {
        found.push(key);
        if (found.length === 500) controller.abort();
      }
    },
    { name: 'AbortError' },
  );
  assert.strictEqual(found.length, 500);
  assert.deepStrictEqual(cursor.toArray(), []);
  assert.throws(() => cursor.iterate({ signals: 5 }), /did you mean signal/);
  store.close();
});

test('a close of the store ends a scan with an error', async () => {
  const store = kv.open('memory:');
  filled(store);
  const iterator = store.keys('g')[Symbol.iterator]();
  iterator.next();
  store.close();
  assert.throws(() => [...iterator], withCode('KV_ERR_CLOSED'));
  assert.strictEqual(iterator.next().done, true);
});

test('texts are split, rendered, and read as JSON', () =>
  onEachEngine(async (store) => {
    store.set('g', 'list', 'a,b,,c');
    store.set('g', 'words', '  one\ttwo ');
    assert.deepStrictEqual(texts(store.text.split('g', 'list', ',').toArray()), [
      'a',
      'b',
      '',
      'c',
    ]);
    assert.deepStrictEqual(texts(await store.text.fields('g', 'words').async.toArray()), [
      'one',
      'two',
    ]);
    assert.deepStrictEqual(store.text.split('g', 'none', ',').toArray(), []);
    assert.strictEqual(store.text.render('g', '<{{ list }}>'), '<a,b,,c>');
    assert.throws(() => store.text.render('g', '{{ missing }}'), withCode('KV_ERR_ARGUMENT'));
    assert.throws(() => store.text.render('g', 'a\0b'), TypeError);
    store.json.set('g', 'user', '{"mails": ["ada@example.org"], "n": 12345678901234567890}');
    assert.strictEqual(store.json.get('g', 'user', '/mails/0'), '"ada@example.org"');
    assert.strictEqual(await store.async.json.get('g', 'user', '/n'), '12345678901234567890');
    assert.strictEqual(store.json.get('g', 'user', '/none'), null);
    assert.throws(
      () => store.json.set('g', 'user', '{'),
      withCode('KV_ERR_NOT_JSON', { key: 'user' }),
    );
    assert.throws(() => store.json.get('g', 'user', 'mails'), withCode('KV_ERR_ARGUMENT'));
  }));
