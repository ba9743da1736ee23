/*
 * A crash image: a state of the disk that a loss of power at a place of a recording may leave. Each
 * decision follows from its seed: which pending entries are on the disk, which writes are torn, and
 * what is where a write is missing.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

#include "disk.h"

/* Which of the pending entries are on the disk. */
enum choice {
    /* All, as after a killed process; or none. */
    CHOICE_ALL,
    CHOICE_NONE,
    /* Of each file the first ones, or of all names. */
    CHOICE_PREFIX,
    /* Any of them. */
    CHOICE_SUBSET,
    CHOICES,
};

/* The bytes where a part of a write is not on the disk. */
enum rest { REST_OLD, REST_ZEROS, REST_GARBAGE, RESTS };

struct image {
    uint64_t seed;
    int place;
    enum choice contents, names;
    /* How many of a hundred entries are on the disk, if any of them may be. */
    int percent;
    /* How many writes are torn, and at multiples of how many bytes. */
    int torn;
    size_t sector;
    enum rest rest;
    /* Whether a wal-index full of garbage is beside the database. */
    bool has_wal_index;
    /* Planted: a page of the database has garbage. */
    bool is_damaged;
};

/* Chooses an image of a recording. */
struct image image_of(uint64_t seed, const struct recording *recording);

/* Writes the image into an empty folder; the disk is at its place. */
void image_write(const struct image *image, const struct disk *disk, const char *folder);

/* Prints the pending entries of a disk, and their fates in the image. */
void image_print(const struct image *image, const struct disk *disk);

/* Describes the image, until the next call. */
const char *image_text(const struct image *image);

/* The next of the numbers that follow from a state. */
uint64_t next_number(uint64_t *state);

#endif
