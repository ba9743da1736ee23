// The calls that programs make most, in the calling thread: get, set, has and delete, without a
// generator and without memory for their outputs.

'use strict';

const { bytes, lengthOf } = require('./arguments');
const { errorOfThread, located } = require('./calls');
const { failure } = require('./errors');
const { constants: K, functions } = require('./library');
const { number, pinned, unpinned } = require('./memory');

const { ttlOption } = require('./put_options');

const { kv_delete, kv_exists, kv_get, kv_get_into, kv_set, kv_set_ttl } = functions;

// Small values are copied through this buffer; a larger one is pinned.
const BUFFER_LEN = 16 * 1024;
const buffer = Buffer.allocUnsafeSlow(BUFFER_LEN);
const length = number();

function failed(status, group, key) {
  return located(failure(status, errorOfThread), [group, key]);
}

function get(handle, group, key) {
  const g = bytes('group', group);
  const k = bytes('key', key);
  const [gl, kl] = [lengthOf(g), lengthOf(k)];
  const status = kv_get_into(handle, g, gl, k, kl, buffer, BUFFER_LEN, length, errorOfThread);
  if (status === K.KV_OK) return Buffer.from(buffer.subarray(0, Number(length[0])));
  if (status === K.KV_NOT_FOUND) return null;
  if (status < 0) throw failed(status, group, key);
  return getPinned(handle, g, k, group, key);
}

function getPinned(handle, g, k, group, key) {
  const value = pinned();
  const status = kv_get(handle, g, lengthOf(g), k, lengthOf(k), value, errorOfThread);
  if (status < 0) throw failed(status, group, key);
  return status === K.KV_NOT_FOUND ? null : unpinned(value);
}

function set(handle, group, key, value, given) {
  const g = bytes('group', group);
  const k = bytes('key', key);
  const v = bytes('value', value);
  const [gl, kl, vl] = [lengthOf(g), lengthOf(k), lengthOf(v)];
  const status =
    given === undefined
      ? kv_set(handle, g, gl, k, kl, v, vl, errorOfThread)
      : kv_set_ttl(handle, g, gl, k, kl, v, vl, ttlOption('set', given), errorOfThread);
  if (status < 0) throw failed(status, group, key);
}

function has(handle, group, key) {
  const g = bytes('group', group);
  const k = bytes('key', key);
  const status = kv_exists(handle, g, lengthOf(g), k, lengthOf(k), errorOfThread);
  if (status < 0) throw failed(status, group, key);
  return status === K.KV_OK;
}

function remove(handle, group, key) {
  const g = bytes('group', group);
  const k = bytes('key', key);
  const status = kv_delete(handle, g, lengthOf(g), k, lengthOf(k), errorOfThread);
  if (status < 0) throw failed(status, group, key);
  return status === K.KV_OK;
}

module.exports = { get, has, remove, set };
