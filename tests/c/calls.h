/*
 * Every function of the header that can fail, once, so that a rule for all is tested on all; the
 * runner compares the list with include/symbols.txt.
 *
 * G, K and V stand for a group, key and value as pointer and length. `at` is where errors go.
 */

#ifndef CALLS_H
#define CALLS_H

#include "check.h"

/* The arguments of the calls, and the places of their results. */
static MAYBE_UNUSED kv_store store;
static MAYBE_UNUSED kv_batch batch;
static MAYBE_UNUSED kv_cursor cursor;
static MAYBE_UNUSED kv_watch watch;
static MAYBE_UNUSED kv_subscription subscription;
static MAYBE_UNUSED kv_change_cursor walk;
static MAYBE_UNUSED kv_txn txn;
static MAYBE_UNUSED kv_writer writer;
static MAYBE_UNUSED kv_reader reader;
static MAYBE_UNUSED kv_lock held = {1, 1};
static kv_error *at;
static struct outputs {
    kv_store store;
    kv_batch batch;
    kv_cursor cursor;
    kv_watch watch;
    kv_subscription subscription;
    kv_change_cursor walk;
    kv_txn txn;
    kv_writer writer;
    kv_reader reader;
    kv_lock lock;
    kv_value value;
    kv_entry entry;
    kv_event event;
    int32_t fd;
    uint64_t number;
    int64_t signed_number;
    int32_t state;
    size_t len;
    size_t count;
    kv_stats statistics;
    kv_usage usage;
    kv_metrics metrics;
    kv_call_metrics calls;
    kv_quota quota;
    kv_copy_state copied;
    unsigned char buffer[64];
} out;

#define WRITE_CALLS(CALL, G, K, V)                                   \
    CALL(kv_set(store, G, K, V, at))                                 \
    CALL(kv_set_ttl(store, G, K, V, 60000, at))                      \
    CALL(kv_put(store, G, K, V, NULL, &out.number, at))              \
    CALL(kv_append(store, G, K, V, 0, &out.len, at))                 \
    CALL(kv_set_json(store, G, K, V, at))

#define BATCH_WRITE_CALLS(CALL, G, K, V)             \
    CALL(kv_batch_set(batch, G, K, V, NULL, at))     \
    CALL(kv_batch_append(batch, G, K, V, 0, at))

#define KEY_CALLS(CALL, G, K)                                                  \
    CALL(kv_get(store, G, K, &out.value, at))                                  \
    CALL(kv_get_into(store, G, K, out.buffer, sizeof out.buffer, &out.len, at)) \
    CALL(kv_exists(store, G, K, at))                                           \
    CALL(kv_get_info(store, G, K, &out.value, at))                             \
    CALL(kv_delete(store, G, K, at))                                           \
    CALL(kv_delete_version(store, G, K, 7, at))                                \
    CALL(kv_take(store, G, K, &out.value, at))                                 \
    CALL(kv_increment(store, G, K, 1, 0, &out.signed_number, at))              \
    CALL(kv_ttl(store, G, K, &out.signed_number, at))                          \
    CALL(kv_expire(store, G, K, 60000, 0, at))                                 \
    CALL(kv_persist(store, G, K, at))                                          \
    CALL(kv_watch_open(store, G, K, NULL, &out.watch, at))                         \
    CALL(kv_writer_open(store, G, K, NULL, &out.writer, at))                   \
    CALL(kv_reader_open(store, G, K, &out.reader, at))                         \
    CALL(kv_get_split(store, G, K, ",", 1, &out.cursor, at))                   \
    CALL(kv_get_fields(store, G, K, &out.cursor, at))                          \
    CALL(kv_get_json(store, G, K, "", &out.value, at))

#define IDEMPOTENCY_CALLS(CALL, K)                                                             \
    CALL(kv_idempotency_begin(store, K, "h", 1, 0, &out.state, &out.number, &out.value, at))   \
    CALL(kv_idempotency_complete(store, K, 7, "v", 1, at))                                     \
    CALL(kv_idempotency_get(store, K, &out.state, &out.value, at))                             \
    CALL(kv_idempotency_forget(store, K, 0, at))                                               \
    CALL(kv_idempotency_forget(store, K, 7, at))

#define LOCK_CALLS(CALL, K)                                                       \
    CALL(kv_lock_acquire(store, K, "o", 1, 60000, 0, &out.lock, at))              \
    CALL(kv_lock_renew(store, K, held, 60000, at))                                \
    CALL(kv_lock_release(store, K, held, at))                                     \
    CALL(kv_lock_get(store, K, &out.value, at))

#define BATCH_LOCK_CALLS(CALL, K) CALL(kv_batch_check_lock(batch, K, held, at))

#define BATCH_KEY_CALLS(CALL, G, K)              \
    CALL(kv_batch_check(batch, G, K, 0, at))     \
    CALL(kv_batch_get(batch, G, K, at))          \
    CALL(kv_batch_delete(batch, G, K, at))       \
    CALL(kv_batch_take(batch, G, K, at))         \
    CALL(kv_batch_expire(batch, G, K, 60000, 0, at)) \
    CALL(kv_batch_increment(batch, G, K, 1, 0, at))

#define TXN_WRITE_CALLS(CALL, G, K, V)                        \
    CALL(kv_txn_set(txn, G, K, V, NULL, at))                  \
    CALL(kv_txn_append(txn, G, K, V, 0, &out.len, at))

#define TXN_KEY_CALLS(CALL, G, K)                \
    CALL(kv_txn_get(txn, G, K, &out.value, at))  \
    CALL(kv_txn_exists(txn, G, K, at))           \
    CALL(kv_txn_ttl(txn, G, K, &out.signed_number, at))             \
    CALL(kv_txn_increment(txn, G, K, 1, 0, &out.signed_number, at)) \
    CALL(kv_txn_expire(txn, G, K, 60000, 0, at)) \
    CALL(kv_txn_delete(txn, G, K, at))

#define GROUP_CALLS(CALL, G)                                   \
    CALL(kv_scan(store, G, NULL, &out.cursor, at))             \
    CALL(kv_groups(store, G, &out.cursor, at))                 \
    CALL(kv_render(store, G, "{{ k }}", &out.value, at))        \
    CALL(kv_count(store, G, &out.number, at))                  \
    CALL(kv_count_all(store, G, &out.number, at))              \
    CALL(kv_delete_group(store, G, &out.number, at))           \
    CALL(kv_delete_all(store, G, &out.number, at))             \
    CALL(kv_delete_prefix(store, G, "p", 1, &out.number, at))  \
    CALL(kv_delete_prefix(store, "g", 1, G, &out.number, at))

#define TXN_GROUP_CALLS(CALL, G) CALL(kv_txn_scan(txn, G, NULL, &out.cursor, at))

#define BATCH_GROUP_CALLS(CALL, G)                        \
    CALL(kv_batch_delete_prefix(batch, G, "p", 1, at))    \
    CALL(kv_batch_delete_prefix(batch, "g", 1, G, at))

#define WHOLE_STORE_CALLS(CALL)                                                   \
    CALL(kv_get_many(store, "\1\0\0\0\1\0\0\0gk", 10, out.buffer, sizeof out.buffer,      \
                     &out.len, &out.count, at))                                   \
    CALL(kv_purge_expired(store, &out.number, at))                                \
    CALL(kv_stats_get(store, &out.statistics, at))                                \
    CALL(kv_usage_get(store, &out.usage, at))                                     \
    CALL(kv_metrics_get(store, &out.metrics, at))                                 \
    CALL(kv_call_metrics_get(store, KV_CALL_GET, &out.calls, at))                 \
    CALL(kv_metrics_text(store, &out.value, at))                                  \
    CALL(kv_backup(store, check_path("calls-backup.db"), NULL, NULL, at))         \
    CALL(kv_restore(store, check_path("calls-backup.db"), NULL, NULL, at))        \
    CALL(kv_compact(store, at))                                                   \
    CALL(kv_check(store, at))                                                     \
    CALL(kv_flush(store, at))                                                     \
    CALL(kv_on_change(store, call_none, NULL, let_go, &out.subscription, at))   \
    CALL(kv_changes(store, 0, &out.walk, at))                                     \
    CALL(kv_changes_oldest(store, &out.number, at))                               \
    CALL(kv_txn_begin(store, &out.txn, at))                                       \
    CALL(kv_scope(store, "a", &out.store, at))                                    \
    CALL(kv_snapshot(store, &out.store, at))                                      \
    CALL(kv_quota_set(store, "a", 1, 1, 1, at))                                   \
    CALL(kv_quota_get(store, "a", &out.quota, at))                                \
    CALL(kv_copy(store, store, NULL, NULL, NULL, &out.copied, at))                \
    CALL(kv_batch_commit(store, batch, at))

#define WHOLE_BATCH_CALLS(CALL)                      \
    CALL(kv_batch_add_flat(batch, "", 0, at))     \
    CALL(kv_batch_result(batch, 0, &out.value, at))  \
    CALL(kv_batch_clear(batch, at))

#define CURSOR_CALLS(CALL)                                                                      \
    CALL(kv_cursor_next(cursor, &out.entry, at))                                                \
    CALL(kv_cursor_is_snapshot(cursor, &out.state, at))                                         \
    CALL(kv_cursor_fill(cursor, out.buffer, sizeof out.buffer, &out.len, &out.count, at))

#define STREAM_CALLS(CALL)                                                                      \
    CALL(kv_writer_write(writer, GOOD_VALUE, at))                                               \
    CALL(kv_writer_size(writer, &out.number, at))                                               \
    CALL(kv_reader_info(reader, &out.value, at))                                                \
    CALL(kv_reader_read(reader, 0, out.buffer, sizeof out.buffer, &out.len, at))

#define WATCH_CALLS(CALL)                                                                       \
    CALL(kv_watch_poll(watch, 0, &out.event, at))                                               \
    CALL(kv_watch_poll(watch, -1, &out.event, at))                                              \
    CALL(kv_watch_fill(watch, out.buffer, sizeof out.buffer, &out.len, &out.count, at))         \
    CALL(kv_watch_fd(watch, &out.fd, at))

#define CHANGES_CALLS(CALL)                                                                     \
    CALL(kv_changes_next(walk, &out.event, at))                                                 \
    CALL(kv_changes_fill(walk, out.buffer, sizeof out.buffer, &out.len, &out.count, at))

#define GOOD "g", 1
#define GOOD_KEY "k", 1
#define GOOD_VALUE "v", 1

/* A callback, and the end of its user data, that a refused registration must not use. */
static int let_go_count;

static MAYBE_UNUSED void call_none(void *user_data, const kv_event *event)
{
    (void)user_data;
    FAIL("a callback got a change of type %d", event->type);
}

static MAYBE_UNUSED void let_go(void *user_data)
{
    (void)user_data;
    let_go_count++;
}

/*
 * Every call on a store, a batch, and so on, each with bytes that are fine; ends none of them.
 * Those on cursors, writers, readers, watches and walks are above.
 */
#define ALL_STORE_CALLS(CALL)                     \
    WRITE_CALLS(CALL, GOOD, GOOD_KEY, GOOD_VALUE) \
    KEY_CALLS(CALL, GOOD, GOOD_KEY)               \
    IDEMPOTENCY_CALLS(CALL, GOOD_KEY)             \
    LOCK_CALLS(CALL, GOOD_KEY)                    \
    GROUP_CALLS(CALL, GOOD)                       \
    WHOLE_STORE_CALLS(CALL)
#define ALL_BATCH_CALLS(CALL)                           \
    BATCH_WRITE_CALLS(CALL, GOOD, GOOD_KEY, GOOD_VALUE) \
    BATCH_KEY_CALLS(CALL, GOOD, GOOD_KEY)               \
    BATCH_LOCK_CALLS(CALL, GOOD_KEY)                    \
    BATCH_GROUP_CALLS(CALL, GOOD)                       \
    WHOLE_BATCH_CALLS(CALL)
#define ALL_TXN_CALLS(CALL)                           \
    TXN_WRITE_CALLS(CALL, GOOD, GOOD_KEY, GOOD_VALUE) \
    TXN_KEY_CALLS(CALL, GOOD, GOOD_KEY)               \
    TXN_GROUP_CALLS(CALL, GOOD)

/* Calls that make a handle, and those that end one. */
#define NEW_CALLS(CALL)                                  \
    CALL(kv_open("memory:", &out.store, at))             \
    CALL(kv_open_config("s.yaml", "it", &out.store, at)) \
    CALL(kv_batch_new(&out.batch, at))                   \
    CALL(kv_txn_begin(store, &out.txn, at))
#define END_CALLS(CALL)                   \
    CALL(kv_close(store, at))             \
    CALL(kv_cursor_close(cursor, at))     \
    CALL(kv_batch_close(batch, at))        \
    CALL(kv_watch_close(watch, at))       \
    CALL(kv_subscription_close(subscription, at)) \
    CALL(kv_changes_close(walk, at))      \
    CALL(kv_txn_commit(txn, at))          \
    CALL(kv_txn_abort(txn, at))           \
    CALL(kv_writer_commit(writer, &out.number, at)) \
    CALL(kv_writer_abort(writer, at))     \
    CALL(kv_reader_close(reader, at))

static MAYBE_UNUSED void fill_outputs(void)
{
    memset(&out, 0xA5, sizeof out);
    out.statistics.size = (uint32_t)sizeof out.statistics;
    out.usage.size = (uint32_t)sizeof out.usage;
    out.metrics.size = (uint32_t)sizeof out.metrics;
    out.calls.size = (uint32_t)sizeof out.calls;
    out.event.size = (uint32_t)sizeof out.event;
    out.quota.size = (uint32_t)sizeof out.quota;
    out.copied.size = (uint32_t)sizeof out.copied;
}

/* Answers whether `len` bytes at `data` all have one value. */
static MAYBE_UNUSED bool all_bytes_are(const void *data, size_t len, int byte)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != byte) return false;
    return true;
}

/* Outputs of a failed call are as they were; handles and values may also be zeroed. */
static MAYBE_UNUSED void check_outputs(const char *call)
{
#define AS_IT_WAS(field, zero)                                                       \
    if (!all_bytes_are(&out.field, sizeof out.field, 0xA5) &&                        \
        !((zero) && all_bytes_are(&out.field, sizeof out.field, 0)))                 \
        FAIL("%s failed and changed " #field, call);
    AS_IT_WAS(store, true)
    AS_IT_WAS(batch, true)
    AS_IT_WAS(cursor, true)
    AS_IT_WAS(watch, true)
    AS_IT_WAS(subscription, true)
    AS_IT_WAS(walk, true)
    AS_IT_WAS(txn, true)
    AS_IT_WAS(writer, true)
    AS_IT_WAS(reader, true)
    AS_IT_WAS(lock, true)
    AS_IT_WAS(value, true)
    AS_IT_WAS(entry, false)
    AS_IT_WAS(event.type, false)
    AS_IT_WAS(event.group, false)
    AS_IT_WAS(event.value_len, false)
    AS_IT_WAS(event.lost, false)
    AS_IT_WAS(fd, false)
    AS_IT_WAS(number, false)
    AS_IT_WAS(signed_number, false)
    AS_IT_WAS(state, false)
    AS_IT_WAS(len, false)
    AS_IT_WAS(count, false)
    AS_IT_WAS(statistics.hits, false)
    AS_IT_WAS(usage.entries, false)
    AS_IT_WAS(metrics.hits, false)
    AS_IT_WAS(metrics.group_sizes, false)
    AS_IT_WAS(calls.kind, false)
    AS_IT_WAS(calls.calls, false)
    AS_IT_WAS(calls.buckets, false)
    AS_IT_WAS(quota.max_keys, false)
    AS_IT_WAS(quota.bytes, false)
    AS_IT_WAS(copied.entries, true)
    AS_IT_WAS(copied.key, true)
    AS_IT_WAS(copied.owner, true)
    AS_IT_WAS(buffer, false)
#undef AS_IT_WAS
}

/*
 * A call fails with `expected`, with a kv_error that says so and without one, and leaves its
 * outputs alone.
 */
#define REFUSED_WITH(call, expected)                                                         \
    do {                                                                                     \
        fill_outputs();                                                                      \
        memset(&error, 0x5A, sizeof error);                                                  \
        at = &error;                                                                         \
        kv_status refused = (call);                                                          \
        if (refused != (expected))                                                           \
            FAIL("%s\n    returned %d (%s), expected %d (%s)", #call, refused,               \
                 kv_strerror(refused), (expected), kv_strerror(expected));                   \
        if (refused < 0 && error.code != refused)                                            \
            FAIL("%s: error.code is %d, the status %d", #call, error.code, refused);         \
        if (refused < 0 && (memchr(error.message, 0, sizeof error.message) == NULL ||        \
                            error.message[0] == '\0'))                                       \
            FAIL("%s: the message is empty or without its end", #call);                      \
        if (refused >= 0 && !all_bytes_are(&error, sizeof error, 0x5A))                      \
            FAIL("%s returned %d and touched the error", #call, refused);                    \
        check_outputs(#call);                                                                \
        at = NULL;                                                                           \
        refused = (call);                                                                    \
        if (refused != (expected))                                                           \
            FAIL("%s\n    without an error structure returned %d", #call, refused);          \
    } while (0);

#endif
