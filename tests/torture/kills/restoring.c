/* Restores of a backup, while other processes write. An acknowledged write is there, or the
   state of the backup if a restore came after the write or ran beside it. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

/* Entries that one batch writes, over many pages. */
enum { MANY = 30, LEN = 900 };

static void write_many(void)
{
    char value[LEN];
    kv_batch batch;
    uint64_t next = ++shared->many_begun;
    memset(value, '.', sizeof value);
    memcpy(value, &next, sizeof next);
    kv_batch_new(&batch, &failure);
    for (int i = 0; i < MANY; i++) {
        char key[16];
        snprintf(key, sizeof key, "many%02d", i);
        kv_batch_set(batch, "many", KV_NUL, key, KV_NUL, value, sizeof value, NULL, &failure);
    }
    if (must("kv_batch_commit", kv_batch_commit(store, batch, &failure))) shared->many = next;
    shared->writes++;
    kv_batch_close(batch, NULL);
}

/* All of them are of one write: the whole batch, and the whole backup. */
static void check_many(void)
{
    kv_cursor cursor;
    kv_entry entry;
    uint64_t first = 0, value = 0;
    int count = 0;
    if (!must("kv_scan", kv_scan(store, "many", KV_NUL, NULL, &cursor, &failure))) return;
    for (; kv_cursor_next(cursor, &entry, &failure) == KV_OK; count++) {
        if (entry.value_len != LEN) violate("a value of %zu bytes", entry.value_len);
        memcpy(&value, entry.value, sizeof value);
        if (count == 0) first = value;
        if (value != first) violate("half of a batch or of a restore: writes %llu and %llu",
                                    (unsigned long long)first, (unsigned long long)value);
    }
    kv_cursor_close(cursor, NULL);
    if (count != MANY) violate("%d entries are there of %d", count, MANY);
    if (first > shared->many_begun) violate("write %llu was not begun", (unsigned long long)first);
}

/* The backup has each cell at its second write, when none is deleted. */
static void make_base(void)
{
    if (!open_store(NULL)) return;
    for (int actor = 0; actor < ACTORS; actor++) {
        for (int cell = 0; cell < CELLS; cell++) {
            write_cell(actor, cell);
            write_cell(actor, cell);
            shared->cells[actor][cell].base = shared->cells[actor][cell].acknowledged;
        }
    }
    write_many();
    must("kv_backup", kv_backup(store, path_of("base.db"), NULL, NULL, &failure));
    close_store();
}

static void restore(void)
{
    uint64_t number = ++shared->restores_begun;
    if (must("kv_restore", kv_restore(store, path_of("base.db"), NULL, NULL, &failure)))
        shared->restores_over = number;
}

/* One process restores, so that one restore runs at a time. */
static void step(int actor)
{
    uint64_t kind = chance(12);
    if (kind == 0 && slot_of(actor) == 0)
        restore();
    else if (kind == 0)
        check_many();
    else if (kind == 1 && slot_of(actor) == 1)
        write_many();
    else
        work_on_cells(actor);
}

static void begin(int slot)
{
    /* The restore of a killed process will not go on. */
    if (slot == 0) shared->restores_over = shared->restores_begun;
}

static void check(bool quiet)
{
    (void)quiet;
    check_many();
}

/* A transaction that has read what a restore replaces is in conflict with it. */
const struct scenario RESTORE = {
    .name = "restore", .options = "", .space = "", .processes = 3, .threads = 1, .refusal = KV_CONFLICT,
    .prepare = make_base, .begin = begin, .step = step, .check = check,
};
