/*
 * Calls of the system that fail when a test says so: a library that a process loads before all
 * others (LD_PRELOAD). The test calls these functions, which it finds by name.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stddef.h>

/* The kinds of calls; a rule is about one or several. */
enum {
    FAULT_OPEN = 1,
    FAULT_READ = 2,
    FAULT_WRITE = 4,
    FAULT_SYNC = 8,
    FAULT_TRUNCATE = 16,
    FAULT_ALLOCATE = 32,
    FAULT_UNLINK = 64,
    FAULT_RENAME = 128,
    FAULT_LINK = 256,
    FAULT_MAP = 512,
    FAULT_LOCK = 1024,
    /* The size, owner and times of a file. */
    FAULT_STAT = 2048,
    /* A change of its mode or owner. */
    FAULT_MODE = 4096,
    /* The list of a folder, or a new folder. */
    FAULT_FOLDER = 8192,
};

/* A rule: among the calls of some kinds on files whose path ends with `suffix`, one fails.
   The suffix ".kv-partial-" means all names that contain it. */
struct fault_rule {
    const char *suffix;
    unsigned kinds;
    /* The number of the call, from 1 on. */
    long nth;
    /* The number of the failure; with 0 a read or write transfers half of its bytes, rounded up. */
    int error;
    /* Whether all later calls fail as well. */
    int forever;
};

/* Begins to record the calls on files below a folder. */
void fault_begin(const char *folder);

/* Sets the only rule; counting begins again. */
void fault_arm(const struct fault_rule *rule);

/* Removes the rule. Returns how many calls it was about; how many failed is in `failed`. */
long fault_disarm(long *failed);

/* Copies the record, lines such as "write kv.db-wal", and empties it. Returns its length. */
size_t fault_record(char *to, size_t len);

/*
 * Decides about a call, and records it: 0 lets it pass, 1 halves it, -1 fails it with errno set.
 * The second form is about an open descriptor.
 */
int fault_on_path(unsigned kind, const char *path);
int fault_on_file(unsigned kind, int file);

#endif
