/* Workloads of many threads, whose writes share commits. */

#include <pthread.h>

#include "steps.h"

enum { THREADS_COUNT = 4, ROUNDS = 5 };

/* The units of a thread: no other thread writes them. */
struct hands {
    struct unit *single, *batch;
};

static void *write_units(void *given)
{
    const struct hands *hands = given;
    for (int i = 0; i < ROUNDS; i++) {
        set_unit(hands->single);
        commit_unit(hands->batch);
        read_unit(hands->single);
    }
    return NULL;
}

static void run_threads(void)
{
    static const char *const SINGLES[] = {"a", "b", "c", "d"};
    static const char *const BATCHES_OF[] = {"e", "f", "g", "h"};
    pthread_t threads[THREADS_COUNT];
    struct hands hands[THREADS_COUNT];
    for (int i = 0; i < THREADS_COUNT; i++)
        hands[i] = (struct hands){unit_of("g", SINGLES[i], 1, 300 * (size_t)(i + 1)),
                                  unit_of("g", BATCHES_OF[i], 3, 200 + 900 * (size_t)i)};
    for (int i = 0; i < THREADS_COUNT; i++)
        pthread_create(&threads[i], NULL, write_units, &hands[i]);
    for (int i = 0; i < THREADS_COUNT; i++) pthread_join(threads[i], NULL);
}

static void fill_few(void)
{
    fill(4, 500);
}

const struct workload THREADS = {
    .name = "threads",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_few,
    .run = run_threads,
};
