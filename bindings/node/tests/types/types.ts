// Is checked by tsc alone: each use has the type that it is written with, and each line after
// `@ts-expect-error` is refused.

import * as kv from 'kv';

async function uses(store: kv.Store): Promise<void> {
  const value: Buffer | null = store.get('group', Buffer.from('key'));
  const text: string | null = await store.async.getString('group', new Uint8Array(2));
  const version: bigint = store.put('g', 'k', 'v', { condition: 'absent', ttlMs: null });
  const again: bigint = await store.async.put('g', 'k', 'v', { condition: version });
  const left: number | null | undefined = store.ttl('g', 'k');
  const sum: bigint = await store.async.increment('g', 'k', 5n, { ttlMs: 5 });
  const removed: string[] = store.deleteMany('g', ['a', 'b']);
  store.setMany('g', new Map([['a', 'b']]));
  store.setMany('g', { a: Buffer.alloc(1) });
  for (const { key, value: found } of store.scan('g', { prefix: 'a', limit: 10 })) {
    const both: Buffer[] = [key, found];
    void both;
  }
  for await (const name of store.groups()) void (name satisfies Buffer);
  const sizes: number[] = store
    .sizes('g')
    .toArray()
    .map(({ size }) => size);
  const result: number = store.transaction((txn) => Number(txn.increment('g', 'n')));
  const later: string | null = await store.async.transaction((txn) => txn.getString('g', 'k'));
  for await (const event of store.watch({ group: 'g' })) {
    if (event.type === 'set') void (event.value satisfies Buffer | null);
  }
  const lock: kv.Lock = await store.async.lock('n', {
    leaseMs: 5,
    signal: AbortSignal.timeout(5),
  });
  const results: kv.StepResult[] = store.batch().checkLock(lock).set('g', 'k', 'v').commit();
  const typed = new kv.Typed<{ name: string }>(store, 'users');
  const user: { name: string } | null = await typed.async.get('ada');
  const bound: kv.BoundStore = store.bind({ timeoutMs: 5 });
  const arming: bigint = bound.arm(5);
  const opened: kv.Store = await kv.async.open('memory:');
  const state: kv.CopyState = await store.async.maintenance.copy(opened, { existing: 'keep' });
  const record = store.idempotency.begin('k', 'r', { ttlMs: 5 });
  if (record.token !== null) store.idempotency.complete('k', record.token, 'response');
  const { entries }: kv.Usage = await store.async.maintenance.usage();
  const buckets: number[] = store.maintenance.callMetrics('getMany').buckets;
  const metrics: string = await store.async.maintenance.metricsText();
  kv.setLog('warn', ({ level }) => void (level satisfies kv.LogLevel));
  kv.setLog('off');
  kv.setTrace(({ key }) => void (key satisfies Buffer | null), { keys: true });
  kv.setTrace(null);
  const busy: number = kv.constants.KV_ERR_BUSY!;
  try {
    store.set('g', 'k', 'v');
  } catch (error) {
    if (error instanceof kv.KvError) void (error.code satisfies string);
  }
  void [
    value,
    text,
    again,
    left,
    sum,
    removed,
    sizes,
    result,
    later,
    results,
    user,
    arming,
    state,
    entries,
    buckets,
    metrics,
    busy,
  ];
}

async function ends(): Promise<void> {
  using store = kv.open('memory:');
  await using watch = store.watch();
  using scan = store.scan('g');
  using lock = store.lock('n', { leaseMs: 5 });
  void [watch, scan, lock];
}

async function refusals(store: kv.Store): Promise<void> {
  // @ts-expect-error a number is no key
  store.get('group', 5);
  // @ts-expect-error there is no option ttl
  store.set('g', 'k', 'v', { ttl: 5 });
  // @ts-expect-error a ttl is milliseconds in an option
  store.set('g', 'k', 'v', 5000);
  // @ts-expect-error an absent key is null
  const value: Buffer = store.get('g', 'k');
  // @ts-expect-error a version is a bigint
  const version: number = store.put('g', 'k', 'v');
  // @ts-expect-error a promise has no length
  void store.async.get('g', 'k').length;
  // @ts-expect-error there is no condition maybe
  store.put('g', 'k', 'v', { condition: 'maybe' });
  // @ts-expect-error a lock needs a lease
  store.lock('n', {});
  // @ts-expect-error a signal is for calls of async
  store.lock('n', { leaseMs: 5, signal: AbortSignal.timeout(5) });
  // @ts-expect-error a transaction in this thread awaits nothing
  store.transaction(async (txn) => txn.get('g', 'k'));
  // @ts-expect-error a batch is made by a store
  void new kv.Batch(store);
  // @ts-expect-error a codec has two functions
  void new kv.Typed<string>(store, 'g', { codec: { encode: String } });
  // @ts-expect-error the values of a typed store have its type
  new kv.Typed<{ name: string }>(store, 'g').set('k', { name: 5 });
  // @ts-expect-error a scan is iterated, and has no length
  void store.scan('g').length;
  // @ts-expect-error statistics do not count the entries
  void store.maintenance.stats().entries;
  // @ts-expect-error there is no kind colour
  store.maintenance.callMetrics('colour');
  // @ts-expect-error a log needs a function
  kv.setLog('info');
  // @ts-expect-error there is no level loud
  kv.setLog('loud', () => {});
  // @ts-expect-error a trace has no option key
  kv.setTrace(() => {}, { key: true });
  // @ts-expect-error a watch is iterated by for await
  for (const event of store.watch()) void event;
  void [value, version];
}

void [uses, ends, refusals];
