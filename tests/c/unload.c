/*
 * A host that loads the library at run time: threads call it, it is closed, the threads end after
 * that, and it is loaded again. Thread-local destructors must still be there.
 */

#define _DEFAULT_SOURCE
#include <pthread.h>
#include <sched.h>

#define CHECK_UNLINKED
#include "loading.h"

enum { THREADS = 8 };

static kv_status (*open_store)(const char *, kv_store *, kv_error *);
static kv_status (*close_store)(kv_store, kv_error *);
static kv_status (*set)(kv_store, const void *, size_t, const void *, size_t, const void *, size_t,
                        kv_error *);
static kv_status (*get)(kv_store, const void *, size_t, const void *, size_t, kv_value *,
                        kv_error *);
static void (*free_value)(kv_value *);

static kv_store store;
static int called, unloaded;

static void *load(void)
{
    const char *path = getenv("KV_LIBRARY");
    void *library = load_library(path == NULL ? LIBRARY_NAME : path);
    if (library == NULL) exit(1);
    /* The way to turn an object pointer into a function's that POSIX prescribes. */
    *(void **)&open_store = symbol_of(library, "kv_open");
    *(void **)&close_store = symbol_of(library, "kv_close");
    *(void **)&set = symbol_of(library, "kv_set");
    *(void **)&get = symbol_of(library, "kv_get");
    *(void **)&free_value = symbol_of(library, "kv_value_free");
    CHECK(open_store && close_store && set && get && free_value);
    return library;
}

static void *call_and_end_later(void *number)
{
    kv_value value;
    EXPECT(set(store, "g", 1, number, sizeof(int), "v", 1, &error), KV_OK);
    EXPECT(get(store, "g", 1, number, sizeof(int), &value, &error), KV_OK);
    free_value(&value);
    __atomic_add_fetch(&called, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&unloaded, __ATOMIC_ACQUIRE)) sched_yield();
    return NULL;
}

static void threads_may_end_after_the_library_was_closed(void)
{
    for (int round = 0; round < 3; round++) {
        pthread_t ids[THREADS];
        int numbers[THREADS];
        void *library = load();
        __atomic_store_n(&called, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&unloaded, 0, __ATOMIC_RELEASE);
        EXPECT(open_store(check_path("unload.db"), &store, &error), KV_OK);
        for (int i = 0; i < THREADS; i++) {
            numbers[i] = i;
            CHECK(pthread_create(&ids[i], NULL, call_and_end_later, &numbers[i]) == 0);
        }
        while (__atomic_load_n(&called, __ATOMIC_ACQUIRE) < THREADS) sched_yield();
        EXPECT(close_store(store, &error), KV_OK);
        CHECK(unload_library(library));
        __atomic_store_n(&unloaded, 1, __ATOMIC_RELEASE);
        for (int i = 0; i < THREADS; i++) pthread_join(ids[i], NULL);
    }
}

static void a_store_left_open_survives_the_unloading(void)
{
    void *library = load();
    EXPECT(open_store(check_path("left-open.db"), &store, &error), KV_OK);
    EXPECT(set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK(unload_library(library));
    /* It is never really unloaded, so the handle is good again after the next load. */
    library = load();
    kv_value value;
    EXPECT(get(store, "g", 1, "k", 1, &value, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "v");
    free_value(&value);
    EXPECT(close_store(store, &error), KV_OK);
    CHECK(unload_library(library));
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "unload");
    RUN(threads_may_end_after_the_library_was_closed);
    RUN(a_store_left_open_survives_the_unloading);
    return check_end();
}
