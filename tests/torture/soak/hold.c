/* The forgotten reader: one process keeps a cursor open, so that the log cannot be started over. The
   age of the oldest snapshot and the length of the log in kv_stats make it known. */

#include "hold.h"

#include "load.h"

enum { HOLDER = 0, LOOK_EACH = 50 };

static kv_cursor cursor;
/* The instants around the beginning of its snapshot. */
static uint64_t begun, taken;

static void take(void)
{
    kv_entry entry;
    begun = now_ns();
    if (!must("kv_scan", kv_scan(store, "main", 4, NULL, &cursor, &failure))) return;
    kv_status status = kv_cursor_next(cursor, &entry, &failure);
    if (status != KV_DONE) must("kv_cursor_next", status);
    taken = now_ns();
}

/* The statistics have the age of the snapshot, and the length of the log. */
static void look(void)
{
    kv_stats stats = KV_STATS_INIT;
    uint64_t least = (now_ns() - taken) / 1000000;
    if (!must("kv_stats_get", kv_stats_get(store, &stats, &failure))) return;
    uint64_t most = (now_ns() - begun) / 1000000 + 1;
    if (stats.oldest_snapshot_ms + 1 < least || stats.oldest_snapshot_ms > most)
        violate("the oldest snapshot has %llu ms, and was taken %llu to %llu ms ago",
                (unsigned long long)stats.oldest_snapshot_ms, (unsigned long long)least,
                (unsigned long long)most);
    if (stats.wal_bytes > shared->stats_wal_bytes) shared->stats_wal_bytes = stats.wal_bytes;
}

void release(void)
{
    if (cursor.id == 0) return;
    must("kv_cursor_close", kv_cursor_close(cursor, &failure));
    cursor.id = 0;
}

void hold(int number)
{
    if (number != HOLDER) return;
    if (shared->hold && cursor.id == 0) take();
    if (!shared->hold) release();
    if (cursor.id != 0 && shared->processes[number].steps % LOOK_EACH == 0) look();
}
