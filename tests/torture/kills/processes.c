/* The processes of a run. Each wait has a deadline, after which the process has hung. */

#include "processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cells.h"
#include "scenario.h"
#include "worker.h"

/* The calls of one kind that a fuse waits for, and for how long. */
enum { CALLS = 16, RARE_CALLS = 3, PATIENCE_MS = 80 };

unsigned kills[CALL_KINDS];

static pid_t pids[SLOTS];
static enum end ends[SLOTS];

static pid_t fork_one(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child >= 0) return child;
    perror("fork");
    exit(2);
}

void start(int slot, long calls)
{
    struct slot *it = &shared->slots[slot];
    it->stop = 0;
    for (int i = 0; i < THREADS; i++) it->steps[i] = it->parked[i] = 0;
    it->fuse.left = 0;
    it->fuse.call = CALL_NONE;
    if (calls > 0) light(slot, calls);
    uint64_t own = chance(0);
    ends[slot] = RUNS;
    pids[slot] = fork_one();
    if (pids[slot] != 0) return;
    seed(own);
    work_in_slot(slot);
}

void light(int slot, long calls)
{
    struct fuse *fuse = &shared->slots[slot].fuse;
    fuse->moment = (int)chance(FUSE_MOMENTS);
    fuse->only = chance(2) == 0 ? CALL_NONE : (int)(CALL_OPEN + chance(CALL_KINDS - CALL_OPEN));
    bool is_rare = fuse->only >= CALL_SYNC && fuse->only <= CALL_RENAME;
    if (fuse->only != CALL_NONE) calls = 1 + (long)chance(is_rare ? RARE_CALLS : CALLS);
    fuse->left = calls;
}

void wait_for_kill(int slot)
{
    int64_t until = now_ms() + PATIENCE_MS;
    while (is_alive(slot) && now_ms() < until) nap(200);
    shared->slots[slot].fuse.only = CALL_NONE;
    wait_for_end(slot);
}

/* Notes the end of a worker, if it has ended. */
static void note_end(int slot, int flags)
{
    int status;
    if (pids[slot] == 0 || waitpid(pids[slot], &status, flags) != pids[slot]) return;
    pids[slot] = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        ends[slot] = KILLED;
        kills[shared->slots[slot].fuse.call]++;
        return;
    }
    ends[slot] = STOPPED;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        violate("process %d has crashed: status %#x", slot, (unsigned)status);
    else if (!shared->slots[slot].stop)
        violate("process %d has ended", slot);
}

bool is_alive(int slot)
{
    note_end(slot, WNOHANG);
    return pids[slot] != 0;
}

void kill_slot(int slot)
{
    if (pids[slot] == 0) return;
    kill(pids[slot], SIGKILL);
    note_end(slot, 0);
}

void ask_to_stop(int slot)
{
    shared->slots[slot].stop = 1;
}

enum end wait_for_end(int slot)
{
    if (HOLDS_SOON(!is_alive(slot) || shared->has_failed) && !shared->has_failed) return ends[slot];
    violate("process %d has not ended after %d s", slot, DEADLINE);
    return RUNS;
}

void stop_all(void)
{
    for (int i = 0; i < SLOTS; i++) ask_to_stop(i);
    for (int i = 0; i < SLOTS; i++)
        if (is_alive(i)) wait_for_end(i);
}

void end_all(void)
{
    for (int i = 0; i < SLOTS; i++) {
        if (pids[i] == 0) continue;
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
        pids[i] = 0;
    }
}

/* Waits for one thread; one that is stopped meanwhile is no longer waited for. */
static void wait_for_thread(int slot, int thread, uint64_t steps)
{
    struct slot *it = &shared->slots[slot];
    bool goes_on = HOLDS_SOON(it->steps[thread] > steps || shared->has_failed || !is_alive(slot));
    if (!goes_on) violate("process %d stands still for %d s after a kill", slot, DEADLINE);
}

void wait_for_steps(void)
{
    uint64_t steps[SLOTS][THREADS];
    for (int i = 0; i < SLOTS; i++)
        for (int j = 0; j < THREADS; j++) steps[i][j] = shared->slots[i].steps[j];
    for (int i = 0; i < scenario->processes; i++)
        for (int j = 0; j < scenario->threads; j++)
            if (is_alive(i)) wait_for_thread(i, j, steps[i][j]);
}

static int pauses;

void park_all(void)
{
    shared->pause = ++pauses;
    for (int i = 0; i < scenario->processes; i++) {
        struct slot *it = &shared->slots[i];
        for (int j = 0; j < scenario->threads; j++) {
            bool parks = HOLDS_SOON(it->parked[j] == pauses || shared->has_failed || !is_alive(i));
            if (!parks) violate("process %d does not end its call within %d s", i, DEADLINE);
        }
    }
}

void go_on(void)
{
    shared->pause = 0;
}

void run_apart(const char *name, void (*run)(void))
{
    int status;
    uint64_t own = chance(0);
    pid_t child = fork_one();
    if (child == 0) {
        be_child();
        alarm(DEADLINE);
        seed(own);
        run();
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        violate("%s has not ended after %d s", name, DEADLINE);
    else if (status != 0)
        violate("%s has crashed: status %#x", name, (unsigned)status);
}
