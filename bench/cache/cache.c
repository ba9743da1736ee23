/*
 * What do limits cost?
 *
 * Stores without a limit, with one that is far away, and full ones that evict, do the same sets of
 * new keys, sets of old keys and gets, in turns. Prints the medians in microseconds, and what they
 * are of those without a limit.
 */
#define _POSIX_C_SOURCE 200809L
#include <kv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 20000, OPERATIONS = 4000, ROUNDS = 9, VALUE_LEN = 128, STORES = 3, KINDS = 3 };

static const char *const kinds[KINDS] = {"set a new key", "set an old key", "get"};
static const char *const options[STORES] = {
    "", "max_entries=1000000000&max_bytes=100GB", "max_entries=20000&evict=lru"};

static unsigned char buffer[VALUE_LEN];
static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void must(kv_status status, const kv_error *error)
{
    if (status < 0) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Keys are spread, so that those that come and go do so everywhere in the table. */
static uint64_t spread(uint64_t id)
{
    return id * 0x9E3779B97F4A7C15u;
}

/* The keys of a store: those from `first` up to `end` are there. */
typedef struct {
    kv_store store;
    uint64_t first;
    uint64_t end;
} range;

static void set_one(kv_store store, uint64_t id)
{
    kv_error error;
    uint64_t key = spread(id);
    memcpy(buffer, &id, sizeof id);
    must(kv_set(store, "bench", 5, &key, sizeof key, buffer, sizeof buffer, &error), &error);
}

/* Those without eviction delete the oldest key themselves, outside of the time that is taken. */
static double set_new(range *keys, int evicts)
{
    kv_error error;
    double begin = now_us();
    for (int i = 0; i < OPERATIONS; i++)
        set_one(keys->store, keys->end++);
    double taken = now_us() - begin;
    for (int i = 0; i < OPERATIONS; i++, keys->first++) {
        uint64_t key = spread(keys->first);
        if (!evicts)
            must(kv_delete(keys->store, "bench", 5, &key, sizeof key, &error), &error);
    }
    return taken / OPERATIONS;
}

static double set_old(range *keys)
{
    /* In the order in which they were written, so that the oldest stay the oldest. */
    double begin = now_us();
    for (int i = 0; i < OPERATIONS; i++)
        set_one(keys->store, keys->end - OPERATIONS + (uint64_t)i);
    return (now_us() - begin) / OPERATIONS;
}

static double get_all(range *keys)
{
    kv_error error;
    size_t length;
    double begin = now_us();
    for (int i = 0; i < OPERATIONS; i++) {
        uint64_t newest = (keys->end - keys->first) / 2;
        uint64_t key = spread(keys->end - 1 - next_random() % newest);
        kv_status status = kv_get_into(keys->store, "bench", 5, &key, sizeof key, buffer,
                                       sizeof buffer, &length, &error);
        must(status, &error);
        if (status != KV_OK) {
            fprintf(stderr, "a key is missing that was used lately\n");
            exit(1);
        }
    }
    return (now_us() - begin) / OPERATIONS;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *samples)
{
    qsort(samples, ROUNDS, sizeof *samples, by_size);
    return samples[ROUNDS / 2];
}

static void run(const char *engine, const char *directory)
{
    double samples[KINDS][STORES][ROUNDS];
    range stores[STORES];
    for (int which = 0; which < STORES; which++) {
        kv_error error;
        char location[4096];
        if (strcmp(engine, "memory") == 0)
            snprintf(location, sizeof location, "memory:?%s", options[which]);
        else
            snprintf(location, sizeof location, "sqlite:%s/%d.db?%s", directory, which,
                     options[which]);
        must(kv_open(location, &stores[which].store, &error), &error);
        stores[which].first = 0;
        stores[which].end = 0;
        while (stores[which].end < KEYS)
            set_one(stores[which].store, stores[which].end++);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int turn = 0; turn < STORES; turn++) {
            int which = (turn + round) % STORES;
            samples[0][which][round] = set_new(&stores[which], which == STORES - 1);
            samples[1][which][round] = set_old(&stores[which]);
            samples[2][which][round] = get_all(&stores[which]);
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        double none = median(samples[kind][0]);
        double far = median(samples[kind][1]), full = median(samples[kind][2]);
        printf("| %s | %s | %.2f | %.2f (%.2f) | %.2f (%.2f) |\n", engine, kinds[kind], none, far,
               far / none, full, full / none);
    }
    fflush(stdout);
    for (int which = 0; which < STORES; which++)
        kv_close(stores[which].store, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: cache DIRECTORY\n");
        return 2;
    }
    memset(buffer, 'v', sizeof buffer);
    printf("| engine | call | no limit | a limit far away | full, evict=lru |\n");
    printf("|---|---|---:|---:|---:|\n");
    run("memory", argv[1]);
    run("sqlite", argv[1]);
    return 0;
}
