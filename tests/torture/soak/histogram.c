/* A histogram whose classes grow with the time. */

#include "histogram.h"

/* Times below 16 ns have a class each. */
static int class_of(uint64_t ns)
{
    if (ns < 16) return (int)ns;
    int power = 63 - __builtin_clzll(ns);
    int number = (power - 3) * 16 + (int)(ns >> (power - 4) & 15);
    return number < CLASSES ? number : CLASSES - 1;
}

/* The longest time of a class. */
static uint64_t end_of(int number)
{
    if (number < 16) return (uint64_t)number;
    int power = number / 16 + 3;
    return ((uint64_t)(16 + number % 16 + 1) << (power - 4)) - 1;
}

void histogram_add(struct histogram *it, uint64_t ns)
{
    it->counts[class_of(ns)]++;
    it->count++;
    if (ns > it->longest) it->longest = ns;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (int i = 0; i < CLASSES; i++) into->counts[i] += from->counts[i];
    into->count += from->count;
    if (from->longest > into->longest) into->longest = from->longest;
}

uint64_t histogram_at(const struct histogram *it, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)it->count + 0.999999), sum = 0;
    for (int i = 0; i < CLASSES; i++) {
        sum += it->counts[i];
        if (sum >= wanted && sum > 0) return end_of(i) < it->longest ? end_of(i) : it->longest;
    }
    return it->longest;
}
