// Values that are written in pieces.

'use strict';

const { at, span } = require('./arguments');
const { define } = require('./calls');
const { versionConflict } = require('./entries');
const { Handle, disposable } = require('./handle');
const { constants: K, functions } = require('./library');
const { number } = require('./memory');
const { putOptions } = require('./put_options');

// A value that is being written. Nothing of it is seen before the commit, and it is discarded
// without one.
class Writer extends Handle {
  refusesCopies = function a_writer_cannot_be_copied() {};
}

const Async = define(
  Writer,
  {
    // Appends bytes. After an error only an abort is left.
    *write(data) {
      yield [functions.kv_writer_write, this.handle, ...span('data', data)];
    },

    // Returns the number of bytes that were written.
    *size() {
      const size = number();
      yield [functions.kv_writer_size, this.handle, size];
      return Number(size[0]);
    },

    // Makes what was written the value of the key, and returns its version. A condition that does
    // not hold is a conflict: nothing is written, and the writer has ended.
    *commit() {
      const version = number();
      const status = yield [functions.kv_writer_commit, this.handle, version];
      this.end();
      if (status === K.KV_CONFLICT) throw versionConflict('commit', version[0]);
      return version[0];
    },

    // Ends the writer and discards what was written; aborting one that has ended does nothing.
    *abort() {
      const handle = this.end();
      if (handle) yield [functions.kv_writer_abort, handle];
    },
  },
  { isSerial: true },
);
disposable(Writer, Async, 'abort');

function* openWriter(group, key, given) {
  const id = number();
  const where = [this.handle, ...at(group, key), putOptions('openWriter', given)];
  yield [functions.kv_writer_open, ...where, id];
  return new Writer(id[0], 'kv_writer_abort', 'the writer', this, true);
}

module.exports = { Writer, openWriter };
