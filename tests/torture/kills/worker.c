/* A worker: it opens the store, works until it is stopped or killed, and closes the store. */

#define _GNU_SOURCE
#include "worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cells.h"
#include "scenario.h"

void be_child(void)
{
    /* Nothing outlives the driver. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void work(int actor)
{
    struct slot *slot = &shared->slots[slot_of(actor)];
    int thread = thread_of(actor);
    seed(chance(0) + (uint64_t)actor);
    while (!slot->stop && !shared->has_failed) {
        int pause = shared->pause;
        if (pause != 0) {
            if (thread == 0 && scenario->rest != NULL) scenario->rest(slot_of(actor));
            slot->parked[thread] = pause;
            nap(300);
            continue;
        }
        scenario->step(actor);
        slot->steps[thread]++;
        /* Now and then the file is free for others. */
        if (chance(4) == 0) nap((unsigned)chance(1000));
    }
}

static uint64_t thread_seed;

static void *work_beside(void *actor)
{
    seed(thread_seed);
    work((int)(intptr_t)actor);
    return NULL;
}

void work_in_slot(int number)
{
    struct slot *slot = &shared->slots[number];
    pthread_t threads[THREADS];
    be_child();
    /* The torn writes of a fuse. */
    srand((unsigned)chance(0));
    while (!shared->gate) nap(50);
    fuse_hold(&slot->fuse);
    /* Some move the log into the file often. */
    if (!open_store(chance(6) == 0 ? "wal_limit=256KiB" : "wal_limit=4MiB")) _exit(0);
    if (scenario->begin != NULL) scenario->begin(number);
    thread_seed = chance(0);
    for (int i = 1; i < scenario->threads; i++)
        pthread_create(&threads[i], NULL, work_beside, (void *)(intptr_t)(number * THREADS + i));
    work(number * THREADS);
    for (int i = 1; i < scenario->threads; i++) pthread_join(threads[i], NULL);
    close_store();
    fuse_hold(NULL);
    _exit(0);
}
