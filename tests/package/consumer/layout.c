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

SIZE(kv_stats, 176);
FIELD(kv_stats, size, 0, 4);
FIELD(kv_stats, format, 4, 4);
FIELD(kv_stats, hits, 8, 8);
FIELD(kv_stats, misses, 16, 8);
FIELD(kv_stats, commits, 24, 8);
FIELD(kv_stats, transactions, 32, 8);
FIELD(kv_stats, expirations, 40, 8);
FIELD(kv_stats, file_bytes, 48, 8);
FIELD(kv_stats, wal_bytes, 56, 8);
FIELD(kv_stats, checkpoints, 64, 8);
FIELD(kv_stats, readers, 72, 8);
FIELD(kv_stats, sqlite_version, 80, 16);
FIELD(kv_stats, evictions, 96, 8);
FIELD(kv_stats, max_bytes, 104, 8);
FIELD(kv_stats, max_entries, 112, 8);
FIELD(kv_stats, read_only, 120, 4);
FIELD(kv_stats, write_errno, 124, 4);
FIELD(kv_stats, oldest_snapshot_ms, 128, 8);
FIELD(kv_stats, write_stalls, 136, 8);
FIELD(kv_stats, write_stall_us, 144, 8);
FIELD(kv_stats, longest_write_stall_us, 152, 8);
FIELD(kv_stats, cache_hits, 160, 8);
FIELD(kv_stats, cache_resets, 168, 8);

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

SIZE(kv_usage, 32);
FIELD(kv_usage, size, 0, 4);
FIELD(kv_usage, reserved, 4, 4);
FIELD(kv_usage, entries, 8, 8);
FIELD(kv_usage, bytes, 16, 8);
FIELD(kv_usage, expired_entries, 24, 8);

SIZE(kv_metrics, 464);
FIELD(kv_metrics, size, 0, 4);
FIELD(kv_metrics, reserved, 4, 4);
FIELD(kv_metrics, hits, 8, 8);
FIELD(kv_metrics, misses, 16, 8);
FIELD(kv_metrics, cache_hits, 24, 8);
FIELD(kv_metrics, cache_resets, 32, 8);
FIELD(kv_metrics, commits, 40, 8);
FIELD(kv_metrics, transactions, 48, 8);
FIELD(kv_metrics, largest_group, 56, 8);
FIELD(kv_metrics, busy_waits, 64, 8);
FIELD(kv_metrics, busy_wait_us, 72, 8);
FIELD(kv_metrics, longest_busy_wait_us, 80, 8);
FIELD(kv_metrics, syncs, 88, 8);
FIELD(kv_metrics, sync_us, 96, 8);
FIELD(kv_metrics, longest_sync_us, 104, 8);
FIELD(kv_metrics, checkpoints, 112, 8);
FIELD(kv_metrics, checkpoint_us, 120, 8);
FIELD(kv_metrics, longest_checkpoint_us, 128, 8);
FIELD(kv_metrics, failed_checkpoints, 136, 8);
FIELD(kv_metrics, write_stalls, 144, 8);
FIELD(kv_metrics, write_stall_us, 152, 8);
FIELD(kv_metrics, longest_write_stall_us, 160, 8);
FIELD(kv_metrics, purges, 168, 8);
FIELD(kv_metrics, purge_us, 176, 8);
FIELD(kv_metrics, expirations, 184, 8);
FIELD(kv_metrics, evictions, 192, 8);
FIELD(kv_metrics, watches, 200, 8);
FIELD(kv_metrics, callbacks, 208, 8);
FIELD(kv_metrics, queued_events, 216, 8);
FIELD(kv_metrics, longest_queue, 224, 8);
FIELD(kv_metrics, watch_lag_ms, 232, 8);
FIELD(kv_metrics, lost_events, 240, 8);
FIELD(kv_metrics, oldest_snapshot_ms, 248, 8);
FIELD(kv_metrics, readers, 256, 8);
FIELD(kv_metrics, file_bytes, 264, 8);
FIELD(kv_metrics, wal_bytes, 272, 8);
FIELD(kv_metrics, free_bytes, 280, 8);
FIELD(kv_metrics, row_bytes, 288, 8);
FIELD(kv_metrics, cache_bytes, 296, 8);
FIELD(kv_metrics, page_bytes, 304, 8);
FIELD(kv_metrics, event_bytes, 312, 8);
FIELD(kv_metrics, max_memory, 320, 8);
FIELD(kv_metrics, connections, 328, 8);
FIELD(kv_metrics, connects, 336, 8);
FIELD(kv_metrics, failed_connects, 344, 8);
FIELD(kv_metrics, retries, 352, 8);
FIELD(kv_metrics, redirections, 360, 8);
FIELD(kv_metrics, failovers, 368, 8);
FIELD(kv_metrics, read_only, 376, 8);
FIELD(kv_metrics, poisoned, 384, 8);
FIELD(kv_metrics, group_sizes, 392, 8 * KV_GROUP_BUCKETS);

SIZE(kv_call_metrics, 248);
FIELD(kv_call_metrics, size, 0, 4);
FIELD(kv_call_metrics, kind, 4, 4);
FIELD(kv_call_metrics, calls, 8, 8);
FIELD(kv_call_metrics, errors, 16, 8);
FIELD(kv_call_metrics, total_ns, 24, 8);
FIELD(kv_call_metrics, longest_ns, 32, 8);
FIELD(kv_call_metrics, buckets, 40, 8 * KV_DURATION_BUCKETS);

SIZE(kv_log_record, 40);
FIELD(kv_log_record, size, 0, 4);
FIELD(kv_log_record, level, 4, 4);
FIELD(kv_log_record, time_ms, 8, 8);
FIELD(kv_log_record, topic, 16, 8);
FIELD(kv_log_record, store, 24, 8);
FIELD(kv_log_record, message, 32, 8);

SIZE(kv_trace_call, 64);
FIELD(kv_trace_call, size, 0, 4);
FIELD(kv_trace_call, phase, 4, 4);
FIELD(kv_trace_call, kind, 8, 4);
FIELD(kv_trace_call, status, 12, 4);
FIELD(kv_trace_call, group, 16, 8);
FIELD(kv_trace_call, group_len, 24, 8);
FIELD(kv_trace_call, key, 32, 8);
FIELD(kv_trace_call, key_len, 40, 8);
FIELD(kv_trace_call, duration_ns, 48, 8);
FIELD(kv_trace_call, context, 56, 8);
