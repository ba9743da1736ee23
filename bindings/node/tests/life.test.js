'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const { inspect } = require('node:util');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');
const path = require('node:path');
const kv = require('..');
const { inProcess, newPath, sleep, withCode } = require('./fixture');

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

// Collects garbage until a condition holds, at most ten seconds.
async function collectUntil(holds) {
  const end = Date.now() + 10_000;
  while (!holds()) {
    assert(Date.now() < end, 'nothing was collected in ten seconds');
    gc();
    await sleep(5);
  }
}

test('forgotten objects are closed, and a store, a reader and a writer warn', async () => {
  const warnings = [];
  const note = (warning) => warnings.push(warning.message);
  process.on('warning', note);
  const store = kv.open('memory:');
  store.setMany(
    'g',
    Array.from({ length: 2000 }, (_, at) => [`k${at}`, 'v']),
  );
  (() => {
    kv.open('memory:forgotten').set('g', 'k', 'v');
    // One of a kind warns.
    store.openReader('g', 'k1');
    store.openReader('g', 'k1');
    store.openWriter('g', 'k1');
    // More than may be open at a time.
    for (let at = 0; at < 60_000; at += 1) store.begin();
  })();
  await collectUntil(() => warnings.length === 3);
  process.off('warning', note);
  const expected = [
    'the reader was not closed',
    'the store memory:forgotten was not closed',
    'the writer was not closed',
  ];
  assert.deepStrictEqual(warnings.sort(), expected);
  // Its last handle was closed, so it is empty.
  const again = kv.open('memory:forgotten');
  assert.strictEqual(again.has('g', 'k'), false);
  again.close();
  let begun = [];
  await collectUntil(() => {
    try {
      begun = Array.from({ length: 60_000 }, () => store.begin());
      return true;
    } catch (error) {
      return !withCode('KV_ERR_MEMORY')(error);
    }
  });
  for (const transaction of begun) transaction.abort();
  store.close();
});

test('an object keeps its store', async () => {
  const make = (use) => use(kv.open('memory:'));
  const watch = make((store) => store.watch());
  const txn = make((store) => {
    store.set('g', 'k', 'v');
    return store.begin();
  });
  const cursor = make((store) => {
    store.setMany('g', [
      ['a', '1'],
      ['b', '2'],
    ]);
    return store.scan('g');
  });
  const bound = make((store) => store.bind());
  for (let at = 0; at < 20; at += 1) {
    gc();
    await sleep(1);
  }
  assert.strictEqual(watch.poll(), null);
  assert.strictEqual(txn.getString('g', 'k'), 'v');
  assert.strictEqual(cursor.toArray().length, 2);
  assert.strictEqual(bound.countAll(), 0);
  for (const open of [watch, bound]) open.close();
  txn.abort();
});

test('using closes, where the runtime has its symbols', async (t) => {
  if (!Symbol.dispose) {
    t.skip('this Node.js has no Symbol.dispose');
    return;
  }
  const store = kv.open('memory:');
  store.set('g', 'k', 'v');
  const made = {
    isClosed: [
      store.watch(),
      store.begin(),
      store.openReader('g', 'k'),
      store.openWriter('g', 'k'),
    ],
  };
  made.isClosed.push(
    store.snapshot(),
    store.scope('a'),
    store.bind(),
    store.onChange(() => {}),
  );
  for (const one of made.isClosed) {
    one[Symbol.dispose]();
    assert.strictEqual(one.isClosed, true, one.constructor.name);
    one[Symbol.dispose]();
  }
  const lock = store.lock('n', { leaseMs: 60_000 });
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  assert.strictEqual(store.lockHolder('n'), null);
  const another = store.lock('n', { leaseMs: 60_000 });
  await another[Symbol.asyncDispose]();
  assert.strictEqual(store.lockHolder('n'), null);
  const reader = store.openReader('g', 'k');
  await reader[Symbol.asyncDispose]();
  assert.strictEqual(reader.isClosed, true);
  await store[Symbol.asyncDispose]();
  assert.strictEqual(store.isClosed, true);
});

test('an object is neither copied nor sent', () => {
  const store = kv.open('memory:');
  store.set('g', 'k', 'v');
  const made = [
    store,
    store.begin(),
    store.watch(),
    store.openReader('g', 'k'),
    store.openWriter('g', 'k'),
  ];
  for (const one of made) {
    for (const copy of [
      structuredClone,
      v8.serialize,
      JSON.stringify,
      (it) => JSON.stringify({ it }),
    ]) {
      assert.throws(() => copy(one), /cannot.be.copied/, one.constructor.name);
    }
    assert.throws(() => new Worker('', { eval: true, workerData: one }), /cannot_be_copied/);
  }
  for (const one of made.slice(1)) (one.close ?? one.abort).call(one);
  store.close();
});

test('inspect shows the location and the state, and never a password', () => {
  const file = newPath();
  const store = kv.open(file);
  assert.strictEqual(inspect(store), `Store { '${file}' }`);
  assert.match(inspect({ store }), /Store \{ '/);
  assert.strictEqual(inspect(store.scope('a')), `Store { '${file} scope a' }`);
  assert.strictEqual(inspect(store.bind()), `BoundStore { '${file} bound' }`);
  assert.strictEqual(
    inspect(store.batch().get('g', 'k')),
    `Batch { 1 steps, for Store { '${file}' } }`,
  );
  assert.strictEqual(inspect(store.begin()), 'Transaction { open }');
  assert.match(inspect(store.lock('n', { leaseMs: 5 })), /^Lock \{ n, token \d+ \}$/);
  assert.match(inspect(new kv.Typed(store, 'users')), /^Typed \{ 'users' of Store/);
  store.close();
  assert.strictEqual(inspect(store), `Store { closed '${file}' }`);
  const { shown } = require('../lib/location');
  for (const secret of [
    'redis://user:s3c@ret@host:1/0?prefix=p',
    'rediss://:s3c@ret@host:1?password=s3cret',
  ]) {
    assert.match(shown(secret), /^rediss?:\/\/\*\*\*@host:1(\/0)?$/);
  }
  assert.throws(
    () => kv.open('redis://user:s3cret@127.0.0.1:1/0?connect_timeout=100ms'),
    (error) => error instanceof kv.KvError && !error.stack.includes('s3cret'),
  );
});

test('workers open the same file and the same store in memory', async () => {
  const [file, name] = [newPath(), `memory:shared-${process.pid}`];
  const main = [kv.open(file), kv.open(name)];
  const watches = main.map((store) => store.watch({ group: 'from' }));
  const program = `
    const { workerData, parentPort } = require('node:worker_threads');
    const kv = require(workerData.folder);
    (async () => {
      for (const location of workerData.locations) {
        const store = kv.open(location);
        const watch = store.watch({ group: 'to ' + workerData.number });
        for (let at = 0; at < 100; at += 1) store.increment('g', 'n');
        await Promise.all(Array.from({ length: 100 }, () => store.async.increment('g', 'n')));
        store.set('from', String(workerData.number), 'done');
        const event = await watch.async.poll(10_000);
        parentPort.postMessage(String(event.value));
        store.close();
      }
    })();`;
  const folder = path.dirname(__dirname);
  const ends = [0, 1, 2].map((number) => {
    const workerData = { folder, number, locations: [file, name] };
    const worker = new Worker(program, { eval: true, workerData });
    const messages = [];
    worker.on('message', (message) => messages.push(message));
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => resolve(messages));
    });
  });
  for (const [at, store] of main.entries()) {
    const watch = watches[at];
    for (let done = 0; done < 3; done += 1) {
      const { key } = await watch.async.poll(10_000);
      store.set(`to ${key}`, 'k', `for ${key}`);
    }
    watch.close();
  }
  assert.deepStrictEqual(
    await Promise.all(ends),
    [0, 1, 2].map((n) => [`for ${n}`, `for ${n}`]),
  );
  for (const store of main) {
    assert.strictEqual(store.getString('g', 'n'), '600');
    store.close();
  }
});

test('a worker that ends closes what it has left open', async () => {
  const location = `memory:left-${process.pid}`;
  const program = `
    const { workerData } = require('node:worker_threads');
    const kv = require(workerData.folder);
    const store = kv.open(workerData.location);
    store.set('g', 'k', 'v');
    store.watch();
    store.begin();
    try {
      store.onChange(() => {});
    } catch (error) {
      require('node:worker_threads').parentPort.postMessage(error.message);
    }
    if (workerData.exits) process.exit(0);`;
  for (const exits of [false, true]) {
    const workerData = { folder: path.dirname(__dirname), location, exits };
    const worker = new Worker(program, { eval: true, workerData });
    let refused = '';
    worker.on('message', (message) => {
      refused = message;
    });
    await new Promise((resolve) => worker.once('exit', resolve));
    if (!exits) assert.match(refused, /onChange is for the main thread/);
    const store = kv.open(location);
    assert.strictEqual(store.has('g', 'k'), false, `exits: ${exits}`);
    store.close();
  }
});

test('a worker that is ended within calls of all kinds does no harm', async () => {
  const file = newPath();
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const kv = require(workerData.folder);
    const store = kv.open(workerData.file);
    store.set('g', 'k', Buffer.alloc(30_000));
    const forEver = (make) => {
      const again = () => make().then(again, again);
      again();
    };
    for (let at = 0; at < 4; at += 1) {
      forEver(() => store.async.increment('g', 'n'));
      forEver(() => store.async.getEntry('g', 'k'));
      forEver(() => store.scan('g').async.toArray());
      forEver(() => store.async.transaction(async (txn) => txn.increment('g', 'n')));
      forEver(async () => {
        const watch = store.watch();
        await watch.async.poll(5);
        watch.close();
      });
      forEver(async () => {
        const reader = await store.async.openReader('g', 'k');
        await reader.async.read();
        await reader.async.close();
      });
      forEver(async () => {
        const lock = await store.async.lock('name', { leaseMs: 5, waitMs: 20 });
        await lock.async.release();
      });
      forEver(async () => {
        store.batch().set('g', 'b', 'v').get('g', 'b').commit();
        await new Promise(setImmediate);
      });
    }
    parentPort.postMessage('begun');
    if (workerData.exits) setTimeout(() => process.exit(0), 5);`;
  for (let round = 0; round < 10; round += 1) {
    const exits = round % 2 === 1;
    const workerData = { folder: path.dirname(__dirname), file, exits };
    const worker = new Worker(program, { eval: true, workerData });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await new Promise((resolve) => worker.once('message', resolve));
    if (!exits) {
      await sleep(round);
      await worker.terminate();
    }
    await ended;
  }
  const store = kv.open(file);
  store.maintenance.check();
  assert(store.increment('g', 'n') > 0n);
  store.close();
});

test('two copies of the package work in one process', async () => {
  const { code, stdout, stderr } = await inProcess(`
    for (const name of Object.keys(require.cache)) if (!name.includes('koffi')) delete require.cache[name];
    const again = require(${JSON.stringify(path.dirname(__dirname))});
    console.log(again !== kv);
    const [one, two] = [kv.open('memory:shared'), again.open('memory:shared')];
    one.set('g', 'k', 'v');
    console.log(two.getString('g', 'k'));
    one.close();
    two.close();`);
  assert.deepStrictEqual([code, stdout], [0, 'true\nv\n'], stderr);
});

test('import and require have the same names', async () => {
  const imported = await import('../index.mjs');
  assert.deepStrictEqual(
    Object.keys(imported)
      .filter((it) => it !== 'default')
      .sort(),
    Object.keys(kv).sort(),
  );
  for (const name of Object.keys(kv)) assert.strictEqual(imported[name], kv[name]);
  assert.strictEqual(imported.default, kv);
});

for (const [name, env, message] of [
  [
    'that is missing',
    { KV_LIBRARY: '/dev/null/libkv.so' },
    /cannot load the kv library \/dev\/null\/libkv.so: .*the variable KV_LIBRARY has \/dev\/null\/libkv.so.*set KV_LIBRARY to the path/,
  ],
  [
    'that the system has not',
    { KV_LIBRARY: '', LD_LIBRARY_PATH: '' },
    /cannot load the kv library libkv.so.0: .*KV_LIBRARY is not set.*make install/,
  ],
  [
    'that is another one',
    { KV_LIBRARY: 'libc.so.6' },
    /libc.so.6 is not the kv library: it has no kv_abi_version/,
  ],
]) {
  test(`a library ${name} is refused with a message that says so`, async (t) => {
    const { code, stderr } = await inProcess('', { env });
    if (name === 'that the system has not' && code === 0) {
      t.skip('the system has a libkv.so.0');
      return;
    }
    assert.strictEqual(code, 1);
    assert.match(stderr, message);
    assert.match(stderr, /LibraryError/);
  });
}
