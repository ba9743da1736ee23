/* The files of a run. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "scenario.h"

const struct scenario *scenario;
const char *folder;
kv_store store;
_Thread_local kv_error failure;

const char *path_of(const char *name)
{
    static _Thread_local char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

bool open_file(const char *name, const char *options, kv_store *file)
{
    char location[5000];
    /* No wait for a lock is as long, so that a lock that stays is an error. */
    snprintf(location, sizeof location, "sqlite:%s?busy_timeout=30s&%s", path_of(name), options);
    return must(name, kv_open(location, file, &failure));
}

bool open_store(const char *extra)
{
    char options[512];
    snprintf(options, sizeof options, "%s%s%s", scenario->options, extra == NULL ? "" : "&",
             extra == NULL ? "" : extra);
    return open_file("kv.db", options, &store);
}

void close_store(void)
{
    must("kv_close", kv_close(store, &failure));
}

void remove_database(const char *name)
{
    static const char *const ends[] = {"-journal", "-wal", "-shm", ""};
    for (int i = 0; i < 4; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s%s", path_of(name), ends[i]);
        unlink(path);
    }
}

int slot_of(int actor)
{
    return actor / THREADS;
}

int thread_of(int actor)
{
    return actor % THREADS;
}

void work_on_cells(int actor)
{
    int cell = (int)chance(CELLS);
    if (chance(4) == 0)
        read_own_cell(actor, cell);
    else
        write_cell(actor, cell);
}
