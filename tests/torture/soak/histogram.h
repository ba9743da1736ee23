/* A histogram of times, with 16 classes for each power of two: a time is known to 6 %. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { CLASSES = 16 * 40 };

struct histogram {
    uint64_t counts[CLASSES];
    uint64_t count, longest;
};

void histogram_add(struct histogram *it, uint64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The time within which `share` of the calls ended, such as 0.99; 0 without calls. */
uint64_t histogram_at(const struct histogram *it, double share);

#endif
