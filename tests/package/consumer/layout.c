/*
 * The layout of every structure in kv.h, as bindings in other languages repeat it. It compiles or
 * it does not; nothing runs. The numbers are those of a 64-bit system.
 */
#include <kv.h>
#include <stddef.h>

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "sizeof " #type)
#define FIELD(type, field, offset, size)                                               \
    _Static_assert(offsetof(type, field) == (offset), "offset of " #type "." #field);  \
    _Static_assert(sizeof(((type *)0)->field) == (size), "size of " #type "." #field)

SIZE(kv_status, 4);
_Static_assert((kv_status)-1 < 0, "kv_status has a sign");

SIZE(kv_store, 8);
FIELD(kv_store, id, 0, 8);
SIZE(kv_cursor, 8);
FIELD(kv_cursor, id, 0, 8);
SIZE(kv_batch, 8);
FIELD(kv_batch, id, 0, 8);
SIZE(kv_txn, 8);
FIELD(kv_txn, id, 0, 8);
SIZE(kv_writer, 8);
FIELD(kv_writer, id, 0, 8);
SIZE(kv_reader, 8);
FIELD(kv_reader, id, 0, 8);
SIZE(kv_lock, 16);
FIELD(kv_lock, token, 0, 8);
FIELD(kv_lock, version, 8, 8);
SIZE(kv_watch, 8);
FIELD(kv_watch, id, 0, 8);
SIZE(kv_subscription, 8);
FIELD(kv_subscription, id, 0, 8);
SIZE(kv_change_cursor, 8);
FIELD(kv_change_cursor, id, 0, 8);

SIZE(kv_error, 256);
FIELD(kv_error, code, 0, 4);
FIELD(kv_error, os_error, 4, 4);
FIELD(kv_error, message, 8, KV_ERROR_MESSAGE_LEN);

SIZE(kv_value, 56);
FIELD(kv_value, data, 0, 8);
FIELD(kv_value, len, 8, 8);
FIELD(kv_value, version, 16, 8);
FIELD(kv_value, expires_at_ms, 24, 8);
FIELD(kv_value, owner, 32, 8);
FIELD(kv_value, value_size, 40, 8);
FIELD(kv_value, flags, 48, 4);
FIELD(kv_value, reserved, 52, 4);

SIZE(kv_entry, 80);
FIELD(kv_entry, group, 0, 8);
FIELD(kv_entry, group_len, 8, 8);
FIELD(kv_entry, key, 16, 8);
FIELD(kv_entry, key_len, 24, 8);
FIELD(kv_entry, value, 32, 8);
FIELD(kv_entry, value_len, 40, 8);
FIELD(kv_entry, value_size, 48, 8);
FIELD(kv_entry, version, 56, 8);
FIELD(kv_entry, expires_at_ms, 64, 8);
FIELD(kv_entry, flags, 72, 4);
FIELD(kv_entry, reserved, 76, 4);

SIZE(kv_put_options, 32);
FIELD(kv_put_options, size, 0, 4);
FIELD(kv_put_options, condition, 4, 4);
FIELD(kv_put_options, version, 8, 8);
FIELD(kv_put_options, expiry, 16, 4);
FIELD(kv_put_options, durability, 20, 4);
FIELD(kv_put_options, time_ms, 24, 8);

SIZE(kv_scan_options, 72);
FIELD(kv_scan_options, size, 0, 4);
FIELD(kv_scan_options, flags, 4, 4);
FIELD(kv_scan_options, pattern, 8, 8);
FIELD(kv_scan_options, pattern_len, 16, 8);
FIELD(kv_scan_options, lower, 24, 8);
FIELD(kv_scan_options, lower_len, 32, 8);
FIELD(kv_scan_options, upper, 40, 8);
FIELD(kv_scan_options, upper_len, 48, 8);
FIELD(kv_scan_options, limit, 56, 8);
FIELD(kv_scan_options, offset, 64, 8);

SIZE(kv_watch_options, 24);
FIELD(kv_watch_options, size, 0, 4);
FIELD(kv_watch_options, flags, 4, 4);
FIELD(kv_watch_options, capacity, 8, 4);
FIELD(kv_watch_options, reserved, 12, 4);
FIELD(kv_watch_options, since, 16, 8);

SIZE(kv_event, 88);
FIELD(kv_event, size, 0, 4);
FIELD(kv_event, type, 4, 4);
FIELD(kv_event, group, 8, 8);
FIELD(kv_event, group_len, 16, 8);
FIELD(kv_event, key, 24, 8);
FIELD(kv_event, key_len, 32, 8);
FIELD(kv_event, value, 40, 8);
FIELD(kv_event, value_len, 48, 8);
FIELD(kv_event, version, 56, 8);
FIELD(kv_event, time_ms, 64, 8);
FIELD(kv_event, lost, 72, 8);
FIELD(kv_event, value_size, 80, 8);

SIZE(kv_quota, 56);
FIELD(kv_quota, size, 0, 4);
FIELD(kv_quota, reserved, 4, 4);
FIELD(kv_quota, max_keys, 8, 8);
FIELD(kv_quota, max_groups, 16, 8);
FIELD(kv_quota, max_bytes, 24, 8);
FIELD(kv_quota, keys, 32, 8);
FIELD(kv_quota, groups, 40, 8);
FIELD(kv_quota, bytes, 48, 8);

SIZE(kv_stats, 200);
FIELD(kv_stats, size, 0, 4);
FIELD(kv_stats, format, 4, 4);
FIELD(kv_stats, entries, 8, 8);
FIELD(kv_stats, bytes, 16, 8);
FIELD(kv_stats, expired_entries, 24, 8);
FIELD(kv_stats, hits, 32, 8);
FIELD(kv_stats, misses, 40, 8);
FIELD(kv_stats, commits, 48, 8);
FIELD(kv_stats, transactions, 56, 8);
FIELD(kv_stats, expirations, 64, 8);
FIELD(kv_stats, file_bytes, 72, 8);
FIELD(kv_stats, wal_bytes, 80, 8);
FIELD(kv_stats, checkpoints, 88, 8);
FIELD(kv_stats, readers, 96, 8);
FIELD(kv_stats, sqlite_version, 104, 16);
FIELD(kv_stats, evictions, 120, 8);
FIELD(kv_stats, max_bytes, 128, 8);
FIELD(kv_stats, max_entries, 136, 8);
FIELD(kv_stats, read_only, 144, 4);
FIELD(kv_stats, write_errno, 148, 4);
FIELD(kv_stats, oldest_snapshot_ms, 152, 8);
FIELD(kv_stats, write_stalls, 160, 8);
FIELD(kv_stats, write_stall_us, 168, 8);
FIELD(kv_stats, longest_write_stall_us, 176, 8);
FIELD(kv_stats, cache_hits, 184, 8);
FIELD(kv_stats, cache_resets, 192, 8);

SIZE(kv_copy_options, 40);
FIELD(kv_copy_options, size, 0, 4);
FIELD(kv_copy_options, existing, 4, 4);
FIELD(kv_copy_options, after_group, 8, 8);
FIELD(kv_copy_options, after_group_len, 16, 8);
FIELD(kv_copy_options, after_key, 24, 8);
FIELD(kv_copy_options, after_key_len, 32, 8);

SIZE(kv_copy_state, 96);
FIELD(kv_copy_state, size, 0, 4);
FIELD(kv_copy_state, reserved, 4, 4);
FIELD(kv_copy_state, entries, 8, 8);
FIELD(kv_copy_state, bytes, 16, 8);
FIELD(kv_copy_state, skipped, 24, 8);
FIELD(kv_copy_state, expired, 32, 8);
FIELD(kv_copy_state, missing, 40, 8);
FIELD(kv_copy_state, total, 48, 8);
FIELD(kv_copy_state, group, 56, 8);
FIELD(kv_copy_state, group_len, 64, 8);
FIELD(kv_copy_state, key, 72, 8);
FIELD(kv_copy_state, key_len, 80, 8);
FIELD(kv_copy_state, owner, 88, 8);
