/* The calls of the behaviour cases on ranges: scans, groups, counts, deletes of many. */

#ifndef BEHAVIOUR_RANGE_H
#define BEHAVIOUR_RANGE_H

#include "behaviour_entry.h"

static kv_status walk(kv_cursor cursor, const char *kind)
{
    kv_entry entry;
    kv_status status;
    while ((status = kv_cursor_next(cursor, &entry, &error)) == KV_OK) {
        const char *key = hex(entry.key, entry.key_len);
        if (strcmp(kind, "group") == 0)
            give_element(textf("group=%s", hex(entry.group, entry.group_len)));
        else if (strcmp(kind, "key") == 0) give_element(textf("key=%s", key));
        else give_element(textf("key=%s\tvalue=%s", key, hex(entry.value, entry.value_len)));
    }
    kv_cursor_close(cursor, NULL);
    return status == KV_DONE ? KV_OK : status;
}

/* A bound of a scan, if the line has it. */
static void bound(struct line *line, const char *name, const void **data, size_t *len)
{
    if (find_text(line, name) == NULL) return;
    struct bytes bytes = bytes_of(line, name);
    *data = bytes.data;
    *len = bytes.len;
}

static kv_scan_options scan_options_of(struct line *line, const char **kind)
{
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    bound(line, "prefix", &options.pattern, &options.pattern_len);
    bound(line, "glob", &options.pattern, &options.pattern_len);
    bound(line, "redis_glob", &options.pattern, &options.pattern_len);
    bound(line, "from", &options.lower, &options.lower_len);
    bound(line, "above", &options.lower, &options.lower_len);
    bound(line, "below", &options.upper, &options.upper_len);
    bound(line, "to", &options.upper, &options.upper_len);
    if (find_text(line, "glob") != NULL) options.flags |= KV_SCAN_GLOB;
    if (find_text(line, "redis_glob") != NULL) options.flags |= KV_SCAN_GLOB_REDIS;
    if (find_text(line, "above") != NULL) options.flags |= KV_SCAN_LOWER_EXCLUSIVE;
    if (find_text(line, "to") != NULL) options.flags |= KV_SCAN_UPPER_INCLUSIVE;
    if (find_text(line, "reverse") != NULL) options.flags |= KV_SCAN_REVERSE;
    if (find_text(line, "offset") != NULL) options.offset = (uint64_t)number_of(line, "offset");
    if (find_text(line, "limit") != NULL) options.limit = (uint64_t)number_of(line, "limit");
    *kind = find_text(line, "expect.list");
    if (*kind == NULL) *kind = "entry";
    if (strcmp(*kind, "key") == 0) options.flags |= KV_SCAN_KEYS_ONLY;
    return options;
}

static kv_status call_scan(struct call *call)
{
    struct line *line = &call->line;
    const char *kind;
    kv_scan_options options = scan_options_of(line, &kind);
    struct bytes group = bytes_of(line, "group");
    kv_cursor cursor;
    kv_status status = kv_scan(store_of(line), group.data, group.len, &options, &cursor, &error);
    return status == KV_OK ? walk(cursor, kind) : status;
}

static kv_status call_txn_scan(struct call *call)
{
    struct line *line = &call->line;
    const char *kind;
    kv_scan_options options = scan_options_of(line, &kind);
    struct bytes group = bytes_of(line, "group");
    kv_cursor cursor;
    kv_status status = kv_txn_scan(txn_of(line), group.data, group.len, &options, &cursor, &error);
    return status == KV_OK ? walk(cursor, kind) : status;
}

static kv_status call_groups(struct call *call)
{
    const void *prefix = "";
    size_t len = 0;
    kv_cursor cursor;
    bound(&call->line, "prefix", &prefix, &len);
    kv_status status = kv_groups(store_of(&call->line), prefix, len, &cursor, &error);
    return status == KV_OK ? walk(cursor, "group") : status;
}

/* The count that a call has filled in before this is called. */
static kv_status give_count(kv_status status, const uint64_t *count)
{
    give_number("count", (int64_t)*count);
    return status;
}

static kv_status call_count(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group");
    uint64_t count = 0;
    return give_count(kv_count(store_of(&call->line), group.data, group.len, &count, &error),
                      &count);
}

static kv_status call_count_all(struct call *call)
{
    struct bytes prefix = bytes_of(&call->line, "prefix");
    uint64_t count = 0;
    return give_count(kv_count_all(store_of(&call->line), prefix.data, prefix.len, &count, &error),
                      &count);
}

static kv_status call_delete_group(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group");
    uint64_t count = 0;
    return give_count(
        kv_delete_group(store_of(&call->line), group.data, group.len, &count, &error), &count);
}

static kv_status call_delete_prefix(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group"), prefix = bytes_of(&call->line, "prefix");
    uint64_t count = 0;
    return give_count(kv_delete_prefix(store_of(&call->line), group.data, group.len, prefix.data,
                                       prefix.len, &count, &error), &count);
}

static kv_status call_delete_all(struct call *call)
{
    const void *prefix = "";
    size_t len = 0;
    uint64_t count = 0;
    bound(&call->line, "prefix", &prefix, &len);
    return give_count(kv_delete_all(store_of(&call->line), prefix, len, &count, &error), &count);
}

static kv_status call_purge_expired(struct call *call)
{
    uint64_t count = 0;
    return give_count(kv_purge_expired(store_of(&call->line), &count, &error), &count);
}

#endif
