/* Compact, and backups: of one process each, and of all under one name. */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "scenario.h"

enum { FILLERS = 60, FILLER_LEN = 3000 };

/* Entries that are there all the time. */
static void fill(void)
{
    static char value[FILLER_LEN];
    if (!open_store(NULL)) return;
    memset(value, 'f', sizeof value);
    for (int i = 0; i < FILLERS; i++) {
        char key[16];
        snprintf(key, sizeof key, "filler%d", i);
        must("kv_set", kv_set(store, "fillers", KV_NUL, key, KV_NUL, value, sizeof value, &failure));
    }
    close_store();
}

static void check_fillers(bool quiet)
{
    uint64_t count = 0;
    (void)quiet;
    must("kv_count", kv_count(store, "fillers", KV_NUL, &count, &failure));
    if (count != FILLERS) violate("%llu entries are there of %d", (unsigned long long)count, FILLERS);
}

static void compact(int actor)
{
    if (chance(12) == 0)
        must("kv_compact", kv_compact(store, &failure));
    else
        work_on_cells(actor);
}

const struct scenario COMPACT = {
    .name = "compact", .options = "", .space = "", .processes = 3, .threads = 1, .prepare = fill,
    .step = compact, .check = check_fillers,
};

/* Under this name all processes write, and only a checker removes it. */
static const char *const COMMON = "common.db";

static const char *own_name(int slot)
{
    static char name[32];
    snprintf(name, sizeof name, "backup%d.db", slot);
    return name;
}

/* Checks a backup: it is whole, and has the cells of the actor as they are, if there is one. */
static void check_backup(const char *name, int owner)
{
    kv_store source = store;
    if (!open_file(name, "read_only=on", &store)) return;
    must("kv_check of a backup", kv_check(store, &failure));
    check_fillers(true);
    for (int actor = 0; actor < ACTORS; actor++)
        for (int cell = 0; cell < CELLS; cell++)
            if (actor == owner)
                check_cell(actor, cell, true, false);
            else
                is_whole(actor, cell);
    close_store();
    store = source;
}

static void back_up(int actor)
{
    const char *name = own_name(slot_of(actor));
    if (chance(3) == 0) {
        kv_status status = kv_backup(store, path_of(COMMON), NULL, NULL, &failure);
        if (status != KV_ERR_ARGUMENT) must("kv_backup", status);
        return;
    }
    if (!must("kv_backup", kv_backup(store, path_of(name), NULL, NULL, &failure))) return;
    check_backup(name, actor);
    remove_database(name);
}

/* The backup that a killed process has left was checked. */
static void begin(int slot)
{
    remove_database(own_name(slot));
}

static void step(int actor)
{
    if (chance(10) == 0)
        back_up(actor);
    else
        work_on_cells(actor);
}

/* Files that killed processes have left may be removed at any time. */
static void remove_partial_files(void)
{
    DIR *files = opendir(folder);
    for (struct dirent *it; files != NULL && (it = readdir(files)) != NULL;)
        if (strncmp(it->d_name, ".kv-partial-", 12) == 0) unlink(path_of(it->d_name));
    if (files != NULL) closedir(files);
}

static bool exists(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static void check(bool quiet)
{
    check_fillers(quiet);
    for (int i = 0; quiet && i < scenario->processes; i++)
        if (exists(own_name(i))) check_backup(own_name(i), i * THREADS);
    if (exists(COMMON)) check_backup(COMMON, -1);
    if (!quiet || chance(2) == 0) return;
    remove_partial_files();
    remove_database(COMMON);
}

const struct scenario BACKUP = {
    .name = "backup", .options = "", .space = "", .processes = 3, .threads = 1, .prepare = fill,
    .begin = begin, .step = step, .check = check,
};
