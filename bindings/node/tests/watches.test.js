'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const kv = require('..');
const { inProcess, newPath, onEachEngine, sleep, until, withCode } = require('./fixture');

const shown = (event) =>
  event && `${event.type} ${event.group}/${event.key ?? ''} ${event.value ?? ''}`.trim();

test('a watch receives each selected change once and in order', () =>
  onEachEngine(async (store) => {
    const all = store.watch();
    const one = store.watch({ group: 'g', key: 'k' });
    const some = await store.async.watch({ groupPrefix: 'g', keyPrefix: 'k' });
    store.set('g', 'k', '1');
    store.set('g', 'k2', Buffer.from([0xff]));
    store.delete('g', 'k');
    store.set('other', '', '');
    store.deleteGroup('g');
    const events = ['set g/k 1', 'set g/k2 \ufffd', 'delete g/k', 'set other/', 'deleteGroup g/'];
    assert.deepStrictEqual(all.fill().map(shown), events);
    assert.deepStrictEqual(
      [shown(one.poll()), shown(one.poll()), shown(one.poll())],
      [events[0], events[2], events[4]],
    );
    assert.deepStrictEqual([one.poll(), one.poll(1)], [null, null]);
    assert.strictEqual((await some.async.poll()).value.toString(), '1');
    assert.strictEqual(String((await some.async.poll(1000)).key), 'k2');
  }));

test('events have versions, times and sizes', () =>
  onEachEngine((store) => {
    const watch = store.watch({ group: 'g' });
    const version = store.put('g', 'k', 'value');
    const [event] = watch.fill();
    assert.deepStrictEqual([event.version, event.lost, event.valueSize], [version, 0, 5]);
    assert(Math.abs(event.timeMs - Date.now()) < 60_000);
    const large = Buffer.alloc(200_000, 'x');
    store.set('g', 'large', large);
    store.set('g', 'small', 's');
    const events = [...watch.fill(), ...watch.fill()];
    assert(events[0].value.equals(large));
    assert.strictEqual(shown(events[1]), 'set g/small s');
    const writer = store.openWriter('g', 'pieces');
    writer.write(Buffer.alloc(600_000));
    writer.commit();
    const [pieces] = watch.fill();
    assert.deepStrictEqual(
      [pieces.type, pieces.value, pieces.valueSize],
      ['setLarge', null, 600_000],
    );
  }));

test('a watch begins with the existing entries, and notes what it has lost', () =>
  onEachEngine((store) => {
    store.setMany('g', { a: '1', b: '2' });
    const watch = store.watch({ group: 'g', existing: true, capacity: 16 });
    store.set('g', 'c', '3');
    const types = [];
    for (let event = watch.poll(); event; event = watch.poll()) types.push(event.type);
    assert.deepStrictEqual(types, ['set', 'set', 'synced', 'set']);
    for (let at = 0; at < 100; at += 1) store.set('g', 'k', String(at));
    const events = [];
    for (let event = watch.poll(); event; event = watch.poll()) events.push(event);
    const lagged = events.find(({ type }) => type === 'lagged');
    assert(lagged.lost > 0 && lagged.key === null && lagged.value === null);
    assert.strictEqual(events.filter(({ type }) => type === 'set').length + lagged.lost, 100);
    assert.throws(() => store.watch({ capacity: 5 }), withCode('KV_ERR_ARGUMENT'));
    assert.throws(() => store.watch({ since: 0n }), withCode('KV_ERR_UNSUPPORTED'));
    assert.throws(() => store.watch({ group: 'a', groupPrefix: 'a' }), TypeError);
  }));

test('for await receives events while the event loop goes on, and ends with a break', () =>
  onEachEngine(async (store) => {
    const watch = store.watch({ group: 'g' });
    const writing = (async () => {
      for (let at = 0; at < 20; at += 1) {
        await sleep(1);
        store.set('g', 'k', String(at));
      }
    })();
    const values = [];
    for await (const { value } of watch) {
      values.push(Number(value));
      if (values.length === 20) break;
    }
    await writing;
    assert.deepStrictEqual(
      values,
      Array.from({ length: 20 }, (_, at) => at),
    );
    assert.strictEqual(watch.isClosed, true);
    assert.throws(() => watch.poll(), withCode('KV_ERR_HANDLE'));
    watch.close();
  }));

test('a close of the watch, and one of the store, end the loop', async () => {
  for (const end of ['watch', 'store', 'store by async']) {
    const store = kv.open('memory:');
    const watch = store.watch();
    const loop = (async () => {
      const events = [];
      for await (const event of watch) events.push(shown(event));
      return events;
    })();
    await sleep(5);
    store.set('g', 'k', 'v');
    await sleep(20);
    if (end === 'watch') watch.close();
    else if (end === 'store') store.close();
    else await store.async.close();
    assert.deepStrictEqual(await loop, ['set g/k v'], end);
    store.close();
  }
});

test('a signal ends a loop and a poll with its reason', async () => {
  const store = kv.open('memory:');
  for (const isEarly of [true, false]) {
    const controller = new AbortController();
    if (isEarly) controller.abort();
    else setTimeout(() => controller.abort(), 20);
    const watch = store.watch();
    await assert.rejects(
      async () => {
        for await (const event of watch.iterate({ signal: controller.signal })) assert.fail(event);
      },
      { name: 'AbortError' },
    );
    assert.strictEqual(watch.isClosed, true);
  }
  const watch = store.watch();
  const signal = AbortSignal.timeout(10);
  await assert.rejects(watch.async.poll(null, { signal }), { name: 'TimeoutError' });
  store.set('g', 'k', 'v');
  assert.strictEqual(shown(await watch.async.poll(null)), 'set g/k v');
  await assert.rejects(watch.async.poll(-1), RangeError);
  await assert.rejects(watch.async.poll(5, { signals: signal }), TypeError);
  assert.throws(() => watch.poll('5'), TypeError);
  store.close();
  await assert.rejects(watch.async.poll(5), withCode('KV_ERR_CLOSED'));
});

test('many waits of one watch are served in their order, and many watches use no thread', async () => {
  const store = kv.open('memory:');
  const watch = store.watch();
  const waits = Array.from({ length: 10 }, () => watch.async.poll(10_000));
  const others = Array.from({ length: 50 }, () => store.watch());
  const polls = others.map((other) => other.async.poll(10_000));
  // The threads of the pool are free.
  await store.async.setMany(
    'g',
    Array.from({ length: 10 }, (_, at) => [`k${at}`, 'v']),
  );
  const keys = (await Promise.all(waits)).map(({ key }) => String(key));
  assert.deepStrictEqual(
    keys,
    Array.from({ length: 10 }, (_, at) => `k${at}`),
  );
  assert.strictEqual((await Promise.all(polls)).filter(({ type }) => type === 'set').length, 50);
  store.close();
});

test('the descriptor of a watch is readable while an event is queued', () => {
  const store = kv.open('memory:');
  const watch = store.watch();
  assert(Number.isInteger(watch.fd) && watch.fd > 2);
  assert.strictEqual(watch.fd, watch.fd);
  store.close();
});

test('the change log is read from a version on, also by a watch', async () => {
  const location = `sqlite:${newPath()}?changes=on`;
  const store = kv.open(location);
  const versions = ['a', 'b', 'c'].map((key) => store.put('g', key, key));
  const keys = (events) => [...events].map(({ key }) => String(key)).join('');
  assert.strictEqual(keys(store.changeLog.read()), 'abc');
  const changes = store.changeLog.read(versions[0]);
  assert.strictEqual(keys(changes), 'bc');
  const large = Buffer.alloc(200_000, 'x');
  store.set('g', 'd', large);
  assert.strictEqual(keys(changes), 'd');
  const later = [];
  for await (const event of store.changeLog.read(versions[1])) later.push(event);
  assert(later[1].value.equals(large));
  for (const event of store.changeLog.read()) {
    assert(event);
    break;
  }
  changes.close();
  changes.close();
  assert.strictEqual(keys(changes), '');
  assert.strictEqual(await store.async.changeLog.oldest(), store.changeLog.oldest());
  assert.strictEqual(store.watch({ since: versions[1] }).poll(1000).key.toString(), 'c');
  assert.throws(() => store.changeLog.read(-1n), RangeError);
  store.close();
  const plain = kv.open('memory:');
  assert.throws(() => keys(plain.changeLog.read()), withCode('KV_ERR_UNSUPPORTED'));
  plain.close();
});

test('a watch that waits keeps the process, and one that does not lets it end', async () => {
  const idle = await inProcess("kv.open('memory:').watch(); console.log('end');");
  assert.deepStrictEqual([idle.code, idle.stdout], [0, 'end\n'], idle.stderr);
  const waiting = await inProcess(`
    const store = kv.open('memory:');
    (async () => {
      for await (const { key } of store.watch()) {
        console.log(String(key));
        if (String(key) === 'last') break;
      }
    })();
    setTimeout(() => store.set('g', 'first', 'v'), 20);
    setTimeout(() => store.set('g', 'last', 'v'), 60);`);
  assert.deepStrictEqual([waiting.code, waiting.stdout], [0, 'first\nlast\n'], waiting.stderr);
});

test('a callback receives every change of the process, wherever it was written', () =>
  onEachEngine(async (store) => {
    for (const isAsync of [false, true]) {
      const events = [];
      const note = (event) => events.push(shown(event));
      const subscription = isAsync ? await store.async.onChange(note) : store.onChange(note);
      store.set('g', 'k', '1');
      await store.async.set('g', 'k', '2');
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => store.async.set('many', String(at), 'v')),
      );
      await until(() => events.length === 22);
      assert.deepStrictEqual(events.slice(0, 2), ['set g/k 1', 'set g/k 2']);
      subscription.close();
      subscription.close();
      store.set('g', 'k', '3');
      await sleep(20);
      assert.strictEqual(events.length, 22);
      assert.throws(() => JSON.stringify(subscription), TypeError);
    }
    assert.throws(() => store.onChange(), TypeError);
    const left = store.onChange(() => {});
    assert.strictEqual(left.isClosed, false);
  }));

test('a store with a callback is closed, and the process ends, while others write', async () => {
  const { code, stdout, stderr } = await inProcess(`
    const store = kv.open('memory:');
    let count = 0;
    store.onChange(() => { count += 1; });
    (async () => {
      await Promise.all(Array.from({ length: 200 }, (_, at) => store.async.set('g', String(at), 'v')));
      const writes = Array.from({ length: 50 }, (_, at) => store.async.set('g', String(at), 'v'));
      Promise.allSettled(writes);
      store.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(count >= 200);
      const other = kv.open('memory:');
      other.onChange(() => {});
      for (let at = 0; at < 50; at += 1) other.async.set('g', String(at), 'v');
      process.exit(0);
    })();`);
  assert.deepStrictEqual([code, stdout], [0, 'true\n'], stderr);
});
