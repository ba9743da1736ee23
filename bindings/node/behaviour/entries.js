// The calls of the behaviour cases for keys and ranges of keys. Each returns its status by name and
// the results that tests/behaviour/README.md lists.

'use strict';

const v = require('./values');

const { OK, PUT, SCAN, at, group, toBytes } = v;

// A scan of a store or transaction; `api` says whether it is iterated by `for await`.
async function scan(run, scanned, a, expected) {
  const all = (cursor) => (run.isAsync ? cursor.async.toArray() : cursor.toArray());
  const options = v.scanOptions(a);
  if (expected.keys !== undefined) {
    return { ...OK, keys: await all(scanned.keys(group(a), options)) };
  }
  const entries = [];
  const cursor = scanned.scan(group(a), options);
  if (run.isAsync) for await (const { key, value } of cursor) entries.push({ key, value });
  else for (const { key, value } of cursor) entries.push({ key, value });
  return { ...OK, entries };
}

async function put(run, a) {
  const version = await run.api(a).put(...at(a), toBytes(a.value), v.putOptions(run, a));
  if (a.save) run.saved.set(a.save, version);
  return { ...OK, version };
}

async function entry(run, a) {
  const read = await run.api(a).getEntry(...at(a));
  if (!read) return v.NOT_FOUND;
  if (a.save) run.saved.set(a.save, read.version);
  const { value, version, expiresAtMs } = read;
  return { ...OK, value, version, expires_at: v.expiryOf(expiresAtMs) };
}

async function info(run, a) {
  const read = await run.api(a).info(...at(a));
  if (!read) return v.NOT_FOUND;
  const { size, version, expiresAtMs } = read;
  return { ...OK, size: BigInt(size), version, expires_at: v.expiryOf(expiresAtMs) };
}

async function getMany(run, a) {
  const keys = a.keys.map(toBytes);
  const values = await run.api(a).getMany(group(a), keys);
  const entries = keys.map((key, index) => ({ key, value: values[index] }));
  return { ...OK, entries: entries.filter(({ value }) => value) };
}

async function deleteMany(run, a) {
  const deleted = await run.api(a).deleteMany(group(a), a.keys.map(toBytes));
  return { ...OK, count: BigInt(deleted.length), deleted };
}

async function groups(run, a) {
  const cursor = run.store(a).groups(toBytes(a.prefix ?? ''));
  return { ...OK, groups: run.isAsync ? await cursor.async.toArray() : cursor.toArray() };
}

async function json(run, a) {
  const part = await run.api(a).json.get(...at(a), a.path);
  return part === null ? v.NOT_FOUND : { ...OK, value: Buffer.from(part) };
}

const count = async (number) => ({ ...OK, count: BigInt(await number) });
const numbers = (fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [v.snake(name), BigInt(value ?? 0)]),
  );

// The arguments of each call, but `store`, and how it is made.
const entries = {
  set: [
    'group key value ttl',
    (run, a) =>
      run.api(a).set(...at(a), toBytes(a.value), ...(a.ttl === undefined ? [] : [v.ttlOption(a)])),
  ],
  put: [`${PUT} save`, put],
  get: ['group key', async (run, a) => v.valued(await run.api(a).get(...at(a)))],
  entry: ['group key save', entry],
  info: ['group key', info],
  exists: ['group key', async (run, a) => v.found(await run.api(a).has(...at(a)))],
  delete: ['group key', async (run, a) => v.found(await run.api(a).delete(...at(a)))],
  delete_version: [
    'group key version',
    async (run, a) => v.found(await run.api(a).deleteVersion(...at(a), run.version(a.version))),
  ],
  take: ['group key', async (run, a) => v.valued(await run.api(a).take(...at(a)))],
  increment: [
    'group key delta ttl',
    async (run, a) => ({
      ...OK,
      sum: await run.api(a).increment(...at(a), BigInt(a.delta), v.ttlOption(a)),
    }),
  ],
  append: [
    'group key value ttl',
    async (run, a) => ({
      ...OK,
      length: BigInt(await run.api(a).append(...at(a), toBytes(a.value), v.ttlOption(a))),
    }),
  ],
  ttl: ['group key', async (run, a) => v.ttlRead(await run.api(a).ttl(...at(a)))],
  expire: [
    'group key ttl flags',
    async (run, a) =>
      v.found(await run.api(a).expire(...at(a), v.time(a.ttl), v.expireOptions(a))),
  ],
  persist: ['group key', async (run, a) => v.found(await run.api(a).persist(...at(a)))],
  set_many: [
    'group entries ttl',
    (run, a) => {
      const pairs = a.entries.map(({ key, value }) => [toBytes(key), toBytes(value)]);
      return run.api(a).setMany(group(a), pairs, v.ttlOption(a));
    },
  ],
  get_many: ['group keys', getMany],
  delete_many: ['group keys', deleteMany],
  scan: [SCAN, (run, a, expected) => scan(run, run.store(a), a, expected)],
  groups: ['prefix', groups],
  count: ['group', (run, a) => count(run.api(a).count(group(a)))],
  count_all: ['prefix', (run, a) => count(run.api(a).countAll(toBytes(a.prefix ?? '')))],
  delete_group: ['group', (run, a) => count(run.api(a).deleteGroup(group(a)))],
  delete_prefix: [
    'group prefix',
    (run, a) => count(run.api(a).deletePrefix(group(a), toBytes(a.prefix))),
  ],
  delete_all: ['prefix', (run, a) => count(run.api(a).deleteAll(toBytes(a.prefix ?? '')))],
  purge_expired: ['', (run, a) => count(run.api(a).maintenance.purgeExpired())],
  set_json: ['group key value', (run, a) => run.api(a).json.set(...at(a), toBytes(a.value))],
  get_json: ['group key path', json],
  quota_set: [
    'name max_keys max_groups max_bytes',
    (run, a) =>
      run.api(a).quotas.set(v.text(a.name), {
        maxKeys: a.max_keys,
        maxGroups: a.max_groups,
        maxBytes: a.max_bytes,
      }),
  ],
  quota_get: [
    'name',
    async (run, a) => ({ ...OK, ...numbers(await run.api(a).quotas.get(v.text(a.name))) }),
  ],
};

module.exports = { entries, scan };
