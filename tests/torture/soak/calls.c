/* The calls of the load. They use a bounded set of keys, so that the file is bounded too. */

#include <stdio.h>
#include <string.h>

#include "load.h"

enum { KEYS = 2000, QUOTA_KEYS = 600, CACHE_KEYS = 8000, COUNTERS = 50, VALUE_MAX = 3000 };

static char value[VALUE_MAX];

static const char *key_of(uint64_t keys)
{
    static char key[32];
    snprintf(key, sizeof key, "key%05d", (int)chance(keys));
    return key;
}

/* Mostly inline values; some are in overflow rows. */
static size_t some_length(void)
{
    return chance(8) == 0 ? chance(VALUE_MAX) : 20 + chance(400);
}

static kv_status get(kv_store from, uint64_t keys)
{
    static char buffer[VALUE_MAX];
    size_t len;
    return kv_get_into(from, "main", 4, key_of(keys), KV_NUL, buffer, sizeof buffer, &len, &failure);
}

static kv_status set(kv_store to, uint64_t keys)
{
    return kv_set(to, "main", 4, key_of(keys), KV_NUL, value, some_length(), &failure);
}

/* In a namespace with a quota. */
static kv_status set_ttl(void)
{
    return kv_set_ttl(store, "q:items", 7, key_of(QUOTA_KEYS), KV_NUL, value, some_length(),
                      1 + (int64_t)chance(5000), &failure);
}

static kv_status commit_batch(void)
{
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, &failure);
    for (int i = 0; status == KV_OK && i < 5; i++)
        status = kv_batch_set(batch, "main", 4, key_of(KEYS), KV_NUL, value, some_length(), NULL,
                              &failure);
    if (status == KV_OK)
        status = kv_batch_delete(batch, "q:items", 7, key_of(QUOTA_KEYS), KV_NUL, &failure);
    if (status == KV_OK) status = kv_batch_commit(store, batch, &failure);
    kv_batch_close(batch, NULL);
    return status;
}

static kv_status run_transaction(void)
{
    kv_txn txn;
    kv_value old;
    kv_status status = kv_txn_begin(store, &txn, &failure);
    for (int i = 0; status == KV_OK && i < 2; i++) {
        const char *key = key_of(KEYS);
        status = kv_txn_get(txn, "main", 4, key, KV_NUL, &old, &failure);
        kv_value_free(&old);
        if (status < 0) break;
        status = kv_txn_set(txn, "main", 4, key, KV_NUL, value, some_length(), NULL, &failure);
    }
    if (status == KV_OK) status = kv_txn_commit(txn, &failure);
    if (status < 0) kv_txn_abort(txn, NULL);
    return status;
}

static kv_status scan(void)
{
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    kv_cursor cursor;
    kv_entry entry;
    options.lower = key_of(KEYS);
    options.lower_len = KV_NUL;
    options.limit = 100;
    kv_status status = kv_scan(store, "main", 4, &options, &cursor, &failure);
    if (status != KV_OK) return status;
    while ((status = kv_cursor_next(cursor, &entry, &failure)) == KV_OK) continue;
    kv_cursor_close(cursor, NULL);
    return status;
}

/* Reads the newest changes of the log. */
static kv_status read_changes(void)
{
    static uint64_t since;
    kv_change_cursor cursor;
    kv_event event = KV_EVENT_INIT;
    if (since == 0 && kv_changes_oldest(store, &since, &failure) < 0) return failure.code;
    kv_status status = kv_changes(store, since, &cursor, &failure);
    if (status == KV_OK) {
        for (int i = 0; i < 100; i++) {
            status = kv_changes_next(cursor, &event, &failure);
            if (status != KV_OK) break;
            since = event.version;
        }
        kv_changes_close(cursor, NULL);
    }
    if (status != KV_ERR_COMPACTED) return status;
    since = 0;
    return KV_OK;
}

static kv_status poll_watch(int process)
{
    kv_event event = KV_EVENT_INIT;
    kv_status status = KV_OK;
    for (int i = 0; status == KV_OK && i < 200; i++) {
        status = kv_watch_poll(watch, 0, &event, &failure);
        if (status == KV_OK && event.type == KV_EVENT_LAGGED) shared->processes[process].lags++;
    }
    return status;
}

static kv_status run(int process, enum call call)
{
    switch (call) {
    case GET: return get(store, KEYS);
    case SET: return set(store, KEYS);
    case SET_TTL: return set_ttl();
    case DELETE: return kv_delete(store, "main", 4, key_of(KEYS), KV_NUL, &failure);
    case BATCH: return commit_batch();
    case TRANSACTION: return run_transaction();
    case INCREMENT:
        return kv_increment(store, "counters", 8, key_of(COUNTERS), KV_NUL, 1, 0, NULL, &failure);
    case SCAN: return scan();
    case CHANGES: return read_changes();
    case POLL: return poll_watch(process);
    case CACHE_GET: return get(cache, CACHE_KEYS);
    default: return set(cache, CACHE_KEYS);
    }
}

const char *name_of_call(enum call call)
{
    static const char *const names[] = {
        "get", "set", "set with ttl", "delete", "batch of 6", "transaction", "increment", "scan of 100",
        "100 changes", "poll of a watch", "get, cache", "set, cache",
    };
    return names[call];
}

void measure(int process, enum call call)
{
    uint64_t begin = now_ns();
    kv_status status = run(process, call);
    histogram_add(&shared->processes[process].times[call], now_ns() - begin);
    if (status < 0 && status != KV_ERR_QUOTA) must(name_of_call(call), status);
}
