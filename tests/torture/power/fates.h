/* The fate of each pending entry in a loss of power. */
#ifndef FATES_H
#define FATES_H

#include "image.h"

struct fates {
    /* For each pending entry, whether it is on the disk; whether a write that is, is torn; and
       whether the length of one that is not is there all the same. */
    bool is_kept[ENTRIES_MAX], is_torn[ENTRIES_MAX], is_long[ENTRIES_MAX];
    /* For each file, whether it is no longer than it was at its last fsync. */
    bool is_short[FILES_MAX];
};

/* Chooses the fates of all pending entries. */
void fates_choose(struct fates *fates, const struct image *image, const struct disk *disk,
                  uint64_t *state);

/* Applies the pending entries of a file to its contents. */
void fates_apply(const struct fates *fates, const struct image *image, const struct disk *disk,
                 int file, struct contents *contents, uint64_t *state);

/* Writes garbage. */
void fill_garbage(struct contents *contents, size_t at, size_t len, uint64_t *state);

#endif
