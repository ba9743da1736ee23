/* Threads that begin at the same moment. */

#ifndef TOGETHER_H
#define TOGETHER_H

#include <pthread.h>
#include <sched.h>

#include "check.h"

enum { THREADS = 8 };

static int go;

/* Starts `work` in `threads` threads, lets them go at once, does `meanwhile`, and waits. */
static void together(int threads, void *(*work)(void *), void (*meanwhile)(void))
{
    pthread_t ids[THREADS];
    uint64_t seeds[THREADS];
    __atomic_store_n(&go, 0, __ATOMIC_RELEASE);
    for (int i = 0; i < threads; i++) {
        seeds[i] = (uint64_t)i * 7919 + 1;
        CHECK(pthread_create(&ids[i], NULL, work, &seeds[i]) == 0);
    }
    __atomic_store_n(&go, 1, __ATOMIC_RELEASE);
    if (meanwhile != NULL) meanwhile();
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
}

static MAYBE_UNUSED void wait_to_go(void)
{
    while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE)) sched_yield();
}

#endif
