/* Threads: any call at any time, close included; one cursor between two, and one of one's own. */

#include "together.h"

static kv_store store;
static kv_cursor cursor;
static int64_t taken;

static kv_status one_of_many_calls(uint64_t random)
{
    char key[8];
    kv_value value;
    kv_cursor mine;
    kv_batch batch;
    kv_txn txn;
    kv_entry entry;
    uint64_t number;
    kv_stats statistics = KV_STATS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    kv_metrics metrics = KV_METRICS_INIT;
    kv_call_metrics calls = KV_CALL_METRICS_INIT;
    kv_status status;
    snprintf(key, sizeof key, "k%d", (int)(random >> 8 & 15));
    switch (random & 15) {
    case 0: return kv_set(store, "g", 1, key, KV_NUL, "value", 5, NULL);
    case 1: return kv_set_ttl(store, "g", 1, key, KV_NUL, "brief", 5, 1, NULL);
    case 2: return kv_delete(store, "g", 1, key, KV_NUL, NULL);
    case 3: return kv_increment(store, "n", 1, key, KV_NUL, 1, 0, NULL, NULL);
    case 4: return kv_append(store, "a", 1, key, KV_NUL, "+", 1, 0, NULL, NULL);
    case 5: return kv_count(store, "g", 1, &number, NULL);
    case 6:
        switch (random >> 12 & 3) {
        case 0: return kv_stats_get(store, &statistics, NULL);
        case 1: return kv_usage_get(store, &usage, NULL);
        case 2: return kv_metrics_get(store, &metrics, NULL);
        default: return kv_call_metrics_get(store, KV_CALL_SET, &calls, NULL);
        }
    case 7: return kv_purge_expired(store, NULL, NULL);
    case 13:
        status = kv_metrics_text(store, &value, NULL);
        if (status == KV_OK) kv_value_free(&value);
        return status;
    case 8:
    case 9:
        status = kv_scan(store, "g", 1, NULL, &mine, NULL);
        if (status != KV_OK) return status;
        do status = kv_cursor_next(mine, &entry, NULL); while (status == KV_OK);
        CHECK_EQUAL(kv_cursor_close(mine, NULL), KV_OK);
        return status;
    case 10:
        CHECK_EQUAL(kv_batch_new(&batch, NULL), KV_OK);
        CHECK_EQUAL(kv_batch_set(batch, "g", 1, key, KV_NUL, "batch", 5, NULL, NULL), KV_OK);
        CHECK_EQUAL(kv_batch_get(batch, "a", 1, key, KV_NUL, NULL), KV_OK);
        status = kv_batch_commit(store, batch, NULL);
        CHECK_EQUAL(kv_batch_close(batch, NULL), KV_OK);
        return status;
    case 12:
        status = kv_txn_begin(store, &txn, NULL);
        if (status != KV_OK) return status;
        status = kv_txn_get(txn, "g", 1, key, KV_NUL, &value, NULL);
        kv_value_free(&value);
        if (status >= 0) status = kv_txn_set(txn, "a", 1, key, KV_NUL, "txn", 3, NULL, NULL);
        if (status >= 0) status = kv_txn_commit(txn, NULL);
        if (status < 0) CHECK_EQUAL(kv_txn_abort(txn, NULL), KV_OK);
        return status;
    case 11:
        status = kv_take(store, "g", 1, key, KV_NUL, &value, NULL);
        if (status == KV_OK) kv_value_free(&value);
        return status;
    default:
        status = kv_get(store, "g", 1, key, KV_NUL, &value, NULL);
        if (status == KV_OK) {
            CHECK(value.len == 5 && value.data[4] != 0);
            kv_value_free(&value);
        }
        return status;
    }
}

static void *call_until_closed(void *seed)
{
    wait_to_go();
    for (;;) {
        kv_status status = one_of_many_calls(check_random(seed));
        if (status == KV_ERR_HANDLE) return NULL;
        if (status < 0 && status != KV_ERR_CLOSED) {
            FAIL("a call that met a close returned %d (%s)", status, kv_strerror(status));
            return NULL;
        }
        if (status >= 0) __atomic_add_fetch(&taken, 1, __ATOMIC_RELEASE);
    }
}

/* Closes the store amid calls: the threads go on calling until the close. */
static void close_amid_calls(void)
{
    while (__atomic_load_n(&taken, __ATOMIC_ACQUIRE) < 4 * THREADS) sched_yield();
    EXPECT(kv_close(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_ERR_HANDLE);
}

static void close_may_meet_any_call(void)
{
    int times = check_times(200);
    for (int i = 0; i < times; i++) {
        store = check_open(i % 2 == 0 ? check_path("close.db") : "memory:");
        taken = 0;
        together(THREADS, call_until_closed, close_amid_calls);
    }
    store = check_open(check_path("close.db"));
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void *close_it(void *unused)
{
    (void)unused;
    wait_to_go();
    kv_status status = kv_close(store, NULL);
    if (status == KV_OK) __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    else CHECK_EQUAL(status, KV_ERR_HANDLE);
    return NULL;
}

static void of_many_who_close_one_succeeds(void)
{
    for (int i = 0; i < check_times(100); i++) {
        taken = 0;
        store = check_open("memory:");
        together(THREADS, close_it, NULL);
        CHECK_EQUAL(taken, 1);
    }
}

static void *walk_the_shared_cursor(void *unused)
{
    (void)unused;
    wait_to_go();
    for (;;) {
        kv_entry entry;
        kv_status status = kv_cursor_next(cursor, &entry, NULL);
        if (status == KV_OK) {
            __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
        } else if (status == KV_DONE) {
            return NULL;
        } else if (status != KV_ERR_BUSY) {
            FAIL("a shared cursor returned %d", status);
            return NULL;
        }
    }
}

static void a_shared_cursor_is_busy_and_gives_each_entry_once(void)
{
    enum { ENTRIES = 2000 };
    store = check_open(check_path("cursor.db"));
    kv_batch batch;
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    for (int i = 0; i < ENTRIES; i++)
        EXPECT(kv_batch_set(batch, "c", 1, &i, sizeof i, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    for (int i = 0; i < check_times(20); i++) {
        taken = 0;
        EXPECT(kv_scan(store, "c", 1, NULL, &cursor, &error), KV_OK);
        together(2, walk_the_shared_cursor, NULL);
        CHECK_EQUAL(taken, ENTRIES);
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    }
    EXPECT(kv_close(store, &error), KV_OK);
}

static kv_txn shared;

static void *use_the_shared_transaction(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < 500; i++) {
        kv_status status = kv_txn_set(shared, "t", 1, &i, sizeof i, "v", 1, NULL, NULL);
        if (status != KV_OK) CHECK_EQUAL(status, KV_ERR_BUSY);
        /* Only the sets that were not refused are there, and the process still runs. */
        if (status == KV_OK) __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void *commit_the_shared_transaction(void *unused)
{
    (void)unused;
    wait_to_go();
    kv_status status;
    do status = kv_txn_commit(shared, NULL); while (status == KV_ERR_BUSY);
    if (status == KV_OK) __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    else CHECK_EQUAL(status, KV_ERR_HANDLE);
    return NULL;
}

static void a_shared_transaction_is_busy_and_committed_once(void)
{
    store = check_open(check_path("shared-txn.db"));
    for (int i = 0; i < check_times(50); i++) {
        taken = 0;
        EXPECT(kv_txn_begin(store, &shared, &error), KV_OK);
        together(THREADS, use_the_shared_transaction, NULL);
        CHECK(taken >= 500 / THREADS);
        taken = 0;
        together(THREADS, commit_the_shared_transaction, NULL);
        CHECK_EQUAL(taken, 1);
    }
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static int stop;

static void *open_and_close_others(void *unused)
{
    (void)unused;
    wait_to_go();
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        kv_store other;
        CHECK_EQUAL(kv_open("memory:", &other, NULL), KV_OK);
        CHECK_EQUAL(kv_close(other, NULL), KV_OK);
    }
    return NULL;
}

static void walk_alone(void)
{
    kv_entry entry;
    for (int i = 0; i < check_times(20000); i++) {
        EXPECT(kv_scan(store, "c", 1, NULL, &cursor, &error), KV_OK);
        EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
}

static void a_cursor_of_one_thread_is_never_busy(void)
{
    store = check_open("memory:");
    EXPECT(kv_set(store, "c", 1, "k", 1, "v", 1, &error), KV_OK);
    __atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
    together(2, open_and_close_others, walk_alone);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "threads");
    RUN(close_may_meet_any_call);
    RUN(of_many_who_close_one_succeeds);
    RUN(a_shared_cursor_is_busy_and_gives_each_entry_once);
    RUN(a_shared_transaction_is_busy_and_committed_once);
    RUN(a_cursor_of_one_thread_is_never_busy);
    return check_end();
}
