/*
 * How fast is a store copied into another?
 *
 * Entries of 20 bytes of key and 100 bytes of value, in ten groups, go from each engine to each, and
 * once more over what is there, or past it. Prints the medians in entries per second.
 */
#define _POSIX_C_SOURCE 200809L
#include <kv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GROUPS = 10, KEY_LEN = 20, VALUE_LEN = 100, ROUNDS = 3, BATCH = 1000 };

static kv_error error;

static void must(kv_status status)
{
    if (status < 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static kv_store open_at(const char *location)
{
    kv_store store;
    must(kv_open(location, &store, &error));
    return store;
}

static void fill(kv_store store, uint64_t entries)
{
    unsigned char value[VALUE_LEN];
    char key[KEY_LEN + 1], group[8];
    memset(value, 'v', sizeof value);
    kv_batch batch;
    must(kv_batch_new(&batch, &error));
    for (uint64_t id = 0; id < entries; id++) {
        snprintf(group, sizeof group, "g%u", (unsigned)(id * GROUPS / entries) % GROUPS);
        snprintf(key, sizeof key, "%020llu", (unsigned long long)id);
        must(kv_batch_set(batch, group, KV_NUL, key, KEY_LEN, value, VALUE_LEN, NULL, &error));
        if ((id + 1) % BATCH == 0 || id + 1 == entries) {
            must(kv_batch_commit(store, batch, &error));
            must(kv_batch_clear(batch, &error));
        }
    }
    must(kv_batch_close(batch, &error));
}

static double copy(kv_store from, kv_store to, uint32_t existing, uint64_t entries)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT;
    options.existing = existing;
    double began = now_s();
    must(kv_copy(from, to, &options, NULL, NULL, &state, &error));
    double took = now_s() - began;
    if (state.entries + state.skipped != entries || state.missing != 0) {
        fprintf(stderr, "%llu of %llu entries were copied\n", (unsigned long long)state.entries,
                (unsigned long long)entries);
        exit(1);
    }
    kv_copy_state_free(&state);
    return (double)entries / took;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *rates)
{
    qsort(rates, ROUNDS, sizeof *rates, ascending);
    return rates[ROUNDS / 2];
}

static void measure(const char *name, kv_store from, const char *location, const char *path,
                    uint64_t entries)
{
    double fresh[ROUNDS], over[ROUNDS], kept[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        kv_store to = open_at(location);
        fresh[round] = copy(from, to, KV_COPY_REFUSE, entries);
        over[round] = copy(from, to, KV_COPY_OVERWRITE, entries);
        kept[round] = copy(from, to, KV_COPY_KEEP, entries);
        must(kv_close(to, &error));
        if (path != NULL) unlink(path);
    }
    printf("| %s | %.0f | %.0f | %.0f |\n", name, median(fresh), median(over), median(kept));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    uint64_t entries = strtoull(argv[2], NULL, 10);
    char from[4096], to[4096];
    snprintf(from, sizeof from, "%s/from.db", argv[1]);
    snprintf(to, sizeof to, "%s/to.db", argv[1]);
    kv_store memory = open_at("memory:"), file = open_at(from);
    fill(memory, entries);
    fill(file, entries);
    printf("| %llu entries, per second | into an empty store | over equal keys | past equal keys |\n",
           (unsigned long long)entries);
    printf("|---|---:|---:|---:|\n");
    measure("SQLite to SQLite", file, to, to, entries);
    measure("memory to SQLite", memory, to, to, entries);
    measure("SQLite to memory", file, "memory:", NULL, entries);
    measure("memory to memory", memory, "memory:", NULL, entries);
    must(kv_close(memory, &error));
    must(kv_close(file, &error));
    return 0;
}
