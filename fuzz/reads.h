/* Reads of everything that a damaged store still has: each ends, and with a status. */

#ifndef READS_H
#define READS_H

#include "fuzz.h"

enum { ENTRIES_MAX = 1000000 };

/* Where the bytes of values go, so that they are read. */
static volatile uint8_t sink;

static void read_group(kv_store store, const uint8_t *group, size_t group_len)
{
    kv_cursor cursor;
    kv_entry entry;
    int count = 0;
    if (CALL(kv_scan(store, group, group_len, NULL, &cursor, &error)) != KV_OK) return;
    while (CALL(kv_cursor_next(cursor, &entry, &error)) == KV_OK) {
        for (size_t i = 0; i < entry.value_len; i++) sink ^= entry.value[i];
        kv_value value;
        CALL(kv_get(store, entry.group, entry.group_len, entry.key, entry.key_len, &value, &error));
        kv_value_free(&value);
        HOLDS(++count < ENTRIES_MAX);
    }
    CALL(kv_cursor_close(cursor, &error));
}

static void read_all(kv_store store)
{
    kv_cursor groups;
    kv_entry group;
    kv_change_cursor changes;
    kv_event event = KV_EVENT_INIT;
    kv_stats stats = KV_STATS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    kv_metrics metrics = KV_METRICS_INIT;
    uint64_t number;
    int count = 0;
    CALL(kv_stats_get(store, &stats, &error));
    CALL(kv_usage_get(store, &usage, &error));
    CALL(kv_metrics_get(store, &metrics, &error));
    if (CALL(kv_groups(store, NULL, 0, &groups, &error)) == KV_OK) {
        while (CALL(kv_cursor_next(groups, &group, &error)) == KV_OK) {
            read_group(store, group.group, group.group_len);
            HOLDS(++count < ENTRIES_MAX);
        }
        CALL(kv_cursor_close(groups, &error));
    }
    CALL(kv_count_all(store, NULL, 0, &number, &error));
    if (CALL(kv_changes_oldest(store, &number, &error)) == KV_OK &&
        CALL(kv_changes(store, number, &changes, &error)) == KV_OK) {
        while (CALL(kv_changes_next(changes, &event, &error)) == KV_OK) HOLDS(++count < ENTRIES_MAX);
        CALL(kv_changes_close(changes, &error));
    }
}

#endif
