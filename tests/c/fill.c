/* Entries as one buffer: kv_cursor_fill with too little room, just enough, and more. */

#include "flat.h"
#include "check.h"

static kv_store store;

static void fill_takes_every_capacity(void)
{
    const char *const values[] = {"", "v", "a longer value"};
    enum { NEEDED = 3 * (FLAT_ENTRY_HEADER + 5 + 2) + 15 };
    for (int i = 0; i < 3; i++) {
        char key[3] = {'k', (char)('0' + i), 0};
        EXPECT(kv_set(store, "group", 5, key, 2, values[i], KV_NUL, &error), KV_OK);
    }
    for (size_t capacity = 0; capacity <= NEEDED; capacity++) {
        kv_cursor cursor;
        size_t used = 0, count = 0, seen = 0;
        unsigned char *buffer = malloc(capacity + 1);
        EXPECT(kv_scan(store, "group", 5, NULL, &cursor, &error), KV_OK);
        kv_status status;
        while ((status = kv_cursor_fill(cursor, capacity == 0 ? NULL : buffer, capacity, &used,
                                        &count, &error)) == KV_OK) {
            size_t at = 0;
            for (size_t i = 0; i < count; i++, seen++) {
                CHECK(flat_read(buffer + at, 8) != 0);
                CHECK_EQUAL(flat_read(buffer + at + 8, 8), -1);
                CHECK_EQUAL(flat_read(buffer + at + 16, 4), 5);
                CHECK_EQUAL(flat_read(buffer + at + 20, 4), 2);
                size_t value_len = flat_read(buffer + at + 24, 4);
                CHECK_BYTES(buffer + at + FLAT_ENTRY_HEADER + 7, value_len, values[seen]);
                at += FLAT_ENTRY_HEADER + 7 + value_len;
            }
            CHECK_EQUAL(at, used);
            CHECK(used <= capacity);
        }
        if (status == KV_TOO_SMALL) {
            /* It stays before the entry, says what it needs, and gets it with `next`. */
            CHECK_EQUAL(count, 0);
            CHECK_EQUAL(used, FLAT_ENTRY_HEADER + 7 + strlen(values[seen]));
            CHECK(used > capacity);
            kv_entry entry;
            EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
            CHECK_BYTES(entry.value, entry.value_len, values[seen]);
        } else {
            CHECK_EQUAL(status, KV_DONE);
            CHECK_EQUAL(seen, 3);
        }
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
        free(buffer);
    }
}

static void an_empty_walk_is_done_at_once(void)
{
    kv_cursor cursor;
    unsigned char buffer[64];
    size_t used = 9, count = 9;
    EXPECT(kv_scan(store, "empty", 5, NULL, &cursor, &error), KV_OK);
    for (int i = 0; i < 2; i++) {
        EXPECT(kv_cursor_fill(cursor, buffer, sizeof buffer, &used, &count, &error), KV_DONE);
        EXPECT(kv_cursor_fill(cursor, NULL, 0, &used, &count, &error), KV_DONE);
    }
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
}

static void large_values_cross_in_any_buffer_that_holds_one(void)
{
    enum { ENTRIES = 100, VALUE_LEN = 20000 };
    unsigned char *value = malloc(VALUE_LEN), *buffer = malloc(3 * VALUE_LEN);
    for (int i = 0; i < ENTRIES; i++) {
        memset(value, i, VALUE_LEN);
        unsigned char key = (unsigned char)i;
        EXPECT(kv_set(store, "large", 5, &key, 1, value, VALUE_LEN, &error), KV_OK);
    }
    kv_cursor cursor;
    size_t used, count, seen = 0;
    kv_status status;
    EXPECT(kv_scan(store, "large", 5, NULL, &cursor, &error), KV_OK);
    while ((status = kv_cursor_fill(cursor, buffer, 3 * VALUE_LEN, &used, &count, &error)) ==
           KV_OK) {
        CHECK(count == 2 && used == 2 * (FLAT_ENTRY_HEADER + 6 + VALUE_LEN));
        for (size_t i = 0; i < count; i++, seen++) {
            const unsigned char *entry = buffer + i * (FLAT_ENTRY_HEADER + 6 + VALUE_LEN);
            CHECK(entry[FLAT_ENTRY_HEADER + 5] == seen && entry[FLAT_ENTRY_HEADER + 6] == seen);
        }
    }
    CHECK_EQUAL(status, KV_DONE);
    CHECK_EQUAL(seen, ENTRIES);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    free(value);
    free(buffer);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(fill_takes_every_capacity);
    RUN(an_empty_walk_is_done_at_once);
    RUN(large_values_cross_in_any_buffer_that_holds_one);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "fill");
    walk(check_path("fill.db"), "fill in a file");
    walk("memory:", "fill in memory");
    return check_end();
}
