/* Nothing is lost and nothing given twice among threads and processes. */

#define _DEFAULT_SOURCE
#include "again.h"
#include "together.h"

static kv_store store;
static int64_t taken;

static void *take_all(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < 200; i++) {
        kv_value value;
        kv_status status = kv_take(store, "t", 1, &i, sizeof i, &value, NULL);
        if (status == KV_OK) __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
        else CHECK_EQUAL(status, KV_NOT_FOUND);
        kv_value_free(&value);
    }
    return NULL;
}

static void take_gives_each_value_to_one_thread(void)
{
    store = check_open(check_path("take.db"));
    for (int round = 0; round < check_times(5); round++) {
        for (int i = 0; i < 200; i++)
            EXPECT(kv_set(store, "t", 1, &i, sizeof i, "once", 4, &error), KV_OK);
        taken = 0;
        together(THREADS, take_all, NULL);
        CHECK_EQUAL(taken, 200);
    }
    EXPECT(kv_close(store, &error), KV_OK);
}

static void *increment_many(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < check_times(250); i++)
        EXPECT(kv_increment(store, "n", 1, "counter", 7, 1, 0, NULL, &error), KV_OK);
    return NULL;
}

/* The work of each process. */
static void increment_from_threads(void)
{
    store = check_open(check_path("increment.db"));
    together(THREADS, increment_many, NULL);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void increments_of_threads_and_processes_lose_nothing(void)
{
    intptr_t processes[2];
    char sum[32];
    /* A program of its own: fork.c tests a fork with an open store. */
    for (int i = 0; i < 2; i++) processes[i] = start_again("increment", NULL);
    for (int i = 0; i < 2; i++) CHECK_EQUAL(end_of(processes[i]), 0);
    store = check_open(check_path("increment.db"));
    snprintf(sum, sizeof sum, "%d", 2 * THREADS * check_times(250));
    CHECK(check_value_is(store, "n", "counter", sum));
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "share");
    if (argc > 2) {
        increment_from_threads();
        return check_end();
    }
    RUN(increments_of_threads_and_processes_lose_nothing);
    RUN(take_gives_each_value_to_one_thread);
    return check_end();
}
