'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const kv = require('..');
const { NotUnderstood, generate } = require('../generate');
const declarations = require('../lib/declarations');
const { layouts } = require('../lib/library');
const flat = require('../lib/flat');

const folder = path.dirname(__dirname);
const include = process.env.KV_INCLUDE ?? path.join(folder, '..', '..', 'include');
const header = fs.readFileSync(path.join(include, 'kv.h'), 'utf8');
// An installation has the header alone.
const list = process.env.KV_SYMBOLS ?? path.join(include, 'symbols.txt');
const symbols = fs.readFileSync(list, 'utf8').trim().split('\n');

test('the declarations are those of the header', () => {
  const kept = fs.readFileSync(path.join(folder, 'lib', 'declarations.js'), 'utf8');
  assert.strictEqual(kept, generate(header), 'run: node bindings/node/generate.js');
});

test('every function of the library is declared', () => {
  assert.deepStrictEqual(Object.keys(declarations.functions).sort(), [...symbols].sort());
  assert(symbols.length > 100);
});

test('every function of the header is used by the package', () => {
  const files = fs
    .readdirSync(path.join(folder, 'lib'))
    .filter((name) => name !== 'declarations.js');
  const sources = ['index.js', ...files.map((name) => path.join('lib', name))];
  const text = sources.map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');
  // Backup and restore are one operation.
  const code = text.replace(/\/\/.*$/gm, '');
  const used = code.replace('functions[`kv_${call}`]', 'kv_backup kv_restore');
  const unused = symbols.filter((name) => !new RegExp(`\\b${name}\\b`).test(used));
  assert.deepStrictEqual(unused, []);
});

test('each status of the header has its name', () => {
  const numbers = [...header.matchAll(/#define (KV_ERR_\w+) \((-\d+)\)/g)];
  assert(numbers.length > 20);
  for (const [, name, number] of numbers) {
    assert.strictEqual(new kv.KvError(Number(number)).code, name);
    assert.strictEqual(kv.constants[name], Number(number));
  }
  assert.strictEqual(new kv.KvError(-999).code, 'KV_STATUS_-999');
  assert.strictEqual(kv.strerror(kv.constants.KV_ERR_BUSY), new kv.KvError(-4).message);
});

test('structures have the sizes that a compiler computes', () => {
  const sizes = { kv_error: 256, kv_value: 56, kv_entry: 80, kv_put_options: 32, kv_txn: 8 };
  Object.assign(sizes, { kv_quota: 56, kv_change_cursor: 8, kv_lock: 16, kv_reader: 8 });
  Object.assign(sizes, { kv_writer: 8, kv_copy_options: 40, kv_copy_state: 96, kv_event: 88 });
  Object.assign(sizes, { kv_watch_options: 24, kv_scan_options: 72, kv_usage: 32 });
  Object.assign(sizes, { kv_log_record: 40, kv_trace_call: 64, kv_call_metrics: 248 });
  const found = Object.keys(sizes).map((name) => [name, layouts[name].size]);
  assert.deepStrictEqual(Object.fromEntries(found), sizes);
});

test('the flat form has the sizes and numbers that the header states', () => {
  assert(header.includes(`A step of a batch is ${flat.STEP_LEN} bytes`));
  assert(header.includes(`A key for kv_get_many is ${flat.KEY_LEN} bytes`));
  assert(header.includes(`An entry is ${flat.ENTRY_LEN} bytes`));
  assert(header.includes(`An event is ${flat.EVENT_LEN} bytes`));
  for (const [name, number] of Object.entries(flat.STEPS)) {
    assert.match(header, new RegExp(`\\b${number} ${name}\\b`));
  }
});

test('events and states have the words of the header', () => {
  const words = (prefix) =>
    Object.keys(declarations.constants).filter((name) => name.startsWith(prefix)).length;
  assert.strictEqual(flat.EVENTS.size, words('KV_EVENT_'));
});

for (const text of [
  '#define KV_NUMBER (1 + 2)\n',
  '#define KV_NAME "text"\n',
  'typedef union kv_u { int32_t a; } kv_u;',
  'typedef struct kv_s { int32_t a : 3; } kv_s;',
  'kv_status kv_f(double x);',
  'typedef int32_t kv_status; kv_status kv_f(uint8_t **x);',
  'typedef int32_t kv_status; kv_status kv_f(struct kv_unknown x);',
  'typedef struct kv_s kv_s; void kv_f(kv_s *x);',
  'static int x;',
  'typedef int32_t kv_status; kv_status kv_f(int32_t x)',
]) {
  test(`the generator refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => generate(text),
      (error) => {
        assert(error instanceof NotUnderstood);
        // The text of the header is in the message.
        assert(text.replace(/\s+/g, ' ').includes(error.message.split(': ').at(-1).slice(0, 8)));
        return true;
      },
    );
  });
}

test('the generator knows directions and numbers', () => {
  const made = generate(`#define KV_A (-5)
    typedef int32_t kv_status;
    typedef struct kv_s { uint64_t id; } kv_s;
    typedef struct kv_n { uint32_t size; } kv_n;
    kv_status kv_f(kv_s s, const void *group, size_t group_len, kv_s *made, kv_n *filled,
                   const kv_n *options, void *buffer, void *user_data);
    void kv_free(kv_s *s);`);
  assert.match(made, /KV_A: -5,/);
  assert(
    made.includes(
      "'kv_status, kv_s, bytes, size_t, out kv_s, inout kv_n, pointer, out bytes, pointer'",
    ),
  );
  assert(made.includes("kv_free: 'void, inout kv_s'"));
});

test('versions agree', () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  assert.strictEqual(kv.version(), version);
  assert.strictEqual(kv.versionNumber(), kv.constants.KV_VERSION_NUMBER);
  assert.strictEqual(kv.abiVersion(), kv.constants.KV_ABI_VERSION);
});
