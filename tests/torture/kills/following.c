/* The change log under trimming: one process follows it by a watch and keeps the version of the
   last change, others write. After each kill it goes on from that version: no change of a cell
   is missing and none comes twice, except where the watch or the log says that there is a gap. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

/* The slot of the follower, and the most changes of one step. */
enum { FOLLOWER = 0, AT_ONCE = 64 };

static kv_watch watch;

/* From now on changes may be missing once in each cell. */
static void expect_gap(void)
{
    shared->follower.lags++;
    for (int i = 0; i < ACTORS * CELLS; i++) shared->follower.gap[i] = 1;
}

/* Ends the change that a killed follower had begun to note. */
static void end_pending(struct follower *it)
{
    if (it->pending.version <= it->token) return;
    if (it->pending.cell >= 0) {
        it->seen[it->pending.cell] = it->pending.ordinal;
        it->gap[it->pending.cell] = 0;
    }
    it->token = it->pending.version;
}

/* Notes a change, so that a kill at any moment leaves all of it or nothing. */
static void note(uint64_t version, int cell, uint64_t ordinal)
{
    struct follower *it = &shared->follower;
    it->pending.cell = cell;
    it->pending.ordinal = ordinal;
    it->pending.version = version;
    end_pending(it);
    it->received++;
}

static void begin_watch(void)
{
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_status status = KV_ERR_COMPACTED;
    options.flags = KV_WATCH_ANY_GROUP | KV_WATCH_ANY_KEY | KV_WATCH_SINCE;
    options.since = shared->follower.token;
    while (status == KV_ERR_COMPACTED && !shared->has_failed) {
        status = kv_watch_open(store, NULL, 0, NULL, 0, &options, &watch, &failure);
        if (status != KV_ERR_COMPACTED) break;
        expect_gap();
        must("kv_changes_oldest", kv_changes_oldest(store, &options.since, &failure));
    }
    must("kv_watch_open", status);
    shared->follower.resumed++;
}

static void begin(int slot)
{
    if (slot != FOLLOWER) return;
    end_pending(&shared->follower);
    begin_watch();
}

static void receive(const kv_event *event)
{
    struct follower *it = &shared->follower;
    if (event->type == KV_EVENT_LAGGED) {
        expect_gap();
        return;
    }
    if (event->version <= it->token)
        violate("a change of version %llu after %llu", (unsigned long long)event->version,
                (unsigned long long)it->token);
    int number = cell_of_names(event), actor = number / CELLS, cell = number % CELLS;
    if (number < 0 || number >= ACTORS * CELLS) {
        note(event->version, -1, 0);
        return;
    }
    uint64_t seen = it->seen[number], ordinal = seen + 1;
    state value = ordinal;
    if (event->type == KV_EVENT_SET) {
        if (!read_value(actor, cell, event->value, event->value_len, &value)) return;
        ordinal = ordinal_of(value);
    } else {
        /* After a gap it is unknown how many came before a delete. */
        while (it->gap[number] && !is_gone(cell, ordinal)) ordinal++;
        if (event->type != KV_EVENT_DELETE || !is_gone(cell, ordinal))
            violate("a change of type %d of cell %d of actor %d after its change %llu", event->type,
                    cell, actor, (unsigned long long)seen);
    }
    bool follows = ordinal == seen + 1 || (it->gap[number] && ordinal > seen);
    if (!follows)
        violate("actor %d, cell %d: change %llu comes after %llu", actor, cell,
                (unsigned long long)ordinal, (unsigned long long)seen);
    /* A delete after a gap is the same for several numbers: the gap ends with the next set. */
    int gap = it->gap[number];
    note(event->version, number, ordinal);
    if (gap && event->type != KV_EVENT_SET) it->gap[number] = 1;
}

static void follow(int64_t timeout_ms)
{
    kv_event event = KV_EVENT_INIT;
    for (int i = 0; i < AT_ONCE && !shared->has_failed; i++) {
        kv_status status = kv_watch_poll(watch, i == 0 ? timeout_ms : 0, &event, &failure);
        if (status == KV_TIMEOUT) return;
        if (must("kv_watch_poll", status)) receive(&event);
    }
}

static void step(int actor)
{
    if (slot_of(actor) == FOLLOWER)
        follow(5);
    else
        work_on_cells(actor);
}

/* The first cell with an acknowledged write that the follower has not received, or -1. */
static int first_missing(void)
{
    for (int i = 0; i < ACTORS * CELLS; i++) {
        uint64_t written = ordinal_of(shared->cells[i / CELLS][i % CELLS].acknowledged);
        if (!shared->follower.gap[i] && shared->follower.seen[i] < written) return i;
    }
    return -1;
}

/* Before the follower is parked, it has received all that is acknowledged. */
static void rest(int slot)
{
    if (slot != FOLLOWER) return;
    int64_t until = now_ms() + DEADLINE * 500;
    while (first_missing() >= 0 && now_ms() < until && !shared->has_failed) follow(5);
    int missing = first_missing();
    if (missing < 0 || shared->has_failed) return;
    violate("the follower has change %llu of cell %d of actor %d; change %llu is acknowledged",
            (unsigned long long)shared->follower.seen[missing], missing % CELLS, missing / CELLS,
            (unsigned long long)ordinal_of(
                shared->cells[missing / CELLS][missing % CELLS].acknowledged));
}

static void finish(void)
{
    if (shared->follower.received == 0) violate("the follower has received nothing");
    printf("moments changes\t%llu\nmoments gaps\t%llu\nmoments resumed\t%llu\n",
           (unsigned long long)shared->follower.received, (unsigned long long)shared->follower.lags,
           (unsigned long long)shared->follower.resumed);
    fflush(stdout);
}

/* The log keeps about as many changes as are made while the follower is away for long. */
const struct scenario CHANGES = {
    .name = "change log", .options = "changes=on&changes_keep=300&purge_interval=20ms", .space = "",
    .processes = 3, .threads = 1, .begin = begin, .step = step, .rest = rest, .finish = finish,
};
