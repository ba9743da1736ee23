/* A worker, in a process of its own. */
#ifndef WORKER_H
#define WORKER_H

#include "shared.h"

/* Ends this process with the driver. */
void be_child(void);

/* Works in a slot until it is stopped; does not return. */
_Noreturn void work_in_slot(int number);

#endif
