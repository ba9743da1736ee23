'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const { once } = require('node:events');
const { PassThrough, Readable, Transform } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const zlib = require('node:zlib');
const { test } = require('node:test');
const kv = require('..');
const { functions } = require('../lib/library');
const { directory, onEachEngine: onEach, withCode } = require('./fixture');

const PIECE = kv.constants.KV_PIECE_LEN;
const LONG = Buffer.alloc(PIECE * 3 + 7, '0123456789');

// Resolves when a stream has ended what it holds, also after an error.
const closed = (stream) =>
  new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });

const onEachEngine = (run) =>
  onEach((store, engine) => {
    store.set('group', 'key', 'before');
    return run(store, engine);
  });

const write = (store, value, options) => {
  const writer = store.openWriter('group', 'key', options);
  writer.write(value);
  return writer.commit();
};

test('a value is written in pieces and read at any offset', () =>
  onEachEngine((store) => {
    const writer = store.openWriter('group', 'key', { ttlMs: 60_000, durability: 'full' });
    for (const part of [LONG.subarray(0, 7), '', new Uint8Array(LONG.subarray(7))])
      writer.write(part);
    assert.strictEqual(writer.size(), LONG.length);
    assert.strictEqual(String(store.get('group', 'key')), 'before');
    const version = writer.commit();
    assert(store.get('group', 'key').equals(LONG));
    const reader = store.openReader('group', 'key');
    assert.deepStrictEqual([reader.size, reader.version], [LONG.length, version]);
    assert(reader.expiresAtMs > Date.now());
    store.set('group', 'key', 'after');
    assert(reader.read(0, LONG.length + 10).equals(LONG));
    assert.strictEqual(String(reader.read(PIECE - 1, 5)), '34567');
    assert.strictEqual(reader.readInto(Buffer.alloc(5), LONG.length - 2), 2);
    assert.strictEqual(reader.read(LONG.length + 5, 5).length, 0);
    reader.close();
    reader.close();
    assert.throws(() => reader.read(0, 1), withCode('KV_ERR_HANDLE'));
    assert.strictEqual(store.openReader('group', 'none'), null);
  }));

test('what a writer refuses', () =>
  onEachEngine((store) => {
    const version = store.openReader('group', 'key').version;
    for (const condition of ['absent', 5, version + 1n]) {
      const refused = (error) => withCode('KV_CONFLICT')(error) && error.version === version;
      assert.throws(() => write(store, LONG, { condition }), refused);
    }
    for (const wrong of [{ colour: 1 }, { condition: 'maybe' }, { durability: 'maybe' }]) {
      assert.throws(() => store.openWriter('group', 'key', wrong), TypeError);
    }
    const two = { ttlMs: 5, keepTtl: true };
    assert.throws(() => store.openWriter('group', 'key', two), TypeError);
    assert.throws(
      () => store.openWriter('group', 'key', { ttlMs: -5 }),
      withCode('KV_ERR_ARGUMENT'),
    );
    assert.throws(
      () => store.openWriter('group', Buffer.alloc(65536)),
      withCode('KV_ERR_TOO_LARGE'),
    );
    const writer = store.openWriter('group', 'key');
    for (const wrong of [null, undefined, 5]) assert.throws(() => writer.write(wrong), TypeError);
    for (const copy of [structuredClone, JSON.stringify]) {
      assert.throws(() => copy(writer), /writer.cannot.be.copied/);
      assert.throws(() => copy(store.openReader('group', 'key')), /reader.cannot.be.copied/);
    }
    writer.abort();
    writer.abort();
    assert.throws(() => writer.commit(), withCode('KV_ERR_HANDLE'));
    assert.strictEqual(String(store.get('group', 'key')), 'before');
    assert(write(store, 'after', { condition: version, keepTtl: true }) > version);
  }));

test('a pipeline stores a file and gives it back', () =>
  onEachEngine(async (store) => {
    const [from, to] = [`${directory}/from`, `${directory}/to`];
    fs.writeFileSync(from, crypto.randomBytes(5_000_000));
    const stream = store.createWriteStream('files', 'copy', { ttlMs: null });
    let atFinish;
    stream.on('finish', () => {
      atFinish = store.openReader('files', 'copy').version;
    });
    await pipeline(fs.createReadStream(from), stream);
    assert.strictEqual(atFinish, stream.version);
    await pipeline(store.createReadStream('files', 'copy'), fs.createWriteStream(to));
    assert(fs.readFileSync(to).equals(fs.readFileSync(from)));
    await pipeline(
      store.createReadStream('files', 'copy'),
      zlib.createGzip(),
      store.createWriteStream('files', 'copy'),
    );
    assert(zlib.gunzipSync(store.get('files', 'copy')).equals(fs.readFileSync(from)));
  }));

test('a part of a value is a stream', () =>
  onEachEngine(async (store) => {
    write(store, LONG);
    const part = async (options) => {
      const parts = await store.createReadStream('group', 'key', options).toArray();
      return Buffer.concat(parts);
    };
    for (const [start, end] of [
      [0, 0],
      [5, 9],
      [PIECE - 2, PIECE + 2],
      [0, LONG.length * 2],
    ]) {
      assert((await part({ start, end })).equals(LONG.subarray(start, end + 1)), `${start}`);
    }
    assert((await part({ start: LONG.length - 3 })).equals(LONG.subarray(-3)));
    assert.strictEqual((await part({ start: LONG.length + 3 })).length, 0);
    assert((await part({ highWaterMark: 1000 })).equals(LONG));
    const text = store.createReadStream('group', 'key', { end: 9, encoding: 'utf8' });
    assert.deepStrictEqual(await text.toArray(), ['0123456789']);
    for (const wrong of [{ start: -1 }, { start: 0.5 }, { start: 5, end: 4 }, { end: '9' }]) {
      assert.throws(() => store.createReadStream('group', 'key', wrong), RangeError);
    }
  }));

test('an absent key and a closed store are errors of a stream', () =>
  onEachEngine(async (store) => {
    const absent = store.createReadStream('group', 'none');
    await assert.rejects(absent.toArray(), withCode('KV_NOT_FOUND'));
    await assert.rejects(
      once(store.createWriteStream('g', Buffer.alloc(65536)), 'finish'),
      withCode('KV_ERR_TOO_LARGE'),
    );
    const wrong = store.createWriteStream('group', 'key', { colour: 'blue' });
    await assert.rejects(once(wrong, 'finish'), TypeError);
    write(store, LONG);
    const reader = store.createReadStream('group', 'key', { highWaterMark: 10 });
    await once(reader, 'readable');
    const writer = store.createWriteStream('group', 'key');
    await new Promise((resolve) => writer.write('begun', resolve));
    store.close();
    await assert.rejects(reader.toArray(), withCode('KV_ERR_CLOSED'));
    writer.end('more');
    await assert.rejects(once(writer, 'finish'), withCode('KV_ERR_CLOSED'));
  }));

test('a conflict is an error instead of the finish', () =>
  onEachEngine(async (store) => {
    const version = write(store, LONG);
    const stream = store.createWriteStream('group', 'key', { condition: 'absent' });
    let finished = false;
    stream.on('finish', () => {
      finished = true;
    });
    const refused = (error) => withCode('KV_CONFLICT')(error) && error.version === version;
    await assert.rejects(pipeline(Readable.from([LONG, LONG]), stream), refused);
    assert(!finished && stream.version === null && stream.destroyed);
    assert(store.get('group', 'key').equals(LONG));
  }));

test('a pipeline that fails stores nothing', () =>
  onEachEngine(async (store) => {
    const failing = new Transform({
      transform(chunk, encoding, callback) {
        this.count = (this.count ?? 0) + 1;
        callback(this.count > 5 ? new Error('on the way') : null, chunk);
      },
    });
    const chunks = Readable.from(Array(20).fill(LONG));
    const stream = store.createWriteStream('group', 'key');
    await assert.rejects(pipeline(chunks, failing, stream), /on the way/);
    await closed(stream);
    assert.strictEqual(String(store.get('group', 'key')), 'before');
    const destroyed = store.createWriteStream('group', 'key');
    for (let i = 0; i < 5; i++) destroyed.write(LONG);
    destroyed.destroy();
    await closed(destroyed);
    assert.strictEqual(String(store.get('group', 'key')), 'before');
  }));

test('streams that are destroyed end what they hold', async () => {
  const store = kv.open('memory:');
  write(store, LONG);
  const ended = { kv_reader_close: 0, kv_writer_abort: 0 };
  const originals = Object.keys(ended).map((name) => [name, functions[name]]);
  for (const [name, original] of originals) {
    functions[name] = {
      async(...given) {
        const done = given.pop();
        original.async(...given, (error, status) => {
          if (status === 0) ended[name] += 1;
          done(error, status);
        });
      },
    };
  }
  const all = [];
  for (let i = 0; i < 20; i++) {
    all.push(store.createReadStream('group', 'key'), store.createWriteStream('group', 'new'));
  }
  await new Promise(setImmediate);
  for (const stream of all.slice(20))
    stream instanceof Readable ? stream.read() : stream.write(LONG);
  for (const stream of all) stream.destroy();
  await Promise.all(all.map(closed));
  Object.assign(functions, Object.fromEntries(originals));
  assert.deepStrictEqual(ended, { kv_reader_close: 20, kv_writer_abort: 20 });
  assert.strictEqual(store.get('group', 'new'), null);
  store.close();
});

test('a slow reader holds up the writer, and a slow store the program', () =>
  onEachEngine(async (store) => {
    write(store, Buffer.alloc(PIECE * 40));
    const reader = store.createReadStream('group', 'key');
    const slow = new PassThrough({ highWaterMark: 1000 });
    reader.pipe(slow);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert(reader.readableLength + slow.readableLength < PIECE * 4, 'it was read ahead');
    slow.resume();
    await once(slow, 'end');
    const stream = store.createWriteStream('group', 'key');
    assert.strictEqual(stream.write(LONG), false);
    await once(stream, 'drain');
    stream.end();
    await once(stream, 'finish');
    assert(store.get('group', 'key').equals(LONG));
  }));

test('the event loop goes on meanwhile', async () => {
  const store = kv.open('memory:');
  write(store, Buffer.alloc(PIECE * 200));
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
  }, 1);
  let bytes = 0;
  for await (const chunk of store.createReadStream('group', 'key')) bytes += chunk.length;
  clearInterval(clock);
  assert.strictEqual(bytes, PIECE * 200);
  assert(ticks > 0, 'no timer ran');
  store.close();
});
