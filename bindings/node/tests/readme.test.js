'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const kv = require('..');
const { directory } = require('./fixture');
const { program } = require('./snippets');

test('the snippets of the README do what they say', async () => {
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const run = new AsyncFunction('kv', 'require', 'check', 'console', 'process', program());
  const [printed, checked] = [[], []];
  const check = (value, shown) => {
    checked.push(shown);
    assert.strictEqual(inspect(value), shown);
  };
  const write = (chunk) => printed.push(String(chunk));
  const log = (...words) => printed.push(words.join(' '));
  const before = process.cwd();
  process.chdir(directory);
  try {
    await run(kv, require, check, { log }, { stdout: { write } });
  } finally {
    process.chdir(before);
  }
  assert(checked.length >= 18, `${checked.length}`);
  assert.deepStrictEqual(printed.slice(8), ['open at info', 'close at info', 'set colour KV_OK']);
  assert.deepStrictEqual(printed.slice(0, 8), [
    'banana is yellow',
    'cherry is red',
    'apple',
    'banana',
    'cherry',
    'set colour',
    'a large value',
    printed[7],
  ]);
  assert.match(printed[7], /^KV_ERR_FULL b /);
});

test('the README names every export and every call', () => {
  const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
  const internal =
    'constructor handle end reopen toJSON refusesCopies isClosed location async'.split(' ');
  const calls = Object.getOwnPropertyNames(kv.Store.prototype).filter(
    (name) => !internal.includes(name),
  );
  for (const name of [...Object.keys(kv), ...calls]) {
    assert.match(readme, new RegExp(`\\b${name}\\b`), `the README does not name ${name}`);
  }
});
