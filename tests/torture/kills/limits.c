/* The usage of a store that evicts, and of a namespace with a quota whose limits change: after a
   kill it is that of the entries that are there. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

enum { ENTRIES_MAX = 60, BYTES_MAX = 64 * 1024, FILLERS = 200 };

struct amount {
    uint64_t keys, groups, bytes;
};

/* Counts the entries of a group, by a scan. */
static void add_group(const kv_entry *group, struct amount *sum)
{
    kv_cursor cursor;
    kv_entry entry;
    uint64_t before = sum->keys;
    kv_status status = kv_scan(store, group->group, group->group_len, NULL, &cursor, &failure);
    if (!must("kv_scan", status)) return;
    while ((status = kv_cursor_next(cursor, &entry, &failure)) == KV_OK) {
        sum->keys++;
        sum->bytes += group->group_len + entry.key_len + entry.value_len;
    }
    if (status != KV_DONE) must("kv_cursor_next", status);
    kv_cursor_close(cursor, NULL);
    sum->groups += sum->keys > before;
}

/* Counts what is there below the prefix of groups. */
static struct amount count(const char *prefix)
{
    struct amount sum = {0, 0, 0};
    kv_cursor groups;
    kv_entry group;
    if (!must("kv_groups", kv_groups(store, prefix, KV_NUL, &groups, &failure))) return sum;
    while (kv_cursor_next(groups, &group, &failure) == KV_OK) {
        kv_entry copy = group;
        char name[64];
        if (group.group_len > sizeof name) violate("a group that was never written");
        if (shared->has_failed) break;
        copy.group = memcpy(name, group.group, group.group_len);
        add_group(&copy, &sum);
    }
    kv_cursor_close(groups, NULL);
    return sum;
}

static void evict(int actor)
{
    char key[16], value[400] = "";
    if (chance(3) == 0) {
        work_on_cells(actor);
        return;
    }
    snprintf(key, sizeof key, "filler%d", (int)chance(FILLERS));
    must("kv_set", kv_set(store, "fillers", KV_NUL, key, KV_NUL, value, chance(sizeof value), &failure));
    shared->writes++;
}

static void check_limits(bool quiet)
{
    kv_usage usage = KV_USAGE_INIT;
    if (!must("kv_usage_get", kv_usage_get(store, &usage, &failure))) return;
    if (usage.entries > ENTRIES_MAX || usage.bytes > BYTES_MAX)
        violate("%llu entries of %llu bytes are over the limits", (unsigned long long)usage.entries,
                (unsigned long long)usage.bytes);
    if (!quiet) return;
    struct amount there = count("");
    if (there.keys != usage.entries || there.bytes != usage.bytes)
        violate("kv_usage_get counts %llu entries of %llu bytes; %llu of %llu are there",
                (unsigned long long)usage.entries, (unsigned long long)usage.bytes,
                (unsigned long long)there.keys, (unsigned long long)there.bytes);
}

/* A transaction whose entry was evicted after it was read is in conflict. */
const struct scenario EVICT = {
    .name = "eviction", .options = "max_entries=60&max_bytes=64KiB&evict=lru", .space = "",
    .processes = 3, .threads = 1, .may_vanish = true, .refusal = KV_CONFLICT, .step = evict,
    .check = check_limits,
};

static bool set_limit(uint64_t limit)
{
    shared->limit_begun = limit;
    kv_status status = kv_quota_set(store, "q", (int64_t)limit, 0, (int64_t)limit * 1000, &failure);
    if (!must("kv_quota_set", status)) return false;
    shared->limit = limit;
    return true;
}

static void make_quota(void)
{
    if (!open_store(NULL)) return;
    set_limit(40);
    close_store();
}

static void write_under_quota(int actor)
{
    if (chance(15) == 0 && slot_of(actor) == 0)
        set_limit(12 + chance(50));
    else
        work_on_cells(actor);
}

static void check_quota(bool quiet)
{
    kv_quota quota = KV_QUOTA_INIT;
    uint64_t limit = shared->limit;
    if (!must("kv_quota_get", kv_quota_get(store, "q", &quota, &failure))) return;
    if (quota.max_bytes != quota.max_keys * 1000)
        violate("half of a quota: %llu keys, %llu bytes", (unsigned long long)quota.max_keys,
                (unsigned long long)quota.max_bytes);
    if (!quiet) return;
    if (quota.max_keys != limit && quota.max_keys != shared->limit_begun)
        violate("the limit is %llu; %llu is acknowledged, %llu begun", (unsigned long long)quota.max_keys,
                (unsigned long long)limit, (unsigned long long)shared->limit_begun);
    shared->limit = shared->limit_begun = quota.max_keys;
    struct amount there = count("q:");
    if (planted == PLANTED_USAGE) there.bytes++;
    if (there.keys != quota.keys || there.groups != quota.groups || there.bytes != quota.bytes)
        violate("the usage is %llu keys, %llu groups, %llu bytes; %llu, %llu, %llu are there",
                (unsigned long long)quota.keys, (unsigned long long)quota.groups,
                (unsigned long long)quota.bytes, (unsigned long long)there.keys,
                (unsigned long long)there.groups, (unsigned long long)there.bytes);
}

const struct scenario QUOTA = {
    .name = "quota", .options = "", .space = "q:", .processes = 3, .threads = 1,
    .refusal = KV_ERR_QUOTA, .prepare = make_quota, .step = write_under_quota, .check = check_quota,
};

const struct scenario PLANTED_WRONG_USAGE = {
    .name = "planted usage", .options = "", .space = "q:", .processes = 2, .threads = 1,
    .refusal = KV_ERR_QUOTA, .prepare = make_quota, .step = write_under_quota, .check = check_quota,
};
