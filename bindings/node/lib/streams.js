// Values as streams of Node.js. The calls of the library run in threads of their own, one at a
// time for each stream, while the event loop goes on.

'use strict';

const { Readable, Writable } = require('node:stream');
const { KvError } = require('./errors');
const { constants: K } = require('./library');

// Whole pieces are the fastest.
const highWaterMark = K.KV_PIECE_LEN;

// Calls back with the result of a call, outside of its promise: an exception of the callback is an
// error of the program's.
function callBack(promise, callback) {
  promise.then(
    (result) => process.nextTick(callback, null, result),
    (error) => process.nextTick(callback, error),
  );
}

// The bytes of a value from `start` to `end`, both included. It reads the value that is there when
// it opens, whatever is written meanwhile. An absent key is an error of the status KV_NOT_FOUND.
class ReadStream extends Readable {
  #open;
  #reader = null;
  #at;
  #behind;

  constructor(store, group, key, { start = 0, end = Infinity, ...options } = {}) {
    const isOffset = (it) => Number.isSafeInteger(it) && it >= 0;
    if (!isOffset(start) || !(isOffset(end) || end === Infinity) || start > end) {
      throw new RangeError(`there are no bytes from ${start} to ${end}`);
    }
    super({ highWaterMark, ...options });
    this.#open = () => store.async.openReader(group, key);
    this.#at = start;
    this.#behind = end + 1;
  }

  _construct(callback) {
    callBack(this.#open(), (error, reader) => {
      this.#reader = reader ?? null;
      callback(error ?? (reader ? null : notFound()));
    });
  }

  _read(size) {
    const left = Math.min(this.#behind, this.#reader.size) - this.#at;
    if (left <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(size, left));
    callBack(this.#reader.async.readInto(buffer, this.#at), (error, length) => {
      if (error) {
        this.destroy(error);
        return;
      }
      this.#at += length;
      this.push(length ? buffer.subarray(0, length) : null);
    });
  }

  _destroy(error, callback) {
    if (!this.#reader) callback(error);
    else callBack(this.#reader.async.close(), (another) => callback(error ?? another));
  }
}

// A value that is committed at the end of the stream, before its 'finish'; `version` is then the
// one that was written. An error, a destroy, and so a pipeline that fails, discard it.
class WriteStream extends Writable {
  version = null;
  #open;
  #writer = null;

  constructor(store, group, key, { highWaterMark: mark = highWaterMark, ...options } = {}) {
    super({ highWaterMark: mark });
    this.#open = () => store.async.openWriter(group, key, options);
  }

  _construct(callback) {
    callBack(this.#open(), (error, writer) => {
      this.#writer = writer ?? null;
      callback(error);
    });
  }

  _write(chunk, encoding, callback) {
    callBack(this.#writer.async.write(chunk), callback);
  }

  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', callback);
  }

  _final(callback) {
    callBack(this.#writer.async.commit(), (error, version) => {
      if (!error) this.version = version;
      callback(error);
    });
  }

  _destroy(error, callback) {
    if (!this.#writer) callback(error);
    else callBack(this.#writer.async.abort(), (another) => callback(error ?? another));
  }
}

function notFound() {
  return new KvError(K.KV_NOT_FOUND, 'create a stream: the key is absent or expired');
}

module.exports = { ReadStream, WriteStream };
