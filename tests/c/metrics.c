/* The metrics of a store: those of its calls, and the figures of each engine. */

#define _DEFAULT_SOURCE
#include <dirent.h>
#include <unistd.h>

#include "system.h"
#include "together.h"

static kv_store store;
/* Whether writes of one key are sampled, and whether the store has a file. */
static bool samples_writes, is_sqlite, is_memory;

static kv_metrics metrics_of(kv_store of)
{
    kv_metrics metrics = KV_METRICS_INIT;
    EXPECT(kv_metrics_get(of, &metrics, &error), KV_OK);
    return metrics;
}

static kv_call_metrics calls_of(int32_t kind)
{
    kv_call_metrics metrics = KV_CALL_METRICS_INIT;
    EXPECT(kv_call_metrics_get(store, kind, &metrics, &error), KV_OK);
    CHECK_EQUAL(metrics.kind, kind);
    return metrics;
}

static void set(const char *key)
{
    EXPECT(kv_set(store, "g", 1, key, KV_NUL, "value", 5, &error), KV_OK);
}

/* The buckets add up to the calls, and the times are those of calls. */
static void check_durations(const kv_call_metrics *it)
{
    uint64_t sum = 0;
    for (int i = 0; i < KV_DURATION_BUCKETS; i++) sum += it->buckets[i];
    CHECK_EQUAL(sum, it->calls);
    CHECK(it->longest_ns <= it->total_ns);
    CHECK((it->calls == 0) == (it->total_ns == 0));
}

static void reads_of_a_key_are_sampled(void)
{
    enum { GETS = 6400 };
    uint64_t before = calls_of(KV_CALL_GET).calls, timed = 0;
    kv_metrics first = metrics_of(store);
    set("k");
    for (int i = 0; i < GETS; i++) {
        EXPECT(kv_exists(store, "g", 1, i % 4 == 0 ? "none" : "k", KV_NUL, &error),
               i % 4 == 0 ? KV_NOT_FOUND : KV_OK);
        uint64_t calls = calls_of(KV_CALL_GET).calls - before;
        CHECK_EQUAL(calls % 64, 0);
        if (calls / 64 > timed + 1) FAIL("%d reads count for %d", i, (int)calls);
        timed = calls / 64;
    }
    CHECK_EQUAL(timed, GETS / 64);
    kv_call_metrics gets = calls_of(KV_CALL_GET);
    check_durations(&gets);
    CHECK(gets.longest_ns > 0);
    kv_metrics last = metrics_of(store);
    /* Hits and misses are counted each. */
    CHECK_EQUAL(last.hits - first.hits, GETS * 3 / 4);
    CHECK_EQUAL(last.misses - first.misses, GETS / 4);
}

static void errors_are_counted_each(void)
{
    uint64_t before = calls_of(KV_CALL_GET).errors;
    kv_value value;
    for (int i = 0; i < 10; i++)
        EXPECT(kv_get(store, NULL, 9, "k", 1, &value, &error), KV_ERR_ARGUMENT);
    CHECK_EQUAL(calls_of(KV_CALL_GET).errors - before, 10);
    EXPECT(kv_get(store, "g", 1, "absent", 6, &value, &error), KV_NOT_FOUND);
    CHECK_EQUAL(calls_of(KV_CALL_GET).errors - before, 10);
}

static void writes_of_a_key_are_counted_by_their_kind(void)
{
    enum { WRITES = 128 };
    const int32_t kinds[] = {KV_CALL_SET, KV_CALL_APPEND, KV_CALL_INCREMENT, KV_CALL_EXPIRE,
                             KV_CALL_TAKE, KV_CALL_DELETE};
    kv_call_metrics before[6];
    kv_value value;
    for (size_t kind = 0; kind < 6; kind++) before[kind] = calls_of(kinds[kind]);
    for (int i = 0; i < WRITES; i++) set("k");
    for (int i = 0; i < WRITES; i++)
        EXPECT(kv_append(store, "g", 1, "k", 1, "v", 1, 0, NULL, &error), KV_OK);
    for (int i = 0; i < WRITES; i++)
        EXPECT(kv_increment(store, "g", 1, "n", 1, 1, 0, NULL, &error), KV_OK);
    for (int i = 0; i < WRITES; i++) EXPECT(kv_persist(store, "g", 1, "k", 1, &error), KV_OK);
    for (int i = 0; i < WRITES; i++) {
        kv_status status = kv_take(store, "g", 1, "k", 1, &value, &error);
        CHECK(status == (i == 0 ? KV_OK : KV_NOT_FOUND));
        kv_value_free(&value);
    }
    for (int i = 0; i < WRITES; i++)
        EXPECT(kv_delete(store, "g", 1, "n", 1, &error), i == 0 ? KV_OK : KV_NOT_FOUND);
    EXPECT(kv_set(store, NULL, 9, "k", 1, "v", 1, &error), KV_ERR_ARGUMENT);
    for (size_t kind = 0; kind < 6; kind++) {
        kv_call_metrics now = calls_of(kinds[kind]);
        uint64_t failed = kinds[kind] == KV_CALL_SET;
        check_durations(&now);
        CHECK_EQUAL(now.errors - before[kind].errors, failed);
        if (samples_writes)
            CHECK_EQUAL((now.calls - before[kind].calls) / 64, WRITES / 64);
        else
            CHECK_EQUAL(now.calls - before[kind].calls, WRITES + failed);
    }
}

static void other_calls_are_counted_each(void)
{
    kv_cursor cursor;
    kv_batch batch;
    kv_lock lock;
    uint64_t before[KV_CALL_KINDS], number;
    for (int32_t kind = 0; kind < KV_CALL_KINDS; kind++) before[kind] = calls_of(kind).calls;
    for (int i = 0; i < 3; i++) {
        EXPECT(kv_scan(store, "g", 1, NULL, &cursor, &error), KV_OK);
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    }
    EXPECT(kv_count(store, "g", 1, &number, &error), KV_OK);
    EXPECT(kv_count(store, "g", 1, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_delete_group(store, "none", 4, &number, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "g", 1, "b", 1, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_lock_acquire(store, "l", 1, NULL, 0, 60000, 0, &lock, &error), KV_OK);
    EXPECT(kv_lock_release(store, "l", 1, lock, &error), KV_OK);
    EXPECT(kv_flush(store, &error), KV_OK);
    const struct { int32_t kind; uint64_t calls; } rows[] = {
        {KV_CALL_SCAN, 3}, {KV_CALL_COUNT, 2}, {KV_CALL_DELETE_RANGE, 1}, {KV_CALL_BATCH, 1},
        {KV_CALL_LOCK, 2}, {KV_CALL_COPY, 0}, {KV_CALL_TEXT, 0}, {KV_CALL_STREAM, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_call_metrics now = calls_of(rows[i].kind);
        check_durations(&now);
        CHECK_EQUAL(now.calls - before[rows[i].kind], rows[i].calls);
    }
    CHECK_EQUAL(calls_of(KV_CALL_COUNT).errors, 1);
}

static void a_long_call_is_in_its_bucket(void)
{
    kv_lock lock, other;
    kv_call_metrics before = calls_of(KV_CALL_LOCK);
    EXPECT(kv_lock_acquire(store, "long", 4, NULL, 0, 60000, 0, &lock, &error), KV_OK);
    EXPECT(kv_lock_acquire(store, "long", 4, NULL, 0, 60000, 30, &other, &error), KV_CONFLICT);
    EXPECT(kv_lock_release(store, "long", 4, lock, &error), KV_OK);
    kv_call_metrics after = calls_of(KV_CALL_LOCK);
    uint64_t long_calls = 0;
    CHECK(after.longest_ns >= 30000000);
    /* The bucket 16 ends at 20 ms. */
    for (int i = 17; i < KV_DURATION_BUCKETS; i++)
        long_calls += after.buckets[i] - before.buckets[i];
    CHECK(long_calls >= 1);
}

static void *write_often(void *seed)
{
    wait_to_go();
    for (int i = 0; i < check_times(200); i++) {
        char key[32];
        snprintf(key, sizeof key, "%d-%d", (int)*(uint64_t *)seed, i);
        EXPECT(kv_set(store, "many", 4, key, KV_NUL, "v", 1, &error), KV_OK);
    }
    return NULL;
}

/* The bucket of a transaction of so many batches. */
static int group_bucket(uint64_t batches)
{
    int bucket = 0;
    for (uint64_t bound = 1; bucket < KV_GROUP_BUCKETS - 1 && batches > bound; bound *= 2) bucket++;
    return bucket;
}

static void commits_are_counted_by_the_size_of_their_group(void)
{
    kv_metrics before = metrics_of(store);
    for (int i = 0; i < 5; i++) set("k");
    kv_metrics after = metrics_of(store);
    CHECK_EQUAL(after.commits - before.commits, 5);
    CHECK_EQUAL(after.transactions - before.transactions, 5);
    CHECK_EQUAL(after.group_sizes[0] - before.group_sizes[0], 5);
    together(THREADS, write_often, NULL);
    after = metrics_of(store);
    uint64_t sum = 0, least = 0;
    int last = 0;
    for (int i = 0; i < KV_GROUP_BUCKETS; i++) {
        sum += after.group_sizes[i];
        least += after.group_sizes[i] * (i == 0 ? 1 : (UINT64_C(1) << (i - 1)) + 1);
        if (after.group_sizes[i] != 0) last = i;
    }
    CHECK_EQUAL(after.commits - before.commits, 5 + THREADS * check_times(200));
    CHECK_EQUAL(sum, after.transactions);
    CHECK(least <= after.commits && after.transactions <= after.commits);
    CHECK(after.largest_group >= 1 && after.largest_group <= THREADS);
    CHECK_EQUAL(group_bucket(after.largest_group), last);
}

static void watches_and_their_queues_are_measured(void)
{
    kv_watch watch, other;
    kv_subscription subscription;
    kv_event event = KV_EVENT_INIT;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = KV_WATCH_ANY_KEY;
    options.capacity = 16;
    kv_metrics before = metrics_of(store);
    CHECK(before.watches == 0 && before.callbacks == 0 && before.queued_events == 0);
    EXPECT(kv_watch_open(store, "w", 1, NULL, 0, &options, &watch, &error), KV_OK);
    EXPECT(kv_watch_open(store, "w", 1, "0", 1, NULL, &other, &error), KV_OK);
    EXPECT(kv_on_change(store, (kv_change_fn)(void (*)(void))abort, NULL, NULL, &subscription,
                        &error), KV_OK);
    CHECK_EQUAL(metrics_of(store).callbacks, 1);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    for (int i = 0; i < 20; i++) {
        char key[8];
        snprintf(key, sizeof key, "%d", i);
        EXPECT(kv_set(store, "w", 1, key, KV_NUL, "v", 1, &error), KV_OK);
    }
    usleep(3000);
    kv_metrics during = metrics_of(store);
    CHECK(during.watches == 2 && during.callbacks == 0);
    /* One queue is full, and one has a single event; a notice of the loss counts as well. */
    CHECK(during.longest_queue == 16 || during.longest_queue == 17);
    CHECK_EQUAL(during.queued_events, during.longest_queue + 1);
    CHECK_EQUAL(during.lost_events - before.lost_events, 4);
    CHECK(during.watch_lag_ms >= 2 && during.watch_lag_ms < 60000);
    CHECK(during.event_bytes > 0);
    while (kv_watch_poll(watch, 0, &event, &error) == KV_OK) continue;
    CHECK_EQUAL(metrics_of(store).queued_events, 1);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_watch_close(other, &error), KV_OK);
    kv_metrics after = metrics_of(store);
    CHECK(after.watches == 0 && after.queued_events == 0 && after.event_bytes == 0);
    CHECK(after.watch_lag_ms == 0 && after.lost_events == during.lost_events);
}

static void a_scope_and_a_bound_handle_have_the_metrics_of_the_store(void)
{
    kv_store scope, bound;
    kv_metrics before = metrics_of(store);
    uint64_t counts = calls_of(KV_CALL_COUNT).calls;
    EXPECT(kv_scope(store, "tenant", &scope, &error), KV_OK);
    EXPECT(kv_bind(store, &bound, &error), KV_OK);
    EXPECT(kv_set(scope, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set(bound, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_count(scope, "g", 1, &(uint64_t){0}, &error), KV_OK);
    EXPECT(kv_count(bound, "g", 1, &(uint64_t){0}, &error), KV_OK);
    CHECK_EQUAL(metrics_of(store).commits - before.commits, 2);
    CHECK_EQUAL(metrics_of(scope).commits - before.commits, 2);
    CHECK_EQUAL(metrics_of(bound).commits - before.commits, 2);
    CHECK_EQUAL(calls_of(KV_CALL_COUNT).calls - counts, 2);
    EXPECT(kv_close(scope, &error), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_deadline_that_has_passed_ends_the_calls(void)
{
    kv_store bound;
    kv_usage usage = KV_USAGE_INIT;
    EXPECT(kv_bind(store, &bound, &error), KV_OK);
    EXPECT(kv_arm(bound, 0, NULL, &error), KV_OK);
    EXPECT(kv_usage_get(bound, &usage, &error), KV_ERR_DEADLINE);
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(kv_usage_get(bound, &usage, &error), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_snapshot_has_the_metrics_of_its_calls_alone(void)
{
    kv_store snapshot;
    kv_metrics metrics = KV_METRICS_INIT;
    kv_call_metrics calls = KV_CALL_METRICS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    kv_value text;
    EXPECT(kv_snapshot(store, &snapshot, &error), KV_OK);
    EXPECT_MESSAGE(kv_metrics_get(snapshot, &metrics, &error), KV_ERR_UNSUPPORTED, "snapshot");
    EXPECT_MESSAGE(kv_metrics_text(snapshot, &text, &error), KV_ERR_UNSUPPORTED, "snapshot");
    CHECK(text.data == NULL && text.len == 0);
    EXPECT(kv_call_metrics_get(snapshot, KV_CALL_SCAN, &calls, &error), KV_OK);
    CHECK(calls.calls > 0);
    EXPECT_MESSAGE(kv_usage_get(snapshot, &usage, &error), KV_ERR_UNSUPPORTED, "snapshot");
    EXPECT(kv_close(snapshot, &error), KV_OK);
}

/* The sum of the sizes of the files in a folder that have `part` in their names. */
static uint64_t sizes_of(const char *folder, const char *part)
{
    uint64_t sum = 0;
    DIR *directory = opendir(folder);
    CHECK(directory != NULL);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int64_t len = strstr(entry->d_name, part) == NULL ? 0 : file_len(path);
        if (len > 0) sum += (uint64_t)len;
    }
    closedir(directory);
    return sum;
}

static void sizes_are_those_of_the_files(void)
{
    kv_metrics it = metrics_of(store);
    CHECK_EQUAL(it.row_bytes > 0, !is_sqlite);
    CHECK_EQUAL(it.readers > 0, is_sqlite);
    if (is_memory) CHECK(it.file_bytes == 0 && it.wal_bytes == 0);
    else CHECK(it.wal_bytes > 0);
    if (is_sqlite) {
        CHECK_EQUAL(it.file_bytes + it.wal_bytes + sizes_of(check_directory, "metrics.db-shm"),
                    sizes_of(check_directory, "metrics.db"));
        CHECK_EQUAL(it.wal_bytes, sizes_of(check_directory, "metrics.db-wal"));
    } else if (!is_memory) {
        /* The file of the log has space behind its end. */
        CHECK(it.wal_bytes <= sizes_of(check_path("metrics.log"), "log-"));
        EXPECT(kv_compact(store, &error), KV_OK);
        kv_metrics after = metrics_of(store);
        CHECK(after.file_bytes > 0 && after.wal_bytes < it.wal_bytes);
        CHECK_EQUAL(after.checkpoints - it.checkpoints, 1);
        CHECK(after.longest_checkpoint_us <= after.checkpoint_us && after.checkpoint_us > 0);
        CHECK_EQUAL(after.file_bytes, sizes_of(check_path("metrics.log"), "snapshot"));
    }
    CHECK(it.connections == 0 && it.connects == 0 && it.retries == 0 && it.failovers == 0);
    CHECK(it.read_only == 0 && it.poisoned == 0 && it.failed_checkpoints == 0);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    is_memory = samples_writes = strncmp(location, "memory:", 7) == 0;
    is_sqlite = strncmp(location, "sqlite:", 7) == 0;
    RUN(reads_of_a_key_are_sampled);
    RUN(errors_are_counted_each);
    RUN(writes_of_a_key_are_counted_by_their_kind);
    RUN(other_calls_are_counted_each);
    RUN(a_long_call_is_in_its_bucket);
    RUN(commits_are_counted_by_the_size_of_their_group);
    RUN(watches_and_their_queues_are_measured);
    RUN(a_scope_and_a_bound_handle_have_the_metrics_of_the_store);
    RUN(a_deadline_that_has_passed_ends_the_calls);
    RUN(a_snapshot_has_the_metrics_of_its_calls_alone);
    RUN(sizes_are_those_of_the_files);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    char uri[4200];
    check_begin(argc, argv, "metrics");
    walk("memory:", "metrics in memory");
    snprintf(uri, sizeof uri, "sqlite:%s", check_path("metrics.db"));
    walk(uri, "metrics in a file");
    snprintf(uri, sizeof uri, "log:%s", check_path("metrics.log"));
    walk(uri, "metrics in a log");
    return check_end();
}
