// Prints the cost of calls: the least of several rounds.
//
//   KV_LIBRARY=/path/to/libkv.so node bench.js

'use strict';

const kv = require('.');

const CALLS = 10_000;
const ROUNDS = 40;
const value = Buffer.alloc(100, 'x');

async function measure(name, calls, run) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = process.hrtime.bigint();
    await run(calls);
    least = Math.min(least, Number(process.hrtime.bigint() - begun) / calls / 1000);
  }
  console.log(`${name}\t${least.toFixed(2)} µs`);
}

async function main() {
  const store = kv.open('memory:');
  store.set('group', 'key', value);
  const each = (call) => (calls) => {
    for (let at = 0; at < calls; at += 1) call(at);
  };
  await measure(
    'get',
    CALLS,
    each(() => store.get('group', 'key')),
  );
  await measure(
    'getEntry',
    CALLS,
    each(() => store.getEntry('group', 'key')),
  );
  await measure(
    'has',
    CALLS,
    each(() => store.has('group', 'key')),
  );
  await measure(
    'set',
    CALLS,
    each(() => store.set('group', 'key', value)),
  );
  await measure(
    'put',
    CALLS,
    each(() => store.put('group', 'key', value)),
  );
  await measure('async.get', CALLS / 10, async (calls) => {
    for (let at = 0; at < calls; at += 1) await store.async.get('group', 'key');
  });
  kv.setTrace(() => {});
  await measure(
    'get with a trace',
    CALLS / 10,
    each(() => store.get('group', 'key')),
  );
  kv.setTrace(null);
  store.setMany(
    'many',
    Array.from({ length: CALLS }, (_, at) => [`key ${at}`, value]),
  );
  await measure('an entry of a scan', CALLS, (calls) => {
    let left = calls;
    for (const entry of store.scan('many', { limit: calls })) left -= entry ? 1 : 0;
    if (left) throw new Error(`${left} entries are missing`);
  });
  store.close();
}

main();
