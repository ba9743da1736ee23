/* When entries die: ttl, expire with its flags, persist, purge; in a file and in memory alike. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "system.h"

static kv_store store;

static void sleep_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

static int64_t ttl_of(const char *key)
{
    int64_t ttl = -99;
    kv_status status = kv_ttl(store, "e", 1, key, KV_NUL, &ttl, &error);
    return status == KV_OK ? ttl : -99;
}

static void a_ttl_runs_out_to_the_millisecond(void)
{
    int64_t before, ttl, ttl_ms = 150;
    kv_value value;
    // On a busy machine the entry may expire before it is read; it then gets twice the ttl.
    do {
        ttl_ms *= 2;
        before = wall_ms();
        EXPECT(kv_set_ttl(store, "e", 1, "short", 5, "v", 1, ttl_ms, &error), KV_OK);
        kv_get(store, "e", 1, "short", 5, &value, &error);
        ttl = ttl_of("short");
    } while (wall_ms() >= before + ttl_ms && ttl_ms < 60000);
    // The ttl counts from the write, rounded up to a millisecond; now_ms rounds down.
    CHECK(value.expires_at_ms >= before + ttl_ms && value.expires_at_ms <= wall_ms() + 1 + ttl_ms);
    CHECK(ttl >= 1 && ttl <= ttl_ms);
    while (wall_ms() < value.expires_at_ms) sleep_ms(1);
    EXPECT(kv_get(store, "e", 1, "short", 5, &value, &error), KV_NOT_FOUND);
    EXPECT(kv_exists(store, "e", 1, "short", 5, &error), KV_NOT_FOUND);
    EXPECT(kv_ttl(store, "e", 1, "short", 5, &ttl, &error), KV_NOT_FOUND);
    EXPECT(kv_expire(store, "e", 1, "short", 5, 1000, 0, &error), KV_NOT_FOUND);
    EXPECT(kv_persist(store, "e", 1, "short", 5, &error), KV_NOT_FOUND);
    EXPECT(kv_delete(store, "e", 1, "short", 5, &error), KV_NOT_FOUND);
    EXPECT(kv_take(store, "e", 1, "short", 5, &value, &error), KV_NOT_FOUND);
    kv_put_options absent = KV_PUT_OPTIONS_INIT;
    absent.condition = KV_IF_ABSENT;
    EXPECT(kv_put(store, "e", 1, "short", 5, "again", 5, &absent, NULL, &error), KV_OK);
    CHECK_EQUAL(ttl_of("short"), KV_TTL_NEVER);
}

static void zero_is_for_ever_and_set_clears(void)
{
    EXPECT(kv_set_ttl(store, "e", 1, "k", 1, "v", 1, 0, &error), KV_OK);
    CHECK_EQUAL(ttl_of("k"), KV_TTL_NEVER);
    EXPECT(kv_set_ttl(store, "e", 1, "k", 1, "v", 1, 60000, &error), KV_OK);
    CHECK(ttl_of("k") > 0);
    EXPECT(kv_set(store, "e", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK_EQUAL(ttl_of("k"), KV_TTL_NEVER);
    EXPECT(kv_set_ttl(store, "e", 1, "k", 1, "v", 1, INT64_MAX, &error), KV_OK);
    CHECK(ttl_of("k") > INT64_MAX / 2);
}

static void put_sets_keeps_and_ends_an_expiry(void)
{
    kv_put_options after = KV_PUT_OPTIONS_INIT, at = after, keep = after;
    after.expiry = KV_EXPIRY_AFTER;
    after.time_ms = 60000;
    at.expiry = KV_EXPIRY_AT;
    at.time_ms = wall_ms() + 120000;
    keep.expiry = KV_EXPIRY_KEEP;
    EXPECT(kv_put(store, "e", 1, "p", 1, "1", 1, &after, NULL, &error), KV_OK);
    CHECK(ttl_of("p") > 50000 && ttl_of("p") <= 60000);
    EXPECT(kv_put(store, "e", 1, "p", 1, "2", 1, &keep, NULL, &error), KV_OK);
    CHECK(ttl_of("p") > 50000 && ttl_of("p") <= 60000);
    EXPECT(kv_put(store, "e", 1, "p", 1, "3", 1, &at, NULL, &error), KV_OK);
    CHECK(ttl_of("p") > 60000 && ttl_of("p") <= 120000);
    EXPECT(kv_put(store, "e", 1, "new", 3, "4", 1, &keep, NULL, &error), KV_OK);
    CHECK_EQUAL(ttl_of("new"), KV_TTL_NEVER);
    after.time_ms = 0;
    EXPECT(kv_put(store, "e", 1, "p", 1, "5", 1, &after, NULL, &error), KV_OK);
    CHECK_EQUAL(ttl_of("p"), KV_TTL_NEVER);
    at.time_ms = wall_ms() - 1000;
    EXPECT(kv_put(store, "e", 1, "p", 1, "6", 1, &at, NULL, &error), KV_OK);
    EXPECT(kv_exists(store, "e", 1, "p", 1, &error), KV_NOT_FOUND);
    at.time_ms = -1;
    EXPECT(kv_put(store, "e", 1, "p", 1, "8", 1, &at, NULL, &error), KV_OK);
    CHECK_EQUAL(ttl_of("p"), KV_TTL_NEVER);
    at.time_ms = -5;
    EXPECT(kv_put(store, "e", 1, "p", 1, "7", 1, &at, NULL, &error), KV_OK);
    EXPECT(kv_exists(store, "e", 1, "p", 1, &error), KV_NOT_FOUND);
}

static void expire_obeys_its_flags(void)
{
    const struct { int64_t old, new; uint32_t flags; kv_status expected; } rows[] = {
        {0, 60000, KV_EXPIRE_NX, KV_OK},
        {50000, 60000, KV_EXPIRE_NX, KV_CONFLICT},
        {0, 60000, KV_EXPIRE_XX, KV_CONFLICT},
        {50000, 60000, KV_EXPIRE_XX, KV_OK},
        {50000, 60000, KV_EXPIRE_GT, KV_OK},
        {60000, 50000, KV_EXPIRE_GT, KV_CONFLICT},
        {0, 60000, KV_EXPIRE_GT, KV_CONFLICT},
        {60000, 50000, KV_EXPIRE_LT, KV_OK},
        {50000, 60000, KV_EXPIRE_LT, KV_CONFLICT},
        {0, 60000, KV_EXPIRE_LT, KV_OK},
        {50000, 60000, KV_EXPIRE_XX | KV_EXPIRE_GT, KV_OK},
        {0, 60000, KV_EXPIRE_XX | KV_EXPIRE_LT, KV_CONFLICT},
        {50000, 0, KV_EXPIRE_GT, KV_OK},
        {50000, 0, KV_EXPIRE_LT, KV_CONFLICT},
        {50000, 0, 0, KV_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t version = 0, later = 0;
        kv_put_options after = KV_PUT_OPTIONS_INIT;
        after.expiry = KV_EXPIRY_AFTER;
        after.time_ms = rows[i].old;
        EXPECT(kv_put(store, "e", 1, "x", 1, "v", 1, &after, &version, &error), KV_OK);
        EXPECT(kv_expire(store, "e", 1, "x", 1, rows[i].new, rows[i].flags, &error),
               rows[i].expected);
        int64_t want = rows[i].expected == KV_OK ? rows[i].new : rows[i].old, is = ttl_of("x");
        if (want == 0 ? is != KV_TTL_NEVER : is > want || is < want - 9000)
            FAIL("row %zu: ttl is %" PRId64 ", expected %" PRId64, i, is, want);
        /* Neither value nor version change with the expiry. */
        kv_value value;
        EXPECT(kv_get(store, "e", 1, "x", 1, &value, &error), KV_OK);
        later = value.version;
        CHECK_BYTES(value.data, value.len, "v");
        kv_value_free(&value);
        CHECK(later == version);
    }
    EXPECT(kv_expire(store, "e", 1, "x", 1, 60000, 0, &error), KV_OK);
    EXPECT(kv_persist(store, "e", 1, "x", 1, &error), KV_OK);
    EXPECT(kv_persist(store, "e", 1, "x", 1, &error), KV_OK);
    CHECK_EQUAL(ttl_of("x"), KV_TTL_NEVER);
}

static void the_dead_are_counted_nowhere_and_purged_once(void)
{
    uint64_t removed = 99, count = 99;
    EXPECT(kv_purge_expired(store, NULL, &error), KV_OK);
    EXPECT(kv_delete_group(store, "e", 1, NULL, &error), KV_OK);
    for (int i = 0; i < 50; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%02d", i);
        EXPECT(kv_set_ttl(store, "e", 1, key, KV_NUL, "v", 1, i < 30 ? 1 : 60000, &error), KV_OK);
    }
    int64_t expired_at = wall_ms() + 2;
    while (wall_ms() < expired_at) sleep_ms(1);
    EXPECT(kv_count(store, "e", 1, &count, &error), KV_OK);
    CHECK_EQUAL(count, 20);
    EXPECT(kv_count_all(store, NULL, 0, &count, &error), KV_OK);
    CHECK_EQUAL(count, 20);
    EXPECT(kv_delete_prefix(store, "e", 1, "k0", 2, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 0);
    kv_stats statistics = KV_STATS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    EXPECT(kv_usage_get(store, &usage, &error), KV_OK);
    CHECK_EQUAL(usage.entries, 20);
    uint64_t dead = usage.expired_entries;
    CHECK(dead >= 20 && dead <= 30);
    EXPECT(kv_purge_expired(store, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, dead);
    EXPECT(kv_purge_expired(store, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 0);
    EXPECT(kv_usage_get(store, &usage, &error), KV_OK);
    CHECK_EQUAL(usage.expired_entries, 0);
    EXPECT(kv_stats_get(store, &statistics, &error), KV_OK);
    CHECK(statistics.expirations >= dead);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(a_ttl_runs_out_to_the_millisecond);
    RUN(zero_is_for_ever_and_set_clears);
    RUN(put_sets_keeps_and_ends_an_expiry);
    RUN(expire_obeys_its_flags);
    RUN(the_dead_are_counted_nowhere_and_purged_once);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "expiry");
    walk(check_path("expiry.db"), "expiry in a file");
    walk("memory:", "expiry in memory");
    return check_end();
}
