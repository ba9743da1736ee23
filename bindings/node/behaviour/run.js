// Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls.
//
//   node behaviour/run.js HEADER CASES DIRECTORY

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Store } = require('../kv');
const { end, make } = require('./calls');
const { Difference, compare } = require('./compare');

const [, cases, directory] = process.argv.slice(2);
const ENGINES = ['memory', 'sqlite', 'log'];

// The stores and names of one run of a case.
class Run {
  constructor(engine, number) {
    this.base = engine === 'memory' ? 'memory:' : `${engine}:${directory}/behaviour-${number}.db`;
    this.stores = new Map();
    this.transactions = new Map();
    this.watches = new Map();
    this.readers = new Map();
    this.writers = new Map();
    this.saved = new Map();
    this.locks = new Map();
  }

  open(name, options) {
    this.stores.set(name, new Store(options ? `${this.base}?${options}` : this.base));
  }

  store({ store = 'main' }) {
    const found = this.stores.get(store);
    if (!found) throw new Error(`there is no store ${store}`);
    return found;
  }

  handle(given) {
    return this.store(given).handle;
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
}

let runs = 0;

// Makes the calls of a case. Throws the first difference; its `made` counts the calls before it.
function runCase(one, engine) {
  runs += 1;
  const run = new Run(engine, runs);
  let made = 0;
  try {
    run.open('main', one.options);
    for (const call of one.calls) {
      compare(run, call, make(run, call));
      made += 1;
    }
  } catch (error) {
    error.made = made;
    throw error;
  } finally {
    end(run);
  }
}

const read = (file) =>
  JSON.parse(fs.readFileSync(file, 'utf8')).cases.filter(({ api = 'core' }) => api === 'core');

let failed = 0;
function report(name, error) {
  console.log(`${error ? 'FAILED' : 'ok'} behaviour: ${name}${error ? `\n${error.stack}` : ''}`);
  if (error) failed += 1;
}

function attempt(one, engine) {
  try {
    runCase(one, engine);
    return undefined;
  } catch (error) {
    return error;
  }
}

function runControl(one, engine) {
  const name = `${one.name} (${engine}) fails`;
  const error = attempt(one, engine);
  if (!error) report(name, new Error('it passes'));
  else if (!(error instanceof Difference) || error.made !== one.calls.length - 1)
    report(name, error);
  else report(name);
}

const folder = path.join(cases, 'cases');
const files = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort();
const all = files.flatMap((name) => read(path.join(folder, name)));
let counted = 0;
for (const one of all) {
  for (const engine of one.engines ?? ENGINES) {
    report(`${one.name} (${engine})`, attempt(one, engine));
    counted += 1;
  }
}
for (const one of read(path.join(cases, 'planted.json'))) {
  for (const engine of ENGINES) runControl(one, engine);
}
const wanted = all.reduce((sum, one) => sum + (one.engines ?? ENGINES).length, 0);
if (!counted || counted !== wanted) report('all cases run', new Error(`${counted} of ${wanted}`));
console.log(`# ${counted} runs of ${all.length} cases`);
process.exitCode = failed ? 1 : 0;
