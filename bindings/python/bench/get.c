/* Prints the nanoseconds that kv_get_into and kv_get take, the best of many short rounds. */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 10000, ROUNDS = 500 };

static kv_store store;

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void get_into(void)
{
    char buffer[4096];
    size_t len;
    if (kv_get_into(store, "group", 5, "key", 3, buffer, sizeof buffer, &len, NULL) != KV_OK)
        exit(1);
}

static void get(void)
{
    kv_value value;
    if (kv_get(store, "group", 5, "key", 3, &value, NULL) != KV_OK) exit(1);
    kv_value_free(&value);
}

static double best_ns(void (*call)(void))
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (int i = 0; i < CALLS; i++) call();
        double each = (now_ns() - begin) / CALLS;
        if (each < best) best = each;
    }
    return best;
}

int main(int argc, char **argv)
{
    static const char value[100];
    if (kv_open(argc > 1 ? argv[1] : "memory:", &store, NULL) != KV_OK ||
        kv_set(store, "group", 5, "key", 3, value, sizeof value, NULL) != KV_OK)
        return 1;
    printf("%.1f %.1f\n", best_ns(get_into), best_ns(get));
    return kv_close(store, NULL) == KV_OK ? 0 : 1;
}
