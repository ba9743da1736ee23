// Memory that the library reads and fills: structures, numbers, handles, and values that it pins.

'use strict';

const { koffi } = require('./koffi');
const { aliases } = require('./declarations');
const { constants: K, functions, layouts } = require('./library');

const GETTERS = {
  int32_t: (bytes, at) => bytes.readInt32LE(at),
  uint32_t: (bytes, at) => bytes.readUInt32LE(at),
  int64_t: (bytes, at) => bytes.readBigInt64LE(at),
  uint64_t: (bytes, at) => bytes.readBigUInt64LE(at),
  size_t: (bytes, at) => bytes.readBigUInt64LE(at),
  pointer: (bytes, at) => bytes.readBigUInt64LE(at),
};
const SETTERS = {
  int32_t: (bytes, at, value) => bytes.writeInt32LE(value, at),
  uint32_t: (bytes, at, value) => bytes.writeUInt32LE(Number(value), at),
  int64_t: (bytes, at, value) => bytes.writeBigInt64LE(BigInt(value), at),
  uint64_t: (bytes, at, value) => bytes.writeBigUInt64LE(BigInt(value), at),
  size_t: (bytes, at, value) => bytes.writeBigUInt64LE(BigInt(value), at),
  pointer: (bytes, at, value) => bytes.writeBigUInt64LE(value, at),
};

// A structure of kv.h in a buffer. One that begins with its size has it set.
class Structure {
  // The buffers whose addresses the structure holds stay as long as it does.
  #kept = [];

  constructor(name) {
    this.layout = layouts[name];
    this.bytes = Buffer.alloc(this.layout.size);
    if (this.layout.fields.size) this.set('size', this.layout.size);
  }

  get(field) {
    const { offset, type } = this.layout.fields[field];
    return GETTERS[aliases[type] ?? type](this.bytes, offset);
  }

  // Returns the numbers of an array.
  numbers(field) {
    const { offset, type } = this.layout.fields[field];
    const [of, length] = type;
    const step = koffi.sizeof(of);
    return Array.from({ length }, (_, at) => Number(GETTERS[of](this.bytes, offset + at * step)));
  }

  // Returns a text of the library, which ends with a NUL.
  text(field) {
    return koffi.decode.string(this.bytes.readBigUInt64LE(this.layout.fields[field].offset));
  }

  set(field, value) {
    const { offset, type } = this.layout.fields[field];
    SETTERS[type](this.bytes, offset, value);
  }

  // Sets a pointer and its length. The pointer is never NULL: the empty bytes are a value.
  point(field, data) {
    const buffer = data.length ? data : Buffer.alloc(1);
    this.#kept.push(buffer);
    this.set(field, koffi.address(buffer));
    this.set(`${field}_len`, data.length);
  }

  // Returns a copy of the bytes behind a pointer, or null for NULL.
  copied(field) {
    const pointer = this.get(field);
    return pointer ? copy(pointer, this.get(`${field}_len`)) : null;
  }
}

// That of the C library: a view of koffi costs several times as much.
const memcpy = koffi.load(null).func('memcpy', 'void', [koffi.out('void *'), 'void *', 'size_t']);

// Returns a copy of bytes of the library.
function copy(pointer, length) {
  const bytes = Buffer.allocUnsafe(Number(length));
  if (bytes.length) memcpy(bytes, pointer, bytes.length);
  return bytes;
}

// Memory for one number: of type uint64_t, size_t or the id of a handle.
const number = () => new BigUint64Array(1);
const signed = () => new BigInt64Array(1);

// The fields of a kv_value, each of 8 bytes, but for the last.
const fields = layouts.kv_value.fields;
const [DATA, LEN, VERSION, EXPIRES, OWNER, SIZE] = [
  'data',
  'len',
  'version',
  'expires_at_ms',
  'owner',
  'value_size',
].map((field) => fields[field].offset / 8);
const pinned = () => new BigUint64Array(layouts.kv_value.size / 8);

// Returns a copy of a pinned value, or null if there is none, and frees it.
function unpinned(value) {
  if (!value[DATA]) return null;
  try {
    return copy(value[DATA], value[LEN]);
  } finally {
    if (value[OWNER]) functions.kv_value_free(value);
  }
}

// Returns an expiry as a program has it: milliseconds since 1970, or null for never.
function expiry(ms) {
  const signedMs = Number(BigInt.asIntN(64, ms));
  return signedMs === K.KV_TTL_NEVER ? null : signedMs;
}

const versionOf = (value) => value[VERSION];
const expiryOf = (value) => expiry(value[EXPIRES]);
const sizeOf = (value) => Number(value[SIZE]);

module.exports = {
  Structure,
  copy,
  expiry,
  expiryOf,
  number,
  pinned,
  signed,
  sizeOf,
  unpinned,
  versionOf,
};
