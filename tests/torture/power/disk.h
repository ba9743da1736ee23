/*
 * The disk at a place of a recording: the contents of files and the names that are on it for
 * certain, and the entries of the recording that are pending. An fsync of a file puts its contents
 * on the disk, and one of a folder its names; everything else may be lost.
 */
#ifndef DISK_H
#define DISK_H

#include "record.h"

struct contents {
    unsigned char *bytes;
    size_t len, room;
};

/* The file of a name: a number, or one of these. */
enum { NAME_FREE = -1, NAME_FOLDER = -2 };

struct disk {
    const struct recording *recording;
    int place;
    struct contents file[FILES_MAX];
    int name[NAMES_MAX];
    /* The numbers of entries, in their order. */
    int pending, entry[ENTRIES_MAX];
};

/* Begins at the beginning of a recording, with the files of a folder. */
void disk_begin(struct disk *disk, const struct recording *recording, const char *folder);

/* Goes on to a later place. */
void disk_advance(struct disk *disk, int place);

/* Frees the contents. */
void disk_end(struct disk *disk);

/* Writes into contents, or changes their length; with NULL for zeros. */
void contents_write(struct contents *contents, size_t at, size_t len, const unsigned char *bytes);
void contents_resize(struct contents *contents, size_t len);

/* Applies an entry that is about contents, or one that is about names. */
void contents_apply(struct contents *contents, const struct entry *entry);
void names_apply(int *name, const struct entry *entry);

/* Whether an entry is about contents. */
bool is_of_contents(const struct entry *entry);

#endif
