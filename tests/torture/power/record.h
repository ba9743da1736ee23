/*
 * A recording of what a workload does to the files of a folder, in the order in which it does it:
 * a library that a process loads before all others. The recording is memory that processes share,
 * so that each process of a workload adds to it.
 *
 * Files whose name ends with "-shm" are left out: a wal-index is memory, which a loss of power
 * loses, and SQLite makes it again.
 */
#ifndef RECORD_H
#define RECORD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ENTRIES_MAX = 40000, FILES_MAX = 256, NAMES_MAX = 64, NAME_LEN_MAX = 96 };

/* The kinds of entries. */
enum kind {
    /* On the contents of a file. */
    ENTRY_WRITE,
    ENTRY_TRUNCATE,
    ENTRY_EXTEND,
    ENTRY_SYNC,
    /* On names: a file has got a name, a name another one, a folder a name; a name is gone. */
    ENTRY_LINK,
    ENTRY_RENAME,
    ENTRY_FOLDER,
    ENTRY_UNLINK,
    /* The names of a folder are on the disk. */
    ENTRY_SYNC_FOLDER,
    /* An event of the oracle. */
    ENTRY_MARK,
};

struct entry {
    enum kind kind;
    /* The file, by number; -1 of a folder. */
    int file;
    /* The name, by number; of a rename the new one, and the old one. */
    int name, from;
    /* The place of a write, and its bytes; or the new length of a file. */
    size_t at, len;
    const unsigned char *bytes;
};

struct recording {
    pthread_mutex_t lock;
    char folder[4096];
    int entries, files, names;
    /* Names are paths below the folder; 0 is the folder itself. */
    char name[NAMES_MAX][NAME_LEN_MAX];
    /* The identities of files. */
    struct {
        dev_t device;
        ino_t inode;
    } file[FILES_MAX];
    /* The names of the files that were there in the beginning, and those of folders. */
    int first_files, first_name[FILES_MAX];
    int first_folders, first_folder[NAMES_MAX];
    size_t used, room;
    /* Whether it was too small for all. */
    bool is_full;
    struct entry entry[ENTRIES_MAX];
    unsigned char bytes[];
};

/* Returns a recording with room for some bytes of writes. */
struct recording *recording_new(size_t room);

/* Begins to record in this process, and those that it forks, with the files that are in the folder,
   and ends it. */
void record_begin(struct recording *recording, const char *folder);
void record_end(void);

/* Adds a mark to the recording; returns its place, the number of entries before it. */
int record_mark(void);

/* Sets whether the file system lacks the rename that replaces nothing. */
void record_without_rename(bool lacks);

/* Faults of a recorder, planted to be found. */
enum lie {
    LIE_NONE,
    /* An fsync that is reported as done and was not made. */
    LIE_SYNC,
    /* A write that is not in the recording. */
    LIE_WRITE,
};

void record_lie(enum lie lie);

#endif
