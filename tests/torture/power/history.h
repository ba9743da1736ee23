/*
 * The order of a workload's events beside what it does to its files: which writes were begun and
 * acknowledged, when the store was flushed and copied. A state of the store after a loss of power
 * is judged by it.
 *
 * The writes that are there are a prefix of the history: with a write there is every write that was
 * acknowledged before that one was begun, and all of its effects. So much holds at any durability.
 * The bounds say which writes must be there, and which cannot be.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "oracle.h"

enum { WRITES_MAX = 2000, EFFECTS_MAX = 4, FLUSHES_MAX = 100, COPIES_MAX = 8 };

/* The places of two marks in a recording; the second is INT_MAX without one. */
struct span {
    int begun, ended;
};

struct write {
    struct span span;
    int effects;
    struct {
        int unit, serial;
    } effect[EFFECTS_MAX];
};

/* Another file to which the store was copied. */
struct copy {
    char name[32];
    struct span span;
    /* Whether the file may appear only when it is whole. */
    bool appears_whole;
};

struct history {
    /* The serial of each unit in the beginning. */
    int first[UNITS_MAX];
    int writes;
    struct write write[WRITES_MAX];
    int flushes;
    struct span flush[FLUSHES_MAX];
    int copies;
    struct copy copy[COPIES_MAX];
    /* Whether it was too small for all. */
    bool is_full;
};

/* Writes that were acknowledged before the place `lower` must be there; those that were begun at
   the place `upper` or later cannot be. */
struct bounds {
    int lower, upper;
};

/* Begins the history of this process, in memory that processes may share, with the serials that the
   oracle has as acknowledged; and ends it. */
void history_begin(struct history *history);
void history_end(void);

/* The bounds of a state after a loss of power at a place. */
struct bounds history_bounds(const struct history *history, int place, bool is_full_durability);

/* Judges the serials that were found of the units. Returns a description of a violation or NULL. */
const char *history_judge(const struct history *history, struct bounds bounds, const int *found);

#endif
