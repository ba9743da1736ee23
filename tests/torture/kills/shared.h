/* The memory that the driver, the workers and the checkers share. It outlives each of them. */
#ifndef SHARED_H
#define SHARED_H

#include <kv.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fuse.h"

enum {
    SLOTS = 4,
    THREADS = 2,
    /* The threads that write; the last one is that of the checker. */
    ACTORS = SLOTS * THREADS + 1,
    CHECKER = ACTORS - 1,
    /* The cells of an actor. */
    CELLS = 6,
    /* Its entries with a ttl. */
    MORTALS = 8,
    /* The operations that run once, and the bytes of a position. */
    OPERATIONS = 4096,
    NAME_MAX_LEN = 64,
    /* The seconds after which a wait has become a hang. */
    DEADLINE = 60,
};

/* A state of a cell: the serial number of a write, and how many writes before it were applied.
   A write that a kill has undone has a serial number that no other write gets. */
typedef uint64_t state;

/* The knowledge of the entries that one actor writes together. */
struct cell {
    /* The newest acknowledged state, and the one in flight; equal if there is none. */
    _Atomic state acknowledged, begun;
    /* The last serial number, and the last one that was not applied. */
    _Atomic uint64_t last, undone;
    /* The versions of the last two single writes with an even and an odd serial number; 0 if
       unknown. */
    _Atomic uint64_t versions[2];
    /* The state of the backup that is restored. */
    _Atomic state base;
    /* The restores that were over when the acknowledged write began. */
    _Atomic uint64_t restores;
};

/* An entry with a ttl: the writes as in a cell, and the earliest and the latest expiry that the one
   with an even number and the one with an odd number can have. */
struct mortal {
    _Atomic uint64_t acknowledged, begun, last;
    _Atomic int64_t from[2], to[2];
};

/* A change that a follower has received. */
struct change {
    _Atomic uint64_t version;
    _Atomic int cell;
    _Atomic uint64_t ordinal;
};

/* The state of a follower of the change log. */
struct follower {
    _Atomic uint64_t token, lags, resumed, received;
    struct change pending;
    /* The newest change of each cell, and whether others may be missing before the next. */
    _Atomic uint64_t seen[ACTORS * CELLS];
    _Atomic int gap[ACTORS * CELLS];
};

/* The state of an operation that runs once. */
struct operation {
    _Atomic int holder, completed;
    _Atomic unsigned runs, given_up;
};

/* A process that works. */
struct slot {
    struct fuse fuse;
    _Atomic int stop, threads;
    _Atomic int parked[THREADS];
    /* The steps of each thread. */
    _Atomic uint64_t steps[THREADS];
    /* The operation in progress, its phase and its token. */
    _Atomic int operation, phase;
    _Atomic uint64_t token;
    /* How far a copy has come. */
    _Atomic int copying;
    _Atomic uint64_t copies;
    /* Two positions; `position` is the number of the valid one, or less than 0. */
    char group[2][NAME_MAX_LEN], key[2][NAME_MAX_LEN];
    _Atomic int position;
};

struct shared {
    _Atomic int has_failed;
    _Atomic int is_noted; /* whether a process has begun to note the violation */
    char violation[600];
    _Atomic int gate, pause;
    _Atomic uint64_t writes;
    struct cell cells[ACTORS][CELLS];
    struct mortal mortals[ACTORS][MORTALS];
    struct slot slots[SLOTS];
    /* The increments of each actor, acknowledged and begun. */
    _Atomic uint64_t counts[ACTORS], counts_begun[ACTORS];
    struct follower follower;
    struct operation operations[OPERATIONS];
    /* All operations before it are completed. */
    _Atomic int first_operation;
    _Atomic uint64_t restores_begun, restores_over;
    /* The newest writes of all entries at once, acknowledged and begun. */
    _Atomic uint64_t many, many_begun;
    /* The limits of a quota: the acknowledged number and the one in flight. */
    _Atomic uint64_t limit, limit_begun;
    /* The number of the fixture. */
    _Atomic uint64_t fixture;
};

extern struct shared *shared;

/* Maps the memory. */
void share(void);

/* Notes the first violation of a run. */
__attribute__((format(printf, 1, 2))) void violate(const char *words, ...);

/* A random number below `limit`. Each process and thread has its own sequence. */
uint64_t chance(uint64_t limit);
void seed(uint64_t number);

int64_t now_ms(void);
void nap(unsigned microseconds);

/* Waits until the condition holds; the expression is false if it does not within the deadline. */
#define HOLDS_SOON(condition)                                        \
    ({                                                               \
        int64_t until = now_ms() + DEADLINE * 1000;                  \
        while (!(condition) && now_ms() < until) nap(200);           \
        (condition);                                                 \
    })

#endif
