/* The measures of a process and of its files, from the system. */
#ifndef GAUGES_H
#define GAUGES_H

#include <stdint.h>
#include <sys/types.h>

/* A process at one instant. */
struct gauge {
    uint64_t memory, descriptors, mappings, threads;
};

struct gauge gauge_process(pid_t process);

/* The length of a file of the folder; 0 if it is not there. */
uint64_t length_of(const char *name);

#endif
