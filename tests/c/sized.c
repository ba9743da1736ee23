/*
 * Structures that begin with their size. It is compiled against kv.h, and against one whose structures
 * lack their last fields, as an older version of it would: what such a program knows works as ever, and
 * nothing is written behind what it has room for.
 */

#include <stddef.h>

#include "check.h"

static kv_store store;

/* A structure, and what must not be touched behind it. */
#define GUARDED(type, init)                                                          \
    struct { type it; unsigned char behind[64]; } guarded = {.it = init};            \
    memset(guarded.behind, 0xA5, sizeof guarded.behind)
#define CHECK_GUARD()                                                                \
    for (size_t i = 0; i < sizeof guarded.behind; i++)                               \
        if (guarded.behind[i] != 0xA5) FAIL("byte %zu behind the structure was written", i)

static void options_are_read_as_far_as_they_go(void)
{
    kv_put_options put = KV_PUT_OPTIONS_INIT;
    put.condition = KV_IF_ABSENT;
    EXPECT(kv_put(store, "o", 1, "k", 1, "1", 1, &put, NULL, &error), KV_OK);
    EXPECT(kv_put(store, "o", 1, "k", 1, "2", 1, &put, NULL, &error), KV_CONFLICT);
    kv_scan_options scan = KV_SCAN_OPTIONS_INIT;
    kv_cursor cursor;
    kv_entry entry;
    scan.upper = "k";
    scan.upper_len = KV_NUL;
    EXPECT(kv_scan(store, "o", 1, &scan, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    scan.flags = KV_SCAN_UPPER_INCLUSIVE;
    EXPECT(kv_scan(store, "o", 1, &scan, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    CHECK_BYTES(entry.value, entry.value_len, "1");
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_set(store, "o", 1, "j", 1, "0", 1, &error), KV_OK);
    scan.limit = 1;
    EXPECT(kv_scan(store, "o", 1, &scan, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    CHECK_BYTES(entry.value, entry.value_len, "0");
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_delete(store, "o", 1, "j", 1, &error), KV_OK);
    kv_copy_options copy = KV_COPY_OPTIONS_INIT;
    kv_store target;
    copy.existing = KV_COPY_REFUSE;
    EXPECT(kv_open("memory:", &target, &error), KV_OK);
    EXPECT(kv_copy(store, target, &copy, NULL, NULL, NULL, &error), KV_OK);
    EXPECT(kv_exists(target, "o", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_copy(store, target, &copy, NULL, NULL, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_close(target, &error), KV_OK);
}

static void figures_are_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_stats, KV_STATS_INIT);
    kv_stats before = KV_STATS_INIT;
    EXPECT(kv_stats_get(store, &before, &error), KV_OK);
    EXPECT(kv_set(store, "f", 1, "key", 3, "value", 5, &error), KV_OK);
    EXPECT(kv_exists(store, "f", 1, "key", 3, &error), KV_OK);
    EXPECT(kv_stats_get(store, &guarded.it, &error), KV_OK);
    CHECK_EQUAL(guarded.it.size, sizeof guarded.it);
    CHECK_EQUAL(guarded.it.format, 0);
    CHECK_EQUAL(guarded.it.hits - before.hits, 1);
    CHECK_EQUAL(guarded.it.misses - before.misses, 0);
    CHECK_GUARD();
}

static void the_usage_is_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_usage, KV_USAGE_INIT);
    EXPECT(kv_delete_group(store, "o", 1, NULL, &error), KV_OK);
    EXPECT(kv_usage_get(store, &guarded.it, &error), KV_OK);
    CHECK(guarded.it.size == sizeof guarded.it && guarded.it.reserved == 0);
    CHECK_EQUAL(guarded.it.entries, 1);
    CHECK_EQUAL(guarded.it.bytes, 9);
    CHECK_GUARD();
}

static void metrics_are_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_metrics, KV_METRICS_INIT);
    kv_metrics before = KV_METRICS_INIT;
    EXPECT(kv_metrics_get(store, &before, &error), KV_OK);
    EXPECT(kv_set(store, "f", 1, "key", 3, "value", 5, &error), KV_OK);
    EXPECT(kv_metrics_get(store, &guarded.it, &error), KV_OK);
    CHECK(guarded.it.size == sizeof guarded.it && guarded.it.reserved == 0);
    CHECK_EQUAL(guarded.it.hits, before.hits);
    CHECK_EQUAL(guarded.it.commits - before.commits, 1);
    CHECK_GUARD();
}

static void metrics_of_calls_are_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_call_metrics, KV_CALL_METRICS_INIT);
    uint64_t count;
    EXPECT(kv_count(store, "f", 1, &count, &error), KV_OK);
    EXPECT(kv_count(store, "f", 1, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_call_metrics_get(store, KV_CALL_COUNT, &guarded.it, &error), KV_OK);
    CHECK(guarded.it.size == sizeof guarded.it && guarded.it.kind == KV_CALL_COUNT);
    CHECK_EQUAL(guarded.it.calls, 2);
    CHECK_EQUAL(guarded.it.errors, 1);
    CHECK_GUARD();
}

static void quotas_are_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_quota, KV_QUOTA_INIT);
    EXPECT(kv_quota_set(store, "tenant", 7, 8, 9000, &error), KV_OK);
    EXPECT(kv_quota_get(store, "tenant", &guarded.it, &error), KV_OK);
    CHECK(guarded.it.size == sizeof guarded.it && guarded.it.reserved == 0);
    CHECK_EQUAL(guarded.it.max_keys, 7);
    CHECK_EQUAL(guarded.it.max_groups, 8);
    CHECK_EQUAL(guarded.it.max_bytes, 9000);
    CHECK_GUARD();
}

static void events_are_filled_as_far_as_there_is_room(void)
{
    GUARDED(kv_event, KV_EVENT_INIT);
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_watch watch;
    options.flags = KV_WATCH_ANY_KEY;
    EXPECT(kv_watch_open(store, "w", 1, NULL, 0, &options, &watch, &error), KV_OK);
    EXPECT(kv_set(store, "w", 1, "key", 3, "value", 5, &error), KV_OK);
    EXPECT(kv_watch_poll(watch, 5000, &guarded.it, &error), KV_OK);
    CHECK_EQUAL(guarded.it.size, sizeof guarded.it);
    CHECK_EQUAL(guarded.it.type, KV_EVENT_SET);
    CHECK_BYTES(guarded.it.key, guarded.it.key_len, "key");
    CHECK_BYTES(guarded.it.value, guarded.it.value_len, "value");
    CHECK(guarded.it.version != 0 && guarded.it.time_ms != 0 && guarded.it.lost == 0);
    CHECK_GUARD();
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

/* Half a field is a size that no header has had. */
static void a_size_within_a_field_is_refused(void)
{
#define REFUSED(type, init, field, call)                                              \
    {                                                                                 \
        type it = init;                                                               \
        const uint32_t whole = it.size;                                               \
        it.size = (uint32_t)offsetof(type, field) + 3;                                \
        EXPECT_MESSAGE(call, KV_ERR_ARGUMENT, "_INIT");                               \
        it.size = 3;                                                                  \
        EXPECT_MESSAGE(call, KV_ERR_ARGUMENT, "_INIT");                               \
        it.size = 1025;                                                               \
        EXPECT_MESSAGE(call, KV_ERR_ARGUMENT, "_INIT");                               \
        it.size = whole;                                                              \
    }
    kv_cursor cursor;
    kv_watch watch;
    EXPECT(kv_watch_open(store, "s", 1, "k", 1, NULL, &watch, &error), KV_OK);
    REFUSED(kv_put_options, KV_PUT_OPTIONS_INIT, version,
            kv_put(store, "s", 1, "k", 1, "v", 1, &it, NULL, &error))
    REFUSED(kv_scan_options, KV_SCAN_OPTIONS_INIT, pattern,
            kv_scan(store, "s", 1, &it, &cursor, &error))
    REFUSED(kv_watch_options, KV_WATCH_OPTIONS_INIT, capacity,
            kv_watch_open(store, "s", 1, "k", 1, &it, &(kv_watch){0}, &error))
    REFUSED(kv_event, KV_EVENT_INIT, lost, kv_watch_poll(watch, 0, &it, &error))
    REFUSED(kv_quota, KV_QUOTA_INIT, max_groups, kv_quota_get(store, "tenant", &it, &error))
    REFUSED(kv_stats, KV_STATS_INIT, misses, kv_stats_get(store, &it, &error))
    REFUSED(kv_usage, KV_USAGE_INIT, bytes, kv_usage_get(store, &it, &error))
    REFUSED(kv_metrics, KV_METRICS_INIT, misses, kv_metrics_get(store, &it, &error))
    REFUSED(kv_call_metrics, KV_CALL_METRICS_INIT, errors,
            kv_call_metrics_get(store, KV_CALL_GET, &it, &error))
    REFUSED(kv_copy_options, KV_COPY_OPTIONS_INIT, after_group,
            kv_copy(store, store, &it, NULL, NULL, NULL, &error))
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_exists(store, "s", 1, "k", 1, &error), KV_NOT_FOUND);
#undef REFUSED
}

int main(int count, char **arguments)
{
    check_begin(count, arguments, "sized");
    EXPECT(kv_open("memory:", &store, &error), KV_OK);
    RUN(options_are_read_as_far_as_they_go);
    RUN(figures_are_filled_as_far_as_there_is_room);
    RUN(the_usage_is_filled_as_far_as_there_is_room);
    RUN(metrics_are_filled_as_far_as_there_is_room);
    RUN(metrics_of_calls_are_filled_as_far_as_there_is_room);
    RUN(quotas_are_filled_as_far_as_there_is_room);
    RUN(events_are_filled_as_far_as_there_is_room);
    RUN(a_size_within_a_field_is_refused);
    EXPECT(kv_close(store, &error), KV_OK);
    return check_end();
}
