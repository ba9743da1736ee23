/* The processes of a run: they are started, stopped, killed and waited for. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "shared.h"

/* How a process has ended. A crash, and an end that was not asked for, are violations. */
enum end { RUNS, STOPPED, KILLED };

bool is_alive(int slot);

/* Starts the worker of a slot; a fuse of 0 calls is not lit. */
void start(int slot, long calls);

/* Lights the fuse of a worker; every other one burns down by calls of one kind. */
void light(int slot, long calls);

/* Waits for the kill by a fuse. If there are too few calls of its kind, all kinds burn it down. */
void wait_for_kill(int slot);

/* Kills a worker now. */
void kill_slot(int slot);

/* Asks a worker to end; `wait_for_end` says how it did. */
void ask_to_stop(int slot);
enum end wait_for_end(int slot);

/* Stops all workers. */
void stop_all(void);

/* Kills all that is left, after a violation. */
void end_all(void);

/* The processes work, and go on: each of their threads makes steps. */
void wait_for_steps(void);

/* Parks all workers between two steps, and lets them go on. */
void park_all(void);
void go_on(void);

/* Runs a function in a process of its own. */
void run_apart(const char *name, void (*run)(void));

/* The kills so far, by the kind of the call; those at a time are of CALL_NONE. */
extern unsigned kills[CALL_KINDS];

#endif
