// The part of kv.h that the example needs, declared to koffi: the prototypes are the header's own,
// with the directions that C leaves unsaid. A test compares them, and the numbers.
//
// KV_LIBRARY names the library; without it the system's is loaded.

'use strict';

const koffi = require('koffi');

const library = koffi.load(process.env.KV_LIBRARY || 'libkv.so.0');

koffi.alias('kv_status', 'int32_t');
koffi.struct('kv_store', { id: 'uint64_t' });
koffi.struct('kv_reader', { id: 'uint64_t' });
koffi.struct('kv_writer', { id: 'uint64_t' });
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

koffi.struct('kv_put_options', {
  size: 'uint32_t',
  condition: 'uint32_t',
  version: 'uint64_t',
  expiry: 'uint32_t',
  durability: 'uint32_t',
  time_ms: 'int64_t',
});

const structures = ['kv_store', 'kv_reader', 'kv_writer', 'kv_error', 'kv_value', 'kv_put_options'];

const numbers = {
  KV_NOT_FOUND: 1,
  KV_CONFLICT: 2,
  KV_ERR_HANDLE: -2,
  KV_TTL_NEVER: -1,
  KV_IF_ABSENT: 1,
  KV_IF_PRESENT: 2,
  KV_IF_VERSION: 3,
  KV_EXPIRY_AFTER: 1,
  KV_EXPIRY_AT: 2,
  KV_EXPIRY_KEEP: 3,
  KV_DURABILITY_NORMAL: 1,
  KV_DURABILITY_FULL: 2,
  KV_PIECE_LEN: 256 * 1024,
};

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
  `kv_status kv_writer_open(kv_store store, const void *group, size_t group_len,
                            const void *key, size_t key_len, const kv_put_options *options,
                            _Out_ kv_writer *writer, _Out_ kv_error *error)`,
  `kv_status kv_writer_write(kv_writer writer, const void *data, size_t len,
                             _Out_ kv_error *error)`,
  'kv_status kv_writer_size(kv_writer writer, _Out_ uint64_t *size, _Out_ kv_error *error)',
  `kv_status kv_writer_commit(kv_writer writer, _Out_ uint64_t *version,
                              _Out_ kv_error *error)`,
  'kv_status kv_writer_abort(kv_writer writer, _Out_ kv_error *error)',
  `kv_status kv_reader_open(kv_store store, const void *group, size_t group_len,
                            const void *key, size_t key_len, _Out_ kv_reader *reader,
                            _Out_ kv_error *error)`,
  'kv_status kv_reader_info(kv_reader reader, _Out_ kv_value *value, _Out_ kv_error *error)',
  `kv_status kv_reader_read(kv_reader reader, uint64_t offset, void *buffer, size_t capacity,
                            _Out_ size_t *len, _Out_ kv_error *error)`,
  'kv_status kv_reader_close(kv_reader reader, _Out_ kv_error *error)',
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

function check(status, error) {
  if (status < 0) throw new KvError(error);
}

// Pointer and length, twice or more: a string stands for its UTF-8.
function bytes(...data) {
  return data.flatMap((one) => {
    const buffer = Buffer.isBuffer(one) ? one : Buffer.from(one);
    return [buffer, buffer.length];
  });
}

module.exports = { KvError, abi, bytes, check, library, numbers, prototypes, structures };
