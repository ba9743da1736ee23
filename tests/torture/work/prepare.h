/* The files that a workload begins with. */
#ifndef PREPARE_H
#define PREPARE_H

#include <sys/types.h>

#include "steps.h"

/* The memory that a program and the processes of its runs share. */
struct shared {
    struct outcome outcome;
    /* The oracle of the files that the workload begins with. */
    struct oracle prepared;
};

/* The folder of the files that a workload begins with, and that of its runs. */
struct places {
    char prepared[4096], run[4096];
};

/* Makes both folders in a new one below `below`, and removes them with all that is in them. */
void make_places(struct places *places, const char *below);
void remove_places(struct places *places);

/* Makes the files that the workload begins with, in a process of its own; exits after a failure. */
void prepare(struct shared *shared, const struct places *places);

/* Keeps the oracle for the runs, in a process that makes the files. */
void keep_oracle(void);

/* Waits for a process, and returns its status. */
int status_of(pid_t child);

#endif
