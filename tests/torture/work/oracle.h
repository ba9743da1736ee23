/*
 * The oracle: which writes were acknowledged, and which values may be in the store.
 *
 * A unit is a set of keys that are always written together, in one batch; of a single write it has
 * one key. Each write of a unit has a serial number, from which the values follow; serial 0 means
 * that the keys are absent. A write that failed may be there or not, but not half.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include <kv.h>

enum { UNITS_MAX = 64, SERIALS_MAX = 48, VALUE_LEN_MAX = 900000 };

struct unit {
    const char *group;
    char name[24];
    int keys;
    /* About the length of its values, which differs from write to write. */
    size_t len;
    /* The serial that was acknowledged last, and those that may be there instead. */
    int acknowledged;
    int unsure[SERIALS_MAX];
    int unsure_count;
    int last;
    /* Whether the keys have expired, so that they are absent whatever was written. */
    bool has_expired;
};

struct oracle {
    struct unit units[UNITS_MAX];
    int count;
    /* Of the entries that were there before; 0 without them. */
    uint64_t digest;
};

/* The oracle of this process. */
extern struct oracle oracle;

/* Functions of a harness that keeps the order of events, called at each event of a workload; NULL
   without one. A name is that of a file. */
struct listener {
    /* A write was begun after which the unit shows the values of a serial, and has ended. Writes
       that a thread begins before it has ended another are one write with it. */
    void (*begun)(const struct unit *unit, int serial);
    void (*ended)(const struct unit *unit, bool is_acknowledged);
    /* A call that makes all acknowledged writes survive a loss of power has begun, and ended. */
    void (*flushing)(void);
    void (*flushed)(bool is_acknowledged);
    /* A call has begun that writes all entries to another file, and has ended; and whether the file
       may appear only when it is whole. */
    void (*copying)(const char *name, bool appears_whole);
    void (*copied)(const char *name, bool is_acknowledged);
};

extern const struct listener *listener;

/* Returns the unit of that name, which is added if it is new. */
struct unit *unit_of(const char *group, const char *name, int keys, size_t len);

/* Begins a write; returns its serial. Its values are those of `unit_value`. */
int unit_begin(struct unit *unit);

/* Begins a write that leads to an earlier serial; 0 removes the keys. */
void unit_revert(struct unit *unit, int serial);

/* Ends the write of a serial, or of 0 for a delete. */
void unit_end(struct unit *unit, int serial, bool is_acknowledged);

/* Ends a write that was begun and not made. */
void unit_abandon(const struct unit *unit);

/* The name of a key of a unit, and its value in a write; both until the next call. */
const char *unit_key(const struct unit *unit, int at);
const unsigned char *unit_value(const struct unit *unit, int at, int serial, size_t *len);

/* Compares the store with the oracle; returns a description of the first difference, or NULL. */
const char *oracle_compare(kv_store store);

/* Reads a unit. Returns its serial, -1 if a read failed, or -2 if no whole write is there. */
int unit_read(kv_store store, const struct unit *unit, kv_error *error);

#endif
