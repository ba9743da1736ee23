'use strict';

const assert = require('node:assert');
const path = require('node:path');
const { test } = require('node:test');
const ts = require('typescript');
const kv = require('..');
const { onEachEngine } = require('./fixture');

const folder = path.dirname(__dirname);
const declared = path.join(folder, 'index.d.ts');
const program = ts.createProgram([declared], {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: ['node'],
});
const checker = program.getTypeChecker();
const exported = new Map(
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(declared)))
    .map((symbol) => [symbol.name, symbol]),
);

// The parts of objects that are for the package itself.
const INTERNAL = 'constructor handle end reopen toJSON refusesCopies store next obey'.split(' ');

// Returns the names of a type's properties, without symbols.
function namesOf(type) {
  const names = checker.getPropertiesOfType(type).map((symbol) => symbol.getName());
  return names.filter((name) => !name.startsWith('__@')).sort();
}

// Returns the names of an object's properties, those of its classes among them.
function namesIn(object) {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names].filter((name) => !INTERNAL.includes(name)).sort();
}

function typeNamed(name) {
  const symbol = exported.get(name);
  assert(symbol, `the types have no ${name}`);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

test('the exported names are those of the types', () => {
  const isValue = (symbol) => symbol.flags & (ts.SymbolFlags.Value | ts.SymbolFlags.Alias);
  const values = [...exported.values()].filter(isValue).map(({ name }) => name);
  assert.deepStrictEqual(Object.keys(kv).sort(), values.sort());
  assert.deepStrictEqual(Object.keys(kv.async).sort(), ['open', 'openConfig']);
});

test('each object has the properties of its type, and no others', () =>
  onEachEngine(async (store) => {
    store.set('g', 'k', 'v');
    const objects = { Store: store, BoundStore: store.bind(), Batch: store.batch() };
    Object.assign(objects, { Transaction: store.begin(), Watch: store.watch() });
    Object.assign(objects, {
      Reader: store.openReader('g', 'k'),
      Writer: store.openWriter('g', 'k'),
    });
    Object.assign(objects, {
      Lock: store.lock('n', { leaseMs: 60_000 }),
      Cursor: store.scan('g'),
    });
    Object.assign(objects, { Changes: store.changeLog.read(), Typed: new kv.Typed(store, 'g') });
    Object.assign(objects, { Text: store.text, Json: store.json, Quotas: store.quotas });
    Object.assign(objects, { Idempotency: store.idempotency, ChangeLog: store.changeLog });
    Object.assign(objects, { Maintenance: store.maintenance, AsyncStore: store.async });
    Object.assign(objects, { AsyncTransaction: objects.Transaction.async });
    const source = program.getSourceFile(declared);
    for (const [name, object] of Object.entries(objects)) {
      const type = typeNamed(name);
      assert.deepStrictEqual(namesIn(object), namesOf(type), name);
      const later = type.getProperty('async');
      if (!later) continue;
      const ofAsync = checker.getTypeOfSymbolAtLocation(later, source);
      assert.deepStrictEqual(namesIn(object.async), namesOf(ofAsync), `async of ${name}`);
    }
    for (const name of ['Watch', 'Reader', 'BoundStore']) objects[name].close();
    for (const name of ['Transaction', 'Writer']) objects[name].abort();
  }));

test('entries, events, results and statistics have the fields of their types', () =>
  onEachEngine((store) => {
    const watch = store.watch();
    store.set('g', 'k', 'v');
    const found = {
      Entry: store.getEntry('g', 'k'),
      KeyedEntry: store.scan('g').toArray()[0],
      KeyedSize: store.sizes('g').toArray()[0],
      SizeInfo: store.info('g', 'k'),
      Event: watch.fill()[0],
      StepResult: store.batch().get('g', 'k').commit()[0],
      Quota: store.quotas.get('a'),
      Statistics: store.maintenance.stats(),
      Usage: store.maintenance.usage(),
      Metrics: store.maintenance.metrics(),
      CallMetrics: store.maintenance.callMetrics('set'),
      CopyState: store.maintenance.copy(kv.open('memory:')),
      IdempotencyRecord: store.idempotency.begin('k', 'r', { ttlMs: 5 }),
      TypedEntry: new kv.Typed(store, 't').put('k', 1) && new kv.Typed(store, 't').getEntry('k'),
    };
    kv.setLog('info', (record) => {
      found.LogRecord = record;
    });
    kv.setTrace((call) => {
      found.TracedCall = call;
    });
    kv.open('memory:').close();
    store.has('g', 'k');
    kv.setLog('off');
    kv.setTrace(null);
    assert(found.LogRecord && found.TracedCall);
    store.lock('n', { leaseMs: 60_000 });
    found.LockHolder = store.lockHolder('n');
    for (const [name, object] of Object.entries(found)) {
      assert.deepStrictEqual(Object.keys(object).sort(), namesOf(typeNamed(name)), name);
    }
    watch.close();
  }));

test('the levels and kinds that a call knows are those of its type', () => {
  const { KINDS, LEVELS } = require('../lib/observed_names');
  const wordsOf = (name) => typeNamed(name).types.map(({ value }) => value);
  assert.deepStrictEqual(Object.keys(KINDS).sort(), wordsOf('CallKind').sort());
  assert.deepStrictEqual(Object.keys(LEVELS).sort(), ['off', ...wordsOf('LogLevel')].sort());
});

test('the options that a call knows are those of its type', () => {
  const known = {
    PutOptions: require('../lib/put_options').PUT,
    WatchOptions: require('../lib/watch').WATCH,
    ScanOptions: require('../lib/scans').SCAN,
    CopyOptions: require('../lib/copy').COPY,
    TraceOptions: require('../lib/observe').TRACE,
  };
  for (const [name, options] of Object.entries(known)) {
    assert.deepStrictEqual([...options].sort(), namesOf(typeNamed(name)), name);
  }
});
