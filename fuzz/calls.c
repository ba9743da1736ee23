/*
 * Sequences of calls: an input is a program of steps, each a call with handles of any kind, open, closed
 * or forged, and with bytes and structures of any length. A call on a handle that is not open, or is one
 * of another kind, never succeeds.
 */

#define _GNU_SOURCE
#include "fuzz.h"
#include "calls.h"

static kv_store store_of(struct input *input)
{
    return (kv_store){take_handle(input, A_STORE)};
}

#define STORE store_of(input)
#define KEY group.data, group.len, key.data, key.len
#define VALUE value.data, value.len

static void call_entries(struct input *input)
{
    struct odd group = take_odd(input), key = take_odd(input), value = take_odd(input);
    kv_put_options *options = take_structure(input, sizeof *options);
    uint8_t buffer[64];
    uint64_t number;
    int64_t sum;
    size_t len;
    kv_value *kept = new_value();
    switch (take_byte(input) % 14) {
    case 0: USE(kv_get(STORE, KEY, kept, &error)); break;
    case 1: USE(kv_get_into(STORE, KEY, buffer, take_byte(input) % 65, &len, &error)); break;
    case 2: USE(kv_exists(STORE, KEY, &error)); break;
    case 3: USE(kv_set(STORE, KEY, VALUE, &error)); break;
    case 4: USE(kv_put(STORE, KEY, VALUE, options, &number, &error)); break;
    case 5: USE(kv_delete(STORE, KEY, &error)); break;
    case 6: USE(kv_delete_version(STORE, KEY, (uint64_t)take_edge(input), &error)); break;
    case 7: USE(kv_take(STORE, KEY, kept, &error)); break;
    case 8: USE(kv_increment(STORE, KEY, take_edge(input), take_edge(input), &sum, &error)); break;
    case 9: USE(kv_append(STORE, KEY, VALUE, take_edge(input), &len, &error)); break;
    case 10: USE(kv_set_ttl(STORE, KEY, VALUE, take_edge(input), &error)); break;
    case 11: USE(kv_ttl(STORE, KEY, &sum, &error)); break;
    case 12: USE(kv_expire(STORE, KEY, take_edge(input), take_byte(input), &error)); break;
    default: USE(kv_persist(STORE, KEY, &error));
    }
    free(options);
    free_odd(&group), free_odd(&key), free_odd(&value);
}

static void call_scans(struct input *input)
{
    struct odd group = take_odd(input), key = take_odd(input), value = take_odd(input);
    kv_scan_options *options = take_structure(input, sizeof *options);
    uint8_t buffer[256];
    size_t used, count;
    uint64_t number;
    int32_t is_snapshot;
    kv_cursor made = {0}, cursor = {take_handle(input, A_CURSOR)};
    kv_entry entry;
    switch (take_byte(input) % 12) {
    case 0: USE(kv_scan(STORE, group.data, group.len, plain_scan(options), &made, &error)); break;
    case 1: USE(kv_groups(STORE, group.data, group.len, &made, &error)); break;
    case 2: USE_IF(A_CURSOR, kv_cursor_next(cursor, &entry, &error)); break;
    case 3: USE_IF(A_CURSOR, kv_cursor_fill(cursor, buffer, take_byte(input), &used, &count, &error)); break;
    case 4: USE_IF(A_CURSOR, kv_cursor_is_snapshot(cursor, &is_snapshot, &error)); break;
    case 5: END(A_CURSOR, kv_cursor_close(cursor, &error)); break;
    case 6: USE(kv_get_many(STORE, VALUE, buffer, take_byte(input), &used, &count, &error)); break;
    case 7: USE(kv_count(STORE, group.data, group.len, &number, &error)); break;
    case 8: USE(kv_count_all(STORE, group.data, group.len, &number, &error)); break;
    case 9: USE(kv_delete_group(STORE, group.data, group.len, &number, &error)); break;
    case 10: USE(kv_delete_prefix(STORE, KEY, &number, &error)); break;
    default: USE(kv_get_split(STORE, KEY, VALUE, &made, &error));
    }
    add_handle(A_CURSOR, made.id);
    free(options);
    free_odd(&group), free_odd(&key), free_odd(&value);
}

static void call_batches(struct input *input)
{
    struct odd group = take_odd(input), key = take_odd(input), value = take_odd(input);
    kv_put_options *options = take_structure(input, sizeof *options);
    kv_batch made = {0}, batch = {take_handle(input, A_BATCH)};
    kv_value *kept = new_value();
    switch (take_byte(input) % 14) {
    case 0: CALL(kv_batch_new(&made, &error)); break;
    case 1: USE_IF(A_BATCH, kv_batch_check(batch, KEY, (uint64_t)take_edge(input), &error)); break;
    case 2: USE_IF(A_BATCH, kv_batch_get(batch, KEY, &error)); break;
    case 3: USE_IF(A_BATCH, kv_batch_set(batch, KEY, VALUE, options, &error)); break;
    case 4: USE_IF(A_BATCH, kv_batch_delete(batch, KEY, &error)); break;
    case 5: USE_IF(A_BATCH, kv_batch_increment(batch, KEY, take_edge(input), take_edge(input), &error)); break;
    case 6: USE_IF(A_BATCH, kv_batch_take(batch, KEY, &error)); break;
    case 7: USE_IF(A_BATCH, kv_batch_append(batch, KEY, VALUE, take_edge(input), &error)); break;
    case 8: USE_IF(A_BATCH, kv_batch_expire(batch, KEY, take_edge(input), take_byte(input), &error)); break;
    case 9: USE_IF(A_BATCH, kv_batch_add_flat(batch, VALUE, &error)); break;
    case 10: USE_IF(A_BATCH, kv_batch_commit(STORE, batch, &error)); break;
    case 11: USE_IF(A_BATCH, kv_batch_result(batch, (size_t)take_edge(input), kept, &error)); break;
    case 12: USE_IF(A_BATCH, kv_batch_clear(batch, &error)); break;
    default: END(A_BATCH, kv_batch_close(batch, &error));
    }
    add_handle(A_BATCH, made.id);
    free(options);
    free_odd(&group), free_odd(&key), free_odd(&value);
}

static void call_transactions(struct input *input)
{
    struct odd group = take_odd(input), key = take_odd(input), value = take_odd(input);
    kv_put_options *options = take_structure(input, sizeof *options);
    kv_txn made = {0}, txn = {take_handle(input, A_TRANSACTION)};
    kv_value *kept = new_value();
    switch (take_byte(input) % 6) {
    case 0: USE(kv_txn_begin(STORE, &made, &error)); break;
    case 1: USE_IF(A_TRANSACTION, kv_txn_get(txn, KEY, kept, &error)); break;
    case 2: USE_IF(A_TRANSACTION, kv_txn_set(txn, KEY, VALUE, options, &error)); break;
    case 3: USE_IF(A_TRANSACTION, kv_txn_delete(txn, KEY, &error)); break;
    case 4: END(A_TRANSACTION, kv_txn_commit(txn, &error)); break;
    default: END(A_TRANSACTION, kv_txn_abort(txn, &error));
    }
    add_handle(A_TRANSACTION, made.id);
    free(options);
    free_odd(&group), free_odd(&key), free_odd(&value);
}

static void call_watches(struct input *input)
{
    struct odd group = take_odd(input), key = take_odd(input);
    kv_watch_options *options = take_structure(input, sizeof *options);
    kv_event *event = take_structure(input, sizeof *event);
    kv_watch made = {0}, watch = {take_handle(input, A_WATCH)};
    kv_subscription subscribed = {0}, subscription = {take_handle(input, A_SUBSCRIPTION)};
    kv_change_cursor begun = {0}, changes = {take_handle(input, A_CHANGES)};
    uint8_t buffer[256];
    size_t used, count;
    uint64_t since;
    int32_t fd;
    switch (take_byte(input) % 12) {
    case 0: USE(kv_watch_open(STORE, KEY, small_watch(options), &made, &error)); break;
    case 1: USE_IF(A_WATCH, kv_watch_poll(watch, 0, event, &error)); break;
    case 2: USE_IF(A_WATCH, kv_watch_fill(watch, buffer, take_byte(input), &used, &count, &error)); break;
    case 3: USE_IF(A_WATCH, kv_watch_fd(watch, &fd, &error)); break;
    case 4: END(A_WATCH, kv_watch_close(watch, &error)); break;
    case 5: USE(kv_on_change(STORE, count_change, NULL, count_end, &subscribed, &error)); break;
    case 6: END(A_SUBSCRIPTION, kv_subscription_close(subscription, &error)); break;
    case 7: USE(kv_changes(STORE, (uint64_t)take_edge(input), &begun, &error)); break;
    case 8: USE(kv_changes_oldest(STORE, &since, &error)); break;
    case 9: USE_IF(A_CHANGES, kv_changes_next(changes, event, &error)); break;
    case 10: USE_IF(A_CHANGES, kv_changes_fill(changes, buffer, take_byte(input), &used, &count, &error)); break;
    default: END(A_CHANGES, kv_changes_close(changes, &error));
    }
    add_handle(A_WATCH, made.id);
    add_handle(A_SUBSCRIPTION, subscribed.id);
    add_handle(A_CHANGES, begun.id);
    free(options);
    free(event);
    free_odd(&group), free_odd(&key);
}

static void call_stores(struct input *input)
{
    struct odd name = take_odd(input);
    char *text = as_string(take(input, take_byte(input) % 8));
    kv_quota *quota = take_structure(input, sizeof *quota);
    kv_stats *stats = take_structure(input, sizeof *stats);
    kv_copy_options *copy = take_structure(input, sizeof *copy);
    kv_copy_state state = KV_COPY_STATE_INIT;
    kv_store made = {0};
    uint64_t number;
    if (copy) memset((char *)copy + 4, 0, copy->size > 4 ? copy->size - 4 : 0);
    switch (take_byte(input) % 14) {
    case 0: CALL(kv_open("memory:?purge_interval=0", &made, &error)); break;
    case 1: CALL(kv_open(calls_location, &made, &error)); break;
    case 2: END(A_STORE, kv_close(STORE, &error)); break;
    case 3: USE(kv_scope(STORE, text, &made, &error)); break;
    case 4: USE(kv_bind(STORE, &made, &error)); break;
    case 5: USE(kv_arm(STORE, take_edge(input), &number, &error)); break;
    case 6: USE(kv_cancel(STORE, (uint64_t)take_edge(input), &error)); break;
    case 7: USE(kv_arm_poll(STORE, take_byte(input) & 1 ? go_on : NULL, NULL, &error)); break;
    case 8: USE(kv_quota_set(STORE, text, take_edge(input), take_edge(input), take_edge(input), &error)); break;
    case 9: USE(kv_quota_get(STORE, text, quota, &error)); break;
    case 10: USE(kv_stats_get(STORE, stats, &error)); break;
    case 11: USE(kv_copy(STORE, STORE, copy, NULL, NULL, &state, &error)); break;
    case 12: USE(kv_purge_expired(STORE, &number, &error)); break;
    default: USE(kv_check(STORE, &error));
    }
    add_handle(A_STORE, made.id);
    kv_copy_state_free(&state);
    free(quota), free(stats), free(copy), free(text);
    free_odd(&name);
}

static void call_streams(struct input *input)
{
    static uint8_t pieces[3 * KV_PIECE_LEN], buffer[2 * KV_PIECE_LEN];
    struct odd group = take_odd(input), key = take_odd(input), value = take_odd(input);
    kv_put_options *options = take_structure(input, sizeof *options);
    kv_writer made = {0}, writer = {take_handle(input, A_WRITER)};
    kv_reader begun = {0}, reader = {take_handle(input, A_READER)};
    uint64_t number;
    size_t len;
    kv_value *kept = new_value();
    switch (take_byte(input) % 9) {
    case 0: USE(kv_writer_open(STORE, KEY, options, &made, &error)); break;
    case 1: USE_IF(A_WRITER, kv_writer_write(writer, VALUE, &error)); break;
    case 2: USE_IF(A_WRITER, kv_writer_write(writer, pieces, take_number(input, 3) % sizeof pieces, &error)); break;
    case 3: USE_IF(A_WRITER, kv_writer_size(writer, &number, &error)); break;
    case 4: END(A_WRITER, kv_writer_commit(writer, &number, &error)); break;
    case 5: END(A_WRITER, kv_writer_abort(writer, &error)); break;
    case 6: USE(kv_reader_open(STORE, KEY, &begun, &error)); break;
    case 7: USE_IF(A_READER, kv_reader_info(reader, kept, &error)); break;
    default:
        USE_IF(A_READER, kv_reader_read(reader, (uint64_t)take_edge(input), buffer,
                                        take_number(input, 3) % sizeof buffer, &len, &error));
        if (take_byte(input) & 1) END(A_READER, kv_reader_close(reader, &error));
    }
    add_handle(A_WRITER, made.id);
    add_handle(A_READER, begun.id);
    free(options);
    free_odd(&group), free_odd(&key), free_odd(&value);
}

static void call_figures(struct input *input)
{
    kv_usage *usage = take_structure(input, sizeof *usage);
    kv_metrics *metrics = take_structure(input, sizeof *metrics);
    kv_call_metrics *calls = take_structure(input, sizeof *calls);
    kv_value *kept = new_value();
    switch (take_byte(input) % 4) {
    case 0: USE(kv_usage_get(STORE, usage, &error)); break;
    case 1: USE(kv_metrics_get(STORE, metrics, &error)); break;
    case 2: USE(kv_call_metrics_get(STORE, (int32_t)take_edge(input), calls, &error)); break;
    default: USE(kv_metrics_text(STORE, kept, &error));
    }
    free(usage), free(metrics), free(calls);
}

static void (*const steps[])(struct input *) = {
    call_entries, call_scans, call_batches, call_transactions, call_watches, call_stores,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (calls_location[0] == '\0')
        snprintf(calls_location, sizeof calls_location, "sqlite:%s/calls.db?purge_interval=0", make_folder());
    struct input input = {data, len};
    kv_store store = {0};
    MUST(kv_open("memory:?purge_interval=0", &store, &error));
    add_handle(A_STORE, store.id);
    for (int i = 0; i < STEPS_MAX && input.len > 0; i++) {
        /* The inputs that there are were made before values in pieces and metrics. */
        uint8_t step = take_byte(&input);
        if (step >= 253) call_figures(&input);
        else if (step >= 250) call_streams(&input);
        else steps[step % (sizeof steps / sizeof *steps)](&input);
        sum_values();
    }
    end_all();
    return 0;
}
