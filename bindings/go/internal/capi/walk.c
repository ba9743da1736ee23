/* Walks: the beginning, the first buffer and often the end of one in a single crossing. */
#include "text.h"

kv_status go_fill(kv_cursor *cursor, uint8_t *buffer, size_t capacity, size_t *used, size_t *count,
                  kv_error *error)
{
    kv_status status;
    *used = 0;
    *count = 0;
    for (;;) {
        size_t part = 0, entries = 0;
        status = kv_cursor_fill(*cursor, buffer + *used, capacity - *used, &part, &entries, error);
        if (status != KV_OK) break;
        *used += part;
        *count += entries;
    }
    if (status == KV_DONE) {
        kv_cursor_close(*cursor, NULL);
        cursor->id = 0;
    }
    /* Not even one more fits: the next buffer has room for it. */
    if (status == KV_TOO_SMALL && *count > 0) status = KV_OK;
    return status;
}

/* The options that the parameters of GO_SCAN make. */
#define GO_SCAN_OPTIONS                                                                            \
    options_of(flags, pattern, pattern_len, lower, lower_len, upper, upper_len, offset, limit)

static kv_scan_options options_of(uint32_t flags, GO_BYTES(pattern), GO_BYTES(lower),
                                  GO_BYTES(upper), uint64_t offset, uint64_t limit)
{
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    options.flags = flags;
    options.pattern = pattern;
    options.pattern_len = pattern_len;
    options.lower = lower;
    options.lower_len = lower_len;
    options.upper = upper;
    options.upper_len = upper_len;
    options.limit = limit;
    options.offset = offset;
    return options;
}

/* Fills the buffer from a cursor that was opened with this status. */
static kv_status fill_first(kv_status status, kv_cursor *cursor, int32_t *is_snapshot,
                            uint8_t *buffer, size_t capacity, size_t *used, size_t *count,
                            kv_error *error)
{
    *used = 0;
    *count = 0;
    if (status == KV_OK) status = kv_cursor_is_snapshot(*cursor, is_snapshot, error);
    return status == KV_OK ? go_fill(cursor, buffer, capacity, used, count, error) : status;
}

kv_status go_scan(kv_store store, GO_SCAN, kv_cursor *cursor, int32_t *is_snapshot, uint8_t *buffer,
                  size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    kv_scan_options options = GO_SCAN_OPTIONS;
    kv_status status = kv_scan(store, group, group_len, &options, cursor, error);
    return fill_first(status, cursor, is_snapshot, buffer, capacity, used, count, error);
}

kv_status go_txn_scan(kv_txn txn, GO_SCAN, kv_cursor *cursor, int32_t *is_snapshot, uint8_t *buffer,
                      size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    kv_scan_options options = GO_SCAN_OPTIONS;
    kv_status status = kv_txn_scan(txn, group, group_len, &options, cursor, error);
    return fill_first(status, cursor, is_snapshot, buffer, capacity, used, count, error);
}

kv_status go_groups(kv_store store, GO_BYTES(prefix), kv_cursor *cursor, uint8_t *buffer,
                    size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    *used = 0;
    *count = 0;
    kv_status status = kv_groups(store, prefix, prefix_len, cursor, error);
    return status == KV_OK ? go_fill(cursor, buffer, capacity, used, count, error) : status;
}

kv_status go_get_split(kv_store store, GO_PLACE, GO_BYTES(separator), kv_cursor *cursor,
                       uint8_t *buffer, size_t capacity, size_t *used, size_t *count,
                       kv_error *error)
{
    *used = 0;
    *count = 0;
    kv_status status = kv_get_split(store, GO_HERE, separator, separator_len, cursor, error);
    return status == KV_OK ? go_fill(cursor, buffer, capacity, used, count, error) : status;
}

kv_status go_get_fields(kv_store store, GO_PLACE, kv_cursor *cursor, uint8_t *buffer,
                        size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    *used = 0;
    *count = 0;
    kv_status status = kv_get_fields(store, GO_HERE, cursor, error);
    return status == KV_OK ? go_fill(cursor, buffer, capacity, used, count, error) : status;
}

kv_status go_get_loop(kv_store store, GO_PLACE, uint8_t *buffer, size_t capacity, uint64_t times,
                      kv_error *error)
{
    kv_status status = KV_OK;
    size_t len;
    for (uint64_t i = 0; i < times && status == KV_OK; i++)
        status = kv_get_into(store, GO_HERE, buffer, capacity, &len, error);
    return status;
}
