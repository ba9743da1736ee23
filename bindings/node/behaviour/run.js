// Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls: by the
// calls in this thread, or by those of `async`.
//
//   node behaviour/run.js CASES DIRECTORY [async]

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const kv = require('..');
const { make } = require('./calls');
const { Difference, compare } = require('./compare');

const [cases, directory, mode] = process.argv.slice(2);
const isAsync = mode === 'async';
const ENGINES = ['memory', 'sqlite', 'log'];

// The stores and names of one run of a case.
class Run {
  constructor(engine, number) {
    this.base =
      engine === 'memory' ? 'memory:' : `${engine}:${directory}/behaviour-${mode}-${number}.db`;
    this.isAsync = isAsync;
    const names = 'stores transactions watches readers writers saved locks typed';
    for (const name of names.split(' ')) this[name] = new Map();
  }

  async open(name, options) {
    const location = options ? `${this.base}?${options}` : this.base;
    this.stores.set(name, await (this.isAsync ? kv.async : kv).open(location));
  }

  store({ store = 'main' }) {
    const found = this.stores.get(store);
    if (!found) throw new Error(`there is no store ${store}`);
    return found;
  }

  // The object whose methods are called: one by `async` in its mode.
  twin(object) {
    return this.isAsync ? object.async : object;
  }

  api(given) {
    return this.twin(this.store(given));
  }

  transaction(name) {
    return this.twin(this.transactions.get(name));
  }

  lock(saved) {
    if (!this.locks.has(saved)) throw new Error(`no lock was saved as ${saved}`);
    return this.locks.get(saved);
  }

  version(written) {
    if (typeof written === 'number') return BigInt(written);
    if (!this.saved.has(written)) throw new Error(`nothing was saved as ${written}`);
    return this.saved.get(written);
  }

  // Ends what a run has left open.
  end() {
    for (const transaction of this.transactions.values()) transaction.abort();
    for (const watched of this.watches.values()) watched.close();
    for (const reader of this.readers.values()) reader.close();
    for (const writer of this.writers.values()) writer.abort();
    for (const store of this.stores.values()) store.close();
  }
}

let runs = 0;

// Makes the calls of a case. Throws the first difference; its `made` counts the calls before it.
async function runCase(one, engine) {
  runs += 1;
  const run = new Run(engine, runs);
  let made = 0;
  try {
    await run.open('main', one.options);
    for (const call of one.calls) {
      compare(run, call, await make(run, call));
      made += 1;
    }
  } catch (error) {
    error.made = made;
    throw error;
  } finally {
    run.end();
  }
}

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).cases;

let failed = 0;
function report(name, error) {
  console.log(`${error ? 'FAILED' : 'ok'} behaviour: ${name}${error ? `\n${error.stack}` : ''}`);
  if (error) failed += 1;
}

async function attempt(one, engine) {
  try {
    await runCase(one, engine);
    return undefined;
  } catch (error) {
    return error;
  }
}

const where = (engine) => `(${engine}${isAsync ? ', async' : ''})`;

async function runControl(one, engine) {
  const name = `${one.name} ${where(engine)} fails`;
  const error = await attempt(one, engine);
  if (!error) report(name, new Error('it passes'));
  else if (!(error instanceof Difference) || error.made !== one.calls.length - 1)
    report(name, error);
  else report(name);
}

async function main() {
  const folder = path.join(cases, 'cases');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
  const all = files.sort().flatMap((name) => read(path.join(folder, name)));
  let counted = 0;
  for (const one of all) {
    for (const engine of one.engines ?? ENGINES) {
      report(`${one.name} ${where(engine)}`, await attempt(one, engine));
      counted += 1;
    }
  }
  for (const one of read(path.join(cases, 'planted.json'))) {
    for (const engine of ENGINES) await runControl(one, engine);
  }
  const wanted = all.reduce((sum, { engines = ENGINES }) => sum + engines.length, 0);
  if (!counted || counted !== wanted)
    report('all cases run', new Error(`${counted} of ${wanted}`));
  console.log(`# ${counted} runs of ${all.length} cases`);
  process.exitCode = failed ? 1 : 0;
}

main();
