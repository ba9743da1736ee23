/* A set without watches, and with them: slices in turns, ratios round by round. */

#include <stdio.h>
#include <string.h>

#include "measure.h"

enum { KEYS = 10000, SETS = 250, ROUNDS = 201, WATCHES_MAX = 100, VALUE_LEN = 100 };

struct contestant {
    const char *name, *title, *options;
    int on_others, on_all, callbacks;
    /* The contestant that differs in the watch alone. */
    int without;
    kv_store store;
    kv_watch watches[WATCHES_MAX];
    double times[ROUNDS], to_none[ROUNDS], to_without[ROUNDS];
};

static struct contestant contestants[] = {
    {.name = "none", .title = "no watch", .options = ""},
    {.name = "none_again", .title = "no watch, once more", .options = ""},
    {.name = "others_1", .title = "1 watch on another key", .options = "", .on_others = 1},
    {.name = "others_100", .title = "100 watches on other keys", .options = "", .on_others = 100},
    {.name = "getting_1", .title = "1 watch that gets it", .options = "", .on_all = 1},
    {.name = "getting_100", .title = "100 watches that get it", .options = "", .on_all = 100},
    {.name = "callback", .title = "a callback", .options = "", .callbacks = 1},
    {.name = "log", .title = "log, no watch", .options = "changes=on"},
    {.name = "log_watch", .title = "log, 1 watch that gets it", .options = "changes=on",
     .on_all = 1, .without = 7},
};
enum { CONTESTANTS = sizeof contestants / sizeof *contestants };

static uint64_t state = 88172645463325252u;
static uint64_t delivered;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void count_event(void *user_data, const kv_event *event)
{
    *(uint64_t *)user_data += event->value_len;
}

static void set(kv_store store, uint64_t key, unsigned char *value)
{
    kv_error error;
    uint64_t stamp = next_random();
    for (int i = 0; i + 8 <= VALUE_LEN; i += 8) memcpy(value + i, &stamp, 8);
    must(kv_set(store, "bench", 5, &key, sizeof key, value, VALUE_LEN, &error), &error);
}

static double slice(struct contestant *it)
{
    unsigned char value[VALUE_LEN] = {0};
    double begin = now_us();
    for (int i = 0; i < SETS; i++) set(it->store, next_random() % KEYS, value);
    return (now_us() - begin) / SETS;
}

/* Empties the queues outside of the time; each must have got every set. */
static void drain(struct contestant *it)
{
    static unsigned char buffer[1 << 20];
    kv_error error;
    for (int i = it->on_others; i < it->on_others + it->on_all; i++) {
        size_t used, count, all = 0;
        kv_status status;
        while ((status = kv_watch_fill(it->watches[i], buffer, sizeof buffer, &used, &count,
                                       &error)) == KV_OK)
            all += count;
        must(status, &error);
        if (all != SETS) fprintf(stderr, "%s: a watch got %zu of %d\n", it->name, all, SETS);
    }
}

static void prepare(struct contestant *it)
{
    unsigned char value[VALUE_LEN] = {0};
    kv_subscription subscription;
    kv_error error;
    it->store = open_file(it->name, it->options);
    for (uint64_t key = 0; key < KEYS; key++) set(it->store, key, value);
    for (int i = 0; i < it->on_others + it->on_all; i++) {
        char other[16];
        snprintf(other, sizeof other, "other %d", i);
        it->watches[i] = i < it->on_others ? watch_key(it->store, other) : watch_group(it->store);
    }
    if (it->callbacks > 0)
        must(kv_on_change(it->store, count_event, &delivered, NULL, &subscription, &error), &error);
}

void measure_sets(void)
{
    for (int i = 0; i < CONTESTANTS; i++) prepare(&contestants[i]);
    for (int round = -1; round < ROUNDS; round++) {
        for (int turn = 0; turn < CONTESTANTS; turn++) {
            struct contestant *it = &contestants[(turn + round + CONTESTANTS) % CONTESTANTS];
            double time = slice(it);
            drain(it);
            /* The first round warms up. */
            if (round >= 0) it->times[round] = time;
        }
        for (int i = 0; i < CONTESTANTS && round >= 0; i++) {
            struct contestant *it = &contestants[i];
            it->to_none[round] = it->times[round] / contestants[0].times[round];
            it->to_without[round] = it->times[round] / contestants[it->without].times[round];
        }
    }
    printf("\n| a set, no fsync | us | to no watch, no log | to the same without watch |\n");
    printf("|---|---:|---:|---:|\n");
    for (int i = 0; i < CONTESTANTS; i++) {
        char name[96];
        struct contestant *it = &contestants[i];
        double time = quantile(it->times, ROUNDS, 0.5);
        double to_none = quantile(it->to_none, ROUNDS, 0.5);
        double to_without = quantile(it->to_without, ROUNDS, 0.5);
        printf("| %s | %.2f | %.2fx | %.2fx |\n", it->title, time, to_none, to_without);
        snprintf(name, sizeof name, "set_%s_us", it->name);
        note(name, time);
        snprintf(name, sizeof name, "set_%s_to_none", it->name);
        note(name, to_none);
        snprintf(name, sizeof name, "set_%s_to_without_watch", it->name);
        note(name, to_without);
        kv_close(it->store, NULL);
        for (int watch = 0; watch < it->on_others + it->on_all; watch++)
            kv_watch_close(it->watches[watch], NULL);
    }
}
