/* Workloads of openings: the first one, one that upgrades, one after a kill. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "prepare.h"

/* Opens the store, at the second attempt if a fault fails the first. */
static bool open_twice(void)
{
    return open_store(NULL) || open_store(NULL);
}

static void run_first_open(void)
{
    struct unit *a = unit_of("g", "a", 1, 100);
    if (!open_store(NULL)) {
        /* A file that cannot be looked at or removed any more stays. */
        bool can_look = !injected.forever || !concerns_reads(injected.kinds);
        if (can_look && (injected.kinds & FAULT_UNLINK) == 0) check_nothing_left(folder);
        if (!open_store(NULL)) return;
    }
    set_unit(a);
    close_store();
    if (open_twice()) read_unit(a);
}

const struct workload FIRST_OPEN = {
    .name = "first open",
    .options = "changes=on&max_entries=1000",
    .run = run_first_open,
    .opens = true,
};

/* A number that follows from all entries of other groups than the workload's. */
static uint64_t digest(void)
{
    uint64_t sum = 0;
    kv_cursor groups, entries;
    kv_entry group, entry;
    MUST(kv_groups(store, NULL, 0, &groups, &failure));
    while (kv_cursor_next(groups, &group, &failure) == KV_OK) {
        if (group.group_len == 2 && memcmp(group.group, "+g", 2) == 0) continue;
        MUST(kv_scan(store, group.group, group.group_len, NULL, &entries, &failure));
        while (kv_cursor_next(entries, &entry, &failure) == KV_OK) {
            sum = sum * 31 + entry.version + (uint64_t)entry.expires_at_ms + entry.key_len;
            for (size_t i = 0; i < entry.value_len; i++) sum = sum * 31 + entry.value[i];
        }
        kv_cursor_close(entries, NULL);
    }
    kv_cursor_close(groups, NULL);
    return sum;
}

static void take_fixture(void)
{
    const char *fixtures = getenv("KV_FIXTURES");
    char from[4096];
    snprintf(from, sizeof from, "%s/changes.db", fixtures == NULL ? "." : fixtures);
    copy_file(from, path_of("kv.db"));
    if (!open_store("read_only=on")) return;
    oracle.digest = digest();
    close_store();
}

static void run_upgrade(void)
{
    struct unit *a = unit_of("+g", "a", 1, 3000);
    if (!open_twice()) return;
    set_unit(a);
    set_unit(a);
}

static void check_upgrade(void)
{
    if (digest() != oracle.digest)
        violate("the entries of the file of format 1 are not as they were");
}

const struct workload UPGRADE = {
    .name = "upgrade of format 1",
    .options = "wal_limit=64KiB",
    .prepare = take_fixture,
    .run = run_upgrade,
    .opens = true,
    .check = check_upgrade,
};

/* The last writes are in the log alone. */
static void leave_killed(void)
{
    if (!open_store(NULL)) return;
    fill(10, 3000);
    struct unit *b = unit_of("g", "b", 3, 2000);
    for (int i = 0; i < 4; i++) commit_unit(b);
    keep_oracle();
    raise(SIGKILL);
}

static void run_reopen(void)
{
    struct unit *a = unit_of("g", "a", 1, 500), *b = unit_of("g", "b", 3, 2000);
    if (!open_twice()) return;
    read_unit(b);
    set_unit(a);
    commit_unit(b);
    close_store();
    if (!open_twice()) return;
    read_untouched();
    commit_unit(b);
}

const struct workload REOPEN = {
    .name = "reopen after a kill",
    .options = "",
    .prepare = leave_killed,
    .run = run_reopen,
    .opens = true,
};
