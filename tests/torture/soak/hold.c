/* The forgotten reader: one process keeps a cursor open, so that the log cannot be started over.
   The length of the log in kv_stats makes it known. An age of the oldest reader would do so
   better: once kv_stats has it, `look` is the place that compares it with the time since `take`. */

#include "hold.h"

#include "load.h"

enum { HOLDER = 0, LOOK_EACH = 50 };

static kv_cursor cursor;

static void take(void)
{
    kv_entry entry;
    if (!must("kv_scan", kv_scan(store, "main", 4, NULL, &cursor, &failure))) return;
    kv_status status = kv_cursor_next(cursor, &entry, &failure);
    if (status != KV_DONE) must("kv_cursor_next", status);
}

/* The statistics have the length of the log. */
static void look(void)
{
    kv_stats stats = KV_STATS_INIT;
    if (!must("kv_stats_get", kv_stats_get(store, &stats, &failure))) return;
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
