/* Openings by several processes at once: the first one of a file, and that which upgrades a file of
   format 1. */

#include "cells.h"
#include "fixture.h"
#include "scenario.h"

/* Options that are stored in the file make the first opening longer. */
const struct scenario FIRST_OPEN = {
    .name = "first open", .options = "changes=on&max_entries=100000", .space = "", .processes = 4,
    .threads = 1, .is_fresh = true, .step = work_on_cells,
};

static const char *const fixtures[] = {
    "plain", "expiries", "quotas", "large", "changes", "application", "killed",
};

static void prepare(void)
{
    shared->fixture = chance(sizeof fixtures / sizeof *fixtures);
    take_fixture(fixtures[shared->fixture]);
}

static void check(bool quiet)
{
    (void)quiet;
    check_fixture(fixtures[shared->fixture]);
}

/* An opening of a file that no other process uses has upgraded it. */
static void finish(void)
{
    kv_stats stats = KV_STATS_INIT;
    must("kv_stats_get", kv_stats_get(store, &stats, &failure));
    if (stats.format != 2) violate("the file has format %u", stats.format);
}

const struct scenario UPGRADE = {
    .name = "upgrade", .options = "", .space = "", .processes = 3, .threads = 1, .is_fresh = true,
    .prepare = prepare, .step = work_on_cells, .check = check, .finish = finish,
};
