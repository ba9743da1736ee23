// A small store of what abi.js declares.

'use strict';

const koffi = require('koffi');
const { KvError, abi, bytes, check, numbers } = require('./abi');
const { openReader, openWriter } = require('./pieces');
const { ReadStream, WriteStream } = require('./streams');

const { KV_NOT_FOUND, KV_TTL_NEVER } = numbers;

// A store. Groups, keys and values are buffers or strings; a closed one throws a KvError.
class Store {
  // Stands for the store in any function of kv.h.
  handle = {};
  // structuredClone and postMessage refuse an object with a function, and name it.
  refusesCopies = function a_store_cannot_be_copied_open_its_location_there() {};

  constructor(location) {
    // A C string would end at the NUL.
    if (location.includes('\0')) throw new TypeError('a location holds no NUL');
    const error = {};
    check(abi.kv_open(location, this.handle, error), error);
  }

  // Writes a value for so many milliseconds; 0 and null are for ever, undefined is the store's
  // default_ttl.
  set(group, key, value, ttlMs) {
    const error = {};
    const data = bytes(group, key, value);
    const status =
      ttlMs === undefined
        ? abi.kv_set(this.handle, ...data, error)
        : abi.kv_set_ttl(this.handle, ...data, ttlMs ?? KV_TTL_NEVER, error);
    check(status, error);
  }

  // Returns how many milliseconds a key has to live, null if it has no end, and undefined if it is
  // absent.
  ttl(group, key) {
    const error = {};
    const ttlMs = [0];
    const status = abi.kv_ttl(this.handle, ...bytes(group, key), ttlMs, error);
    check(status, error);
    if (status === KV_NOT_FOUND) return undefined;
    return ttlMs[0] === KV_TTL_NEVER ? null : ttlMs[0];
  }

  // Returns a copy of the value, or null if the key is absent or expired.
  get(group, key) {
    const error = {};
    const value = {};
    const status = abi.kv_get(this.handle, ...bytes(group, key), value, error);
    check(status, error);
    if (status === KV_NOT_FOUND) return null;
    try {
      // Copied, because the library takes its bytes back; koffi has no view of none.
      if (!value.len) return Buffer.alloc(0);
      return Buffer.from(Buffer.from(koffi.view(value.data, value.len)));
    } finally {
      abi.kv_value_free(value);
    }
  }

  // Opens a value for reading at any offset, or returns null if the key is absent or expired.
  openReader(group, key) {
    return openReader(this.handle, group, key);
  }

  // Begins to write a value; see putOptions for the options.
  openWriter(group, key, options) {
    return openWriter(this.handle, group, key, options);
  }

  // Returns a Readable of the bytes from `start` to `end`, both included, or of all.
  createReadStream(group, key, options) {
    return new ReadStream(this, group, key, options);
  }

  // Returns a Writable whose end commits the value, before its 'finish'; see openWriter.
  createWriteStream(group, key, options) {
    return new WriteStream(this, group, key, options);
  }

  // JSON is what process.send makes of an object.
  toJSON() {
    throw new TypeError('a store cannot be copied or sent; open its location there');
  }

  close() {
    const error = {};
    check(abi.kv_close(this.handle, error), error);
  }
}

module.exports = { KvError, Store };
