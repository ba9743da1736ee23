/* The cost of a store with many watches while no thread writes. */

#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>

#include "measure.h"

enum { WATCHES = 1000, SECONDS = 5 };

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void measure_idle(void)
{
    static kv_watch watches[WATCHES];
    kv_error error;
    kv_store store = open_file("idle", "changes=on");
    for (int i = 0; i < WATCHES; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        must(kv_set(store, "bench", 5, key, KV_NUL, "v", 1, &error), &error);
        watches[i] = watch_key(store, key);
    }
    /* The writes settle first. */
    nanosleep(&(struct timespec){1, 0}, NULL);
    double begin = cpu_us();
    nanosleep(&(struct timespec){SECONDS, 0}, NULL);
    double each = (cpu_us() - begin) / SECONDS;
    printf("\nidle with %d watches and the log: %.1f us of CPU per second\n", WATCHES, each);
    note("idle_cpu_us_per_second", each);
    for (int i = 0; i < WATCHES; i++) kv_watch_close(watches[i], NULL);
    kv_close(store, NULL);
}
