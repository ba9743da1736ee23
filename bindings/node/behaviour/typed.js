// Typed stores of the behaviour cases.

'use strict';

const kv = require('..');
const v = require('./values');

const { OK, toBytes } = v;

// The error of a hook.
class Refused extends Error {}

const HOOKS = ['before_save', 'after_save', 'after_load', 'before_delete', 'after_delete'];
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

// A JSON text that is no object of a name and a count is no record.
const codec = {
  encode: ({ name, count }) => Buffer.from(kv.json.stringify({ name, count })),
  decode(data) {
    const record = kv.json.parse(data.toString());
    if (typeof record?.name !== 'string') throw new TypeError('this is no record');
    return { name: record.name, count: BigInt(record.count) };
  },
};

const read = ({ name, count }) => ({ name, count: BigInt(count) });
const shown = (record) => (record === null ? v.NOT_FOUND : { ...OK, record });

function open(run, a) {
  const trace = [];
  const hooks = HOOKS.map((name) => [
    camel(name),
    (key, record) => {
      trace.push(`${name} ${key}`);
      if (a.fail?.includes(name)) throw new Refused(name);
      const renamed = a.rename?.[name];
      return renamed === undefined ? undefined : { ...record, name: renamed };
    },
  ]);
  const typed = new kv.Typed(run.store(a), v.group(a), {
    codec,
    hooks: Object.fromEntries(hooks),
  });
  run.typed.set(a.typed, { typed, trace });
}

// A call of a typed store, whose hooks may refuse.
const call = (known, make) => [
  `typed ${known}`.trim(),
  async (run, a) => {
    const { typed, trace } = run.typed.get(a.typed);
    try {
      return await make(run.isAsync ? typed.async : typed, a, run, { typed, trace });
    } catch (error) {
      if (error instanceof Refused) return { status: 'hook' };
      throw error;
    }
  },
];

async function scanned(run, typed) {
  const records = [];
  const add = ({ key, value }) => records.push({ key, record: value });
  if (run.isAsync) for await (const entry of typed.scan()) add(entry);
  else for (const entry of typed.scan()) add(entry);
  return { ...OK, records };
}

async function put(on, a, run) {
  const version = await on.put(toBytes(a.key), read(a.record), v.putOptions(run, a));
  if (a.save) run.saved.set(a.save, version);
  return { ...OK, version };
}

const typed = {
  typed_open: ['typed group rename fail', open],
  typed_set: call('key record ttl', (on, a) =>
    on.set(toBytes(a.key), read(a.record), v.ttlOption(a)),
  ),
  typed_put: call(`record save ${v.PUT.replace('group ', '').replace(' value', '')}`, put),
  typed_get: call('key', async (on, a) => shown(await on.get(toBytes(a.key)))),
  typed_take: call('key', async (on, a) => shown(await on.take(toBytes(a.key)))),
  typed_delete: call('key', async (on, a) => v.found(await on.delete(toBytes(a.key)))),
  typed_scan: call('', (on, a, run, { typed: it }) => scanned(run, it)),
  trace: call('', (on, a, run, { trace }) => ({ ...OK, trace: trace.splice(0) })),
};

module.exports = { read, typed };
