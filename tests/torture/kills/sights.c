/* Reads of cells, and their comparison with the oracle. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

/* A cell as it is read. */
struct sight {
    bool is_found;
    state value;
    uint64_t version;
};

static bool see(int actor, int cell, const kv_value *value, struct sight *sight)
{
    sight->is_found = true;
    sight->version = value->version;
    return read_value(actor, cell, value->data, value->len, &sight->value);
}

static bool look_at_single(int actor, int cell, struct sight *sight)
{
    kv_value value;
    const char *group = group_of(actor), *key = key_of(cell, 0);
    kv_status status = kv_get(store, group, KV_NUL, key, KV_NUL, &value, &failure);
    if (status == KV_NOT_FOUND) return true;
    if (!must("kv_get", status)) return false;
    bool is_good = see(actor, cell, &value, sight);
    kv_value_free(&value);
    return is_good;
}

/* Compares one entry of a unit with those before it. */
static bool add_entry(int actor, int cell, int entry, kv_batch batch, struct sight *sight)
{
    kv_value value;
    struct sight other = {0};
    kv_status status = kv_batch_result(batch, (size_t)entry, &value, &failure);
    if (status != KV_NOT_FOUND) {
        if (!must("kv_batch_result", status)) return false;
        bool is_good = see(actor, cell, &value, &other);
        kv_value_free(&value);
        if (!is_good) return false;
    }
    if (entry == 0) *sight = other;
    if (sight->is_found == other.is_found && sight->value == other.value) return true;
    if (scenario->may_vanish && sight->is_found != other.is_found) {
        if (other.is_found) *sight = other;
        return true;
    }
    violate("actor %d: half of write %llu of cell %d", actor,
            (unsigned long long)serial_of(sight->is_found ? sight->value : other.value), cell);
    return false;
}

/* All entries of a unit are read in one snapshot. */
static bool look_at_unit(int actor, int cell, struct sight *sight)
{
    kv_batch batch;
    bool is_read = must("kv_batch_new", kv_batch_new(&batch, &failure));
    int entries = entries_of(cell);
    for (int entry = 0; is_read && entry < entries; entry++)
        is_read = must("kv_batch_get", kv_batch_get(batch, group_of(actor), KV_NUL,
                                                    key_of(cell, entry), KV_NUL, &failure));
    is_read = is_read && must("kv_batch_commit", kv_batch_commit(store, batch, &failure));
    for (int entry = 0; is_read && entry < entries; entry++)
        is_read = add_entry(actor, cell, entry, batch, sight);
    kv_batch_close(batch, NULL);
    return is_read;
}

static bool look(int actor, int cell, struct sight *sight)
{
    memset(sight, 0, sizeof *sight);
    return entries_of(cell) == 1 ? look_at_single(actor, cell, sight)
                                 : look_at_unit(actor, cell, sight);
}

static bool is_state(int cell, const struct sight *sight, state it)
{
    return is_gone(cell, it) ? !sight->is_found : sight->is_found && sight->value == it;
}

/* The knowledge of the oracle before a read, and after it. */
struct knowledge {
    state acknowledged, begun;
    uint64_t undone;
    bool is_restored;
};

/* One of the states between the acknowledged one and the one in flight. */
static bool is_between(const struct sight *sight, const struct knowledge *known)
{
    uint64_t first = serial_of(known->acknowledged), last = serial_of(known->begun);
    if (!sight->is_found) return last > first + 1;
    uint64_t serial = serial_of(sight->value);
    return serial > first && serial < last;
}

static bool is_allowed(int cell, const struct sight *sight, const struct knowledge *known,
                       state base, bool idle)
{
    if (sight->is_found && serial_of(sight->value) == known->undone) return false;
    if (!sight->is_found && scenario->may_vanish) return true;
    if (is_state(cell, sight, known->acknowledged)) return true;
    if (is_state(cell, sight, known->begun)) return true;
    if (known->is_restored && is_state(cell, sight, base)) return true;
    return !idle && is_between(sight, known);
}

static void report(int actor, int cell, const struct sight *sight, const struct knowledge *known)
{
    char found[64] = "nothing";
    if (sight->is_found)
        snprintf(found, sizeof found, "write %llu", (unsigned long long)serial_of(sight->value));
    violate("actor %d: cell %d has %s; write %llu is acknowledged, %llu begun, %llu undone%s", actor,
            cell, found, (unsigned long long)serial_of(known->acknowledged),
            (unsigned long long)serial_of(known->begun), (unsigned long long)known->undone,
            known->is_restored ? "; a restore came after it" : "");
}

/* An acknowledged value has the version that its write has returned. */
static void check_version(int actor, int cell, const struct sight *sight, struct knowledge *known)
{
    uint64_t version = shared->cells[actor][cell].versions[serial_of(known->acknowledged) % 2];
    bool is_known = sight->is_found && sight->value == known->acknowledged && !known->is_restored;
    if (is_known && cell < BATCH_CELL && version != 0 && version != sight->version)
        violate("actor %d: cell %d has version %llu instead of %llu", actor, cell,
                (unsigned long long)sight->version, (unsigned long long)version);
}

/* Notes what became of the write that was in flight. */
static void settle(struct cell *it, int cell, const struct sight *sight, uint64_t restores)
{
    it->restores = restores;
    if (sight->is_found) it->versions[serial_of(sight->value) % 2] = sight->version;
    state begun = it->begun;
    bool is_done = is_state(cell, sight, begun) || (scenario->may_vanish && !sight->is_found);
    if (is_done) {
        it->acknowledged = begun;
        return;
    }
    if (begun != it->acknowledged) it->undone = serial_of(begun);
    if (!is_state(cell, sight, it->acknowledged)) it->acknowledged = it->base;
    it->begun = it->acknowledged;
}

void check_cell(int actor, int cell, bool idle, bool settles)
{
    struct cell *it = &shared->cells[actor][cell];
    struct knowledge known = {.acknowledged = it->acknowledged};
    struct sight sight;
    state base = it->base;
    uint64_t restores = it->restores, over = shared->restores_over;
    if (!look(actor, cell, &sight)) return;
    known.begun = it->begun;
    known.undone = it->undone;
    known.is_restored = shared->restores_begun != restores;
    if (!is_allowed(cell, &sight, &known, base, idle)) {
        report(actor, cell, &sight, &known);
        return;
    }
    if (idle) check_version(actor, cell, &sight, &known);
    if (settles) {
        /* Later restores, and one that runs, may still change it. */
        settle(it, cell, &sight, over);
    }
}

void read_own_cell(int actor, int cell)
{
    check_cell(actor, cell, true, shared->restores_begun != 0);
}

bool is_whole(int actor, int cell)
{
    struct sight sight;
    return look(actor, cell, &sight);
}
