/* The checks after a kill: all that is acknowledged is there, nothing else is, the file is
   sound, and nothing stops the next program. */

#include "checker.h"

#include <dirent.h>
#include <string.h>

#include "cells.h"
#include "processes.h"
#include "scenario.h"

static bool is_quiet, is_last;
static bool was_alive[SLOTS];

static void check_cells(void)
{
    for (int actor = 0; actor < ACTORS; actor++) {
        bool ended = actor == CHECKER || !was_alive[slot_of(actor)];
        for (int cell = 0; cell < CELLS; cell++)
            check_cell(actor, cell, is_quiet || ended, ended);
    }
}

static void check(void)
{
    if (!open_store(NULL)) return;
    must("kv_check", kv_check(store, &failure));
    check_cells();
    if (scenario->check != NULL) scenario->check(is_quiet);
    if (is_last && scenario->finish != NULL) scenario->finish();
    /* It can be written. */
    write_cell(CHECKER, 0);
    write_cell(CHECKER, BATCH_CELL);
    read_own_cell(CHECKER, 0);
    read_own_cell(CHECKER, BATCH_CELL);
    close_store();
}

void check_after_kill(bool quiet)
{
    is_quiet = quiet;
    for (int i = 0; i < SLOTS; i++) was_alive[i] = is_alive(i);
    run_apart("the check", check);
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* The last close removes the log; of the other names only those of the scenarios are left. */
static void check_folder(void)
{
    DIR *files = opendir(folder);
    for (struct dirent *it; files != NULL && (it = readdir(files)) != NULL;) {
        const char *name = it->d_name;
        if (strncmp(name, ".kv-partial-", 12) == 0) continue;
        if (ends_with(name, "-wal") || ends_with(name, "-shm") || ends_with(name, "-journal"))
            violate("%s is left after the last close", name);
        else if (name[0] != '.' && !ends_with(name, ".db"))
            violate("%s is left", name);
    }
    if (files != NULL) closedir(files);
}

void check_in_the_end(void)
{
    is_last = true;
    check_after_kill(true);
    check_folder();
    is_last = false;
}
