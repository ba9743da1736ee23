// The example on bytes of all kinds, on what is refused, and against the header it was written to.
//
//   node test.js HEADER DIRECTORY

'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const v8 = require('node:v8');
const koffi = require('koffi');
const { numbers, prototypes, structures } = require('./abi');
const { KvError, Store } = require('./kv');
const behaviour = require('./behaviour/functions');
const streams = require('./test_streams');

const [header, directory] = process.argv.slice(2);
const text = fs.readFileSync(header, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ' ');
const plain = (code) => code.replace(/\s+/g, ' ').replace(/ ?([(),;{}]) ?/g, '$1').trim();

const cases = {
  'the prototypes are those of the header'() {
    for (const prototype of [...prototypes, ...behaviour.prototypes]) {
      const wanted = `${plain(prototype.replace(/_(Out|Inout)_ /g, ''))};`;
      assert(plain(text).includes(wanted), `not in the header: ${wanted}`);
    }
  },

  'the structures have the fields of the header'() {
    for (const name of [...structures, ...behaviour.structures]) {
      const body = new RegExp(`typedef struct ${name} \\{([^}]*)\\}`).exec(text)[1];
      const fields = [...body.matchAll(/(\w+)(\[\w+\])?;/g)].map((match) => match[1]);
      assert.deepStrictEqual(Object.keys(koffi.type(name).members), fields);
    }
    const length = Number(/#define KV_ERROR_MESSAGE_LEN (\d+)/.exec(text)[1]);
    assert.strictEqual(koffi.sizeof('kv_error'), 8 + length);
    assert.match(text, /#define KV_ABI_VERSION 2\n/);
  },

  'the numbers are those of the header'() {
    for (const [name, number] of Object.entries(numbers)) {
      const [, first, shift] = new RegExp(`#define ${name} \\(?(-?\\d+)(?: << (\\d+))?\\)?\n`).exec(text);
      assert.strictEqual(Number(first) * 2 ** Number(shift ?? 0), number, name);
    }
  },

  'any bytes round-trip'() {
    const store = new Store('memory:');
    const names = ['', '\0', 'a\0b', 'grün', Buffer.from([0xff, 0xfe, 0x80]), Buffer.alloc(65535)];
    for (const name of names) {
      assert.strictEqual(store.get(name, name), null);
      store.set(name, name, name);
      assert.deepStrictEqual(store.get(name, name), Buffer.from(name));
    }
    const large = Buffer.alloc(10_000_000, 'kv');
    store.set('group', 'key', large);
    assert(store.get('group', 'key').equals(large));
    store.close();
  },

  'a ttl has words for ever and for none given'() {
    const hour = 3_600_000;
    for (const [location, byDefault] of [['memory:?default_ttl=1h', hour], ['memory:', null]]) {
      const store = new Store(location);
      const rows = [[undefined, byDefault], [null, null], [0, null], [-1, null], [60_000, 60_000]];
      for (const [given, expected] of rows) {
        store.set('group', 'key', 'value', given);
        const found = store.ttl('group', 'key');
        if (expected === null) assert.strictEqual(found, null);
        else assert(found > expected - 30_000 && found <= expected, `${given}: ${found}`);
        store.set('group', 'key', 'again', found);
        assert.strictEqual(store.ttl('group', 'key') === null, expected === null);
      }
      assert.strictEqual(store.ttl('group', 'none'), undefined);
      store.close();
    }
  },

  'more reads than values may be pinned leave none pinned'() {
    const store = new Store('memory:');
    store.set('group', 'key', 'value');
    for (let i = 0; i < 1_100_000; i++) store.get('group', 'key');
    store.close();
  },

  'what is refused is an error with a status and a message'() {
    const store = new Store('memory:');
    const fails = (call, status) =>
      assert.throws(call, (error) => {
        assert(error instanceof KvError, `${error}`);
        assert.strictEqual(error.status, status);
        assert(error.message.length > 0);
        return true;
      });
    fails(() => store.set('group', Buffer.alloc(65536), 'value'), -7);
    fails(() => store.set('group', 'key', 'value', -2), -1);
    assert.strictEqual(store.get('group', 'key'), null);
    for (const wrong of [null, undefined, 5]) {
      assert.throws(() => store.set('group', wrong, 'value'), TypeError);
    }
    store.close();
    fails(() => store.get('group', 'key'), -2);
    fails(() => store.close(), -2);
    fails(() => new Store('sqlite:x?colour=blue'), -1);
    assert.throws(() => new Store('a\0b'), TypeError);
    try {
      new Store(`${directory}/missing/x.db`);
      assert.fail('a missing directory was accepted');
    } catch (error) {
      assert.strictEqual(error.status, -10);
      assert.strictEqual(error.osError, 2);
    }
  },

  'a store is not copied'() {
    const store = new Store('memory:');
    const refused = { message: /store.cannot.be.copied/ };
    assert.throws(() => structuredClone(store), refused);
    assert.throws(() => v8.serialize(store), refused);
    assert.throws(() => JSON.stringify({ store }), refused);
    store.set('group', 'key', 'value');
    store.close();
  },

  'what was written is there after reopening'() {
    const path = `${directory}/reopened.db`;
    const first = new Store(path);
    first.set('group', 'key', 'value');
    first.close();
    const second = new Store(path);
    assert.strictEqual(String(second.get('group', 'key')), 'value');
    second.close();
  },

  ...streams(directory),
};

let failed = 0;
async function runAll() {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
}

// A case that waits for what never comes ends the program early.
process.exitCode = 1;
runAll().then(() => {
  process.exitCode = failed ? 1 : 0;
});
