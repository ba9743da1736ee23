// The flat form of kv.h: steps of a batch, keys, entries and events, packed in one buffer.

'use strict';

const { constants: K } = require('./library');
const { expiry } = require('./memory');

const STEP_LEN = 44;
const KEY_LEN = 8;
const ENTRY_LEN = 28;
const EVENT_LEN = 40;

// The length of the value of a key that has no entry.
const ABSENT = 0xffffffff;

const STEPS = { set: 3, delete: 4 };

// Returns a step for each key and value, all in one group: 'set' or 'delete'.
function encodeSteps(step, group, pairs, { expiry: kind = K.KV_EXPIRY_DEFAULT, timeMs = 0 } = {}) {
  const parts = [];
  for (const [key, value] of pairs) {
    const head = Buffer.alloc(STEP_LEN);
    head.writeUInt32LE(STEPS[step], 0);
    head.writeUInt32LE(K.KV_IF_ANY | (kind << 4), 4);
    head.writeBigInt64LE(BigInt(timeMs), 16);
    head.writeUInt32LE(group.length, 32);
    head.writeUInt32LE(key.length, 36);
    head.writeUInt32LE(value.length, 40);
    parts.push(head, group, key, value);
  }
  return Buffer.concat(parts);
}

// Returns keys to be read, all in one group.
function encodeKeys(group, keys) {
  const parts = [];
  for (const key of keys) {
    const head = Buffer.alloc(KEY_LEN);
    head.writeUInt32LE(group.length, 0);
    head.writeUInt32LE(key.length, 4);
    parts.push(head, group, key);
  }
  return Buffer.concat(parts);
}

const own = (bytes, from, to) => Buffer.from(bytes.subarray(from, to));

// Returns copies of the entries of a buffer that the library has filled; null for a key without
// one.
function decodeEntries(bytes) {
  const found = [];
  let at = 0;
  while (at < bytes.length) {
    const valueLen = bytes.readUInt32LE(at + 24);
    const keyAt = at + ENTRY_LEN + bytes.readUInt32LE(at + 16);
    const valueAt = keyAt + bytes.readUInt32LE(at + 20);
    const end = valueAt + (valueLen === ABSENT ? 0 : valueLen);
    if (valueLen === ABSENT) {
      found.push(null);
    } else {
      found.push({
        group: own(bytes, at + ENTRY_LEN, keyAt),
        key: own(bytes, keyAt, valueAt),
        value: own(bytes, valueAt, end),
        version: bytes.readBigUInt64LE(at),
        expiresAtMs: expiry(bytes.readBigInt64LE(at + 8)),
      });
    }
    at = end;
  }
  return found;
}

const EVENTS = new Map([
  [K.KV_EVENT_SET, 'set'],
  [K.KV_EVENT_DELETE, 'delete'],
  [K.KV_EVENT_DELETE_GROUP, 'deleteGroup'],
  [K.KV_EVENT_EXPIRE, 'expire'],
  [K.KV_EVENT_SYNCED, 'synced'],
  [K.KV_EVENT_LAGGED, 'lagged'],
  [K.KV_EVENT_SET_LARGE, 'setLarge'],
]);

// Returns an event for a program: `value` is null except for 'set', and `key` for an event without
// one.
function eventOf({ type, group, key, value, version, timeMs, lost, size }) {
  const name = EVENTS.get(type) ?? `event ${type}`;
  const hasKey = !['deleteGroup', 'synced', 'lagged'].includes(name);
  return {
    type: name,
    group,
    key: hasKey ? key : null,
    value: name === 'set' ? value : null,
    version,
    timeMs: Number(timeMs),
    lost: name === 'lagged' ? Number(lost) : 0,
    valueSize: Number(size),
  };
}

// Returns copies of the events of a buffer that the library has filled.
function decodeEvents(bytes) {
  const found = [];
  let at = 0;
  while (at < bytes.length) {
    const type = bytes.readUInt32LE(at);
    const valueLen = bytes.readUInt32LE(at + 12);
    const keyAt = at + EVENT_LEN + bytes.readUInt32LE(at + 4);
    const valueAt = keyAt + bytes.readUInt32LE(at + 8);
    const end = valueAt + valueLen;
    const last = bytes.readBigUInt64LE(at + 32);
    found.push(
      eventOf({
        type,
        group: own(bytes, at + EVENT_LEN, keyAt),
        key: own(bytes, keyAt, valueAt),
        value: own(bytes, valueAt, end),
        version: bytes.readBigUInt64LE(at + 16),
        timeMs: bytes.readBigInt64LE(at + 24),
        lost: last,
        size: type === K.KV_EVENT_SET_LARGE ? last : valueLen,
      }),
    );
    at = end;
  }
  return found;
}

// Returns the event of a filled kv_event structure, with bytes of its own.
function eventIn(structure) {
  return eventOf({
    type: structure.get('type'),
    group: structure.copied('group') ?? Buffer.alloc(0),
    key: structure.copied('key') ?? Buffer.alloc(0),
    value: structure.copied('value') ?? Buffer.alloc(0),
    version: structure.get('version'),
    timeMs: structure.get('time_ms'),
    lost: structure.get('lost'),
    size: structure.get('value_size'),
  });
}

module.exports = {
  ENTRY_LEN,
  EVENTS,
  EVENT_LEN,
  KEY_LEN,
  STEPS,
  STEP_LEN,
  decodeEntries,
  decodeEvents,
  encodeKeys,
  encodeSteps,
  eventIn,
};
