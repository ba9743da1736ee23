// Values that are written and read in pieces.

'use strict';

const koffi = require('koffi');
const { KvError, abi, bytes, check, numbers: K } = require('./abi');

const CONDITIONS = { absent: K.KV_IF_ABSENT, present: K.KV_IF_PRESENT };
const DURABILITIES = { normal: K.KV_DURABILITY_NORMAL, full: K.KV_DURABILITY_FULL };

function known(words, what, word) {
  if (!Object.hasOwn(words, word)) throw new TypeError(`there is no ${what} ${word}`);
  return words[word];
}

// The fields that each option sets in the options of a write, as kv.h has them.
const SETTERS = {
  ttlMs: (ms) => ({ expiry: K.KV_EXPIRY_AFTER, time_ms: ms ?? K.KV_TTL_NEVER }),
  expiresAtMs: (ms) => ({ expiry: K.KV_EXPIRY_AT, time_ms: ms ?? K.KV_TTL_NEVER }),
  keepTtl: (isKept) => (isKept ? { expiry: K.KV_EXPIRY_KEEP } : {}),
  durability: (word) => ({ durability: known(DURABILITIES, 'durability', word) }),
  condition: (one) =>
    typeof one === 'string'
      ? { condition: known(CONDITIONS, 'condition', one) }
      : { condition: K.KV_IF_VERSION, version: one },
};

// The options of a write: one of `ttlMs`, `expiresAtMs`, for which null is never, and `keepTtl`;
// the `durability`, 'normal' or 'full'; the `condition` that has to hold at the commit, 'absent',
// 'present', or a version, where 0 is absent. One that is undefined is left out.
function putOptions(given) {
  const options = { size: koffi.sizeof('kv_put_options'), condition: 0, version: 0 };
  Object.assign(options, { expiry: 0, durability: 0, time_ms: 0 });
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const expiries = [given.ttlMs !== undefined, given.expiresAtMs !== undefined, given.keepTtl];
  if (expiries.filter(Boolean).length > 1) {
    throw new TypeError('ttlMs, expiresAtMs and keepTtl exclude each other');
  }
  for (const [name, value] of set) Object.assign(options, known(SETTERS, 'option', name)(value));
  return options;
}

// Makes a call of the library in a thread of its own, while the event loop goes on.
function later(name, ...given) {
  const error = {};
  return new Promise((resolve, reject) => {
    abi[name].async(...given, error, (failure, status) => {
      if (failure || status < 0) reject(failure ?? new KvError(error));
      else resolve(status);
    });
  });
}

// Ends a handle; ending it again does nothing.
function end(name, handle) {
  const error = {};
  const status = abi[name](handle, error);
  if (status !== K.KV_ERR_HANDLE) check(status, error);
}

// A value that is being written. Nothing of it is seen before the commit, and it is discarded
// without one. End it by commit or abort: nothing else does, but the end of the process.
class Writer {
  refusesCopies = function a_writer_cannot_be_copied() {};

  constructor(handle) {
    this.handle = handle;
  }

  // Appends a string, as UTF-8, or a buffer. After an error only an abort is left.
  write(data) {
    const error = {};
    check(abi.kv_writer_write(this.handle, ...bytes(data), error), error);
  }

  // The same in a thread of its own. The buffer stays as it is until the promise is settled.
  async writeLater(data) {
    await later('kv_writer_write', this.handle, ...bytes(data));
  }

  // Returns the number of bytes that were written.
  size() {
    const error = {};
    const size = [0];
    check(abi.kv_writer_size(this.handle, size, error), error);
    return Number(size[0]);
  }

  // Makes what was written the value of the key and returns its version, a BigInt. A condition
  // that does not hold is a KvError of the status KV_CONFLICT with the version of the key: nothing
  // is written, and the writer has ended.
  commit() {
    const error = {};
    const version = [0];
    const status = abi.kv_writer_commit(this.handle, version, error);
    check(status, error);
    return committed(status, version);
  }

  // The same in a thread of its own.
  async commitLater() {
    const version = [0];
    return committed(await later('kv_writer_commit', this.handle, version), version);
  }

  // Ends the writer and discards what was written; aborting one that has ended does nothing.
  abort() {
    end('kv_writer_abort', this.handle);
  }

  toJSON() {
    throw new TypeError('a writer cannot be copied or sent');
  }
}

function committed(status, [found]) {
  const version = BigInt(found);
  if (status !== K.KV_CONFLICT) return version;
  const message = `the condition of a write does not hold: the key is at version ${version}`;
  throw Object.assign(new KvError({ code: status, os_error: 0, message }), { version });
}

// A value that is read: the one that was there when it was opened, whatever is written meanwhile.
// Close it: nothing else does.
class Reader {
  refusesCopies = function a_reader_cannot_be_copied() {};

  constructor(handle) {
    const error = {};
    const value = {};
    check(abi.kv_reader_info(handle, value, error), error);
    this.handle = handle;
    this.size = Number(value.value_size);
    this.version = BigInt(value.version);
    const expiry = Number(value.expires_at_ms);
    this.expiresAtMs = expiry === K.KV_TTL_NEVER ? null : expiry;
  }

  // Returns at most `length` bytes from an offset on: fewer only at the end, and none behind it.
  read(offset, length) {
    const buffer = Buffer.alloc(Math.min(length, Math.max(this.size - offset, 0)));
    return buffer.subarray(0, this.readInto(buffer, offset));
  }

  // Fills a buffer from an offset on and returns the number of bytes.
  readInto(buffer, offset) {
    const error = {};
    const length = [0];
    const where = [this.handle, offset, buffer, buffer.length];
    check(abi.kv_reader_read(...where, length, error), error);
    return Number(length[0]);
  }

  // The same in a thread of its own.
  async readIntoLater(buffer, offset) {
    const length = [0];
    await later('kv_reader_read', this.handle, offset, buffer, buffer.length, length);
    return Number(length[0]);
  }

  // Closing again does nothing.
  close() {
    end('kv_reader_close', this.handle);
  }

  toJSON() {
    throw new TypeError('a reader cannot be copied or sent');
  }
}

function openReader(store, group, key) {
  const error = {};
  const handle = {};
  const status = abi.kv_reader_open(store, ...bytes(group, key), handle, error);
  check(status, error);
  return status === K.KV_NOT_FOUND ? null : new Reader(handle);
}

function openWriter(store, group, key, options = {}) {
  const error = {};
  const handle = {};
  const where = [store, ...bytes(group, key), putOptions(options)];
  check(abi.kv_writer_open(...where, handle, error), error);
  return new Writer(handle);
}

module.exports = { openReader, openWriter };
