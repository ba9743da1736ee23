/* One run of a workload: its files, the fault, the work, and what has to hold afterwards. */
#ifndef RUN_H
#define RUN_H

#include "prepare.h"

/* Runs the workload with a fault, in a process of its own. The outcome is in `shared`. */
void run(struct shared *shared, const struct places *places, const struct fault_rule *rule);

#endif
