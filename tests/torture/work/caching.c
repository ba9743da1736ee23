/* The workload of a cache: each new entry evicts the oldest one, in the same commit. */

#include <stdio.h>
#include <string.h>

#include "steps.h"

enum { ENTRIES = 8, WRITES = 30 };

static struct unit *entry(int number)
{
    char name[16];
    snprintf(name, sizeof name, "e%d", number);
    return unit_of("g", name, 1, number % 5 == 0 ? 4000 : 150);
}

static void write_entry(int number)
{
    size_t len;
    struct unit *unit = entry(number), *evicted = number < ENTRIES ? NULL : entry(number - ENTRIES);
    int serial = unit_begin(unit);
    if (evicted != NULL) unit_revert(evicted, 0);
    const unsigned char *value = unit_value(unit, 0, serial, &len);
    bool done = TRY(CALL_WRITE, kv_set(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL, value,
                                       len, &failure));
    unit_end(unit, serial, done);
    if (evicted != NULL) unit_end(evicted, 0, done);
}

static void fill_cache(void)
{
    for (int i = 0; i < ENTRIES; i++) write_entry(i);
}

static void run_eviction(void)
{
    for (int i = ENTRIES; i < WRITES; i++) {
        write_entry(i);
        if (i == WRITES / 2) flush_store();
    }
}

const struct workload EVICTION = {
    .name = "eviction",
    .suits_log = true,
    .options = "max_entries=8&evict=lru&changes=on&wal_limit=64KiB",
    .prepare = fill_cache,
    .run = run_eviction,
    .is_full = true,
};
