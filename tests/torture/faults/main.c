/*
 * I/O faults against the library that ships: workloads that use kv.h alone, with the interposer of
 * faults.h between the library and the system.
 *
 *   torture list                                   prints the names of the workloads
 *   torture FOLDER WORKLOAD SAMPLE                 runs the workload with about SAMPLE faults for
 *                                                  each kind of call and error; 0: with each call
 *   torture FOLDER WORKLOAD KINDS ERROR NTH FOREVER   one run
 *
 * With KV_ENGINE=log the stores have a log. Prints a line for the workload: calls of the system, faults injected, calls of the library that
 * failed, and those that an exception explains.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "run.h"

static const struct workload *const WORKLOADS[] = {
    &SETS, &BATCHES, &TRANSACTIONS, &LARGE_VALUES, &STREAMS, &EXPIRY, &CHANGES, &QUOTA, &COMPACT,
    &CHECKPOINTS, &SPACE, &BACKUP, &COPY, &RESTORE, &THREADS, &REOPEN, &FIRST_OPEN, &ADOPTION, &UPGRADE,
    &PLANTED_LOSS, &PLANTED_HALF, &PLANTED_NUMBER, &PLANTED_CRASH,
};
/* Those that break no rule come first. */
enum { SOUND = sizeof WORKLOADS / sizeof *WORKLOADS - 4 };

/* Kinds of calls, and an error of them. With 0 a transfer is half as long. */
static const struct {
    const char *name;
    unsigned kinds;
    int error;
} CASES[] = {
    {"open EMFILE", FAULT_OPEN, EMFILE},
    {"open ENOSPC", FAULT_OPEN, ENOSPC},
    {"open EIO", FAULT_OPEN, EIO},
    {"open EACCES", FAULT_OPEN, EACCES},
    {"read EIO", FAULT_READ, EIO},
    {"read short", FAULT_READ, 0},
    {"write EIO", FAULT_WRITE, EIO},
    {"write ENOSPC", FAULT_WRITE, ENOSPC},
    {"write EDQUOT", FAULT_WRITE, EDQUOT},
    {"write short", FAULT_WRITE, 0},
    {"sync EIO", FAULT_SYNC, EIO},
    {"sync ENOSPC", FAULT_SYNC, ENOSPC},
    {"truncate EIO", FAULT_TRUNCATE, EIO},
    {"allocate ENOSPC", FAULT_ALLOCATE, ENOSPC},
    {"map ENOMEM", FAULT_MAP, ENOMEM},
    {"lock EIO", FAULT_LOCK, EIO},
    {"lock ENOLCK", FAULT_LOCK, ENOLCK},
    {"stat EIO", FAULT_STAT, EIO},
    {"mode EIO", FAULT_MODE, EIO},
    {"folder EIO", FAULT_FOLDER, EIO},
    {"unlink, rename, link EIO", FAULT_UNLINK | FAULT_RENAME | FAULT_LINK, EIO},
};

static struct shared *shared;
static struct places places;
static long calls, faults, failures, exceptions;
static int violations;

/* The violations that are printed. */
enum { PRINTED_MAX = 10 };

static void run_case(const char *name, const struct fault_rule *rule)
{
    run(shared, &places, rule);
    const struct outcome *it = &shared->outcome;
    faults += it->faults > 0;
    failures += it->failures;
    exceptions += it->exceptions;
    if (it->violation[0] == '\0' || ++violations > PRINTED_MAX) return;
    fprintf(stderr, "%s, call %ld of %s%s: %s\n", workload->name, rule->nth, name,
            rule->forever ? ", for ever" : "", it->violation);
    fprintf(stderr, "    again: torture FOLDER '%s' %u %d %ld %d\n", workload->name, rule->kinds,
            rule->error, rule->nth, rule->forever);
}

/* Runs the workload with the faults of one kind and error. */
static void run_cases(const char *name, unsigned kinds, int error, long sample)
{
    struct fault_rule rule = {"", kinds, LONG_MAX, error, 0};
    run_case(name, &rule);
    long count = shared->outcome.calls;
    long step = sample == 0 || count <= sample ? 1 : (count + sample - 1) / sample;
    for (rule.nth = 1; rule.nth <= count; rule.nth += step) {
        /* A denial lasts. A lock that fails for ever is to SQLite one that another process holds,
           for which it waits 10 s. */
        int last = kinds == FAULT_LOCK ? 0 : 1;
        for (rule.forever = error == EACCES; rule.forever <= last; rule.forever++)
            run_case(name, &rule);
    }
}

static void count_calls(void)
{
    const struct fault_rule rule = {"", UINT_MAX, LONG_MAX, EIO, 0};
    run_case("any kind", &rule);
    calls = shared->outcome.calls;
    if (calls < 10) {
        fprintf(stderr, "%s makes %ld calls: nothing stands between the library and the system\n",
                workload->name, calls);
        violations++;
    }
}

static void clean_up(void)
{
    remove_places(&places);
}

int main(int argc, char **argv)
{
    choose_engine();
    if (argc == 2) {
        list_workloads(WORKLOADS, SOUND);
        return 0;
    }
    for (size_t i = 0; argc > 2 && i < sizeof WORKLOADS / sizeof *WORKLOADS; i++)
        if (strcmp(WORKLOADS[i]->name, argv[2]) == 0) workload = WORKLOADS[i];
    if (workload == NULL || (argc != 4 && argc != 7)) {
        fprintf(stderr, "usage: %s FOLDER WORKLOAD SAMPLE, or: %s list\n", argv[0], argv[0]);
        return 2;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    make_places(&places, argv[1]);
    atexit(clean_up);
    prepare(shared, &places);
    if (argc == 7) {
        const struct fault_rule rule = {"", (unsigned)atoi(argv[3]), atol(argv[5]), atoi(argv[4]),
                                        atoi(argv[6])};
        run_case("the kinds", &rule);
    } else {
        count_calls();
        for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
            run_cases(CASES[i].name, CASES[i].kinds, CASES[i].error, atol(argv[3]));
    }
    printf("%s faults, %s%s: %ld calls, %ld faults, %ld failures, %ld exceptions\n",
           violations == 0 ? "ok" : "FAILED", workload->name, uses_log ? " in a log" : "", calls, faults, failures, exceptions);
    return violations == 0 ? 0 : 1;
}
