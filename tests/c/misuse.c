/*
 * Whatever a caller hands in, the answer is a status: NULL pointers, lengths without bytes,
 * lengths that cannot be meant, options of a wrong shape. Handles are in handles.c.
 */

#define _DEFAULT_SOURCE

#include "calls.h"
#include "system.h"

#define ARGUMENT(call) REFUSED_WITH(call, KV_ERR_ARGUMENT)

/* Bytes that must be refused; the address is of memory that must not be read. */
static const void *bad;
static size_t bad_len;
static kv_status bad_status;

#define BAD bad, bad_len
#define BAD_BYTES(call) REFUSED_WITH(call, bad_status)

static void open_all(void)
{
    store = check_open("memory:");
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_scan(store, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_writer_open(store, "g", 1, "w", 1, NULL, &writer, &error), KV_OK);
    EXPECT(kv_reader_open(store, "g", 1, "k", 1, &reader, &error), KV_OK);
}

static void close_all(void)
{
    EXPECT(kv_reader_close(reader, &error), KV_OK);
    EXPECT(kv_writer_abort(writer, &error), KV_OK);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void refuse_bad_group_key_and_value(void)
{
    WRITE_CALLS(BAD_BYTES, BAD, GOOD_KEY, GOOD_VALUE)
    WRITE_CALLS(BAD_BYTES, GOOD, BAD, GOOD_VALUE)
    BATCH_WRITE_CALLS(BAD_BYTES, BAD, GOOD_KEY, GOOD_VALUE)
    BATCH_WRITE_CALLS(BAD_BYTES, GOOD, BAD, GOOD_VALUE)
    KEY_CALLS(BAD_BYTES, BAD, GOOD_KEY)
    KEY_CALLS(BAD_BYTES, GOOD, BAD)
    BATCH_KEY_CALLS(BAD_BYTES, BAD, GOOD_KEY)
    BATCH_KEY_CALLS(BAD_BYTES, GOOD, BAD)
    TXN_WRITE_CALLS(BAD_BYTES, BAD, GOOD_KEY, GOOD_VALUE)
    TXN_WRITE_CALLS(BAD_BYTES, GOOD, BAD, GOOD_VALUE)
    TXN_WRITE_CALLS(BAD_BYTES, GOOD, GOOD_KEY, BAD)
    TXN_KEY_CALLS(BAD_BYTES, BAD, GOOD_KEY)
    TXN_KEY_CALLS(BAD_BYTES, GOOD, BAD)
    BAD_BYTES(kv_get_split(store, GOOD, GOOD_KEY, BAD, &out.cursor, at))
    IDEMPOTENCY_CALLS(BAD_BYTES, BAD)
    BAD_BYTES(kv_idempotency_begin(store, GOOD_KEY, BAD, 0, &out.state, &out.number, &out.value, at))
    BAD_BYTES(kv_idempotency_complete(store, GOOD_KEY, 7, BAD, at))
    LOCK_CALLS(BAD_BYTES, BAD)
    BATCH_LOCK_CALLS(BAD_BYTES, BAD)
    BAD_BYTES(kv_lock_acquire(store, GOOD_KEY, BAD, 1, 0, &out.lock, at))
    TXN_GROUP_CALLS(BAD_BYTES, BAD)
    GROUP_CALLS(BAD_BYTES, BAD)
    BATCH_GROUP_CALLS(BAD_BYTES, BAD)
    BAD_BYTES(kv_get_many(store, BAD, out.buffer, sizeof out.buffer, &out.len, &out.count, at))
    kv_scan_options pattern = KV_SCAN_OPTIONS_INIT, lower = pattern, upper = pattern;
    pattern.pattern = bad;
    pattern.pattern_len = bad_len;
    BAD_BYTES(kv_scan(store, GOOD, &pattern, &out.cursor, at))
    lower.lower = bad;
    lower.lower_len = bad_len;
    upper.upper = bad;
    upper.upper_len = bad_len;
    /* KV_NUL with NULL is how a language says "no bound". */
    if (bad != NULL || bad_len != KV_NUL) {
        BAD_BYTES(kv_scan(store, GOOD, &lower, &out.cursor, at))
        BAD_BYTES(kv_scan(store, GOOD, &upper, &out.cursor, at))
    }
    WRITE_CALLS(BAD_BYTES, GOOD, GOOD_KEY, BAD)
    BATCH_WRITE_CALLS(BAD_BYTES, GOOD, GOOD_KEY, BAD)
    BAD_BYTES(kv_batch_add_flat(batch, BAD, at))
}

static void lengths_without_bytes_are_refused(void)
{
    const size_t lens[] = {1, 65535, SIZE_MAX - SIZE_MAX / 4, SIZE_MAX - 1, KV_NUL};
    bad = NULL;
    bad_status = KV_ERR_ARGUMENT;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        bad_len = lens[i];
        refuse_bad_group_key_and_value();
        BAD_BYTES(kv_writer_write(writer, BAD, at))
    }
    /* The writer goes on: an argument is no failed write. */
    EXPECT(kv_writer_write(writer, NULL, 0, &error), KV_OK);
}

static void lengths_over_the_limit_are_refused_before_a_byte_is_touched(void)
{
    const size_t lens[] = {(size_t)1 << 31, SIZE_MAX - SIZE_MAX / 4, SIZE_MAX / 2, SIZE_MAX - 1};
    bad = forbid_page();
    bad_status = KV_ERR_TOO_LARGE;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        bad_len = lens[i];
        refuse_bad_group_key_and_value();
    }
    free_page(bad);
}

static void pieces_over_the_limit_are_refused_before_a_byte_is_touched(void)
{
    const size_t lens[] = {(size_t)KV_STREAM_LEN_MAX, SIZE_MAX / 2, SIZE_MAX - 1};
    /* A length of 32 bits is never over it. */
    if (sizeof(size_t) < sizeof(uint64_t)) return;
    bad = forbid_page();
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        kv_writer full;
        EXPECT(kv_writer_open(store, GOOD, "w", 1, NULL, &full, &error), KV_OK);
        EXPECT(kv_writer_write(full, GOOD_VALUE, &error), KV_OK);
        REFUSED_WITH(kv_writer_write(full, bad, lens[i], at), KV_ERR_TOO_LARGE)
        EXPECT(kv_writer_abort(full, &error), KV_OK);
    }
    free_page(bad);
}

static void strings_over_the_limit_are_refused(void)
{
    char *text = malloc(70000);
    memset(text, 'x', 70000);
    text[65536] = '\0';
    REFUSED_WITH(kv_set(store, text, KV_NUL, "k", 1, "v", 1, at), KV_ERR_TOO_LARGE)
    REFUSED_WITH(kv_get(store, "g", 1, text, KV_NUL, &out.value, at), KV_ERR_TOO_LARGE)
    REFUSED_WITH(kv_batch_get(batch, "g", 1, text, KV_NUL, at), KV_ERR_TOO_LARGE)
    REFUSED_WITH(kv_count_all(store, text, KV_NUL, &out.number, at), KV_ERR_TOO_LARGE)
    text[65535] = '\0';
    EXPECT(kv_exists(store, text, KV_NUL, text, KV_NUL, &error), KV_NOT_FOUND);
    free(text);
}

static void missing_outputs_are_refused(void)
{
    ARGUMENT(kv_open("memory:", NULL, at))
    ARGUMENT(kv_open(NULL, &out.store, at))
    ARGUMENT(kv_open("\xff\xfe", &out.store, at))
    ARGUMENT(kv_open_config("s.yaml", "it", NULL, at))
    ARGUMENT(kv_open_config(NULL, "it", &out.store, at))
    ARGUMENT(kv_open_config("s.yaml", NULL, &out.store, at))
    ARGUMENT(kv_open_config("\xff\xfe", "it", &out.store, at))
    ARGUMENT(kv_open_config("s.yaml", "\xff\xfe", &out.store, at))
    ARGUMENT(kv_get(store, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_take(store, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_get_into(store, GOOD, GOOD_KEY, out.buffer, sizeof out.buffer, NULL, at))
    ARGUMENT(kv_get_into(store, GOOD, GOOD_KEY, NULL, 8, &out.len, at))
    ARGUMENT(kv_ttl(store, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_scan(store, GOOD, NULL, NULL, at))
    ARGUMENT(kv_groups(store, GOOD, NULL, at))
    ARGUMENT(kv_txn_scan(txn, GOOD, NULL, NULL, at))
    ARGUMENT(kv_snapshot(store, NULL, at))
    ARGUMENT(kv_lock_acquire(store, GOOD_KEY, "o", 1, 1000, 0, NULL, at))
    ARGUMENT(kv_lock_get(store, GOOD_KEY, NULL, at))
    ARGUMENT(kv_count(store, GOOD, NULL, at))
    ARGUMENT(kv_count_all(store, GOOD, NULL, at))
    ARGUMENT(kv_stats_get(store, NULL, at))
    ARGUMENT(kv_usage_get(store, NULL, at))
    ARGUMENT(kv_metrics_get(store, NULL, at))
    ARGUMENT(kv_call_metrics_get(store, KV_CALL_GET, NULL, at))
    ARGUMENT(kv_metrics_text(store, NULL, at))
    ARGUMENT(kv_backup(store, NULL, NULL, NULL, at))
    ARGUMENT(kv_backup(store, "", NULL, NULL, at))
    ARGUMENT(kv_restore(store, NULL, NULL, NULL, at))
    ARGUMENT(kv_restore(store, "", NULL, NULL, at))
    ARGUMENT(kv_batch_new(NULL, at))
    ARGUMENT(kv_idempotency_begin(store, GOOD_KEY, "h", 1, 0, NULL, &out.number, &out.value, at))
    ARGUMENT(kv_idempotency_begin(store, GOOD_KEY, "h", 1, 0, &out.state, NULL, &out.value, at))
    ARGUMENT(kv_idempotency_begin(store, GOOD_KEY, "h", 1, 0, &out.state, &out.number, NULL, at))
    ARGUMENT(kv_idempotency_get(store, GOOD_KEY, NULL, &out.value, at))
    ARGUMENT(kv_idempotency_get(store, GOOD_KEY, &out.state, NULL, at))
    ARGUMENT(kv_get_split(store, GOOD, GOOD_KEY, ",", 1, NULL, at))
    ARGUMENT(kv_get_fields(store, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_render(store, GOOD, "", NULL, at))
    ARGUMENT(kv_render(store, GOOD, NULL, &out.value, at))
    ARGUMENT(kv_render(store, GOOD, "\xff", &out.value, at))
    ARGUMENT(kv_get_json(store, GOOD, GOOD_KEY, "", NULL, at))
    ARGUMENT(kv_get_json(store, GOOD, GOOD_KEY, NULL, &out.value, at))
    ARGUMENT(kv_get_json(store, GOOD, GOOD_KEY, "/\xff", &out.value, at))
    ARGUMENT(kv_txn_begin(store, NULL, at))
    ARGUMENT(kv_txn_get(txn, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_txn_ttl(txn, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_writer_open(store, GOOD, GOOD_KEY, NULL, NULL, at))
    ARGUMENT(kv_writer_size(writer, NULL, at))
    ARGUMENT(kv_reader_open(store, GOOD, GOOD_KEY, NULL, at))
    ARGUMENT(kv_reader_info(reader, NULL, at))
    ARGUMENT(kv_reader_read(reader, 0, NULL, 8, &out.len, at))
    ARGUMENT(kv_reader_read(reader, 0, out.buffer, sizeof out.buffer, NULL, at))
    ARGUMENT(kv_reader_read(reader, 0, out.buffer, SIZE_MAX, &out.len, at))
    ARGUMENT(kv_cursor_next(cursor, NULL, at))
    ARGUMENT(kv_cursor_fill(cursor, NULL, 8, &out.len, &out.count, at))
    ARGUMENT(kv_cursor_fill(cursor, out.buffer, sizeof out.buffer, NULL, &out.count, at))
    ARGUMENT(kv_cursor_fill(cursor, out.buffer, sizeof out.buffer, &out.len, NULL, at))
    ARGUMENT(kv_cursor_fill(cursor, out.buffer, SIZE_MAX, &out.len, &out.count, at))
    kv_value_free(NULL);
    CHECK(check_value_is(store, "g", "k", "v"));
}

static void outputs_that_may_be_null_may_be_null(void)
{
    EXPECT(kv_put(store, GOOD, "n", 1, "1", 1, NULL, NULL, NULL), KV_OK);
    EXPECT(kv_increment(store, GOOD, "n", 1, 1, 0, NULL, NULL), KV_OK);
    EXPECT(kv_append(store, GOOD, "n", 1, NULL, 0, 0, NULL, NULL), KV_OK);
    EXPECT(kv_delete_group(store, "none", KV_NUL, NULL, NULL), KV_OK);
    EXPECT(kv_delete_prefix(store, GOOD, "none", KV_NUL, NULL, NULL), KV_OK);
    EXPECT(kv_purge_expired(store, NULL, NULL), KV_OK);
    EXPECT(kv_batch_clear(batch, NULL), KV_OK);
    EXPECT(kv_batch_get(batch, GOOD, "n", 1, NULL), KV_OK);
    EXPECT(kv_batch_commit(store, batch, NULL), KV_OK);
    EXPECT(kv_batch_result(batch, 0, NULL, NULL), KV_OK);
    EXPECT(kv_batch_clear(batch, NULL), KV_OK);
    size_t len = 99;
    EXPECT(kv_get_into(store, GOOD, "n", 1, NULL, 0, &len, NULL), KV_TOO_SMALL);
    CHECK_EQUAL(len, 1);
    kv_writer written;
    EXPECT(kv_writer_open(store, GOOD, "n", 1, NULL, &written, NULL), KV_OK);
    EXPECT(kv_writer_write(written, NULL, 0, NULL), KV_OK);
    EXPECT(kv_writer_commit(written, NULL, NULL), KV_OK);
    EXPECT(kv_reader_read(reader, 0, NULL, 0, &len, NULL), KV_OK);
    CHECK_EQUAL(len, 0);
}

static void put_options_of_a_wrong_shape_are_refused(void)
{
    const kv_put_options good = KV_PUT_OPTIONS_INIT;
    kv_put_options wrong[10];
    for (size_t i = 0; i < 10; i++) wrong[i] = good;
    wrong[0].size = 0;
    wrong[1].size = 3;
    wrong[2].condition = 4;
    wrong[3].condition = UINT32_MAX;
    wrong[4].version = 7;
    wrong[5].expiry = 4;
    wrong[6].durability = 3;
    wrong[7].time_ms = 7;
    wrong[8].expiry = KV_EXPIRY_AFTER;
    wrong[8].time_ms = -2;
    wrong[9].expiry = KV_EXPIRY_KEEP;
    wrong[9].time_ms = 1;
    for (size_t i = 0; i < 10; i++) {
        ARGUMENT(kv_put(store, GOOD, GOOD_KEY, "w", 1, &wrong[i], &out.number, at))
        ARGUMENT(kv_batch_set(batch, GOOD, GOOD_KEY, "w", 1, &wrong[i], at))
        ARGUMENT(kv_txn_set(txn, GOOD, GOOD_KEY, "w", 1, &wrong[i], at))
        ARGUMENT(kv_writer_open(store, GOOD, GOOD_KEY, &wrong[i], &out.writer, at))
    }
    kv_put_options full = good;
    full.durability = KV_DURABILITY_FULL;
    EXPECT(kv_put(store, GOOD, GOOD_KEY, "v", 1, &full, &out.number, &error), KV_OK);
    CHECK(check_value_is(store, "g", "k", "v"));
}

static void scan_options_of_a_wrong_shape_are_refused(void)
{
    const kv_scan_options good = KV_SCAN_OPTIONS_INIT;
    kv_scan_options wrong[4] = {good, good, good, good};
    wrong[0].size = 0;
    wrong[1].size = 2;
    wrong[2].flags = 256;
    wrong[3].flags = KV_SCAN_GLOB | KV_SCAN_GLOB_REDIS;
    for (size_t i = 0; i < 4; i++) ARGUMENT(kv_scan(store, GOOD, &wrong[i], &out.cursor, at))
}

static void figures_of_a_wrong_size_are_refused(void)
{
    for (uint32_t size = 0; size < 16; size++) {
        kv_stats statistics = KV_STATS_INIT;
        kv_usage usage = KV_USAGE_INIT;
        kv_metrics metrics = KV_METRICS_INIT;
        kv_call_metrics calls = KV_CALL_METRICS_INIT;
        statistics.size = usage.size = metrics.size = calls.size = size;
        ARGUMENT(kv_stats_get(store, &statistics, at))
        ARGUMENT(kv_usage_get(store, &usage, at))
        ARGUMENT(kv_metrics_get(store, &metrics, at))
        ARGUMENT(kv_call_metrics_get(store, KV_CALL_GET, &calls, at))
    }
    /* The structure of an older header: the fields that it has are filled, the rest is left alone. */
    kv_usage older;
    memset(&older, 0xA5, sizeof older);
    older.size = 16;
    EXPECT(kv_usage_get(store, &older, &error), KV_OK);
    CHECK_EQUAL(older.entries, 2);
    CHECK(all_bytes_are(&older.bytes, sizeof older - 16, 0xA5));
}

static void unknown_kinds_levels_and_flags_are_refused(void)
{
    const int32_t kinds[] = {-1, KV_CALL_KINDS, INT32_MIN, INT32_MAX};
    const int32_t levels[] = {-1, KV_LOG_DEBUG + 1, INT32_MIN, INT32_MAX};
    const uint32_t flags[] = {2, 3, UINT32_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        ARGUMENT(kv_call_metrics_get(store, kinds[i], &out.calls, at))
        CHECK_BYTES(kv_call_name(kinds[i]), strlen(kv_call_name(kinds[i])), "unknown");
        ARGUMENT(kv_set_log(levels[i], NULL, NULL, let_go, at))
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        ARGUMENT(kv_set_trace(flags[i], NULL, NULL, let_go, at))
    CHECK_EQUAL(let_go_count, 0);
}

static void negative_ttls_and_contradicting_flags_are_refused(void)
{
    const uint32_t flags[] = {3, 5, 9, 12, 14, 15, 16, UINT32_MAX};
    const int64_t ttls[] = {-2, -60000, INT64_MIN + 1};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    {
        ARGUMENT(kv_expire(store, GOOD, GOOD_KEY, 1000, flags[i], at))
        ARGUMENT(kv_batch_expire(batch, GOOD, GOOD_KEY, 1000, flags[i], at))
        ARGUMENT(kv_txn_expire(txn, GOOD, GOOD_KEY, 1000, flags[i], at))
    }
    for (size_t i = 0; i < 3; i++) {
        ARGUMENT(kv_expire(store, GOOD, GOOD_KEY, ttls[i], 0, at))
        ARGUMENT(kv_set_ttl(store, GOOD, GOOD_KEY, "w", 1, ttls[i], at))
        ARGUMENT(kv_increment(store, GOOD, "new", 3, 1, ttls[i], &out.signed_number, at))
        ARGUMENT(kv_append(store, GOOD, "new", 3, "w", 1, ttls[i], &out.len, at))
        ARGUMENT(kv_batch_increment(batch, GOOD, "new", 3, 1, ttls[i], at))
        ARGUMENT(kv_batch_append(batch, GOOD, "new", 3, "w", 1, ttls[i], at))
        ARGUMENT(kv_batch_expire(batch, GOOD, GOOD_KEY, ttls[i], 0, at))
        ARGUMENT(kv_txn_increment(txn, GOOD, "new", 3, 1, ttls[i], &out.signed_number, at))
        ARGUMENT(kv_txn_append(txn, GOOD, "new", 3, "w", 1, ttls[i], &out.len, at))
        ARGUMENT(kv_txn_expire(txn, GOOD, GOOD_KEY, ttls[i], 0, at))
        ARGUMENT(kv_idempotency_begin(store, "new", 3, "h", 1, ttls[i], &out.state, &out.number,
                                      &out.value, at))
    }
    ARGUMENT(kv_delete_version(store, GOOD, GOOD_KEY, 0, at))
    ARGUMENT(kv_idempotency_complete(store, GOOD_KEY, 0, "v", 1, at))
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_exists(store, GOOD, "new", 3, &error), KV_NOT_FOUND);
}

static void outcomes_leave_the_error_alone(void)
{
    REFUSED_WITH(kv_exists(store, GOOD, "none", 4, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_delete(store, GOOD, "none", 4, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_persist(store, GOOD, "none", 4, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_delete_version(store, GOOD, GOOD_KEY, 7, at), KV_CONFLICT)
    REFUSED_WITH(kv_expire(store, GOOD, GOOD_KEY, 1, KV_EXPIRE_XX, at), KV_CONFLICT)
    REFUSED_WITH(kv_txn_get(txn, GOOD, "none", 4, &out.value, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_txn_exists(txn, GOOD, "none", 4, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_txn_ttl(txn, GOOD, "none", 4, &out.signed_number, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_txn_expire(txn, GOOD, GOOD_KEY, 1, KV_EXPIRE_XX, at), KV_CONFLICT)
    REFUSED_WITH(kv_txn_delete(txn, GOOD, "none", 4, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_reader_open(store, GOOD, "none", 4, &out.reader, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_get_split(store, GOOD, "none", 4, ",", 1, &out.cursor, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_get_fields(store, GOOD, "none", 4, &out.cursor, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_get_json(store, GOOD, "none", 4, "", &out.value, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_idempotency_get(store, GOOD_KEY, &out.state, &out.value, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_idempotency_complete(store, GOOD_KEY, 7, "v", 1, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_idempotency_forget(store, GOOD_KEY, 0, at), KV_NOT_FOUND)
    REFUSED_WITH(kv_idempotency_forget(store, GOOD_KEY, 7, at), KV_NOT_FOUND)
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "misuse");
    open_all();
    RUN(lengths_without_bytes_are_refused);
    RUN(lengths_over_the_limit_are_refused_before_a_byte_is_touched);
    RUN(pieces_over_the_limit_are_refused_before_a_byte_is_touched);
    RUN(strings_over_the_limit_are_refused);
    RUN(missing_outputs_are_refused);
    RUN(outputs_that_may_be_null_may_be_null);
    RUN(put_options_of_a_wrong_shape_are_refused);
    RUN(scan_options_of_a_wrong_shape_are_refused);
    RUN(figures_of_a_wrong_size_are_refused);
    RUN(unknown_kinds_levels_and_flags_are_refused);
    RUN(negative_ttls_and_contradicting_flags_are_refused);
    RUN(outcomes_leave_the_error_alone);
    close_all();
    return check_end();
}
