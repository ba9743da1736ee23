/* The shared memory, random numbers and clocks. */

#define _GNU_SOURCE
#include "shared.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

struct shared *shared;
enum planted planted;
const char *folder;

void share(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED) return;
    perror("mmap");
    exit(2);
}

void violate(const char *words, ...)
{
    if (atomic_exchange(&shared->has_failed, 1)) return;
    va_list rest;
    va_start(rest, words);
    vsnprintf(shared->violation, sizeof shared->violation, words, rest);
    va_end(rest);
}

static uint64_t sequence;

void seed(uint64_t number)
{
    sequence = number;
}

/* SplitMix64. */
uint64_t chance(uint64_t limit)
{
    uint64_t mixed = sequence += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    mixed ^= mixed >> 31;
    return limit == 0 ? mixed : mixed % limit;
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void nap(unsigned microseconds)
{
    struct timespec time = {microseconds / 1000000, (long)(microseconds % 1000000) * 1000};
    nanosleep(&time, NULL);
}

const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}
