// Values that are read in pieces.

'use strict';

const { at, integer, kindOf } = require('./arguments');
const { define } = require('./calls');
const { Handle, closing, disposable } = require('./handle');
const { constants: K, functions } = require('./library');
const { expiryOf, number, pinned, sizeOf, versionOf } = require('./memory');

// A value that is read at any offset: the one that was there when it was opened, whatever is
// written meanwhile.
class Reader extends Handle {
  refusesCopies = function a_reader_cannot_be_copied() {};

  constructor(id, value, store) {
    super(id, 'kv_reader_close', 'the reader', store, true);
    this.size = sizeOf(value);
    this.version = versionOf(value);
    this.expiresAtMs = expiryOf(value);
  }
}

function* readInto(reader, buffer, offset) {
  if (!(buffer instanceof Uint8Array)) {
    throw new TypeError(`buffer is a Buffer or Uint8Array, not ${kindOf(buffer)}`);
  }
  const length = number();
  const where = [reader.handle, integer('offset', offset, 'uint64'), buffer, buffer.length];
  yield [functions.kv_reader_read, ...where, length];
  return Number(length[0]);
}

const Async = define(
  Reader,
  {
    // Returns at most `length` bytes from an offset on: fewer only at the end, none behind it.
    *read(offset = 0, length = Infinity) {
      if (length !== Infinity) integer('length', length, 'uint64');
      integer('offset', offset, 'uint64');
      const left = Math.min(Number(length), Math.max(this.size - Number(offset), 0));
      const buffer = Buffer.allocUnsafeSlow(left);
      if (!left) return buffer;
      return buffer.subarray(0, yield* readInto(this, buffer, offset));
    },

    // Fills a buffer from an offset on and returns the number of bytes.
    *readInto(buffer, offset = 0) {
      return yield* readInto(this, buffer, offset);
    },

    close: closing('kv_reader_close'),
  },
  { isSerial: true },
);
disposable(Reader, Async);

function* openReader(group, key) {
  const id = number();
  const status = yield [functions.kv_reader_open, this.handle, ...at(group, key), id];
  if (status === K.KV_NOT_FOUND) return null;
  const value = pinned();
  try {
    yield [functions.kv_reader_info, id[0], value];
  } catch (error) {
    functions.kv_reader_close(id[0], null);
    throw error;
  }
  return new Reader(id[0], value, this);
}

module.exports = { Reader, openReader };
