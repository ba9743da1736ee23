/*
 * kv beside hiredis on one redis-server: the same reads and writes in turns, ratios round by round.
 */

#define _POSIX_C_SOURCE 200809L
#include <hiredis/hiredis.h>
#include <kv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 10000, LEN = 100, MANY = 1000, THREADS = 16 };
enum { SINGLES = 50, SINGLE_ROUNDS = 101, MANY_ROUNDS = 101, THREAD_OPS = 400, THREAD_ROUNDS = 21 };
enum { ROUNDS_MAX = 101 };
static const char prefix[] = "bench";

enum { KV, HIREDIS, SIDES };
static const char *const sides[] = {"kv", "hiredis"};
static kv_store store;
static redisContext *pool[THREADS];
static int port;

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

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t name_key(char *key, uint64_t *state)
{
    return (size_t)sprintf(key, "user:%05d", (int)(next_random(state) % KEYS));
}

/* Bytes that differ with each write. */
static void fill_value(char *value, uint64_t *state)
{
    uint64_t stamp = next_random(state);
    for (int i = 0; i + 8 <= LEN; i += 8) memcpy(value + i, &stamp, 8);
}

/* Takes a reply and checks it: a value has LEN bytes. */
static void take(redisContext *redis)
{
    redisReply *reply = NULL;
    if (redisGetReply(redis, (void **)&reply) != REDIS_OK || !reply) fail(redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR) fail(reply->str);
    if (reply->type == REDIS_REPLY_STRING && reply->len != LEN) fail("a value of another length");
    if (reply->type == REDIS_REPLY_NIL) fail("a key is missing");
    freeReplyObject(reply);
}

/* One part of the measurement: the calls of one thread, whose keys and values follow from `state`. */
typedef void run_calls(redisContext *redis, int calls, uint64_t state);

static void kv_gets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], value[LEN];
    size_t len;
    kv_error error;
    (void)redis;
    for (int i = 0; i < calls; i++) {
        size_t key_len = name_key(key, &state);
        must(kv_get_into(store, "", 0, key, key_len, value, LEN, &len, &error), &error);
        if (len != LEN) fail("a value of another length");
    }
}

/* The whole entry: the version and when it expires as well. */
static void kv_entries(redisContext *redis, int calls, uint64_t state)
{
    char key[32];
    kv_value value;
    kv_error error;
    (void)redis;
    for (int i = 0; i < calls; i++) {
        size_t key_len = name_key(key, &state);
        must(kv_get(store, "", 0, key, key_len, &value, &error), &error);
        if (value.len != LEN) fail("a value of another length");
        kv_value_free(&value);
    }
}

static void hiredis_gets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], name[64];
    for (int i = 0; i < calls; i++) {
        name_key(key, &state);
        snprintf(name, sizeof name, "%s:%s", prefix, key);
        redisAppendCommand(redis, "GET %s", name);
        take(redis);
    }
}

static void kv_sets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], value[LEN] = {0};
    kv_error error;
    (void)redis;
    for (int i = 0; i < calls; i++) {
        size_t key_len = name_key(key, &state);
        fill_value(value, &state);
        must(kv_set(store, "", 0, key, key_len, value, LEN, &error), &error);
    }
}

static void hiredis_sets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], name[64], value[LEN] = {0};
    for (int i = 0; i < calls; i++) {
        name_key(key, &state);
        fill_value(value, &state);
        snprintf(name, sizeof name, "%s:%s", prefix, key);
        redisAppendCommand(redis, "SET %s %b", name, value, (size_t)LEN);
        take(redis);
    }
}

static void kv_many(int calls, uint64_t state, int is_set)
{
    static kv_batch batch;
    char key[32], value[LEN] = {0};
    kv_error error;
    if (batch.id == 0) must(kv_batch_new(&batch, &error), &error);
    for (int i = 0; i < calls; i++) {
        size_t len = name_key(key, &state);
        if (is_set) {
            fill_value(value, &state);
            must(kv_batch_set(batch, "", 0, key, len, value, LEN, NULL, &error), &error);
        } else {
            must(kv_batch_get(batch, "", 0, key, len, &error), &error);
        }
    }
    must(kv_batch_commit(store, batch, &error), &error);
    for (int i = 0; i < calls && !is_set; i++) {
        kv_value read = {0};
        must(kv_batch_result(batch, (size_t)i, &read, &error), &error);
        if (read.len != LEN) fail("a value of another length");
        kv_value_free(&read);
    }
    must(kv_batch_clear(batch, &error), &error);
}

static void kv_many_gets(redisContext *redis, int calls, uint64_t state)
{
    (void)redis;
    kv_many(calls, state, 0);
}

static void kv_many_sets(redisContext *redis, int calls, uint64_t state)
{
    (void)redis;
    kv_many(calls, state, 1);
}

static void hiredis_many_gets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], name[64];
    for (int i = 0; i < calls; i++) {
        name_key(key, &state);
        snprintf(name, sizeof name, "%s:%s", prefix, key);
        redisAppendCommand(redis, "GET %s", name);
    }
    for (int i = 0; i < calls; i++) take(redis);
}

static void hiredis_many_sets(redisContext *redis, int calls, uint64_t state)
{
    char key[32], name[64], value[LEN] = {0};
    for (int i = 0; i < calls; i++) {
        name_key(key, &state);
        fill_value(value, &state);
        snprintf(name, sizeof name, "%s:%s", prefix, key);
        redisAppendCommand(redis, "SET %s %b", name, value, (size_t)LEN);
    }
    for (int i = 0; i < calls; i++) take(redis);
}

struct work {
    run_calls *run;
    redisContext *redis;
    int calls;
    uint64_t state;
};

static void *work_thread(void *argument)
{
    struct work *work = argument;
    work->run(work->redis, work->calls, work->state);
    return NULL;
}

/* Returns the microseconds per call. */
static double measure(run_calls *run, int threads, int calls, uint64_t state)
{
    pthread_t ids[THREADS];
    struct work works[THREADS];
    double begin = now_us();
    if (threads == 1) {
        run(pool[0], calls, state);
        return (now_us() - begin) / calls;
    }
    for (int i = 0; i < threads; i++) {
        works[i] = (struct work){run, pool[i], calls, state + (uint64_t)i * 7919};
        if (pthread_create(&ids[i], NULL, work_thread, &works[i])) fail("no thread");
    }
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    return (now_us() - begin) / calls / threads;
}

static const struct part {
    const char *name, *title;
    int threads, calls, rounds;
    run_calls *run[SIDES];
} parts[] = {
    {"get", "get", 1, SINGLES, SINGLE_ROUNDS, {kv_gets, hiredis_gets}},
    {"get_entry", "get with version and expiry", 1, SINGLES, SINGLE_ROUNDS,
     {kv_entries, hiredis_gets}},
    {"set", "set", 1, SINGLES, SINGLE_ROUNDS, {kv_sets, hiredis_sets}},
    {"many_gets", "1,000 gets, pipelined", 1, MANY, MANY_ROUNDS, {kv_many_gets, hiredis_many_gets}},
    {"many_gets_mortal", "1,000 gets, where keys expire", 1, MANY, MANY_ROUNDS,
     {kv_many_gets, hiredis_many_gets}},
    {"many_sets", "1,000 sets, pipelined", 1, MANY, MANY_ROUNDS, {kv_many_sets, hiredis_many_sets}},
    {"get_16", "get, 16 threads", THREADS, THREAD_OPS, THREAD_ROUNDS, {kv_gets, hiredis_gets}},
    {"set_16", "set, 16 threads", THREADS, THREAD_OPS, THREAD_ROUNDS, {kv_sets, hiredis_sets}},
};

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *samples, int count)
{
    qsort(samples, (size_t)count, sizeof *samples, by_size);
    return samples[count / 2];
}

/* Makes a tenth of the keys expire, or none. */
static void set_mortal(int on)
{
    kv_error error;
    for (int i = 0; i < KEYS; i += 10) {
        char key[32];
        size_t len = (size_t)sprintf(key, "user:%05d", i);
        must(kv_expire(store, "", 0, key, len, on ? 3600000 : 0, 0, &error), &error);
    }
}

static void run_part(const struct part *part, FILE *json)
{
    int is_mortal = strcmp(part->name, "many_gets_mortal") == 0;
    if (is_mortal) set_mortal(1);
    static double times[SIDES][ROUNDS_MAX], ratios[ROUNDS_MAX];
    for (int round = -1; round < part->rounds; round++) {
        double time[SIDES];
        for (int turn = 0; turn < SIDES; turn++) {
            int side = (turn + round + 2) % SIDES;
            uint64_t state = 88172645463325252u + (uint64_t)(round + 1) * 104729;
            time[side] = measure(part->run[side], part->threads, part->calls, state);
        }
        /* The first round only warms up. */
        if (round < 0) continue;
        for (int side = 0; side < SIDES; side++) times[side][round] = time[side];
        ratios[round] = time[KV] / time[HIREDIS];
    }
    double ratio = median(ratios, part->rounds);
    double low = ratios[part->rounds / 4], high = ratios[part->rounds * 3 / 4];
    printf("| %s |", part->title);
    fprintf(json, ",\n  \"%s\": {", part->name);
    for (int side = 0; side < SIDES; side++) {
        double time = median(times[side], part->rounds);
        printf(" %.2f |", time);
        fprintf(json, "\"%s_us\": %.4g, ", sides[side], time);
    }
    printf(" %.2fx (%.2f to %.2f) |\n", ratio, low, high);
    fprintf(json, "\"ratio\": %.4g}", ratio);
    if (is_mortal) set_mortal(0);
}

/* Writes the versions of the server and of hiredis. */
static void write_versions(FILE *json)
{
    redisReply *info = redisCommand(pool[0], "INFO server");
    const char *version = info && info->str ? strstr(info->str, "redis_version:") : NULL;
    char server[32] = "of unknown version";
    if (version) sscanf(version, "redis_version:%31[0-9.]", server);
    fprintf(json, "{\n  \"versions\": \"Redis %s, hiredis %d.%d.%d\"", server, HIREDIS_MAJOR,
            HIREDIS_MINOR, HIREDIS_PATCH);
    freeReplyObject(info);
}

int main(int argc, char **argv)
{
    if (argc != 3) fail("usage: redis PORT JSON");
    port = atoi(argv[1]);
    char location[128];
    kv_error error;
    snprintf(location, sizeof location, "redis://127.0.0.1:%d?prefix=%s&pool_size=%d", port, prefix,
             THREADS);
    must(kv_open(location, &store, &error), &error);
    for (int i = 0; i < THREADS; i++) {
        pool[i] = redisConnect("127.0.0.1", port);
        if (!pool[i] || pool[i]->err) fail("hiredis does not connect");
    }
    for (int i = 0; i < KEYS; i++) {
        char key[32], value[LEN] = {0};
        size_t len = (size_t)sprintf(key, "user:%05d", i);
        must(kv_set(store, "", 0, key, len, value, LEN, &error), &error);
    }
    FILE *json = fopen(argv[2], "w");
    if (!json) fail("the results cannot be written");
    printf("\n| us per call | kv | hiredis | ratio (quartiles) |\n|---|---:|---:|---:|\n");
    write_versions(json);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) run_part(&parts[i], json);
    fprintf(json, "\n}\n");
    fclose(json);
    must(kv_close(store, &error), &error);
    for (int i = 0; i < THREADS; i++) redisFree(pool[i]);
    return 0;
}
