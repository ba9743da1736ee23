// Arguments of calls: bytes, numbers and options, each verified before the library is called.

'use strict';

const { constants: K } = require('./library');

// koffi passes an empty buffer as NULL, which is not always the empty bytes.
const EMPTY = Buffer.alloc(1);

// The length by which the library finds the end of a text itself: KV_NUL.
const NUL = -1;

// Returns bytes as koffi takes them: a string stands for its UTF-8.
function bytes(what, data) {
  if (typeof data === 'string') return data.includes('\0') ? Buffer.from(data) : data;
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`${what} is a string, Buffer or Uint8Array, not ${kindOf(data)}`);
  }
  return data.length ? data : EMPTY;
}

// Returns the length to pass with such bytes.
function lengthOf(data) {
  if (typeof data === 'string') return NUL;
  return data === EMPTY ? 0 : data.length;
}

// Returns pointer and length of bytes.
function span(what, data) {
  const passed = bytes(what, data);
  return [passed, lengthOf(passed)];
}

// Returns the pointers and lengths of a group and a key.
const at = (group, key) => [...span('group', group), ...span('key', key)];

// Returns bytes in a Buffer, for the flat form and for structures, which hold addresses.
function buffer(what, data) {
  if (typeof data === 'string') return Buffer.from(data);
  if (!(data instanceof Uint8Array)) bytes(what, data);
  return Buffer.from(data.buffer, data.byteOffset, data.length);
}

// Returns a text that the library reads up to its NUL.
function text(what, given) {
  if (typeof given !== 'string') throw new TypeError(`${what} is a string, not ${kindOf(given)}`);
  if (given.includes('\0')) throw new TypeError(`${what} holds a NUL: ${JSON.stringify(given)}`);
  return given;
}

function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object of ${value.constructor?.name ?? 'no class'}`;
  return typeof value;
}

// Returns a store, or an object that has the handle of one.
function storeOf(call, given) {
  if (given !== null && typeof given === 'object' && 'handle' in given) return given;
  throw new TypeError(`${call} takes a store, not ${kindOf(given)}`);
}

const LIMITS = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
};

// Returns a whole number: a safe integer, or a BigInt within the type of C.
function integer(what, number, type = 'int64') {
  if (typeof number !== 'bigint' && !Number.isSafeInteger(number)) {
    const shown = typeof number === 'number' ? String(number) : kindOf(number);
    throw new TypeError(`${what} is a safe integer or a BigInt, not ${shown}`);
  }
  const [least, most] = LIMITS[type];
  if (number < least || number > most) throw new RangeError(`${what} is out of range: ${number}`);
  return number;
}

// Returns a ttl for the library: undefined is the default_ttl of the store, null and Infinity are
// for ever, and a number is in milliseconds.
function ttl(what, ms) {
  if (ms === undefined) return K.KV_TTL_DEFAULT;
  if (ms === null || ms === Infinity) return K.KV_TTL_NEVER;
  return integer(what, ms);
}

// Returns a time to wait for the library: null and Infinity are without end.
function wait(what, ms) {
  if (ms === null || ms === Infinity) return null;
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  const isNumber = typeof ms === 'number';
  const Kind = isNumber ? RangeError : TypeError;
  const shown = isNumber ? String(ms) : kindOf(ms);
  throw new Kind(`${what} is a number of milliseconds from 0 on, or null, not ${shown}`);
}

// Returns the options of a call, or throws a TypeError that names an unknown one and its nearest.
function options(call, given, known) {
  if (given === undefined) return {};
  if (given === null || typeof given !== 'object' || given instanceof Uint8Array) {
    throw new TypeError(`the options of ${call} are an object, not ${kindOf(given)}`);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near ? `did you mean ${near}?` : `it has ${known.join(', ') || 'none'}`;
    throw new TypeError(`${call} has no option ${name}; ${hint}`);
  }
  return given;
}

// Returns one of the words, or throws a TypeError that lists them.
function word(what, given, words) {
  if (Object.hasOwn(words, given)) return words[given];
  const list = Object.keys(words).join(', ');
  throw new TypeError(`${what} is one of ${list}, not ${String(given)}`);
}

// Returns the word of a list that is nearest to another by the edits between them.
function nearest(given, list) {
  const lower = given.toLowerCase();
  const found = list
    .map((one) => [distance(lower, one.toLowerCase()), one])
    .sort(([a], [b]) => a - b)[0];
  if (!found) return undefined;
  const isPart = found[1].toLowerCase().startsWith(lower) && lower.length > 1;
  const close = list.find((one) => one.toLowerCase().startsWith(lower) && lower.length > 1);
  if (close && !isPart && found[0] > 2) return close;
  return found[0] <= Math.max(2, given.length / 3) || isPart ? found[1] : close;
}

// The distance of Levenshtein.
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, change));
    }
    row = next;
  }
  return row[b.length];
}

module.exports = {
  EMPTY,
  at,
  buffer,
  bytes,
  integer,
  kindOf,
  lengthOf,
  options,
  span,
  storeOf,
  text,
  ttl,
  wait,
  word,
};
