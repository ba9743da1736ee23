/*
 * Where should a long value rest: in its row, or in a row of its own?
 *
 * For each length of value, two stores, one with every value inline and one with none, do the same
 * random sets and gets in turns. Prints the medians in microseconds.
 */
#define _POSIX_C_SOURCE 200809L
#include <kv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 4000, OPERATIONS = 4000, ROUNDS = 7, LENGTH_MAX = 32768 };

static unsigned char buffer[LENGTH_MAX];
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

static double set_all(kv_store store, size_t length, int in_order)
{
    kv_error error;
    double begin = now_us();
    for (uint64_t i = 0; i < OPERATIONS; i++) {
        uint64_t key = in_order ? i % KEYS : next_random() % KEYS;
        uint64_t stamp = next_random();
        memcpy(buffer, &stamp, sizeof stamp);
        must(kv_set(store, "bench", 5, &key, sizeof key, buffer, length, &error), &error);
    }
    return (now_us() - begin) / OPERATIONS;
}

static double get_all(kv_store store)
{
    kv_error error;
    size_t length;
    double begin = now_us();
    for (int i = 0; i < OPERATIONS; i++) {
        uint64_t key = next_random() % KEYS;
        must(kv_get_into(store, "bench", 5, &key, sizeof key, buffer, sizeof buffer, &length, &error),
             &error);
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

static kv_store open_store(const char *directory, size_t length, const char *limit)
{
    kv_store store;
    kv_error error;
    char location[4096];
    snprintf(location, sizeof location, "sqlite:%s/%zu-%s.db?inline_limit=%s", directory, length,
             limit, limit);
    must(kv_open(location, &store, &error), &error);
    set_all(store, length, 1);
    return store;
}

int main(int argc, char **argv)
{
    const size_t lengths[] = {128, 256, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384};
    if (argc != 2) {
        fprintf(stderr, "usage: inline DIRECTORY\n");
        return 2;
    }
    memset(buffer, 'v', sizeof buffer);
    printf("| value | set, in its row | set, in its own | get, in its row | get, in its own |\n");
    printf("|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        double sets[2][ROUNDS], gets[2][ROUNDS];
        kv_store stores[2] = {open_store(argv[1], lengths[i], "1MiB"),
                              open_store(argv[1], lengths[i], "0")};
        for (int round = 0; round < ROUNDS; round++) {
            for (int turn = 0; turn < 2; turn++) {
                int which = (turn + round) % 2;
                sets[which][round] = set_all(stores[which], lengths[i], 0);
                gets[which][round] = get_all(stores[which]);
            }
        }
        printf("| %zu | %.1f | %.1f | %.1f | %.1f |\n", lengths[i], median(sets[0]),
               median(sets[1]), median(gets[0]), median(gets[1]));
        fflush(stdout);
        kv_close(stores[0], NULL);
        kv_close(stores[1], NULL);
    }
    return 0;
}
