/* Workloads that upgrade a file of format 1. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "steps.h"

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
    snprintf(from, sizeof from, "%s/%s.db", fixtures == NULL ? "." : fixtures, workload->fixture);
    copy_file(from, path_of("kv.db"));
    strcat(from, "-wal");
    if (access(from, F_OK) == 0) copy_file(from, path_of("kv.db-wal"));
    if (!open_store("read_only=on")) return;
    oracle.digest = digest();
    close_store();
}

static void run_upgrade(void)
{
    struct unit *a = unit_of("+g", "a", 1, 3000);
    if ((!open_store(NULL) && !open_store(NULL)) || workload->is_full) return;
    set_unit(a);
    set_unit(a);
}

static void check_upgrade(void)
{
    if (digest() != oracle.digest)
        violate("the entries of the file of format 1 are not as they were");
}

#define UPGRADES(file) \
    .fixture = file, .options = "wal_limit=64KiB", .prepare = take_fixture, .run = run_upgrade, \
    .opens = true, .check = check_upgrade

const struct workload UPGRADE = {.name = "upgrade of format 1", UPGRADES("changes")};
const struct workload UPGRADE_PLAIN = {.name = "upgrade of plain values", UPGRADES("plain")};
const struct workload UPGRADE_KILLED = {.name = "upgrade after a kill", UPGRADES("killed")};
const struct workload UPGRADE_LARGE = {.name = "upgrade of large values", UPGRADES("large")};
const struct workload UPGRADE_QUOTAS = {.name = "upgrade of quotas", UPGRADES("quotas")};
const struct workload UPGRADE_APPLICATION = {
    .name = "upgrade of an application's file", UPGRADES("application"),
};
const struct workload UPGRADE_EVICTING = {
    .name = "upgrade of a cache", UPGRADES("evict_entries"), .is_full = true,
};
