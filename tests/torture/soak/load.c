/* The load of one process: calls of all kinds, one after the other, and now and then its watch
   or its store is opened once more. */

#define _GNU_SOURCE
#include "load.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hold.h"

/* The process that also works on the file that evicts, and the one that opens its store often. */
enum { CACHING = 3, REOPENING = 2, WATCH_EACH = 700, STORE_EACH = 2500, LEAK = 256 << 10 };

kv_store store, cache;
kv_watch watch;
_Thread_local kv_error failure;

bool must(const char *call, kv_status status)
{
    if (status == KV_OK) return true;
    violate("%s returns %d: %s", call, status, status < 0 ? failure.message : "an outcome");
    return false;
}

kv_store open_file(const char *name, const char *options)
{
    char location[5000];
    kv_store file = {0};
    snprintf(location, sizeof location, "sqlite:%s?busy_timeout=60s&%s", path_of(name), options);
    must(name, kv_open(location, &file, &failure));
    return file;
}

void make_files(void)
{
    store = open_file("main.db", MAIN_OPTIONS);
    must("kv_quota_set", kv_quota_set(store, "q", 500, 0, 200000, &failure));
    must("kv_close", kv_close(store, &failure));
    _exit(0);
}

static void open_watch(void)
{
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = KV_WATCH_ANY_GROUP | KV_WATCH_ANY_KEY;
    must("kv_watch_open", kv_watch_open(store, NULL, 0, NULL, 0, &options, &watch, &failure));
}

static void open_all(int number)
{
    store = open_file("main.db", MAIN_OPTIONS);
    if (number == CACHING) cache = open_file("cache.db", CACHE_OPTIONS);
    open_watch();
}

static void open_again(int number, uint64_t steps)
{
    if (steps % WATCH_EACH == 0) {
        must("kv_watch_close", kv_watch_close(watch, &failure));
        open_watch();
    }
    if (steps % STORE_EACH == 0 && number == REOPENING) {
        must("kv_close", kv_close(store, &failure));
        kv_watch_close(watch, NULL);
        open_all(number);
    }
}

/* The planted leaks. */
static void leak(void)
{
    if (planted == PLANTED_DESCRIPTORS && chance(20) == 0) open("/dev/null", O_RDONLY);
    /* Volatile, so that the compiler does not leave it out. */
    volatile char *lost = planted == PLANTED_MEMORY && chance(20) == 0 ? malloc(LEAK) : NULL;
    for (int i = 0; lost != NULL && i < LEAK; i += 4096) lost[i] = 1;
}

static enum call choose(int number)
{
    static const enum call mix[] = {
        GET, GET, GET, GET, GET, GET, SET, SET, SET, SET_TTL, SET_TTL, DELETE, BATCH, TRANSACTION,
        INCREMENT, SCAN, CHANGES, POLL,
    };
    if (number == CACHING && chance(2) == 0) return chance(4) == 0 ? CACHE_SET : CACHE_GET;
    return mix[chance(sizeof mix / sizeof *mix)];
}

void work(int number)
{
    struct process *own = &shared->processes[number];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    open_all(number);
    while (!shared->stop && !shared->has_failed) {
        int pause = shared->pause;
        if (pause != 0) {
            own->parked = pause;
            nap(300);
            continue;
        }
        measure(number, choose(number));
        hold(number);
        leak();
        open_again(number, ++own->steps);
    }
    release();
    must("kv_close", kv_close(store, &failure));
    if (number == CACHING) must("kv_close", kv_close(cache, &failure));
    _exit(0);
}
