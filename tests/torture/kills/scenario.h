/* A scenario: processes that work on one file and are killed, and the rules that hold then. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <kv.h>
#include <stdbool.h>

struct scenario {
    const char *name;
    /* The options of its location, and what its groups begin with. */
    const char *options, *space;
    int processes, threads;
    /* Each round begins with new files, and the processes open them at the same time. */
    bool is_fresh;
    /* All processes are parked during each check. */
    bool is_quiet;
    /* Acknowledged entries may be evicted. */
    bool may_vanish;
    /* The error with which a write may be refused; KV_OK for none. */
    kv_status refusal;
    /* Makes the files, in a process of its own, with no store open; NULL for none. */
    void (*prepare)(void);
    /* The beginning of a worker, when its store is open; NULL for nothing. */
    void (*begin)(int slot);
    /* One step of a thread. */
    void (*step)(int actor);
    /* Runs over and over in the first thread of a worker while the others are parked. */
    void (*rest)(int slot);
    /* Checks more than the cells, in a process of its own with the store open. If `quiet`, no
       process works. */
    void (*check)(bool quiet);
    /* Checks more at the end of a round or run, alone, with the store open. */
    void (*finish)(void);
};

extern const struct scenario STEADY, FIRST_OPEN, UPGRADE, COMPACT, BACKUP, COPY, RESTORE, PURGE, EVICT,
    QUOTA, CHANGES, ONCE;
extern const struct scenario PLANTED_LOSS, PLANTED_HALVES, PLANTED_WRONG_USAGE, PLANTED_REPEAT;

extern const struct scenario *scenario;
extern const char *folder;

/* The store of this process, and the last error of this thread. */
extern kv_store store;
extern _Thread_local kv_error failure;

/* The path of a file in the folder, until the next call of this thread. */
const char *path_of(const char *name);

/* Opens the store of the scenario with `extra` options, or another file. */
bool open_store(const char *extra);
bool open_file(const char *name, const char *options, kv_store *file);
void close_store(void);

/* Removes a database with the files beside it. */
void remove_database(const char *name);

/* A step of ordinary work: writes and reads of the actor's cells. */
void work_on_cells(int actor);

/* The slot of an actor that is not the checker, and the number of its thread. */
int slot_of(int actor);
int thread_of(int actor);

#endif
