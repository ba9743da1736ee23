// Values as streams of Node.js. The calls of the library run in threads of their own, one at a
// time for each stream, while the event loop goes on.

'use strict';

const { Readable, Writable } = require('node:stream');
const { KvError, numbers } = require('./abi');

// Whole pieces are the fastest.
const highWaterMark = numbers.KV_PIECE_LEN;

// The calls of a stream, of which at most one runs.
class Calls {
  #running = Promise.resolve();

  // Makes a call, and calls back with its error or result.
  run(call, callback) {
    // An exception of the callback is its program's error, not one of the call.
    this.#running = call().then(
      (result) => process.nextTick(callback, null, result),
      (error) => process.nextTick(callback, error),
    );
  }

  // Calls a function when none runs.
  whenDone(end) {
    this.#running.then(end, end);
  }
}

// Ends a stream: by `close` of what it holds, when no call runs on it.
function endWith(calls, close, error, callback) {
  calls.whenDone(() => {
    try {
      close();
      callback(error);
    } catch (another) {
      callback(error ?? another);
    }
  });
}

// The bytes of a value from `start` to `end`, both included. It reads the value that is there when
// it opens, whatever is written meanwhile. An absent key is an error of the status KV_NOT_FOUND.
class ReadStream extends Readable {
  #calls = new Calls();
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
    this.#open = () => store.openReader(group, key);
    this.#at = start;
    this.#behind = end + 1;
  }

  _construct(callback) {
    try {
      this.#reader = this.#open();
    } catch (error) {
      callback(error);
      return;
    }
    if (this.#reader) callback();
    else callback(notFound());
  }

  _read(size) {
    const left = Math.min(this.#behind, this.#reader.size) - this.#at;
    if (left <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(size, left));
    this.#calls.run(
      () => this.#reader.readIntoLater(buffer, this.#at),
      (error, length) => {
        if (error) {
          this.destroy(error);
          return;
        }
        this.#at += length;
        this.push(length ? buffer.subarray(0, length) : null);
      },
    );
  }

  _destroy(error, callback) {
    endWith(this.#calls, () => this.#reader?.close(), error, callback);
  }
}

// A value that is committed at the end of the stream, before its 'finish'; `version` is then the
// one that was written. An error, a destroy, and so a pipeline that fails, discard it.
class WriteStream extends Writable {
  version = null;
  #calls = new Calls();
  #open;
  #writer = null;

  constructor(store, group, key, { highWaterMark: mark = highWaterMark, ...options } = {}) {
    super({ highWaterMark: mark });
    this.#open = () => store.openWriter(group, key, options);
  }

  _construct(callback) {
    try {
      this.#writer = this.#open();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  _write(chunk, encoding, callback) {
    this.#calls.run(() => this.#writer.writeLater(chunk), callback);
  }

  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', callback);
  }

  _final(callback) {
    this.#calls.run(
      () => this.#writer.commitLater(),
      (error, version) => {
        if (!error) this.version = version;
        callback(error);
      },
    );
  }

  _destroy(error, callback) {
    endWith(this.#calls, () => this.#writer?.abort(), error, callback);
  }
}

function notFound() {
  const message = 'create a stream: the key is absent or expired';
  return new KvError({ code: numbers.KV_NOT_FOUND, os_error: 0, message });
}

module.exports = { ReadStream, WriteStream };
