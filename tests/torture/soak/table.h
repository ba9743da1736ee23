/* The figures of a soak. */
#ifndef TABLE_H
#define TABLE_H

#include "bounds.h"

/* Prints the latencies of each kind of call, the measures, and the line of figures. */
void print_table(const struct sample *samples, unsigned seconds);

#endif
