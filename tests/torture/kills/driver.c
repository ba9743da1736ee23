/* A run of a scenario: kills over and over, and after each of them the checks. */

#include "driver.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "checker.h"
#include "processes.h"
#include "scenario.h"

/* The longest time and the largest number of calls before a kill, about. */
enum { MICROSECONDS = 15000, CALLS_EXPONENT = 9, OPENING_EXPONENT = 7 };

static unsigned done(void)
{
    unsigned sum = 0;
    for (int i = 0; i < CALL_KINDS; i++) sum += kills[i];
    return sum;
}

/* As often 1 or 2 as 100 to 200. */
static long some_calls(uint64_t exponent)
{
    long from = 1L << chance(exponent);
    return from + (long)chance((uint64_t)from);
}

static bool is_victim[SLOTS];

/* Mostly one process; now and then all of them. */
static void choose_victims(void)
{
    bool all = chance(6) == 0;
    int one = (int)chance((uint64_t)scenario->processes);
    for (int i = 0; i < SLOTS; i++) is_victim[i] = i < scenario->processes && (all || i == one);
}

static void for_victims(void (*each)(int slot))
{
    for (int i = 0; i < SLOTS; i++)
        if (is_victim[i]) each(i);
}

static void light_one(int slot)
{
    light(slot, some_calls(CALLS_EXPONENT));
}

static void light_briefly(int slot)
{
    light(slot, some_calls(OPENING_EXPONENT));
}

static void start_with_fuse(int slot)
{
    start(slot, some_calls(OPENING_EXPONENT));
}

static void start_to_work(int slot)
{
    start(slot, 0);
}

/* A kill at any time. */
static void kill_at_a_time(void)
{
    nap((unsigned)chance(MICROSECONDS));
    for_victims(kill_slot);
}

/* A kill in a call. */
static void kill_in_a_call(void)
{
    for_victims(light_one);
    for_victims(wait_for_kill);
}

/* A kill during the close of the store, unless the close has fewer calls. */
static void kill_in_the_close(void)
{
    for_victims(light_briefly);
    for_victims(ask_to_stop);
    for_victims(wait_for_kill);
}

/* A kill during the opening of the store, or soon after it. */
static void kill_in_the_opening(void)
{
    for_victims(ask_to_stop);
    for_victims(wait_for_kill);
    for_victims(start_with_fuse);
    for_victims(wait_for_kill);
}

static void check_now(void)
{
    bool quiet = chance(2) == 0 || scenario->is_quiet;
    if (quiet) park_all();
    check_after_kill(quiet);
    if (quiet) go_on();
}

static void kill_and_check(void)
{
    static void (*const ways[])(void) = {
        kill_at_a_time, kill_at_a_time, kill_in_a_call, kill_in_a_call, kill_in_a_call,
        kill_in_the_opening, kill_in_the_close,
    };
    choose_victims();
    ways[chance(sizeof ways / sizeof *ways)]();
    if (shared->has_failed) return;
    wait_for_steps();
    check_now();
    for_victims(start_to_work);
    wait_for_steps();
}

static void clean_folder(void)
{
    DIR *files = opendir(folder);
    for (struct dirent *it; files != NULL && (it = readdir(files)) != NULL;)
        if (strcmp(it->d_name, ".") != 0 && strcmp(it->d_name, "..") != 0)
            unlink(path_of(it->d_name));
    if (files != NULL) closedir(files);
}

/* New files, and an oracle that knows nothing. */
static void begin(void)
{
    uint64_t writes = shared->writes;
    clean_folder();
    memset((void *)shared, 0, sizeof *shared);
    shared->writes = writes;
    if (scenario->prepare != NULL) run_apart("the preparation", scenario->prepare);
}

static void end(void)
{
    stop_all();
    if (!shared->has_failed) check_in_the_end();
}

static void run_on_one_file(unsigned number)
{
    begin();
    shared->gate = 1;
    for (int i = 0; i < scenario->processes; i++) start(i, 0);
    wait_for_steps();
    while (done() < number && !shared->has_failed) kill_and_check();
    end();
}

/* All processes open the new files at the same time, and some are killed soon. */
static void run_on_new_files(void)
{
    begin();
    choose_victims();
    for (int i = 0; i < scenario->processes; i++)
        start(i, is_victim[i] ? some_calls(OPENING_EXPONENT + 1) : 0);
    shared->gate = 1;
    for_victims(wait_for_kill);
    if (shared->has_failed) return;
    wait_for_steps();
    check_now();
    end();
}

unsigned run_scenario(unsigned number)
{
    memset(kills, 0, sizeof kills);
    shared->writes = 0;
    shared->has_failed = shared->is_noted = 0;
    if (!scenario->is_fresh) run_on_one_file(number);
    while (scenario->is_fresh && done() < number && !shared->has_failed) run_on_new_files();
    end_all();
    clean_folder();
    if (shared->writes == 0) violate("nothing was acknowledged");
    return done();
}
