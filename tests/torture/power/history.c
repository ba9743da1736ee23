/* The history of a workload, which a listener of the oracle keeps. */

#include "history.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "record.h"

static struct history *history;

/* The write that this thread has begun and not ended, and its effects that have not ended. */
static _Thread_local struct write *open_write;
static _Thread_local int open_effects;

/* Returns the next number of a count that processes share. */
static int take_number(int *count, int limit)
{
    int number = __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
    if (number < limit) return number;
    history->is_full = true;
    return limit - 1;
}

static void begun(const struct unit *unit, int serial)
{
    if (open_effects++ == 0) {
        open_write = &history->write[take_number(&history->writes, WRITES_MAX)];
        open_write->effects = 0;
        open_write->span = (struct span){record_mark(), INT_MAX};
    }
    if (open_write->effects == EFFECTS_MAX) {
        history->is_full = true;
        return;
    }
    int at = open_write->effects++;
    open_write->effect[at].unit = (int)(unit - oracle.units);
    open_write->effect[at].serial = serial;
}

static void ended(const struct unit *unit, bool is_acknowledged)
{
    (void)unit;
    if (--open_effects > 0) return;
    if (is_acknowledged) open_write->span.ended = record_mark();
}

static void flushing(void)
{
    int number = take_number(&history->flushes, FLUSHES_MAX);
    history->flush[number] = (struct span){record_mark(), INT_MAX};
}

static void flushed(bool is_acknowledged)
{
    if (is_acknowledged) history->flush[history->flushes - 1].ended = record_mark();
}

static void copying(const char *name, bool appears_whole)
{
    struct copy *copy = &history->copy[take_number(&history->copies, COPIES_MAX)];
    snprintf(copy->name, sizeof copy->name, "%s", name);
    copy->span = (struct span){record_mark(), INT_MAX};
    copy->appears_whole = appears_whole;
}

static void copied(const char *name, bool is_acknowledged)
{
    (void)name;
    if (is_acknowledged) history->copy[history->copies - 1].span.ended = record_mark();
}

static const struct listener KEEPER = {begun, ended, flushing, flushed, copying, copied};

void history_begin(struct history *to)
{
    memset(to, 0, sizeof *to);
    for (int i = 0; i < oracle.count; i++) to->first[i] = oracle.units[i].acknowledged;
    history = to;
    listener = &KEEPER;
}

void history_end(void)
{
    listener = NULL;
}

struct bounds history_bounds(const struct history *of, int place, bool is_full_durability)
{
    if (is_full_durability) return (struct bounds){place, place};
    struct bounds bounds = {0, place};
    for (int i = 0; i < of->flushes; i++) {
        const struct span *flush = &of->flush[i];
        if (flush->ended < place && flush->begun > bounds.lower) bounds.lower = flush->begun;
    }
    return bounds;
}
