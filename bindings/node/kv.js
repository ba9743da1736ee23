// The part of kv.h that an example needs, declared to koffi: the prototypes are the header's own, with the
// directions that C leaves unsaid. A test compares them.
//
// KV_LIBRARY names the library; without it the system's is loaded.

'use strict';

const koffi = require('koffi');

const library = koffi.load(process.env.KV_LIBRARY || 'libkv.so.0');

koffi.alias('kv_status', 'int32_t');
koffi.struct('kv_store', { id: 'uint64_t' });
koffi.struct('kv_error', {
  code: 'kv_status',
  os_error: 'int32_t',
  message: koffi.array('char', 248),
});
koffi.struct('kv_value', {
  data: 'const uint8_t *',
  len: 'size_t',
  version: 'uint64_t',
  expires_at_ms: 'int64_t',
  owner: 'uint64_t',
  value_size: 'uint64_t',
  flags: 'uint32_t',
  reserved: 'uint32_t',
});

const prototypes = [
  'kv_status kv_open(const char *location, _Out_ kv_store *store, _Out_ kv_error *error)',
  'kv_status kv_close(kv_store store, _Out_ kv_error *error)',
  `kv_status kv_set(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, const void *value, size_t value_len,
                    _Out_ kv_error *error)`,
  `kv_status kv_set_ttl(kv_store store, const void *group, size_t group_len,
                        const void *key, size_t key_len, const void *value, size_t value_len,
                        int64_t ttl_ms, _Out_ kv_error *error)`,
  `kv_status kv_get(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, _Out_ kv_value *value, _Out_ kv_error *error)`,
  `kv_status kv_ttl(kv_store store, const void *group, size_t group_len, const void *key,
                    size_t key_len, _Out_ int64_t *ttl_ms, _Out_ kv_error *error)`,
  'void kv_value_free(_Inout_ kv_value *value)',
  'uint32_t kv_abi_version(void)',
];

const abi = {};
for (const prototype of prototypes) {
  const name = /(kv_\w+)\(/.exec(prototype)[1];
  abi[name] = library.func(prototype);
}
if (abi.kv_abi_version() !== 2) {
  throw new Error(`kv has interface ${abi.kv_abi_version()}, this was written for interface 2`);
}

// An error of the library: its status, the system's error number, a message.
class KvError extends Error {
  constructor(error) {
    super(error.message);
    this.status = error.code;
    this.osError = error.os_error;
  }
}

const NOT_FOUND = 1;
const TTL_NEVER = -1;

// Pointer and length, twice or more: a string stands for its UTF-8.
function bytes(...data) {
  return data.flatMap((one) => {
    const buffer = Buffer.isBuffer(one) ? one : Buffer.from(one);
    return [buffer, buffer.length];
  });
}

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
        : abi.kv_set_ttl(this.handle, ...data, ttlMs ?? TTL_NEVER, error);
    check(status, error);
  }

  // Returns how many milliseconds a key has to live, null if it has no end, and undefined if it is
  // absent.
  ttl(group, key) {
    const error = {};
    const ttlMs = [0];
    const status = abi.kv_ttl(this.handle, ...bytes(group, key), ttlMs, error);
    check(status, error);
    if (status === NOT_FOUND) return undefined;
    return ttlMs[0] === TTL_NEVER ? null : ttlMs[0];
  }

  // Returns a copy of the value, or null if the key is absent or expired.
  get(group, key) {
    const error = {};
    const value = {};
    const status = abi.kv_get(this.handle, ...bytes(group, key), value, error);
    check(status, error);
    if (status === NOT_FOUND) return null;
    try {
      // Copied, because the library takes its bytes back; koffi has no view of none.
      if (!value.len) return Buffer.alloc(0);
      return Buffer.from(Buffer.from(koffi.view(value.data, value.len)));
    } finally {
      abi.kv_value_free(value);
    }
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

function check(status, error) {
  if (status < 0) throw new KvError(error);
}

module.exports = { KvError, Store, abi, library, prototypes };
