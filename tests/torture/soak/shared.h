/* The memory that the processes of a soak share, and the calls that are measured. */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

enum { PROCESSES = 4, SAMPLES = 50, DEADLINE = 60 };

/* The kinds of calls. */
enum call {
    GET, SET, SET_TTL, DELETE, BATCH, TRANSACTION, INCREMENT, SCAN, CHANGES, POLL, CACHE_GET, CACHE_SET,
    CALLS
};

/* The planted faults. */
enum planted { PLANTED_NOTHING, PLANTED_DESCRIPTORS, PLANTED_MEMORY };

struct process {
    _Atomic int parked;
    _Atomic uint64_t steps, lags;
    struct histogram times[CALLS];
};

struct shared {
    _Atomic int has_failed;
    char violation[600];
    _Atomic int stop, pause;
    /* A process holds a snapshot; the length of the log that its kv_stats returned then. */
    _Atomic int hold;
    _Atomic uint64_t stats_wal_bytes;
    struct process processes[PROCESSES];
};

extern struct shared *shared;
extern enum planted planted;
extern const char *folder;

void share(void);

/* Notes the first violation. */
__attribute__((format(printf, 1, 2))) void violate(const char *words, ...);

/* A random number below `limit`. */
uint64_t chance(uint64_t limit);
void seed(uint64_t number);

uint64_t now_ns(void);
void nap(unsigned microseconds);
const char *path_of(const char *name);

#endif
