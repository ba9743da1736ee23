/* Quotas: how they are set and read, what they refuse, and what makes room. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "events.h"
#include "together.h"

static kv_store store;

static void limit(int64_t max_keys, int64_t max_groups, int64_t max_bytes)
{
    EXPECT(kv_quota_set(store, "a", max_keys, max_groups, max_bytes, &error), KV_OK);
}

/* Namespace "a" is empty, and without a quota. */
static void begin(void)
{
    limit(0, 0, 0);
    EXPECT(kv_delete_group(store, "a:g", 3, NULL, &error), KV_OK);
    EXPECT(kv_delete_group(store, "a:h", 3, NULL, &error), KV_OK);
    EXPECT(kv_delete_group(store, "a:kv.idempotency", KV_NUL, NULL, &error), KV_OK);
}

static void check_usage(uint64_t keys, uint64_t groups, uint64_t bytes)
{
    kv_quota quota = KV_QUOTA_INIT;
    EXPECT(kv_quota_get(store, "a", &quota, &error), KV_OK);
    CHECK(quota.size == sizeof quota && quota.reserved == 0);
    CHECK_EQUAL(quota.keys, keys);
    CHECK_EQUAL(quota.groups, groups);
    CHECK_EQUAL(quota.bytes, bytes);
}

static kv_status set(const char *group, const char *key, const char *value)
{
    return kv_set(store, group, KV_NUL, key, KV_NUL, value, KV_NUL, &error);
}

static void negative_limits_are_refused_and_change_nothing(void)
{
    kv_quota quota = KV_QUOTA_INIT;
    begin();
    limit(5, 6, 7);
    EXPECT_MESSAGE(kv_quota_set(store, "a", -1, 0, 0, &error), KV_ERR_ARGUMENT, "max_keys of -1");
    EXPECT_MESSAGE(kv_quota_set(store, "a", 0, -2, 0, &error), KV_ERR_ARGUMENT, "max_groups of -2");
    EXPECT_MESSAGE(kv_quota_set(store, "a", 0, 0, INT64_MIN, &error), KV_ERR_ARGUMENT, "max_bytes");
    EXPECT(kv_quota_get(store, "a", &quota, &error), KV_OK);
    CHECK(quota.max_keys == 5 && quota.max_groups == 6 && quota.max_bytes == 7);
    limit(INT64_MAX, INT64_MAX, INT64_MAX);
    EXPECT(set("a:g", "k", "v"), KV_OK);
    EXPECT(kv_quota_get(store, "a", &quota, &error), KV_OK);
    CHECK(quota.max_keys == INT64_MAX && quota.max_bytes == INT64_MAX);
    check_usage(1, 1, 5);
    limit(0, 0, 0);
    EXPECT(kv_quota_get(store, "a", &quota, &error), KV_OK);
    CHECK(quota.max_keys == 0 && quota.keys == 0 && quota.groups == 0 && quota.bytes == 0);
}

static void what_is_no_namespace_is_refused(void)
{
    kv_quota quota = KV_QUOTA_INIT;
    char name[257];
    const char *const bad[] = {"", "a\n", "\n", "a:", "a:b", "a b", "a_b", "*", "\xc3\xa4", NULL};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT(kv_quota_set(store, bad[i], 1, 1, 1, &error), KV_ERR_ARGUMENT);
        EXPECT(kv_quota_get(store, bad[i], &quota, &error), KV_ERR_ARGUMENT);
    }
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    EXPECT(kv_quota_set(store, name, 1, 0, 0, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_quota_get(store, name, &quota, &error), KV_ERR_ARGUMENT);
    name[255] = '\0';
    EXPECT(kv_quota_set(store, name, 9, 0, 0, &error), KV_OK);
    EXPECT(kv_quota_get(store, name, &quota, &error), KV_OK);
    CHECK_EQUAL(quota.max_keys, 9);
    EXPECT(kv_quota_set(store, name, 0, 0, 0, &error), KV_OK);
    /* A string of C ends at its first NUL. */
    EXPECT(kv_quota_set(store, "nul\0:b", 8, 0, 0, &error), KV_OK);
    EXPECT(kv_quota_get(store, "nul", &quota, &error), KV_OK);
    CHECK_EQUAL(quota.max_keys, 8);
    EXPECT(kv_quota_set((kv_store){0}, "a", 1, 1, 1, &error), KV_ERR_HANDLE);
    EXPECT(kv_quota_get((kv_store){0}, "a", &quota, &error), KV_ERR_HANDLE);
}

static void a_structure_of_a_wrong_size_is_refused_and_left_alone(void)
{
    struct { kv_quota known; unsigned char newer[16], beyond[8]; } both;
    const uint32_t wrong[] = {0, 1, sizeof(kv_quota) - 1, 4096, UINT32_MAX};
    begin();
    limit(5, 0, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memset(&both, 0xA5, sizeof both);
        both.known.size = wrong[i];
        EXPECT_MESSAGE(kv_quota_get(store, "a", &both.known, &error), KV_ERR_ARGUMENT, "size");
        for (size_t at = sizeof both.known.size; at < sizeof both; at++)
            CHECK(((unsigned char *)&both)[at] == 0xA5);
    }
    EXPECT(kv_quota_get(store, "a", NULL, &error), KV_ERR_ARGUMENT);
    /* A program that was compiled for a later version finds its further fields empty. */
    both.known.size = sizeof(kv_quota) + sizeof both.newer;
    EXPECT(kv_quota_get(store, "a", &both.known, &error), KV_OK);
    CHECK(both.known.max_keys == 5 && both.known.size == sizeof(kv_quota) + sizeof both.newer);
    for (size_t at = 0; at < sizeof both.newer; at++) CHECK(both.newer[at] == 0);
    for (size_t at = 0; at < sizeof both.beyond; at++) CHECK(both.beyond[at] == 0xA5);
}

#define FULL(call) EXPECT_MESSAGE(call, KV_ERR_QUOTA, "quota of 1 keys")

static void every_way_to_write_is_refused_and_nobody_hears_of_it(void)
{
    kv_store scoped;
    kv_batch batch;
    kv_txn txn;
    kv_value value;
    int64_t sum = 99;
    uint64_t number = 99;
    size_t len = 99;
    int32_t state = 99;
    begin();
    limit(1, 0, 0);
    EXPECT(set("a:g", "k", "v"), KV_OK);
    EXPECT(kv_scope(store, "a", &scoped, &error), KV_OK);
    kv_watch watch = watch_all(store);
    const struct { kv_store store; const char *group; } ways[] = {{store, "a:h"}, {scoped, "h"}};
    for (int i = 0; i < 2; i++) {
        kv_store at = ways[i].store;
        const char *g = ways[i].group;
        FULL(kv_set(at, g, KV_NUL, "n", 1, "v", 1, &error));
        FULL(kv_set_ttl(at, g, KV_NUL, "n", 1, "v", 1, 60000, &error));
        FULL(kv_put(at, g, KV_NUL, "n", 1, "v", 1, NULL, &number, &error));
        FULL(kv_append(at, g, KV_NUL, "n", 1, "v", 1, 0, &len, &error));
        FULL(kv_increment(at, g, KV_NUL, "n", 1, 1, 0, &sum, &error));
        FULL(kv_set_json(at, g, KV_NUL, "n", 1, "1", 1, &error));
        EXPECT(kv_batch_new(&batch, &error), KV_OK);
        EXPECT(kv_batch_set(batch, g, KV_NUL, "n", 1, "v", 1, NULL, &error), KV_OK);
        EXPECT(kv_batch_set(batch, "free", 4, "n", 1, "v", 1, NULL, &error), KV_OK);
        /* In the scope "free" is in the namespace as well. */
        FULL(kv_batch_commit(at, batch, &error));
        EXPECT(kv_batch_close(batch, &error), KV_OK);
        EXPECT(kv_txn_begin(at, &txn, &error), KV_OK);
        EXPECT(kv_txn_set(txn, g, KV_NUL, "n", 1, "v", 1, NULL, &error), KV_OK);
        FULL(kv_txn_commit(txn, &error));
        EXPECT(kv_txn_abort(txn, &error), KV_OK);
        EXPECT(kv_exists(at, g, KV_NUL, "n", 1, &error), KV_NOT_FOUND);
    }
    FULL(kv_idempotency_begin(scoped, "pay", 3, "h", 1, 0, &state, &number, &value, &error));
    CHECK(value.data == NULL && value.owner == 0);
    CHECK(number == 99 && len == 99 && sum == 99 && state == 99);
    EXPECT_NOTHING(watch);
    check_usage(1, 1, 5);
    EXPECT(kv_exists(store, "free", 4, "n", 1, &error), KV_NOT_FOUND);
    CHECK(check_value_is(store, "a:g", "k", "v"));
    EXPECT(set("a:g", "k", "an update"), KV_OK);
    EXPECT_EVENT(watch, KV_EVENT_SET, "a:g", "k", "an update");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
}

static void a_transaction_that_is_refused_goes_on_and_may_make_room(void)
{
    kv_txn txn;
    begin();
    limit(1, 0, 0);
    EXPECT(set("a:g", "old", "v"), KV_OK);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "a:g", 3, "new", 3, "w", 1, NULL, &error), KV_OK);
    FULL(kv_txn_commit(txn, &error));
    EXPECT(kv_txn_delete(txn, "a:g", 3, "old", 3, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "a:g", "new", "w"));
    check_usage(1, 1, 3 + 3 + 1);
}

static void groups_and_bytes_are_limited_and_what_goes_makes_room(void)
{
    kv_value value;
    begin();
    limit(0, 1, 12);
    EXPECT(set("a:g", "k", "v"), KV_OK);
    EXPECT_MESSAGE(set("a:h", "k", ""), KV_ERR_QUOTA, "1 groups");
    EXPECT(set("a:g", "l", "123"), KV_OK);
    check_usage(2, 1, 12);
    EXPECT_MESSAGE(set("a:g", "l", "1234"), KV_ERR_QUOTA, "12 bytes");
    EXPECT(kv_append(store, "a:g", 3, "l", 1, "4", 1, 0, NULL, &error), KV_ERR_QUOTA);
    CHECK(check_value_is(store, "a:g", "l", "123"));
    EXPECT(set("a:g", "k", ""), KV_OK);
    EXPECT(set("a:g", "l", "1234"), KV_OK);
    EXPECT(kv_take(store, "a:g", 3, "k", 1, &value, &error), KV_OK);
    kv_value_free(&value);
    EXPECT(kv_delete(store, "a:g", 3, "l", 1, &error), KV_OK);
    check_usage(0, 0, 0);
    EXPECT(set("a:h", "k", "12345678"), KV_OK);
    EXPECT(kv_delete_group(store, "a:h", 3, NULL, &error), KV_OK);
    check_usage(0, 0, 0);
}

static void the_expired_make_room_at_once(void)
{
    begin();
    limit(1, 1, 0);
    EXPECT(kv_set_ttl(store, "a:g", 3, "brief", 5, "v", 1, 60000, &error), KV_OK);
    FULL(set("a:h", "k", "v"));
    EXPECT(kv_expire(store, "a:g", 3, "brief", 5, 1, 0, &error), KV_OK);
    while (kv_exists(store, "a:g", 3, "brief", 5, &error) == KV_OK) usleep(100);
    check_usage(1, 1, 3 + 5 + 1);
    EXPECT(set("a:h", "k", "v"), KV_OK);
    check_usage(1, 1, 3 + 1 + 1);
}

static void a_batch_counts_its_net_effect(void)
{
    kv_batch batch;
    begin();
    limit(1, 1, 0);
    EXPECT(set("a:g", "k", "v"), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "a:h", 3, "k", 1, "w", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_delete(batch, "a:g", 3, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    check_usage(1, 1, 5);
}

static void a_quota_is_kept_in_the_file(void)
{
    kv_store again = check_open(check_path("quota.db"));
    begin();
    limit(1, 0, 0);
    EXPECT(kv_set(again, "a:g", 3, "k", 1, "v", 1, &error), KV_OK);
    FULL(set("a:g", "l", "v"));
    EXPECT(kv_close(again, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    store = check_open(check_path("quota.db"));
    FULL(set("a:g", "l", "v"));
    check_usage(1, 1, 5);
}

static int64_t accepted;

static void *fill(void *seed)
{
    uint64_t thread = *(uint64_t *)seed;
    wait_to_go();
    for (int i = 0; i < check_times(200); i++) {
        uint64_t key[2] = {thread, (uint64_t)i};
        kv_status status = kv_set(store, "a:g", 3, key, sizeof key, "v", 1, &error);
        if (status == KV_OK) __atomic_add_fetch(&accepted, 1, __ATOMIC_RELAXED);
        else if (status != KV_ERR_QUOTA) FAIL("set: %s", error.message);
    }
    return NULL;
}

static void of_many_threads_as_many_get_in_as_there_is_room_for(void)
{
    uint64_t count = 0;
    int room = THREADS * check_times(200) / 2;
    begin();
    limit(room, 0, 0);
    accepted = 0;
    together(THREADS, fill, NULL);
    CHECK_EQUAL(accepted, room);
    EXPECT(kv_count(store, "a:g", 3, &count, &error), KV_OK);
    CHECK_EQUAL(count, room);
    check_usage((uint64_t)room, 1, (uint64_t)room * (3 + 16 + 1));
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(negative_limits_are_refused_and_change_nothing);
    RUN(what_is_no_namespace_is_refused);
    RUN(a_structure_of_a_wrong_size_is_refused_and_left_alone);
    RUN(every_way_to_write_is_refused_and_nobody_hears_of_it);
    RUN(a_transaction_that_is_refused_goes_on_and_may_make_room);
    RUN(groups_and_bytes_are_limited_and_what_goes_makes_room);
    RUN(the_expired_make_room_at_once);
    RUN(a_batch_counts_its_net_effect);
    RUN(of_many_threads_as_many_get_in_as_there_is_room_for);
    if (strcmp(location, "memory:") != 0) RUN(a_quota_is_kept_in_the_file);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "quota");
    walk(check_path("quota.db"), "quota in a file");
    walk("memory:", "quota in memory");
    return check_end();
}
