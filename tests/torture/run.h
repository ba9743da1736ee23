/* One run of a workload: its files, the fault, the work, and what has to hold afterwards. */
#ifndef RUN_H
#define RUN_H

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

/* Makes the files that the workload begins with, in a process of its own; exits after a failure. */
void prepare(struct shared *shared, const struct places *places);

/* Keeps the oracle for the runs, in a process that makes the files. */
void keep_oracle(void);

/* Runs the workload with a fault, in a process of its own. The outcome is in `shared`. */
void run(struct shared *shared, const struct places *places, const struct fault_rule *rule);

#endif
