/* Workloads of values in pieces. */

#include <stdlib.h>
#include <unistd.h>

#include "steps.h"

/* Writes in parts that are no pieces. */
enum { PART = 100000 };

static void fill_small(void)
{
    fill(6, 400);
}

/* Judges a call that writes to the file sometimes. */
static bool accept(const char *call, kv_status status)
{
    return status >= 0 || judge(call, CALL_WRITE, status);
}

/* Writes a unit with one key in pieces. */
static void stream_unit(struct unit *unit)
{
    size_t len;
    kv_writer writer;
    int serial = unit_begin(unit);
    const unsigned char *value = unit_value(unit, 0, serial, &len);
    bool done = TRY(CALL_WRITE, kv_writer_open(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL,
                                               NULL, &writer, &failure));
    bool is_open = done;
    for (size_t at = 0; done && at < len; at += PART) {
        size_t part = len - at < PART ? len - at : PART;
        done = accept("kv_writer_write", kv_writer_write(writer, value + at, part, &failure));
    }
    if (done) done = TRY(CALL_WRITE, kv_writer_commit(writer, NULL, &failure));
    if (is_open && !done) kv_writer_abort(writer, NULL);
    unit_end(unit, serial, done);
    if (!done) read_untouched();
}

/* Reads a unit in pieces; it is as a whole the value that kv_get reads. */
static void read_pieces(const struct unit *unit)
{
    static unsigned char part[PART];
    kv_reader reader;
    kv_value whole;
    size_t len = 1;
    kv_status status = kv_get(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL, &whole, &failure);
    if (!judge("kv_get", CALL_READ, status) || status != KV_OK) return;
    status = kv_reader_open(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL, &reader, &failure);
    if (!judge("kv_reader_open", CALL_READ, status) || status != KV_OK) {
        kv_value_free(&whole);
        return;
    }
    size_t at = 0;
    while (len > 0 && TRY(CALL_READ, kv_reader_read(reader, at, part, PART, &len, &failure))) {
        for (size_t i = 0; i < len; i++)
            if (at + i >= whole.len || part[i] != whole.data[at + i])
                violate("byte %zu of a piece is not that of the value", at + i);
        at += len;
    }
    if (len == 0 && at != whole.len) violate("a reader ends after %zu of %zu bytes", at, whole.len);
    kv_value_free(&whole);
    MUST(kv_reader_close(reader, &failure));
}

/* One writer never ends: what it has written must not matter. */
static void run_streams(void)
{
    struct unit *large = unit_of("g", "large", 1, 600000), *small = unit_of("g", "small", 1, 300);
    kv_writer idle;
    unsigned char *bytes = calloc(1, 3 * KV_PIECE_LEN);
    bool is_open = TRY(CALL_WRITE, kv_writer_open(store, "g", KV_NUL, "never", KV_NUL, NULL, &idle,
                                                  &failure));
    if (is_open) accept("kv_writer_write", kv_writer_write(idle, bytes, 3 * KV_PIECE_LEN, &failure));
    free(bytes);
    for (int i = 0; i < 4; i++) {
        stream_unit(large);
        stream_unit(small);
        read_pieces(large);
        if (i == 1) delete_unit(large);
        if (i == 2) set_unit(large);
    }
    flush_store();
    stream_unit(large);
    if (is_open) kv_writer_abort(idle, NULL);
}

const struct workload STREAMS = {
    .name = "values in pieces",
    .suits_log = true,
    .options = "purge_interval=5ms&wal_limit=256KiB",
    .prepare = fill_small,
    .run = run_streams,
};
