/* Processes that are killed at any moment of their work on one file.

     kills list                              the names of the scenarios
     kills FOLDER SCENARIO KILLS SEED        one scenario; its files are in the folder
     kills FOLDER for SECONDS SEED           random scenarios for so long

   For each scenario it prints `ok` or `FAILED`, and lines of `figures SCENARIO KILLS WRITES`. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "driver.h"
#include "processes.h"
#include "scenario.h"

enum { KILLS_AT_ONCE = 24 };

static const struct scenario *const scenarios[] = {
    &STEADY, &FIRST_OPEN, &UPGRADE, &COMPACT, &BACKUP, &COPY, &RESTORE, &PURGE, &EVICT, &QUOTA, &CHANGES,
    &ONCE,
};
static const struct scenario *const planted_ones[] = {
    &PLANTED_LOSS, &PLANTED_HALVES, &PLANTED_WRONG_USAGE, &PLANTED_REPEAT,
};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static const struct scenario *find(const char *name)
{
    for (size_t i = 0; i < SCENARIOS; i++)
        if (strcmp(scenarios[i]->name, name) == 0) return scenarios[i];
    for (size_t i = 0; i < sizeof planted_ones / sizeof *planted_ones; i++) {
        if (strcmp(planted_ones[i]->name, name) != 0) continue;
        planted = (enum planted)(i + 1);
        return planted_ones[i];
    }
    fprintf(stderr, "there is no scenario %s\n", name);
    exit(2);
}

static const char *call_name(int call)
{
    static const char *const names[] = {
        "time", "open", "write", "sync", "truncate", "unlink", "rename", "lock", "map",
    };
    return names[call];
}

/* Runs one scenario, and prints its figures; false after a violation. */
static bool run(const struct scenario *it, unsigned number, uint64_t with_seed)
{
    scenario = it;
    seed(with_seed);
    unsigned count = run_scenario(number);
    if (count == 0 && !shared->has_failed) violate("nothing was killed");
    if (shared->has_failed) {
        printf("FAILED %s, seed %llu, after %u kills: %s\n"
               "    again: KV_SEED=%llu tests/torture/kills/run.sh '%s' %u\n",
               it->name, (unsigned long long)with_seed, count, shared->violation,
               (unsigned long long)with_seed, it->name, number);
        fprintf(stderr, "seed %llu, after %u kills: %s\n    again: KV_SEED=%llu "
                "tests/torture/kills/run.sh '%s' %u\n", (unsigned long long)with_seed, count,
                shared->violation, (unsigned long long)with_seed, it->name, number);
        return false;
    }
    printf("figures %s\t%u\t%llu\n", it->name, count, (unsigned long long)shared->writes);
    for (int i = 0; i < CALL_KINDS; i++) printf("moments %s\t%u\n", call_name(i), kills[i]);
    return true;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "list") == 0) {
        for (size_t i = 0; i < SCENARIOS; i++) puts(scenarios[i]->name);
        return 0;
    }
    if (count != 5) {
        fprintf(stderr, "usage: kills FOLDER SCENARIO KILLS SEED | kills FOLDER for SECONDS SEED\n");
        return 2;
    }
    share();
    folder = arguments[1];
    unsigned number = (unsigned)atoi(arguments[3]);
    uint64_t with_seed = strtoull(arguments[4], NULL, 10);
    if (strcmp(arguments[2], "for") != 0) {
        if (!run(find(arguments[2]), number, with_seed)) return 1;
        printf("ok %s, seed %llu\n", arguments[2], (unsigned long long)with_seed);
        return 0;
    }
    int64_t until = now_ms() + (int64_t)number * 1000;
    bool good = true;
    for (uint64_t i = 0; now_ms() < until; i++) {
        seed(with_seed + i);
        const struct scenario *it = scenarios[chance(SCENARIOS)];
        good = run(it, KILLS_AT_ONCE, chance(0) >> 32) && good;
    }
    if (good) printf("ok random scenarios, seed %llu\n", (unsigned long long)with_seed);
    return good ? 0 : 1;
}
