/* Values of cells, writes that keep the oracle, and its comparison with what is read. */

#include "cells.h"

#include <stdio.h>
#include <string.h>

#include "scenario.h"

enum { HEAD = 16, VALUE_MAX = 14000, GONE_EACH = 6 };

enum planted planted;

static state state_of(uint64_t serial, uint64_t ordinal)
{
    return serial << 32 | ordinal;
}

uint64_t serial_of(state it)
{
    return it >> 32;
}

uint64_t ordinal_of(state it)
{
    return it & 0xffffffff;
}

bool is_gone(int cell, state it)
{
    uint64_t ordinal = ordinal_of(it);
    return ordinal == 0 || (cell < BATCH_CELL && ordinal % GONE_EACH == GONE_EACH - 1);
}

const char *group_of(int actor)
{
    static _Thread_local char name[64];
    snprintf(name, sizeof name, "%sactor%d", scenario->space, actor);
    return name;
}

const char *key_of(int cell, int entry)
{
    static _Thread_local char name[32];
    snprintf(name, sizeof name, "cell%d.%d", cell, entry);
    return name;
}

int entries_of(int cell)
{
    return cell == BATCH_CELL ? 3 : cell == TRANSACTION_CELL ? 2 : 1;
}

int cell_of_names(const kv_event *event)
{
    int actor, cell, entry;
    char names[128];
    if (event->group_len + event->key_len + 2 > sizeof names) return -1;
    snprintf(names, sizeof names, "%.*s %.*s", (int)event->group_len, (const char *)event->group,
             (int)event->key_len, (const char *)event->key);
    if (sscanf(names, "actor%d cell%d.%d", &actor, &cell, &entry) != 3) return -1;
    return entry == 0 ? actor * CELLS + cell : -1;
}

bool must(const char *call, kv_status status)
{
    if (status == KV_OK) return true;
    violate("%s returns %d: %s", call, status, status < 0 ? failure.message : "an outcome");
    return false;
}

/* Some values are in overflow rows, some of them over several pages. */
static size_t length_of(uint64_t serial)
{
    if (serial % 31 == 0) return 9000 + serial % 5000;
    if (serial % 7 == 0) return 1000 + serial % 2000;
    return HEAD + serial % 200;
}

static size_t make_value(int actor, int cell, state it, unsigned char *value)
{
    size_t len = length_of(serial_of(it));
    memset(value, (int)('a' + (actor * CELLS + cell + serial_of(it)) % 26), len);
    memcpy(value, &it, sizeof it);
    value[8] = (unsigned char)actor;
    value[9] = (unsigned char)cell;
    return len;
}

bool read_value(int actor, int cell, const void *value, size_t len, state *it)
{
    static _Thread_local unsigned char expected[VALUE_MAX];
    if (len >= HEAD) {
        memcpy(it, value, sizeof *it);
        if (make_value(actor, cell, *it, expected) == len && memcmp(expected, value, len) == 0)
            return true;
    }
    violate("actor %d, cell %d: a value of %zu bytes that was never written", actor, cell, len);
    return false;
}

static kv_status set_single(int actor, int cell, state next)
{
    static _Thread_local unsigned char value[VALUE_MAX];
    size_t len = make_value(actor, cell, next, value);
    uint64_t version;
    kv_status status = kv_put(store, group_of(actor), KV_NUL, key_of(cell, 0), KV_NUL, value, len, NULL,
                              &version, &failure);
    if (status == KV_OK) shared->cells[actor][cell].versions[serial_of(next) % 2] = version;
    return status;
}

static kv_status delete_single(int actor, int cell)
{
    kv_status status = kv_delete(store, group_of(actor), KV_NUL, key_of(cell, 0), KV_NUL, &failure);
    if (status == KV_NOT_FOUND && scenario->may_vanish) return KV_OK;
    return status;
}

/* The planted half of a batch: its entries are written one by one. */
static kv_status set_apart(int actor, int cell, const void *value, size_t len)
{
    for (int entry = 0; entry < entries_of(cell); entry++) {
        const char *key = key_of(cell, entry);
        kv_status status = kv_set(store, group_of(actor), KV_NUL, key, KV_NUL, value, len, &failure);
        if (status != KV_OK) return status;
    }
    return KV_OK;
}

static kv_status set_batch(int actor, int cell, state next)
{
    static _Thread_local unsigned char value[VALUE_MAX];
    size_t len = make_value(actor, cell, next, value);
    if (planted == PLANTED_HALF) return set_apart(actor, cell, value, len);
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, &failure);
    for (int entry = 0; status == KV_OK && entry < entries_of(cell); entry++)
        status = kv_batch_set(batch, group_of(actor), KV_NUL, key_of(cell, entry), KV_NUL, value, len,
                              NULL, &failure);
    if (status == KV_OK) status = kv_batch_commit(store, batch, &failure);
    kv_batch_close(batch, NULL);
    return status;
}

static kv_status set_transaction(int actor, int cell, state next)
{
    static _Thread_local unsigned char value[VALUE_MAX];
    size_t len = make_value(actor, cell, next, value);
    kv_txn txn;
    kv_value old;
    kv_status status = kv_txn_begin(store, &txn, &failure);
    for (int entry = 0; status == KV_OK && entry < entries_of(cell); entry++) {
        const char *key = key_of(cell, entry);
        status = kv_txn_get(txn, group_of(actor), KV_NUL, key, KV_NUL, &old, &failure);
        if (status == KV_NOT_FOUND) status = KV_OK;
        kv_value_free(&old);
        if (status == KV_OK)
            status = kv_txn_set(txn, group_of(actor), KV_NUL, key, KV_NUL, value, len, NULL, &failure);
    }
    if (status == KV_OK) status = kv_txn_commit(txn, &failure);
    if (status != KV_OK) kv_txn_abort(txn, NULL);
    return status;
}

static kv_status apply(int actor, int cell, state next)
{
    if (is_gone(cell, next)) return delete_single(actor, cell);
    if (cell == BATCH_CELL) return set_batch(actor, cell, next);
    if (cell == TRANSACTION_CELL) return set_transaction(actor, cell, next);
    return set_single(actor, cell, next);
}

void write_cell(int actor, int cell)
{
    struct cell *it = &shared->cells[actor][cell];
    uint64_t serial = it->last + 1;
    state next = state_of(serial, ordinal_of(it->acknowledged) + 1);
    it->last = serial;
    if (serial % 2 != serial_of(it->acknowledged) % 2) it->versions[serial % 2] = 0;
    uint64_t restores = shared->restores_over;
    it->begun = next;
    if (planted == PLANTED_EARLY) it->acknowledged = next;
    kv_status status = apply(actor, cell, next);
    if (status == KV_OK) {
        it->acknowledged = next;
        it->restores = restores;
        shared->writes++;
    } else if (scenario->refusal != KV_OK && status == scenario->refusal) {
        /* A write that was refused has changed nothing. */
        it->undone = serial;
        it->begun = it->acknowledged;
    } else {
        violate("actor %d: write %llu of cell %d returns %d: %s", actor, (unsigned long long)serial,
                cell, status, status < 0 ? failure.message : "its entry is missing");
    }
}
