'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { directory, newPath, onEachEngine, withCode } = require('./fixture');

test('any bytes round-trip, as strings, buffers and typed arrays, in both ways to call', () =>
  onEachEngine(async (store) => {
    const names = ['', '\0', 'a\0b', 'grün', '\ud800', Buffer.from([0xff, 0xfe, 0x80])];
    names.push(Buffer.alloc(0), Buffer.alloc(65535), new Uint8Array([1, 2, 3]).subarray(1));
    for (const name of names) {
      store.deleteAll();
      assert.strictEqual(store.get(name, name), null);
      store.set(name, name, name);
      assert.deepStrictEqual(store.get(name, name), Buffer.from(name));
      await store.async.set(name, name, 'again');
      assert.strictEqual(await store.async.getString(name, name), 'again');
      assert.deepStrictEqual(store.keys(name).toArray(), [Buffer.from(name)]);
      assert.strictEqual(store.delete(name, name), true);
      assert.strictEqual(store.delete(name, name), false);
    }
  }));

test('values of each size are returned whole, and as buffers of their own', () =>
  onEachEngine(async (store) => {
    for (const size of [0, 1, 100, 16 * 1024, 16 * 1024 + 1, 10_000_000]) {
      const value = Buffer.alloc(size, 'kv');
      store.set('g', 'k', value);
      const first = store.get('g', 'k');
      assert(first.equals(value), `${size}`);
      first.fill(0);
      assert(store.get('g', 'k').equals(value));
      assert((await store.async.get('g', 'k')).equals(value));
      assert(store.scan('g').toArray()[0].value.equals(value));
      assert(store.getMany('g', ['k', 'none'])[0].equals(value));
      const room = Buffer.alloc(size + 5);
      assert.strictEqual(store.getInto('g', 'k', room), size);
      assert(room.subarray(0, size).equals(value));
    }
  }));

test('a ttl is milliseconds, null for ever, and nothing for the default', () => {
  const hour = 3_600_000;
  for (const [location, byDefault] of [
    ['memory:?default_ttl=1h', hour],
    ['memory:', null],
  ]) {
    using(kv.open(location), (store) => {
      const rows = [
        [undefined, byDefault],
        [null, null],
        [0, null],
        [Infinity, null],
      ];
      for (const [ttlMs, expected] of [...rows, [60_000, 60_000], [60_000n, 60_000]]) {
        store.set('group', 'key', 'value', { ttlMs });
        const found = store.ttl('group', 'key');
        if (expected === null) assert.strictEqual(found, null);
        else assert(found > expected - 30_000 && found <= expected, `${ttlMs}: ${found}`);
      }
      assert.strictEqual(store.ttl('group', 'none'), undefined);
    });
  }
});

function using(store, run) {
  try {
    return run(store);
  } finally {
    store.close();
  }
}

test('reads of entries have versions, expiries and sizes', () =>
  onEachEngine((store) => {
    const version = store.put('g', 'k', 'value', { expiresAtMs: 9_000_000_000_000 });
    assert.strictEqual(typeof version, 'bigint');
    const entry = { value: Buffer.from('value'), version, expiresAtMs: 9_000_000_000_000 };
    assert.deepStrictEqual(store.getEntry('g', 'k'), entry);
    assert.deepStrictEqual(store.info('g', 'k'), {
      size: 5,
      version,
      expiresAtMs: entry.expiresAtMs,
    });
    assert.deepStrictEqual(store.getManyEntries('g', ['k', 'none']), [entry, null]);
    const { value, ...others } = entry;
    assert.deepStrictEqual(store.sizes('g').toArray(), [
      { key: Buffer.from('k'), size: 5, ...others },
    ]);
    assert.strictEqual(store.getEntry('g', 'none') ?? store.info('g', 'none'), null);
    assert.strictEqual(store.getInto('g', 'none', Buffer.alloc(1)), null);
    assert.throws(() => store.getInto('g', 'k', Buffer.alloc(2)), {
      name: 'RangeError',
      needed: 5,
    });
    assert.strictEqual(value.toString(), 'value');
  }));

test('counters are BigInts of 64 bits', () =>
  onEachEngine((store) => {
    assert.strictEqual(store.increment('g', 'n'), 1n);
    assert.strictEqual(store.increment('g', 'n', 2n ** 62n), 2n ** 62n + 1n);
    assert.strictEqual(store.increment('g', 'n', -5), 2n ** 62n - 4n);
    assert.throws(() => store.increment('g', 'n', 2n ** 62n + 4n), withCode('KV_ERR_NOT_INTEGER'));
    assert.throws(() => store.increment('g', 'n', 2n ** 63n), RangeError);
    assert.throws(() => store.increment('g', 'n', 0.5), TypeError);
    assert.strictEqual(store.append('g', 'log', 'ab', { ttlMs: 60_000 }), 2);
    assert.strictEqual(store.append('g', 'log', 'c'), 3);
    assert(store.ttl('g', 'log') > 0);
  }));

test('a condition that does not hold is a conflict with the version of the key', () =>
  onEachEngine(async (store) => {
    const version = store.put('g', 'k', 'one', { condition: 'absent' });
    const refused = withCode('KV_CONFLICT', { version, group: 'g', key: 'k' });
    for (const condition of ['absent', version + 1n, 5]) {
      assert.throws(() => store.put('g', 'k', 'two', { condition }), refused);
      await assert.rejects(store.async.put('g', 'k', 'two', { condition }), refused);
    }
    assert.throws(
      () => store.put('g', 'none', 'two', { condition: 'present' }),
      withCode('KV_CONFLICT', { version: 0n }),
    );
    assert.throws(() => store.deleteVersion('g', 'k', version + 1n), withCode('KV_CONFLICT'));
    assert.strictEqual(store.deleteVersion('g', 'none', 1n), false);
    assert.strictEqual(store.getString('g', 'k'), 'one');
    assert(store.put('g', 'k', 'two', { condition: version, keepTtl: true }) > version);
    assert.throws(() => store.expire('g', 'k', 5, { xx: true }), withCode('KV_CONFLICT'));
    assert.strictEqual(store.expire('g', 'none', 5), false);
    assert.strictEqual(store.expire('g', 'k', 60_000, { nx: true }), true);
    assert.strictEqual(store.persist('g', 'k'), true);
  }));

test('many keys are read, written and deleted as one', () =>
  onEachEngine(async (store) => {
    store.setMany('g', { a: '1', b: '2' });
    store.setMany('g', new Map([[Buffer.from('c'), '3']]), { ttlMs: 60_000 });
    await store.async.setMany('g', [['d', Buffer.from('4')]]);
    store.setMany('g', []);
    assert.deepStrictEqual(
      store.getMany('g', ['d', 'none', 'a']).map((it) => it && String(it)),
      ['4', null, '1'],
    );
    assert.deepStrictEqual(store.getMany('g', []), []);
    assert.deepStrictEqual(store.deleteMany('g', ['a', 'none', 'd']), ['a', 'd']);
    assert.deepStrictEqual([store.count('g'), store.countAll(), store.countAll('x')], [2, 2, 0]);
    const many = Array.from({ length: 3000 }, (_, at) => `k${at}`);
    store.setMany(
      'many',
      many.map((key) => [key, key]),
    );
    assert.deepStrictEqual(store.getMany('many', many).map(String), many);
    assert.strictEqual(store.deletePrefix('many', 'k1'), 1111);
    assert.strictEqual(store.deleteGroup('many'), 3000 - 1111);
    assert.strictEqual(store.deleteAll(), 2);
    for (const wrong of ['abc', Buffer.from('abc'), null, undefined, 5, {}]) {
      assert.throws(() => store.deleteMany('g', wrong), TypeError);
      assert.throws(() => store.getMany('g', wrong), TypeError);
    }
    assert.throws(() => store.setMany('g', ['ab']), TypeError);
  }));

test('arguments of other types are refused before a call', () =>
  using(kv.open('memory:'), (store) => {
    for (const wrong of [
      null,
      undefined,
      5,
      5n,
      {},
      [],
      true,
      new Uint16Array(2),
      new ArrayBuffer(2),
    ]) {
      for (const call of [
        () => store.get(wrong, 'k'),
        () => store.get('g', wrong),
        () => store.set('g', 'k', wrong),
        () => store.has('g', wrong),
        () => store.delete(wrong, 'k'),
        () => store.put('g', wrong, 'v'),
        () => store.batch().set('g', wrong, 'v'),
        () => store.scan(wrong),
        () => store.begin().get('g', wrong),
      ]) {
        assert.throws(call, {
          name: 'TypeError',
          message: /is a string, Buffer or Uint8Array, not /,
        });
      }
      if (wrong !== undefined) assert.throws(() => kv.open(wrong), TypeError);
    }
    assert.throws(() => kv.open('a\0b'), { name: 'TypeError', message: /location holds a NUL/ });
    assert.throws(() => kv.open(), TypeError);
    assert.throws(() => store.ttl(), TypeError);
    for (const ttlMs of [0.5, '5', {}, NaN, -Infinity]) {
      assert.throws(() => store.set('g', 'k', 'v', { ttlMs }), TypeError, `${ttlMs}`);
    }
    assert.throws(() => store.set('g', 'k', 'v', { ttlMs: 2n ** 63n }), RangeError);
    assert.strictEqual(store.countAll(), 0);
  }));

test('an unknown option is refused with the nearest one', () =>
  using(kv.open('memory:'), (store) => {
    const refused = (message) => ({ name: 'TypeError', message });
    assert.throws(
      () => store.set('g', 'k', 'v', { ttl: 5 }),
      refused(/has no option ttl; did you mean ttlMs\?/),
    );
    assert.throws(
      () => store.put('g', 'k', 'v', { expireAtMs: 5 }),
      refused(/did you mean expiresAtMs\?/),
    );
    assert.throws(
      () => store.put('g', 'k', 'v', { keepTTL: true }),
      refused(/did you mean keepTtl\?/),
    );
    assert.throws(() => store.scan('g', { redis_glob: '*' }), refused(/did you mean redisGlob\?/));
    assert.throws(() => store.watch({ key_prefix: 'a' }), refused(/did you mean keyPrefix\?/));
    assert.throws(() => store.lock('n', { lease: 5 }), refused(/did you mean leaseMs\?/));
    assert.throws(
      () => store.watch({ colour: 5 }),
      refused(/watch has no option colour; it has group, /),
    );
    assert.throws(
      () => store.set('g', 'k', 'v', 5000),
      refused(/options of set are an object, not number/),
    );
    assert.throws(
      () => store.put('g', 'k', 'v', { ttlMs: 5, keepTtl: true }),
      refused(/exclude each other/),
    );
    assert.throws(
      () => store.put('g', 'k', 'v', { condition: 'maybe' }),
      refused(/absent, present, not maybe/),
    );
    assert.throws(
      () => store.put('g', 'k', 'v', { durability: 'toString' }),
      refused(/normal, full, not/),
    );
    assert.throws(
      () => store.scan('g', { from: 'a', above: 'b' }),
      refused(/from and above of scan exclude/),
    );
    assert.strictEqual(store.countAll(), 0);
  }));

test('an error has a status, a code, a message and the place', async () => {
  const store = kv.open('memory:');
  const tooLarge = withCode('KV_ERR_TOO_LARGE', { group: 'g', osError: 0 });
  assert.throws(() => store.set('g', Buffer.alloc(65536), 'v'), tooLarge);
  await assert.rejects(store.async.set('g', Buffer.alloc(65536), 'v'), tooLarge);
  await assert.rejects(store.async.get('g', 5), TypeError);
  assert.throws(
    () => store.set('g', 'k', 'v', { ttlMs: -2 }),
    withCode('KV_ERR_ARGUMENT', { key: 'k' }),
  );
  assert.throws(() => kv.open('sqlite:x?colour=blue'), withCode('KV_ERR_ARGUMENT'));
  const missing = withCode('KV_ERR_IO', { osError: 2 });
  assert.throws(() => kv.open(`${directory}/missing/x.db`), missing);
  await assert.rejects(kv.async.open(`${directory}/missing/x.db`), missing);
  assert.throws(() => kv.openConfig(`${directory}/none.yaml`, 'cache'), missing);
  store.set('g', 'k', Buffer.from([0xff]));
  assert.throws(() => store.getString('g', 'k'), {
    name: 'TypeError',
    message: /k of group g is not UTF-8/,
  });
  store.close();
});

test('an error is written as JSON', () =>
  using(kv.open('memory:'), (store) => {
    const version = store.put('g', 'k', 'v');
    try {
      store.put('g', Buffer.from('k'), 'v', { condition: 'absent' });
      assert.fail('it was written');
    } catch (error) {
      const { message, stack, ...others } = JSON.parse(JSON.stringify(error));
      assert.strictEqual(message, error.message);
      const wanted = { name: 'KvError', status: 2, code: 'KV_CONFLICT', osError: 0 };
      assert.deepStrictEqual(others, { ...wanted, version: `${version}`, group: 'g', key: 'k' });
      assert.strictEqual(stack, undefined);
    }
  }));

test('the stack of an error of async has the function that awaits the call', async () => {
  const store = kv.open('memory:');
  async function theCaller() {
    await store.async.set('g', Buffer.alloc(65536), 'v');
  }
  await assert.rejects(theCaller(), ({ stack }) => stack.includes('theCaller'));
  store.close();
});

test('a closed store refuses every call, and closing again does nothing', async () => {
  const store = kv.open('memory:');
  const [batch, scan] = [store.batch().set('g', 'k', 'v'), store.scan('g')];
  store.close();
  store.close();
  await store.async.close();
  assert.strictEqual(store.isClosed, true);
  const closed = withCode('KV_ERR_HANDLE');
  for (const call of [
    () => store.get('g', 'k'),
    () => store.set('g', 'k', 'v'),
    () => store.batch().commit(),
    () => batch.commit(),
    () => scan.toArray(),
    () => store.begin(),
    () => store.watch(),
    () => store.snapshot(),
    () => store.maintenance.check(),
    () => store.transaction(() => {}),
    () => store.onChange(() => {}),
  ]) {
    assert.throws(call, closed);
  }
  await assert.rejects(store.async.get('g', 'k'), closed);
  await assert.rejects(store.async.lock('g', { leaseMs: 5 }), closed);
  assert.throws(() => store.get('g', 'k'), /the store memory: is closed/);
});

test('what was written is there after reopening, by a path, a URL and a services file', async () => {
  const path = newPath();
  const first = kv.open(path);
  first.set('group', 'key', 'value');
  first.close();
  const { pathToFileURL } = require('node:url');
  for (const location of [path, `sqlite:${path}`, pathToFileURL(path)]) {
    const store = await kv.async.open(location);
    assert.strictEqual(store.getString('group', 'key'), 'value');
    await store.async.close();
  }
  const config = newPath('.yaml');
  const services = `services:\n  cache:\n    type: kvstore_sqlite\n    config: { path: ${path} }\n`;
  require('node:fs').writeFileSync(config, services);
  using(kv.openConfig(config, 'cache'), (store) => {
    assert.strictEqual(store.getString('group', 'key'), 'value');
  });
  const again = await kv.async.openConfig(config, 'cache');
  assert.throws(() => kv.openConfig(config, 'none'), withCode('KV_ERR_CONFIG'));
  again.close();
});

test('more reads than values may be pinned leave none pinned', () => {
  const store = kv.open('memory:');
  store.set('group', 'key', 'value');
  const large = Buffer.alloc(20_000);
  store.set('group', 'large', large);
  for (let i = 0; i < 1_100_000; i++) store.get('group', 'key');
  for (let i = 0; i < 20_000; i++) store.getEntry('group', 'large');
  store.close();
});
