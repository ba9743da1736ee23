/* The images of a recording: each is opened and judged; what its opening does to the files is
   recorded too, and images of that recording are opened in their turn. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "history.h"
#include "image.h"
#include "steps.h"

/* The first level is the workload, the next one the opening of an image, and so on. */
enum { LEVELS = 4 };

/* A level: its folder, what was recorded there, and the oracle at its end. */
struct level {
    char folder[4096];
    struct recording *recording;
    struct history history;
    struct oracle oracle;
};

/* The work of a process, in memory that it shares with the one that waits for it. */
struct exploration {
    struct level level[LEVELS];
    /* Whether acknowledged writes are judged as at full durability. */
    bool is_full_durability;
    /* Planted: a page of the database has garbage in each image. */
    bool damages;
    /* Whether the pending entries of an image with a violation are printed. */
    bool prints;
    /* The image at hand, and its level. */
    struct image image;
    int at_level;
    /* How many images of each level were opened. */
    long opened[LEVELS];
};

/* Writes the image of a disk of the level before into the folder of a level, opens and judges it,
   and explores the opening if `depth` is above 0. Violations are in the outcome. */
void explore(struct exploration *it, int level, const struct disk *disk, const struct image *image,
             int depth);

#endif
