/* The shared memory, random numbers and waits. */

#define _GNU_SOURCE
#include "shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct shared *shared;

void share(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED) return;
    perror("mmap");
    exit(2);
}

void violate(const char *words, ...)
{
    char text[sizeof shared->violation];
    va_list rest;
    va_start(rest, words);
    vsnprintf(text, sizeof text, words, rest);
    va_end(rest);
    if (atomic_exchange(&shared->is_noted, 1)) return;
    memcpy(shared->violation, text, sizeof text);
    /* The words come first: the driver ends all processes when it sees this. */
    atomic_store(&shared->has_failed, 1);
}

static _Thread_local uint64_t sequence;

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

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void nap(unsigned microseconds)
{
    struct timespec time = {microseconds / 1000000, (long)(microseconds % 1000000) * 1000};
    nanosleep(&time, NULL);
}
