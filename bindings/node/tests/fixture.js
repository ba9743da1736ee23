// The parts that the tests have in common.

'use strict';

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after } = require('node:test');
const kv = require('..');

const ENGINES = ['memory', 'sqlite', 'log'];

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kv-node-'));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

let files = 0;
// Returns a path at which nothing is.
function newPath(ending = '.db') {
  files += 1;
  return path.join(directory, `${files}${ending}`);
}

// Runs a test with a new store of each engine, whose name its errors have.
async function onEachEngine(run) {
  for (const engine of ENGINES) {
    const store = kv.open(engine === 'memory' ? 'memory:' : `${engine}:${newPath('')}`);
    try {
      await run(store, engine);
    } catch (error) {
      error.message = `${engine}: ${error.message}`;
      throw error;
    } finally {
      store.close();
    }
  }
}

// Returns what a predicate of assert.throws is for an error with a code.
const withCode =
  (code, more = {}) =>
  (error) => {
    assert(error instanceof kv.KvError, `${error?.stack ?? error}`);
    assert.strictEqual(error.code, code, error.stack);
    assert.strictEqual(kv.constants[code], error.status);
    assert(error.message.length > 0);
    for (const [name, value] of Object.entries(more))
      assert.deepStrictEqual(error[name], value, name);
    return true;
  };

// Runs a program in a process of its own, and returns what it prints and how it ends.
function inProcess(program, { args = [], env = {}, timeout = 60_000 } = {}) {
  const source = `const kv = require(${JSON.stringify(path.dirname(__dirname))});\n${program}`;
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout, encoding: 'utf8' };
    execFile(process.execPath, [...args, '-e', source], options, (error, stdout, stderr) =>
      resolve({
        code: error ? (error.code ?? null) : 0,
        signal: error?.signal ?? null,
        stdout,
        stderr,
      }),
    );
  });
}

// Waits until a condition holds, at most ten seconds.
async function until(holds) {
  const end = Date.now() + 10_000;
  while (!holds()) {
    assert(Date.now() < end, 'the condition does not hold after ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = { ENGINES, directory, inProcess, newPath, onEachEngine, sleep, until, withCode };
