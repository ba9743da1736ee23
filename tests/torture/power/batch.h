/* Recordings of a workload, and batches of their images, each in a process of its own: a crash or a
   hang ends only that. */
#ifndef BATCH_H
#define BATCH_H

#include "explore.h"
#include "prepare.h"

struct batch {
    struct shared *shared;
    struct exploration *exploration;
    struct places places;
    /* The durability that is judged, by name. */
    const char *durability;
    long violations;
};

/* Makes the folders and the files that the workload begins with; removes them. */
void batch_begin(struct batch *batch, const char *below, bool is_full_durability);
void batch_end(struct batch *batch);

/* Records the workload. Returns whether it has succeeded, and the recording is complete. */
bool batch_record(struct batch *batch);

/* Explores images whose seeds follow from a state. Returns whether the exploration can go on. */
bool batch_explore(struct batch *batch, long images, uint64_t *state);

/* Explores the image of a seed. */
void batch_explore_one(struct batch *batch, uint64_t seed);

#endif
