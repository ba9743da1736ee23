/* The purge of expired entries, by calls and in the background: no read returns an expired
   entry, and one that was written over an expired one is not lost. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

static const int64_t LONG = 1000000000;

static const char *own_group(int actor)
{
    static _Thread_local char name[32];
    snprintf(name, sizeof name, "p:ttl%d", actor);
    return name;
}

static const char *own_key(int number)
{
    static _Thread_local char name[32];
    snprintf(name, sizeof name, "mortal%d", number);
    return name;
}

static void limit_namespace(void)
{
    if (!open_store(NULL)) return;
    /* The usage is counted with every write and purge; the limit is far away. */
    must("kv_quota_set", kv_quota_set(store, "p", 1000000, 0, 0, &failure));
    close_store();
}

static void write_mortal(int actor)
{
    int number = (int)chance(MORTALS);
    struct mortal *it = &shared->mortals[actor][number];
    uint64_t serial = it->last + 1;
    /* The range of the acknowledged write stays known. */
    if (serial % 2 == it->acknowledged % 2) serial++;
    int64_t ttl = chance(4) == 0 ? LONG : 1 + (int64_t)chance(30);
    it->last = serial;
    it->from[serial % 2] = now_ms() + ttl;
    it->to[serial % 2] = INT64_MAX;
    it->begun = serial;
    kv_status status = kv_set_ttl(store, own_group(actor), KV_NUL, own_key(number), KV_NUL, &serial,
                                  sizeof serial, ttl, &failure);
    /* A moment is rounded up to a millisecond, by the clock of the library and by ours. */
    it->to[serial % 2] = now_ms() + ttl + 2;
    if (!must("kv_set_ttl", status)) return;
    it->acknowledged = serial;
    shared->writes++;
}

static void step(int actor)
{
    uint64_t kind = chance(8), removed;
    if (kind == 0)
        must("kv_purge_expired", kv_purge_expired(store, &removed, &failure));
    else if (kind < 6)
        write_mortal(actor);
    else
        work_on_cells(actor);
}

/* An entry with a ttl, as it was read between two instants. */
struct reading {
    uint64_t serial;
    int64_t before, after;
};

static bool read_mortal(int actor, int number, struct reading *reading)
{
    kv_value value;
    reading->serial = 0;
    reading->before = now_ms();
    kv_status status = kv_get(store, own_group(actor), KV_NUL, own_key(number), KV_NUL, &value, &failure);
    reading->after = now_ms() + 1;
    if (status == KV_NOT_FOUND) return true;
    if (!must("kv_get", status)) return false;
    if (value.len == sizeof reading->serial) memcpy(&reading->serial, value.data, value.len);
    kv_value_free(&value);
    return true;
}

static void check_mortal(int actor, int number, bool settles)
{
    struct mortal *it = &shared->mortals[actor][number];
    struct reading reading;
    uint64_t acknowledged = it->acknowledged, begun = it->begun;
    int64_t from = it->from[acknowledged % 2], begun_from = it->from[begun % 2];
    if (acknowledged == 0 && begun == 0) return;
    if (!read_mortal(actor, number, &reading)) return;
    if (reading.serial == 0) {
        bool expired = acknowledged == 0 || from <= reading.after;
        if (!expired && !(begun != acknowledged && begun_from <= reading.after))
            violate("write %llu of actor %d is gone %lld ms before its expiry",
                    (unsigned long long)acknowledged, actor, (long long)(from - reading.after));
    } else if (reading.serial != acknowledged && reading.serial != begun) {
        violate("actor %d: write %llu is there; %llu is acknowledged, %llu begun", actor,
                (unsigned long long)reading.serial, (unsigned long long)acknowledged,
                (unsigned long long)begun);
    } else if (it->to[reading.serial % 2] < reading.before) {
        violate("actor %d: write %llu is there after its expiry", actor,
                (unsigned long long)reading.serial);
    }
    if (!settles) return;
    if (reading.serial == begun) it->acknowledged = begun;
    /* An entry that is gone has expired, or was never there. */
    if (reading.serial == 0) it->acknowledged = 0;
    it->begun = it->acknowledged;
}

/* The usage of the namespace is the number of entries that are there, expired ones included. */
static void check_usage(kv_store scope)
{
    kv_quota quota = KV_QUOTA_INIT;
    kv_usage usage = KV_USAGE_INIT;
    uint64_t keys = 0;
    /* The maintenance threads of the other processes may purge meanwhile. */
    for (int i = 0; i < 200; i++) {
        must("kv_quota_get", kv_quota_get(store, "p", &quota, &failure));
        must("kv_usage_get", kv_usage_get(scope, &usage, &failure));
        keys = usage.entries + usage.expired_entries;
        if (quota.keys == keys || shared->has_failed) return;
        nap(1000);
    }
    violate("the usage is %llu keys, %llu are there", (unsigned long long)quota.keys,
            (unsigned long long)keys);
}

static void check(bool quiet)
{
    kv_store scope;
    if (!quiet) return;
    for (int actor = 0; actor < CHECKER; actor++)
        for (int number = 0; number < MORTALS; number++) check_mortal(actor, number, true);
    if (!must("kv_scope", kv_scope(store, "p", &scope, &failure))) return;
    check_usage(scope);
    kv_close(scope, NULL);
}

const struct scenario PURGE = {
    .name = "purge", .options = "purge_interval=7ms", .space = "", .processes = 3, .threads = 1,
    .prepare = limit_namespace, .step = step, .check = check,
};
