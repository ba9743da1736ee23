// Watches of the behaviour cases.

'use strict';

const koffi = require('koffi');
const { functions } = require('./functions');
const { K, bytesAt, data, plainWith, statusName } = require('./values');

const POLL_MS = 10_000;
const TYPES = new Map([
  [K.KV_EVENT_SET, 'set'],
  [K.KV_EVENT_DELETE, 'delete'],
  [K.KV_EVENT_DELETE_GROUP, 'delete_group'],
  [K.KV_EVENT_EXPIRE, 'expire'],
  [K.KV_EVENT_SET_LARGE, 'set_large'],
]);

function watch(run, a) {
  let flags = 0;
  const part = (exact, prefix, isPrefix, isAny) => {
    if (exact !== undefined) return data(exact);
    flags |= prefix === undefined ? isAny : isPrefix;
    return data(prefix ?? '');
  };
  const group = part(a.group, a.group_prefix, K.KV_WATCH_GROUP_PREFIX, K.KV_WATCH_ANY_GROUP);
  const key = part(a.key, a.key_prefix, K.KV_WATCH_KEY_PREFIX, K.KV_WATCH_ANY_KEY);
  const options = {
    size: koffi.sizeof('kv_watch_options'),
    flags,
    capacity: 0,
    reserved: 0,
    since: 0,
  };
  const handle = {};
  const opened = plainWith('kv_watch_open', handle, run.handle(a), ...group, ...key, options);
  if (opened.status === 'ok') run.watches.set(a.watch, handle);
  return opened;
}

function poll(run, a) {
  const nothing = { group: null, group_len: 0, key: null, key_len: 0, value: null, value_len: 0 };
  const numbers = { version: 0, time_ms: 0, lost: 0, value_size: 0 };
  const event = { size: koffi.sizeof('kv_event'), type: 0, ...nothing, ...numbers };
  const status = statusName(functions.kv_watch_poll(run.watches.get(a.watch), POLL_MS, event, {}));
  if (status !== 'ok') return { status };
  const type = TYPES.get(event.type) ?? String(event.type);
  const received = { type, group: bytesAt(event.group, event.group_len) };
  if (type !== 'delete_group') received.key = bytesAt(event.key, event.key_len);
  if (type === 'set') received.value = bytesAt(event.value, event.value_len);
  if (type === 'set_large') received.size = BigInt(event.value_size);
  return { status, event: received };
}

module.exports = { poll, watch };
