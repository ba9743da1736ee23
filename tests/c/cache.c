/*
 * Stores as caches: what a full one refuses, whom it evicts, which entries get the default ttl, and
 * what the figures say. Runs on a file and in memory.
 */

#include "check.h"

static const char *engine;
static int files;

/* Opens an empty store with options. */
static kv_store open_cache(const char *options)
{
    char location[4096], name[64];
    snprintf(name, sizeof name, "cache-%d.db", files++);
    if (strcmp(engine, "memory") == 0)
        snprintf(location, sizeof location, "memory:?%s", options);
    else
        snprintf(location, sizeof location, "sqlite:%s?%s", check_path(name), options);
    return check_open(location);
}

static kv_status set(kv_store store, const char *key)
{
    return kv_set(store, "g", 1, key, KV_NUL, "value", 5, &error);
}

static void a_full_store_refuses_with_full(void)
{
    kv_store store = open_cache("max_entries=2");
    EXPECT(set(store, "a"), KV_OK);
    EXPECT(set(store, "b"), KV_OK);
    EXPECT_MESSAGE(set(store, "c"), KV_ERR_FULL, "may hold 2 entries");
    CHECK_EQUAL(error.os_error, 0);
    EXPECT(set(store, "b"), KV_OK);
    EXPECT(kv_delete(store, "g", 1, "a", 1, &error), KV_OK);
    EXPECT(set(store, "c"), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_full_store_evicts_and_counts_it(void)
{
    kv_store store = open_cache("max_bytes=21&max_entries=9&evict=lru");
    kv_stats stats = KV_STATS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    for (const char *key = "a\0b\0c\0"; *key != '\0'; key += 2)
        EXPECT(set(store, key), KV_OK);
    EXPECT(kv_exists(store, "g", 1, "a", 1, &error), KV_OK);
    EXPECT(set(store, "d"), KV_OK);
    EXPECT(kv_exists(store, "g", 1, "b", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_exists(store, "g", 1, "a", 1, &error), KV_OK);
    EXPECT(kv_stats_get(store, &stats, &error), KV_OK);
    CHECK_EQUAL(stats.evictions, 1);
    CHECK_EQUAL(stats.max_bytes, 21);
    CHECK_EQUAL(stats.max_entries, 9);
    CHECK_EQUAL(stats.hits, 2);
    CHECK_EQUAL(stats.misses, 1);
    EXPECT(kv_usage_get(store, &usage, &error), KV_OK);
    CHECK_EQUAL(usage.entries, 3);
    CHECK_EQUAL(usage.bytes, 21);
    EXPECT(kv_set(store, "g", 1, "e", 1, "twenty bytes, not 19", 20, &error), KV_ERR_FULL);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void an_older_program_gets_the_figures_it_knows(void)
{
    kv_store store = open_cache("max_entries=9&evict=lru");
    kv_stats stats = KV_STATS_INIT;
    stats.size = (uint32_t)offsetof(kv_stats, evictions);
    stats.evictions = 7;
    EXPECT(kv_stats_get(store, &stats, &error), KV_OK);
    CHECK_EQUAL(stats.evictions, 7);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void check_ttl(kv_store store, const char *key, int64_t least, int64_t most)
{
    int64_t ttl_ms = 0;
    EXPECT(kv_ttl(store, "g", 1, key, KV_NUL, &ttl_ms, &error), KV_OK);
    CHECK(ttl_ms >= least && ttl_ms <= most);
}

static void the_default_ttl_is_for_those_without_one(void)
{
    kv_store store = open_cache("default_ttl=1h");
    const int64_t hour = 3600000;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    kv_batch batch;
    kv_txn txn;
    EXPECT(set(store, "set"), KV_OK);
    EXPECT(kv_put(store, "g", 1, "put", 3, "", 0, &options, NULL, &error), KV_OK);
    EXPECT(kv_put(store, "g", 1, "null", 4, "", 0, NULL, NULL, &error), KV_OK);
    EXPECT(kv_append(store, "g", 1, "append", 6, "", 0, KV_TTL_DEFAULT, NULL, &error), KV_OK);
    EXPECT(kv_increment(store, "g", 1, "increment", 9, 1, KV_TTL_DEFAULT, NULL, &error), KV_OK);
    EXPECT(kv_set_json(store, "g", 1, "json", 4, "{}", 2, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "g", 1, "batch", 5, "", 0, NULL, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "g", 1, "batch-n", 7, 1, KV_TTL_DEFAULT, &error), KV_OK);
    EXPECT(kv_batch_append(batch, "g", 1, "batch-a", 7, "", 0, KV_TTL_DEFAULT, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "g", 1, "txn", 3, "", 0, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    const char *const keys[] = {"set",  "put",   "null",    "append", "increment",
                                "json", "batch", "batch-n", "batch-a", "txn"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check_ttl(store, keys[i], hour - 60000, hour);
    EXPECT(kv_set_ttl(store, "g", 1, "set", 3, "", 0, 0, &error), KV_OK);
    check_ttl(store, "set", KV_TTL_NEVER, KV_TTL_NEVER);
    options.expiry = KV_EXPIRY_AFTER;
    EXPECT(kv_put(store, "g", 1, "put", 3, "", 0, &options, NULL, &error), KV_OK);
    check_ttl(store, "put", KV_TTL_NEVER, KV_TTL_NEVER);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void words_for_a_ttl_mean_the_same_in_every_call(void)
{
    kv_store store = open_cache("default_ttl=1h");
    const int64_t hour = 3600000;
    const struct { int64_t ttl_ms, least, most; } rows[] = {
        {0, KV_TTL_NEVER, KV_TTL_NEVER},
        {KV_TTL_NEVER, KV_TTL_NEVER, KV_TTL_NEVER},
        {KV_TTL_DEFAULT, hour - 60000, hour},
        {90000, 30000, 90000},
    };
    const char *const keys[] = {"set", "put", "append", "n", "expire", "b-append", "b-n", "b-expire"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ttl_ms = rows[i].ttl_ms;
        kv_put_options options = KV_PUT_OPTIONS_INIT;
        kv_batch batch;
        options.expiry = KV_EXPIRY_AFTER;
        options.time_ms = ttl_ms;
        EXPECT(kv_set_ttl(store, "g", 1, "set", 3, "", 0, ttl_ms, &error), KV_OK);
        EXPECT(kv_put(store, "g", 1, "put", 3, "", 0, &options, NULL, &error), KV_OK);
        EXPECT(kv_append(store, "g", 1, "append", 6, "", 0, ttl_ms, NULL, &error), KV_OK);
        EXPECT(kv_increment(store, "g", 1, "n", 1, 1, ttl_ms, NULL, &error), KV_OK);
        EXPECT(kv_set_ttl(store, "g", 1, "expire", 6, "", 0, 5000, &error), KV_OK);
        EXPECT(kv_expire(store, "g", 1, "expire", 6, ttl_ms, 0, &error), KV_OK);
        EXPECT(kv_batch_new(&batch, &error), KV_OK);
        EXPECT(kv_batch_append(batch, "g", 1, "b-append", 8, "", 0, ttl_ms, &error), KV_OK);
        EXPECT(kv_batch_increment(batch, "g", 1, "b-n", 3, 1, ttl_ms, &error), KV_OK);
        EXPECT(kv_batch_append(batch, "g", 1, "b-expire", 8, "", 0, 5000, &error), KV_OK);
        EXPECT(kv_batch_expire(batch, "g", 1, "b-expire", 8, ttl_ms, 0, &error), KV_OK);
        EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
        EXPECT(kv_batch_close(batch, &error), KV_OK);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            check_ttl(store, keys[k], rows[i].least, rows[i].most);
        EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    }
    EXPECT(kv_close(store, &error), KV_OK);
}

static void an_expiry_that_was_read_means_the_same_when_given_back(void)
{
    kv_store store = open_cache("default_ttl=1h");
    EXPECT(kv_set_ttl(store, "g", 1, "never", 5, "", 0, KV_TTL_NEVER, &error), KV_OK);
    EXPECT(kv_set_ttl(store, "g", 1, "later", 5, "", 0, 90000, &error), KV_OK);
    const char *const keys[] = {"never", "later"};
    for (int i = 0; i < 2; i++) {
        kv_value value;
        kv_put_options options = KV_PUT_OPTIONS_INIT;
        EXPECT(kv_get(store, "g", 1, keys[i], 5, &value, &error), KV_OK);
        options.expiry = KV_EXPIRY_AT;
        options.time_ms = value.expires_at_ms;
        kv_value_free(&value);
        EXPECT(kv_put(store, "g", 1, keys[i], 5, "new", 3, &options, NULL, &error), KV_OK);
    }
    check_ttl(store, "never", KV_TTL_NEVER, KV_TTL_NEVER);
    check_ttl(store, "later", 30000, 90000);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void what_makes_no_sense_does_not_open(void)
{
    const char *const refused[] = {"memory:?evict=lru", "memory:?max_bytes=x",
                                   "memory:?max_entries=1&evict=mru", "memory:?default_ttl=-1s"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        kv_store store;
        EXPECT(kv_open(refused[i], &store, &error), KV_ERR_ARGUMENT);
        CHECK_EQUAL(store.id, 0);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "cache");
    const char *const engines[] = {"memory", "sqlite"};
    for (int i = 0; i < 2; i++) {
        engine = engines[i];
        RUN(a_full_store_refuses_with_full);
        RUN(a_full_store_evicts_and_counts_it);
        RUN(an_older_program_gets_the_figures_it_knows);
        RUN(the_default_ttl_is_for_those_without_one);
    RUN(words_for_a_ttl_mean_the_same_in_every_call);
    RUN(an_expiry_that_was_read_means_the_same_when_given_back);
    }
    RUN(what_makes_no_sense_does_not_open);
    return check_end();
}
