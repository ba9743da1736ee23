/*
 * kv_get_split and kv_get_fields: an input is a separator and a value. The parts, joined by the
 * separator, are the value; fields are not empty.
 */

#define _GNU_SOURCE
#include "fuzz.h"

/* Compares the parts with the value from its begin to its end. */
static void check_split(kv_store store, struct bytes separator, struct bytes value)
{
    kv_cursor cursor;
    kv_entry part;
    size_t at = 0, count = 0;
    kv_status status = CALL(kv_get_split(store, "g", 1, "k", 1, separator.data, separator.len, &cursor, &error));
    if (status != KV_OK) return;
    while ((status = CALL(kv_cursor_next(cursor, &part, &error))) == KV_OK) {
        if (count++ > 0) {
            HOLDS(at + separator.len <= value.len);
            HOLDS(is_same((struct bytes){value.data + at, separator.len}, separator));
            at += separator.len;
        }
        HOLDS(at + part.value_len <= value.len);
        HOLDS(is_same((struct bytes){value.data + at, part.value_len},
                      (struct bytes){part.value, part.value_len}));
        bool is_whole = separator.len == 0 ||
                        memmem(part.value, part.value_len, separator.data, separator.len) == NULL;
        HOLDS(is_whole && part.key_len == 0);
        at += part.value_len;
    }
    HOLDS(status == KV_DONE && at == value.len);
    MUST(kv_cursor_close(cursor, &error));
}

/* Fields are parts of the value, in its order, and have no space of ASCII in them. */
static void check_fields(kv_store store, struct bytes value)
{
    kv_cursor cursor;
    kv_entry field;
    if (CALL(kv_get_fields(store, "g", 1, "k", 1, &cursor, &error)) != KV_OK) return;
    kv_status status;
    struct bytes rest = value;
    while ((status = CALL(kv_cursor_next(cursor, &field, &error))) == KV_OK) {
        HOLDS(field.value_len > 0);
        for (size_t i = 0; i < field.value_len; i++) HOLDS(field.value[i] != ' ' && field.value[i] != '\n');
        const uint8_t *found = memmem(rest.data, rest.len, field.value, field.value_len);
        HOLDS(found != NULL);
        rest.len -= (size_t)(found - rest.data) + field.value_len;
        rest.data = found + field.value_len;
    }
    HOLDS(status == KV_DONE);
    MUST(kv_cursor_close(cursor, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static kv_store store;
    if (store.id == 0) store = open_store("memory:?purge_interval=0");
    struct input input = {data, len};
    struct bytes separator = take_text(&input), value = take(&input, input.len);
    MUST(kv_set(store, "g", 1, "k", 1, value.data, value.len, &error));
    check_split(store, separator, value);
    check_fields(store, value);
    return 0;
}
