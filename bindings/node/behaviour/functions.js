// The functions of kv.h that the example does without and the behaviour cases need.

'use strict';

const koffi = require('koffi');
const { library } = require('../abi');

for (const name of ['batch', 'txn', 'watch', 'cursor']) {
  koffi.struct(`kv_${name}`, { id: 'uint64_t' });
}
koffi.struct('kv_scan_options', {
  size: 'uint32_t',
  flags: 'uint32_t',
  pattern: 'const void *',
  pattern_len: 'size_t',
  lower: 'const void *',
  lower_len: 'size_t',
  upper: 'const void *',
  upper_len: 'size_t',
  limit: 'uint64_t',
  offset: 'uint64_t',
});
koffi.struct('kv_entry', {
  group: 'const uint8_t *',
  group_len: 'size_t',
  key: 'const uint8_t *',
  key_len: 'size_t',
  value: 'const uint8_t *',
  value_len: 'size_t',
  value_size: 'uint64_t',
  version: 'uint64_t',
  expires_at_ms: 'int64_t',
  flags: 'uint32_t',
  reserved: 'uint32_t',
});
koffi.struct('kv_watch_options', {
  size: 'uint32_t',
  flags: 'uint32_t',
  capacity: 'uint32_t',
  reserved: 'uint32_t',
  since: 'uint64_t',
});
koffi.struct('kv_event', {
  size: 'uint32_t',
  type: 'int32_t',
  group: 'const uint8_t *',
  group_len: 'size_t',
  key: 'const uint8_t *',
  key_len: 'size_t',
  value: 'const uint8_t *',
  value_len: 'size_t',
  version: 'uint64_t',
  time_ms: 'int64_t',
  lost: 'uint64_t',
  value_size: 'uint64_t',
});
koffi.struct('kv_quota', {
  size: 'uint32_t',
  reserved: 'uint32_t',
  max_keys: 'uint64_t',
  max_groups: 'uint64_t',
  max_bytes: 'uint64_t',
  keys: 'uint64_t',
  groups: 'uint64_t',
  bytes: 'uint64_t',
});

koffi.struct('kv_lock', { token: 'uint64_t', version: 'uint64_t' });

const KEY = 'const void *group, size_t group_len, const void *key, size_t key_len';
const NAME = 'const void *name, size_t name_len';
const VALUE = 'const void *value, size_t value_len';
const ERROR = '_Out_ kv_error *error';

const prototypes = [
  `kv_status kv_put(kv_store store, ${KEY}, ${VALUE}, const kv_put_options *options,
    _Out_ uint64_t *version, ${ERROR})`,
  `kv_status kv_get_info(kv_store store, ${KEY}, _Out_ kv_value *value, ${ERROR})`,
  `kv_status kv_exists(kv_store store, ${KEY}, ${ERROR})`,
  `kv_status kv_delete(kv_store store, ${KEY}, ${ERROR})`,
  `kv_status kv_delete_version(kv_store store, ${KEY}, uint64_t version, ${ERROR})`,
  `kv_status kv_take(kv_store store, ${KEY}, _Out_ kv_value *value, ${ERROR})`,
  `kv_status kv_increment(kv_store store, ${KEY}, int64_t delta, int64_t ttl_ms_if_created,
    _Out_ int64_t *result, ${ERROR})`,
  `kv_status kv_append(kv_store store, ${KEY}, ${VALUE}, int64_t ttl_ms_if_created,
    _Out_ size_t *len, ${ERROR})`,
  `kv_status kv_expire(kv_store store, ${KEY}, int64_t ttl_ms, uint32_t flags, ${ERROR})`,
  `kv_status kv_persist(kv_store store, ${KEY}, ${ERROR})`,
  `kv_status kv_set_json(kv_store store, ${KEY}, ${VALUE}, ${ERROR})`,
  `kv_status kv_get_json(kv_store store, ${KEY}, const char *path, _Out_ kv_value *value,
    ${ERROR})`,
  `kv_status kv_scan(kv_store store, const void *group, size_t group_len,
    const kv_scan_options *options, _Out_ kv_cursor *cursor, ${ERROR})`,
  `kv_status kv_groups(kv_store store, const void *prefix, size_t prefix_len,
    _Out_ kv_cursor *cursor, ${ERROR})`,
  `kv_status kv_cursor_next(kv_cursor cursor, _Out_ kv_entry *entry, ${ERROR})`,
  `kv_status kv_cursor_close(kv_cursor cursor, ${ERROR})`,
  `kv_status kv_count(kv_store store, const void *group, size_t group_len, _Out_ uint64_t *count,
    ${ERROR})`,
  `kv_status kv_count_all(kv_store store, const void *prefix, size_t prefix_len,
    _Out_ uint64_t *count, ${ERROR})`,
  `kv_status kv_delete_group(kv_store store, const void *group, size_t group_len,
    _Out_ uint64_t *removed, ${ERROR})`,
  `kv_status kv_delete_prefix(kv_store store, const void *group, size_t group_len,
    const void *prefix, size_t prefix_len, _Out_ uint64_t *removed, ${ERROR})`,
  `kv_status kv_delete_all(kv_store store, const void *prefix, size_t prefix_len,
    _Out_ uint64_t *removed, ${ERROR})`,
  `kv_status kv_purge_expired(kv_store store, _Out_ uint64_t *removed, ${ERROR})`,
  `kv_status kv_batch_new(_Out_ kv_batch *batch, ${ERROR})`,
  `kv_status kv_batch_check(kv_batch batch, ${KEY}, uint64_t version, ${ERROR})`,
  `kv_status kv_batch_get(kv_batch batch, ${KEY}, ${ERROR})`,
  `kv_status kv_batch_set(kv_batch batch, ${KEY}, ${VALUE}, const kv_put_options *options,
    ${ERROR})`,
  `kv_status kv_batch_delete(kv_batch batch, ${KEY}, ${ERROR})`,
  `kv_status kv_batch_take(kv_batch batch, ${KEY}, ${ERROR})`,
  `kv_status kv_batch_increment(kv_batch batch, ${KEY}, int64_t delta, int64_t ttl_ms_if_created,
    ${ERROR})`,
  `kv_status kv_batch_append(kv_batch batch, ${KEY}, ${VALUE}, int64_t ttl_ms_if_created,
    ${ERROR})`,
  `kv_status kv_batch_expire(kv_batch batch, ${KEY}, int64_t ttl_ms, uint32_t flags, ${ERROR})`,
  `kv_status kv_batch_delete_prefix(kv_batch batch, const void *group, size_t group_len,
    const void *prefix, size_t prefix_len, ${ERROR})`,
  `kv_status kv_batch_check_lock(kv_batch batch, ${NAME}, kv_lock lock, ${ERROR})`,
  `kv_status kv_batch_commit(kv_store store, kv_batch batch, ${ERROR})`,
  `kv_status kv_batch_result(kv_batch batch, size_t index, _Out_ kv_value *value, ${ERROR})`,
  `kv_status kv_batch_close(kv_batch batch, ${ERROR})`,
  `kv_status kv_txn_begin(kv_store store, _Out_ kv_txn *txn, ${ERROR})`,
  `kv_status kv_txn_get(kv_txn txn, ${KEY}, _Out_ kv_value *value, ${ERROR})`,
  `kv_status kv_txn_scan(kv_txn txn, const void *group, size_t group_len,
    const kv_scan_options *options, _Out_ kv_cursor *cursor, ${ERROR})`,
  `kv_status kv_txn_set(kv_txn txn, ${KEY}, ${VALUE}, const kv_put_options *options, ${ERROR})`,
  `kv_status kv_txn_delete(kv_txn txn, ${KEY}, ${ERROR})`,
  `kv_status kv_txn_exists(kv_txn txn, ${KEY}, ${ERROR})`,
  `kv_status kv_txn_ttl(kv_txn txn, ${KEY}, _Out_ int64_t *ttl_ms, ${ERROR})`,
  `kv_status kv_txn_increment(kv_txn txn, ${KEY}, int64_t delta, int64_t ttl_ms_if_created,
    _Out_ int64_t *result, ${ERROR})`,
  `kv_status kv_txn_append(kv_txn txn, ${KEY}, ${VALUE}, int64_t ttl_ms_if_created,
    _Out_ size_t *len, ${ERROR})`,
  `kv_status kv_txn_expire(kv_txn txn, ${KEY}, int64_t ttl_ms, uint32_t flags, ${ERROR})`,
  `kv_status kv_txn_commit(kv_txn txn, ${ERROR})`,
  `kv_status kv_txn_abort(kv_txn txn, ${ERROR})`,
  `kv_status kv_watch_open(kv_store store, ${KEY}, const kv_watch_options *options,
    _Out_ kv_watch *watch, ${ERROR})`,
  `kv_status kv_watch_poll(kv_watch watch, int64_t timeout_ms, _Inout_ kv_event *event, ${ERROR})`,
  `kv_status kv_watch_close(kv_watch watch, ${ERROR})`,
  `kv_status kv_idempotency_begin(kv_store store, const void *key, size_t key_len,
    const void *request, size_t request_len, int64_t ttl_ms, _Out_ int32_t *state,
    _Out_ uint64_t *token, _Out_ kv_value *response, ${ERROR})`,
  `kv_status kv_idempotency_complete(kv_store store, const void *key, size_t key_len,
    uint64_t token, const void *response, size_t response_len, ${ERROR})`,
  `kv_status kv_idempotency_get(kv_store store, const void *key, size_t key_len,
    _Out_ int32_t *state, _Out_ kv_value *response, ${ERROR})`,
  `kv_status kv_idempotency_forget(kv_store store, const void *key, size_t key_len,
    uint64_t token, ${ERROR})`,
  `kv_status kv_lock_acquire(kv_store store, ${NAME}, const void *owner, size_t owner_len,
    int64_t lease_ms, int64_t wait_ms, _Out_ kv_lock *lock, ${ERROR})`,
  `kv_status kv_lock_renew(kv_store store, ${NAME}, kv_lock lock, int64_t lease_ms, ${ERROR})`,
  `kv_status kv_lock_release(kv_store store, ${NAME}, kv_lock lock, ${ERROR})`,
  `kv_status kv_lock_get(kv_store store, ${NAME}, _Out_ kv_value *owner, ${ERROR})`,
  `kv_status kv_snapshot(kv_store store, _Out_ kv_store *snapshot, ${ERROR})`,
  `kv_status kv_scope(kv_store store, const char *name, _Out_ kv_store *scoped, ${ERROR})`,
  `kv_status kv_quota_set(kv_store store, const char *name, int64_t max_keys, int64_t max_groups,
    int64_t max_bytes, ${ERROR})`,
  `kv_status kv_quota_get(kv_store store, const char *name, _Inout_ kv_quota *quota, ${ERROR})`,
];
const structures = [
  'kv_scan_options',
  'kv_entry',
  'kv_watch_options',
  'kv_event',
  'kv_quota',
  'kv_lock',
];

const functions = {};
for (const prototype of prototypes) {
  functions[/(kv_\w+)\(/.exec(prototype)[1]] = library.func(prototype);
}

module.exports = { functions, prototypes, structures };
