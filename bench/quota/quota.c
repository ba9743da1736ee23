/*
 * The cost of a quota for a set: the same sets on files that differ in the quota alone, slices in turns,
 * ratios round by round.
 */

#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kv.h>

enum { LOADED = 1000000, BATCH = 1000, SETS = 250, ROUNDS = 201, REFUSALS = 25 };
enum { KEY_LEN = 17, LONG = 100, SHORT = 93 };
static const char group[] = "tenant:bench";

enum { NONE, NONE_AGAIN, QUOTA, CONTESTANTS };
static struct contestant {
    const char *name, *title;
    kv_store store;
    uint64_t added;
    unsigned char is_short[LOADED];
} contestants[] = {
    {.name = "none", .title = "no quota"},
    {.name = "none_again", .title = "no quota, once more"},
    {.name = "quota", .title = "quota of keys, groups and bytes"},
};

enum { SAME_SIZE, OTHER_SIZE, NEW_KEY, KINDS };
static const char *const kinds[][2] = {
    {"same_size", "an overwrite of the same size"},
    {"other_size", "an overwrite of another size"},
    {"new_key", "a new key"},
};

static double times[KINDS][CONTESTANTS][ROUNDS], ratios[KINDS][CONTESTANTS][ROUNDS];

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(kv_status status, const kv_error *error)
{
    if (status == KV_OK) return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The name of key `number`: neighbours in number are far apart in the file. */
static void name_key(char *key, uint64_t number)
{
    uint64_t mixed = (number + 1) * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93u;
    snprintf(key, KEY_LEN + 1, "k%016" PRIx64, mixed ^ mixed >> 32);
}

static void fill_value(unsigned char *value, uint64_t *state)
{
    uint64_t stamp = next_random(state);
    for (int i = 0; i + 8 <= LONG; i += 8) memcpy(value + i, &stamp, 8);
}

static void load(struct contestant *it)
{
    uint64_t state = 88172645463325252u;
    unsigned char value[LONG] = {0};
    char key[KEY_LEN + 1];
    kv_batch batch;
    kv_error error;
    must(kv_batch_new(&batch, &error), &error);
    for (int i = 0; i < LOADED; i++) {
        name_key(key, (uint64_t)i);
        fill_value(value, &state);
        must(kv_batch_set(batch, group, KV_NUL, key, KEY_LEN, value, LONG, NULL, &error), &error);
        if ((i + 1) % BATCH != 0) continue;
        must(kv_batch_commit(it->store, batch, &error), &error);
        must(kv_batch_clear(batch, &error), &error);
    }
    must(kv_batch_close(batch, &error), &error);
}

static void prepare(struct contestant *it, const char *directory)
{
    char path[4096];
    kv_error error;
    snprintf(path, sizeof path, "%s/%s.db", directory, it->name);
    must(kv_open(path, &it->store, &error), &error);
    load(it);
    if (it == &contestants[QUOTA])
        must(kv_quota_set(it->store, "tenant", 1 << 30, 1 << 20, INT64_C(1) << 40, &error), &error);
}

/* Runs a slice of sets of one kind, whose keys and values follow from `state`. */
static double slice(struct contestant *it, int kind, uint64_t state)
{
    unsigned char value[LONG] = {0};
    char key[KEY_LEN + 1];
    kv_error error;
    double begin = now_us();
    for (int i = 0; i < SETS; i++) {
        uint64_t number = next_random(&state) % LOADED;
        size_t len = LONG;
        fill_value(value, &state);
        if (kind == NEW_KEY) {
            number = LOADED + it->added++;
        } else {
            it->is_short[number] ^= kind == OTHER_SIZE;
            len = it->is_short[number] ? SHORT : LONG;
        }
        name_key(key, number);
        must(kv_set(it->store, group, KV_NUL, key, KEY_LEN, value, len, &error), &error);
    }
    return (now_us() - begin) / SETS;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, by_size);
    return samples[count / 2];
}

/* The account says what is there; otherwise something else was measured. */
static void check_account(void)
{
    struct contestant *it = &contestants[QUOTA];
    kv_quota quota = KV_QUOTA_INIT;
    kv_error error;
    uint64_t shorts = 0;
    for (int i = 0; i < LOADED; i++) shorts += it->is_short[i];
    must(kv_quota_get(it->store, "tenant", &quota, &error), &error);
    uint64_t keys = LOADED + it->added;
    uint64_t bytes = keys * (sizeof group - 1 + KEY_LEN + LONG) - shorts * (LONG - SHORT);
    if (quota.keys == keys && quota.groups == 1 && quota.bytes == bytes) return;
    fprintf(stderr, "the account has %" PRIu64 " keys of %" PRIu64 "\n", quota.keys, keys);
    fprintf(stderr, "and %" PRIu64 " bytes of %" PRIu64 "\n", quota.bytes, bytes);
    exit(1);
}

/* Sets new keys in the namespace once it is full: how long it takes to be refused. */
static double refusal(void)
{
    struct contestant *it = &contestants[QUOTA];
    double refusals[REFUSALS];
    char key[KEY_LEN + 1];
    kv_error error;
    int64_t keys = LOADED + (int64_t)it->added;
    must(kv_quota_set(it->store, "tenant", keys, 0, 0, &error), &error);
    for (int i = 0; i < REFUSALS; i++) {
        name_key(key, (uint64_t)(keys + i));
        double begin = now_us();
        kv_status status = kv_set(it->store, group, KV_NUL, key, KEY_LEN, "v", 1, &error);
        refusals[i] = now_us() - begin;
        if (status == KV_ERR_QUOTA) continue;
        fprintf(stderr, "a new key beyond the quota: %s\n", kv_strerror(status));
        exit(1);
    }
    return median(refusals, REFUSALS);
}

static void report(FILE *json)
{
    double accepted = 0;
    fprintf(json, "{\n  \"keys\": %d", LOADED);
    printf("\n| a set in a namespace of %d keys, no fsync | us | to no quota |\n", LOADED);
    printf("|---|---:|---:|\n");
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i < CONTESTANTS; i++) {
            const struct contestant *it = &contestants[i];
            const char *name = kinds[kind][0], *title = kinds[kind][1];
            double time = median(times[kind][i], ROUNDS), ratio = median(ratios[kind][i], ROUNDS);
            if (kind == NEW_KEY && i == NONE) accepted = time;
            printf("| %s, %s | %.2f | %.2fx |\n", title, it->title, time, ratio);
            fprintf(json, ",\n  \"%s_%s_us\": %.4g", name, it->name, time);
            fprintf(json, ",\n  \"%s_%s_to_none\": %.4g", name, it->name, ratio);
        }
    }
    double refused = refusal(), ratio = refused / accepted;
    printf("| a new key, refused | %.2f | %.2fx |\n", refused, ratio);
    fprintf(json, ",\n  \"refused_us\": %.4g,\n  \"refused_to_none\": %.4g\n}\n", refused, ratio);
}

int main(int argc, char **argv)
{
    uint64_t state = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: quota DIRECTORY RESULTS\n");
        return 2;
    }
    for (int i = 0; i < CONTESTANTS; i++) prepare(&contestants[i], argv[1]);
    for (int round = -1; round < ROUNDS; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            state += 0x9E3779B97F4A7C15u;
            for (int turn = 0; turn < CONTESTANTS; turn++) {
                int i = (turn + round + CONTESTANTS) % CONTESTANTS;
                double time = slice(&contestants[i], kind, state);
                /* The first round warms up. */
                if (round >= 0) times[kind][i][round] = time;
            }
            for (int i = 0; i < CONTESTANTS && round >= 0; i++)
                ratios[kind][i][round] = times[kind][i][round] / times[kind][NONE][round];
        }
    }
    check_account();
    FILE *json = fopen(argv[2], "w");
    if (json == NULL) {
        perror(argv[2]);
        return 1;
    }
    report(json);
    if (fclose(json) != 0) return 1;
    for (int i = 0; i < CONTESTANTS; i++) kv_close(contestants[i].store, NULL);
    return 0;
}
