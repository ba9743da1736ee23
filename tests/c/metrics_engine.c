/* Metrics of the work of an engine: its cache, syncs, checkpoints, purges, evictions, snapshots. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "check.h"

static kv_store open_with(const char *scheme, const char *name, const char *options)
{
    char uri[4400];
    snprintf(uri, sizeof uri, "%s:%s?%s", scheme, check_path(name), options);
    return check_open(uri);
}

static kv_metrics metrics_of(kv_store store)
{
    kv_metrics metrics = KV_METRICS_INIT;
    EXPECT(kv_metrics_get(store, &metrics, &error), KV_OK);
    return metrics;
}

static void set(kv_store store, const char *key)
{
    EXPECT(kv_set(store, "g", 1, key, KV_NUL, "value", 5, &error), KV_OK);
}

/* Waits until a figure is no longer 0. */
#define WAIT_FOR(store, field)                                               \
    do {                                                                     \
        for (int tries = 0; tries < 2000 && metrics_of(store).field == 0; tries++) usleep(5000); \
        CHECK(metrics_of(store).field > 0);                                  \
    } while (0)

static void reads_of_the_cache_and_its_resets_are_counted(void)
{
    kv_store store = open_with("sqlite", "cache.db", "purge_interval=0");
    kv_batch batch;
    set(store, "k");
    kv_metrics before = metrics_of(store);
    for (int i = 0; i < 100; i++) CHECK(check_value_is(store, "g", "k", "value"));
    kv_metrics after = metrics_of(store);
    CHECK_EQUAL(after.hits - before.hits, 100);
    CHECK(after.cache_hits - before.cache_hits >= 90 && after.cache_hits <= after.hits);
    CHECK(after.cache_bytes > 0);
    /* A change of many keys empties the cache. */
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    for (int i = 0; i < 1100; i++)
        EXPECT(kv_batch_set(batch, "g", 1, &i, sizeof i, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    CHECK(check_value_is(store, "g", "k", "value"));
    CHECK(metrics_of(store).cache_resets > after.cache_resets);
    EXPECT(kv_close(store, &error), KV_OK);

    store = open_with("sqlite", "cache.db", "entry_cache=0");
    set(store, "k");
    for (int i = 0; i < 100; i++) CHECK(check_value_is(store, "g", "k", "value"));
    after = metrics_of(store);
    CHECK(after.cache_hits == 0 && after.cache_bytes == 0 && after.hits == 100);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void syncs_are_counted(void)
{
    const char *const schemes[] = {"sqlite", "log"};
    for (size_t i = 0; i < 2; i++) {
        kv_store store = open_with(schemes[i], i == 0 ? "full.db" : "full.log", "durability=full");
        kv_metrics before = metrics_of(store);
        for (int write = 0; write < 10; write++) set(store, "k");
        kv_metrics after = metrics_of(store);
        CHECK(after.syncs - before.syncs >= 10);
        CHECK(after.sync_us > before.sync_us && after.longest_sync_us <= after.sync_us);
        EXPECT(kv_close(store, &error), KV_OK);
        store = open_with(schemes[i], i == 0 ? "normal.db" : "normal.log", "durability=normal");
        set(store, "first");
        before = metrics_of(store);
        for (int write = 0; write < 10; write++) set(store, "k");
        after = metrics_of(store);
        CHECK(after.syncs - before.syncs < 10);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void checkpoints_are_counted(void)
{
    static char value[100000];
    kv_store store = open_with("sqlite", "checkpoint.db", "wal_limit=256KiB");
    CHECK_EQUAL(metrics_of(store).checkpoints, 0);
    for (int i = 0; i < 50; i++)
        EXPECT(kv_set(store, "g", 1, &i, sizeof i, value, sizeof value, &error), KV_OK);
    WAIT_FOR(store, checkpoints);
    kv_metrics it = metrics_of(store);
    CHECK(it.checkpoint_us > 0 && it.longest_checkpoint_us <= it.checkpoint_us);
    CHECK(it.longest_write_stall_us <= it.write_stall_us && it.failed_checkpoints == 0);
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    CHECK(metrics_of(store).free_bytes > 0);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void purges_are_counted(void)
{
    const char *const schemes[] = {"sqlite", "log", "memory"};
    for (size_t i = 0; i < 3; i++) {
        kv_store store = i == 2 ? check_open("memory:?purge_interval=10ms")
                                : open_with(schemes[i], i == 0 ? "purge.db" : "purge.log",
                                            "purge_interval=10ms");
        for (int key = 0; key < 7; key++)
            EXPECT(kv_set_ttl(store, "g", 1, &key, sizeof key, "v", 1, 1, &error), KV_OK);
        WAIT_FOR(store, purges);
        for (int tries = 0; tries < 2000 && metrics_of(store).expirations < 7; tries++) usleep(5000);
        kv_metrics it = metrics_of(store);
        CHECK_EQUAL(it.expirations, 7);
        CHECK(it.purges >= 1 && it.purges <= 7);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void a_purge_that_was_called_for_is_not_one_in_the_background(void)
{
    uint64_t removed = 0;
    kv_store store = check_open("memory:?purge_interval=0");
    EXPECT(kv_set_ttl(store, "g", 1, "k", 1, "v", 1, 1, &error), KV_OK);
    while (kv_exists(store, "g", 1, "k", 1, &error) == KV_OK) usleep(100);
    EXPECT(kv_purge_expired(store, &removed, &error), KV_OK);
    kv_metrics it = metrics_of(store);
    CHECK(removed == 1 && it.expirations == 1 && it.purges == 0 && it.purge_us == 0);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void evictions_are_counted(void)
{
    const char *const options = "max_entries=10&evict=lru";
    kv_store stores[2] = {open_with("sqlite", "evict.db", options),
                          check_open("memory:?max_entries=10&evict=lru")};
    for (size_t i = 0; i < 2; i++) {
        for (int key = 0; key < 15; key++)
            EXPECT(kv_set(stores[i], "g", 1, &key, sizeof key, "v", 1, &error), KV_OK);
        CHECK_EQUAL(metrics_of(stores[i]).evictions, 5);
        EXPECT(kv_close(stores[i], &error), KV_OK);
    }
}

static void the_age_of_the_oldest_snapshot_is_measured(void)
{
    kv_store store = open_with("sqlite", "snapshot.db", "purge_interval=0"), snapshot;
    kv_cursor cursor;
    kv_entry entry;
    set(store, "a");
    set(store, "b");
    CHECK_EQUAL(metrics_of(store).oldest_snapshot_ms, 0);
    EXPECT(kv_scan(store, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    EXPECT(kv_snapshot(store, &snapshot, &error), KV_OK);
    usleep(20000);
    uint64_t age = metrics_of(store).oldest_snapshot_ms;
    CHECK(age >= 20 && age < 60000);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    CHECK(metrics_of(store).oldest_snapshot_ms >= 20);
    EXPECT(kv_close(snapshot, &error), KV_OK);
    CHECK_EQUAL(metrics_of(store).oldest_snapshot_ms, 0);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void the_memory_of_entries_grows_with_them(void)
{
    static char value[100000];
    kv_store stores[2] = {check_open("memory:"), open_with("log", "rows.log", "")};
    for (size_t i = 0; i < 2; i++) {
        uint64_t before = metrics_of(stores[i]).row_bytes;
        EXPECT(kv_set(stores[i], "g", 1, "k", 1, value, sizeof value, &error), KV_OK);
        CHECK(metrics_of(stores[i]).row_bytes >= before + sizeof value);
        EXPECT(kv_delete(stores[i], "g", 1, "k", 1, &error), KV_OK);
        CHECK(metrics_of(stores[i]).row_bytes < before + sizeof value);
        EXPECT(kv_close(stores[i], &error), KV_OK);
    }
}

static void a_store_that_is_only_read_says_so(void)
{
    const char *const schemes[] = {"sqlite", "log"}, *const names[] = {"read.db", "read.log"};
    for (size_t i = 0; i < 2; i++) {
        kv_store store = open_with(schemes[i], names[i], "");
        set(store, "k");
        CHECK_EQUAL(metrics_of(store).read_only, 0);
        EXPECT(kv_close(store, &error), KV_OK);
        store = open_with(schemes[i], names[i], "read_only=on");
        CHECK_EQUAL(metrics_of(store).read_only, 1);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void the_counters_begin_with_the_first_opening(void)
{
    kv_store first = open_with("sqlite", "shared.db", ""), second;
    set(first, "k");
    second = open_with("sqlite", "shared.db", "");
    CHECK_EQUAL(metrics_of(second).commits, 1);
    EXPECT(kv_close(first, &error), KV_OK);
    CHECK_EQUAL(metrics_of(second).commits, 1);
    EXPECT(kv_close(second, &error), KV_OK);
    first = open_with("sqlite", "shared.db", "");
    CHECK_EQUAL(metrics_of(first).commits, 0);
    EXPECT(kv_close(first, &error), KV_OK);
}

static void kinds_have_names(void)
{
    const char *const names[KV_CALL_KINDS] = {
        [KV_CALL_GET] = "get", [KV_CALL_GET_MANY] = "get_many", [KV_CALL_SET] = "set",
        [KV_CALL_DELETE] = "delete", [KV_CALL_TAKE] = "take", [KV_CALL_INCREMENT] = "increment",
        [KV_CALL_APPEND] = "append", [KV_CALL_EXPIRE] = "expire", [KV_CALL_SCAN] = "scan",
        [KV_CALL_COUNT] = "count", [KV_CALL_DELETE_RANGE] = "delete_range",
        [KV_CALL_BATCH] = "batch", [KV_CALL_TRANSACTION] = "transaction",
        [KV_CALL_WATCH] = "watch", [KV_CALL_LOCK] = "lock", [KV_CALL_IDEMPOTENCY] = "idempotency",
        [KV_CALL_STREAM] = "stream", [KV_CALL_TEXT] = "text", [KV_CALL_NAMESPACE] = "namespace",
        [KV_CALL_COPY] = "copy", [KV_CALL_MAINTENANCE] = "maintenance",
    };
    for (int32_t kind = 0; kind < KV_CALL_KINDS; kind++)
        CHECK_BYTES(kv_call_name(kind), strlen(kv_call_name(kind)), names[kind]);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "metrics_engine");
    RUN(reads_of_the_cache_and_its_resets_are_counted);
    RUN(syncs_are_counted);
    RUN(checkpoints_are_counted);
    RUN(purges_are_counted);
    RUN(a_purge_that_was_called_for_is_not_one_in_the_background);
    RUN(evictions_are_counted);
    RUN(the_age_of_the_oldest_snapshot_is_measured);
    RUN(the_memory_of_entries_grows_with_them);
    RUN(a_store_that_is_only_read_says_so);
    RUN(the_counters_begin_with_the_first_opening);
    RUN(kinds_have_names);
    return check_end();
}
