/* The steps of workloads: calls of the library that keep the oracle. */
#ifndef STEPS_H
#define STEPS_H

#include "oracle.h"
#include "rules.h"

/* A workload. */
struct workload {
    const char *name;
    /* The options of its location. */
    const char *options;
    /* Makes the files that it begins with, without faults; NULL if there are none. */
    void (*prepare)(void);
    /* The work, under faults. The store is open, unless the workload opens it itself. */
    void (*run)(void);
    /* Whether `run` opens the store. */
    bool opens;
    /* Checks more in the end, in a store without faults; NULL for nothing else. */
    void (*check)(void);
    /* The file of the store; NULL for kv.db. The fixture that it begins with, for some. */
    const char *file, *fixture;
    /* Whether a store with a log can do it too. */
    bool suits_log;
    /* Whether the store is full, so that another write would evict entries or be refused. */
    bool is_full;
    /* Whether the file system lacks the rename that replaces nothing, as some do. */
    bool lacks_rename;
};

extern const struct workload SETS, BATCHES, TRANSACTIONS, LARGE_VALUES, EXPIRY, CHANGES, QUOTA,
    EVICTION, COMPACT, STREAMS, SPACE, BACKUP, BACKUP_BY_LINK, COPY, RESTORE, CHECKPOINTS, THREADS, REOPEN;
extern const struct workload FIRST_OPEN, FIRST_OPEN_BY_FOUR, FIRST_FOLDERS, ADOPTION;
extern const struct workload UPGRADE, UPGRADE_PLAIN, UPGRADE_KILLED, UPGRADE_LARGE, UPGRADE_QUOTAS,
    UPGRADE_APPLICATION, UPGRADE_EVICTING;
extern const struct workload PLANTED_LOSS, PLANTED_HALF, PLANTED_NUMBER, PLANTED_CRASH;

/* The store of this process, its folder, and its workload. */
extern kv_store store;
extern const char *folder;
extern const struct workload *workload;

/* The durability with which stores are opened: full, or normal. */
extern const char *durability;

/* Whether stores have a log instead of a SQLite file: the variable KV_ENGINE is "log". */
extern bool uses_log;

/* Reads that variable, and prints the names of workloads that the engine can do. */
void choose_engine(void);
void list_workloads(const struct workload *const *workloads, size_t count);

/* The path of a file in the folder, until the next call. */
const char *path_of(const char *name);

/* Opens the store of the workload; with `extra` options, or NULL. */
bool open_store(const char *extra);

/* Closes it, if it is open. */
void close_store(void);

/* Writes a unit with one key, in one call. */
void set_unit(struct unit *unit);
void delete_unit(struct unit *unit);

/* Writes a unit with one key so that it survives a loss of power, whatever the store's durability. */
void put_durably(struct unit *unit);

/* Writes all keys of a unit, in a batch or a transaction. */
void commit_unit(struct unit *unit);
void transact_unit(struct unit *unit);

/* Flushes the store; makes a backup of it in a file of the folder. */
void flush_store(void);
void back_up(const char *name);

/* Reads a unit and compares it with the oracle. */
void read_unit(const struct unit *unit);

/* The group of the units that no workload writes. */
extern const char *const UNTOUCHED;

/* Reads such a unit, of a store that `prepare` has filled. */
void read_untouched(void);

/* Fills a store: units that nothing touches, for `prepare`. */
void fill(int units, size_t len);

#endif
