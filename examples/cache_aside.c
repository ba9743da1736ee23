/*
 * A cache of slow computations: read the entry, compute it on a miss, keep it for a while.
 *
 * When a popular entry expires, all callers miss at once. So the first one that misses takes a
 * lease, a key that may be created only if it is absent, and computes; the others wait for the
 * entry. The lease has a ttl: if the process of its holder ends, the next caller computes. The
 * holder of the lease reads again before computing, because the entry may have been written between
 * its miss and its lease.
 */

#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <kv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TTL_MS = 60000, LEASE_MS = 5000, THREADS = 4 };

static kv_store store;
static int computed;

static void fail(const char *what, const kv_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

/* The slow computation. */
static void compute(const char *key, char *text, size_t room)
{
    usleep(2000);
    snprintf(text, room, "report on %s", key);
    __atomic_add_fetch(&computed, 1, __ATOMIC_RELAXED);
}

/* Copies the cached text and returns 1, or returns 0. */
static int look(const char *key, char *text, size_t room)
{
    kv_error error;
    size_t len;
    kv_status status =
        kv_get_into(store, "cache", KV_NUL, key, KV_NUL, text, room - 1, &len, &error);
    if (status < 0) fail("look", &error);
    if (status != KV_OK) return 0; /* A text longer than the buffer is a miss as well. */
    text[len] = '\0';
    return 1;
}

/* Returns the version of the lease, or 0 if another caller has it. */
static uint64_t take_lease(const char *key)
{
    uint64_t version = 0;
    kv_error error;
    kv_put_options lease = KV_PUT_OPTIONS_INIT;
    lease.condition = KV_IF_ABSENT;
    lease.expiry = KV_EXPIRY_AFTER;
    lease.time_ms = LEASE_MS;
    kv_status status =
        kv_put(store, "leases", KV_NUL, key, KV_NUL, "", 0, &lease, &version, &error);
    if (status < 0) fail("lease", &error);
    return status == KV_OK ? version : 0;
}

static void get(const char *key, char *text, size_t room)
{
    kv_error error;
    while (!look(key, text, room)) {
        uint64_t lease = take_lease(key);
        if (lease == 0) {
            usleep(500);
            continue;
        }
        if (!look(key, text, room)) {
            compute(key, text, room);
            if (kv_set_ttl(store, "cache", KV_NUL, key, KV_NUL, text, KV_NUL, TTL_MS, &error) !=
                KV_OK)
                fail("keep", &error);
        }
        /* Only its own lease: after its ttl another caller may have taken it. */
        if (kv_delete_version(store, "leases", KV_NUL, key, KV_NUL, lease, &error) < 0)
            fail("end lease", &error);
        return;
    }
}

static void *get_in_thread(void *key)
{
    char text[64];
    get(key, text, sizeof text);
    return NULL;
}

int main(int argc, char **argv)
{
    const char *const wanted[] = {"berlin", "paris", "berlin", "berlin", "paris", "rome"};
    char text[64], popular[] = "tokyo";
    kv_error error;
    pthread_t threads[THREADS];
    kv_stats statistics = KV_STATS_INIT;
    if (kv_open(argc > 1 ? argv[1] : "cache.db", &store, &error) != KV_OK) fail("open", &error);

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        get(wanted[i], text, sizeof text);
        printf("%s\n", text);
    }
    if (kv_stats_get(store, &statistics, &error) != KV_OK) fail("stats", &error);
    /* Each miss reads twice: before its lease and after. */
    printf("%zu wanted, %d computed, %" PRIu64 " hits, %" PRIu64 " misses\n",
           sizeof wanted / sizeof *wanted, computed, statistics.hits, statistics.misses);

    computed = 0;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, get_in_thread, popular) != 0) return 1;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    printf("%d threads want one absent entry: %d computed\n", THREADS, computed);
    if (kv_close(store, &error) != KV_OK) fail("close", &error);
    return 0;
}
