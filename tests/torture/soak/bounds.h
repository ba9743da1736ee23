/* The bounds of a soak. */
#ifndef BOUNDS_H
#define BOUNDS_H

#include <stdbool.h>

#include "gauges.h"
#include "shared.h"

/* All measures of an instant at which no process is in a call. */
struct sample {
    struct gauge processes[PROCESSES];
    uint64_t wal, file, cache_wal, cache_file;
    bool is_held;
};

/* Compares the measures of a run of so many seconds with the bounds. */
void check_bounds(const struct sample *samples, unsigned seconds);

/* The growth of the memory of the process that has grown most, after the first fifth. */
int64_t memory_growth(const struct sample *samples);

/* The longest log, while no snapshot is held or while one is. */
uint64_t longest_wal(const struct sample *samples, bool held);

#endif
