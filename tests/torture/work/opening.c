/* Workloads of openings: the first one, one that upgrades, one after a kill. */

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "files.h"
#include "prepare.h"

/* Opens the store, at the second attempt if a fault fails the first. */
static bool open_twice(void)
{
    return open_store(NULL) || open_store(NULL);
}

static void run_first_open(void)
{
    struct unit *a = unit_of("g", "a", 1, 100);
    if (!open_store(NULL)) {
        /* A file that cannot be looked at or removed any more stays. */
        bool can_look = !injected.forever || !concerns_reads(injected.kinds);
        if (can_look && (injected.kinds & FAULT_UNLINK) == 0) check_nothing_left(folder);
        if (!open_store(NULL)) return;
    }
    set_unit(a);
    close_store();
    if (open_twice()) read_unit(a);
}

const struct workload FIRST_OPEN = {
    .name = "first open",
    .suits_log = true,
    .options = "changes=on&max_entries=1000",
    .run = run_first_open,
    .opens = true,
};

/* Four processes open a store that is not there yet, and each writes a unit. */
static void run_first_open_by_four(void)
{
    static const char *const NAMES[] = {"a", "b", "c", "d"};
    struct unit *units[4];
    pid_t children[4];
    for (int i = 0; i < 4; i++) units[i] = unit_of("g", NAMES[i], 2, 300);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] != 0) continue;
        if (open_store(NULL)) {
            commit_unit(units[i]);
            commit_unit(units[i]);
        }
        close_store();
        _exit(0);
    }
    for (int i = 0; i < 4; i++) {
        if (status_of(children[i]) != 0) violate("a process has crashed");
        units[i]->last = 2;
    }
}

const struct workload FIRST_OPEN_BY_FOUR = {
    .name = "first open by four processes",
    .options = "changes=on",
    .run = run_first_open_by_four,
    .opens = true,
};

/* The folders of the file are created with it. */
const struct workload FIRST_FOLDERS = {
    .name = "first open in new folders",
    .suits_log = true,
    .options = "create_dirs=on",
    .run = run_first_open,
    .opens = true,
    .file = "a/b/kv.db",
};

/* A file with a rollback journal instead of a log, as another program may have made it: bytes 18
   and 19 of a database say which. */
static void leave_in_journal_mode(void)
{
    if (!open_store(NULL)) return;
    fill(6, 2000);
    close_store();
    FILE *file = fopen(path_of("kv.db"), "r+b");
    bool done = file != NULL && fseek(file, 18, SEEK_SET) == 0 && fwrite("\1\1", 1, 2, file) == 2;
    if (file == NULL || fclose(file) != 0 || !done) violate("kv.db cannot be written");
}

static void run_adoption(void)
{
    struct unit *a = unit_of("g", "a", 1, 500);
    if (!open_twice()) return;
    set_unit(a);
    set_unit(a);
}

const struct workload ADOPTION = {
    .name = "first open of a file with a journal",
    .options = "",
    .prepare = leave_in_journal_mode,
    .run = run_adoption,
    .opens = true,
};

/* The last writes are in the log alone. */
static void leave_killed(void)
{
    if (!open_store(NULL)) return;
    fill(10, 3000);
    struct unit *b = unit_of("g", "b", 3, 2000);
    for (int i = 0; i < 4; i++) commit_unit(b);
    keep_oracle();
    raise(SIGKILL);
}

static void run_reopen(void)
{
    struct unit *a = unit_of("g", "a", 1, 500), *b = unit_of("g", "b", 3, 2000);
    if (!open_twice()) return;
    read_unit(b);
    set_unit(a);
    commit_unit(b);
    close_store();
    if (!open_twice()) return;
    read_untouched();
    commit_unit(b);
}

const struct workload REOPEN = {
    .name = "reopen after a kill",
    .suits_log = true,
    .options = "",
    .prepare = leave_killed,
    .run = run_reopen,
    .opens = true,
};
