/* Prints the nanoseconds that kv_get_into and kv_get take, and for an entry a scan and a batch of
 * 1,000: the best of many short rounds. */

#define _DEFAULT_SOURCE
#include <kv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 10000, ROUNDS = 500, ENTRIES = 1000 };

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

static void set_many(void)
{
    static char names[ENTRIES][8];
    static unsigned char value[100];
    kv_batch batch;
    value[0]++;
    if (kv_batch_new(&batch, NULL) != KV_OK) exit(1);
    for (int i = 0; i < ENTRIES; i++) {
        if (names[i][0] == 0) snprintf(names[i], sizeof names[i], "%04d", i);
        kv_batch_set(batch, "many", 4, names[i], 4, value, sizeof value, NULL, NULL);
    }
    if (kv_batch_commit(store, batch, NULL) != KV_OK) exit(1);
    kv_batch_close(batch, NULL);
}

static void scan(void)
{
    static char buffer[1 << 18];
    size_t used, count;
    kv_cursor cursor;
    if (kv_scan(store, "many", 4, NULL, &cursor, NULL) != KV_OK) exit(1);
    if (kv_cursor_fill(cursor, buffer, sizeof buffer, &used, &count, NULL) < 0) exit(1);
    if (count != ENTRIES) exit(1);
    kv_cursor_close(cursor, NULL);
}

static double best_ns(void (*call)(void), int calls)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (int i = 0; i < calls; i++) call();
        double each = (now_ns() - begin) / calls;
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
    printf("%.1f %.1f ", best_ns(get_into, CALLS), best_ns(get, CALLS));
    printf("%.1f ", best_ns(set_many, 1) / ENTRIES);
    printf("%.1f\n", best_ns(scan, 1) / ENTRIES);
    return kv_close(store, NULL) == KV_OK ? 0 : 1;
}
