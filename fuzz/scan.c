/*
 * kv_scan and kv_copy: an input is the entries of a group, and options of a scan or a position of a copy.
 * The results of the library are compared with a list of the entries, in memory and in a file.
 */

#define _GNU_SOURCE
#include "fuzz.h"

enum { KEYS_MAX = 32, STORES = 2, OPTIONS = 7 };

static kv_store stores[STORES], target;
static struct bytes keys[KEYS_MAX];
static size_t keys_len;

static void open_all(void)
{
    char location[5000];
    snprintf(location, sizeof location, "sqlite:%s/scan.db?purge_interval=0", make_folder());
    stores[0] = open_store("memory:?purge_interval=0");
    stores[1] = open_store(location);
    target = open_store("memory:?purge_interval=0");
}

/* Reads keys, and keeps them in order, each once. */
static void take_keys(struct input *input)
{
    keys_len = 0;
    for (size_t count = take_byte(input) % KEYS_MAX; count > 0; count--) {
        struct bytes key = take(input, take_byte(input) % 8);
        size_t at = 0;
        while (at < keys_len && compare(keys[at], key) < 0) at++;
        if (at < keys_len && is_same(keys[at], key)) continue;
        memmove(keys + at + 1, keys + at, (keys_len - at) * sizeof *keys);
        keys[at] = key;
        keys_len++;
    }
}

static bool is_in(struct bytes key, const kv_scan_options *options)
{
    struct bytes lower = {options->lower, options->lower_len}, upper = {options->upper, options->upper_len};
    if (lower.data) {
        int order = compare(key, lower);
        if (order < 0 || (order == 0 && options->flags & KV_SCAN_LOWER_EXCLUSIVE)) return false;
    }
    if (upper.data) {
        int order = compare(key, upper);
        if (order > 0 || (order == 0 && !(options->flags & KV_SCAN_UPPER_INCLUSIVE))) return false;
    }
    return options->pattern_len <= key.len &&
           (options->pattern_len == 0 || memcmp(key.data, options->pattern, options->pattern_len) == 0);
}

/* The globs have a target of their own; here a pattern is a prefix. */
static void check_scan(kv_store store, const kv_scan_options *options)
{
    kv_cursor cursor;
    kv_entry entry;
    kv_status status = CALL(kv_scan(store, "g", 1, options, &cursor, &error));
    if (status != KV_OK) {
        HOLDS(status == KV_ERR_ARGUMENT);
        return;
    }
    bool is_glob = options->flags & (KV_SCAN_GLOB | KV_SCAN_GLOB_REDIS);
    uint64_t found = 0;
    for (size_t i = 0; i < keys_len && !is_glob; i++) {
        struct bytes key = keys[options->flags & KV_SCAN_REVERSE ? keys_len - 1 - i : i];
        if (!is_in(key, options) || (options->limit && found == options->limit)) continue;
        HOLDS(CALL(kv_cursor_next(cursor, &entry, &error)) == KV_OK);
        HOLDS(is_same(key, (struct bytes){entry.key, entry.key_len}));
        bool has_value = !(options->flags & (KV_SCAN_KEYS_ONLY | KV_SCAN_SIZES));
        HOLDS(entry.value_len == (has_value ? key.len : 0));
        found++;
    }
    while (is_glob && (status = CALL(kv_cursor_next(cursor, &entry, &error))) == KV_OK) {}
    HOLDS(CALL(kv_cursor_next(cursor, &entry, &error)) == KV_DONE);
    MUST(kv_cursor_close(cursor, &error));
}

/* A copy that resumes after a position writes the entries behind it. */
static void check_copy(kv_store from, struct bytes group, struct bytes key, uint32_t existing)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT;
    options.existing = existing;
    options.after_group = group.data;
    options.after_group_len = group.len;
    options.after_key = key.data;
    options.after_key_len = key.len;
    kv_status status = CALL(kv_copy(from, target, &options, NULL, NULL, &state, &error));
    struct bytes ours = {(uint8_t *)"g", 1};
    size_t expected = 0;
    for (size_t i = 0; i < keys_len; i++) {
        int order = compare(ours, group);
        if (key.data == NULL || order > 0 || (order == 0 && compare(keys[i], key) > 0)) expected++;
    }
    if (status == KV_OK) HOLDS(state.entries == expected);
    else HOLDS(status == KV_ERR_ARGUMENT);
    kv_copy_state_free(&state);
    empty_store(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (target.id == 0) open_all();
    struct input input = {data, len};
    take_keys(&input);
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    options.flags = (uint32_t)take_number(&input, 2);
    uint8_t present = take_byte(&input);
    struct bytes texts[3];
    for (int i = 0; i < 3; i++) texts[i] = take(&input, take_byte(&input) % 8);
    for (int i = 0; i < 3; i++)
        if (!(present >> i & 1)) texts[i] = (struct bytes){NULL, 0};
        else if (texts[i].len == 0) texts[i].data = (const uint8_t *)"";
    options.pattern = texts[0].data, options.pattern_len = texts[0].len;
    options.lower = texts[1].data, options.lower_len = texts[1].len;
    options.upper = texts[2].data, options.upper_len = texts[2].len;
    options.limit = present & 8 ? take_byte(&input) : 0;
    for (int i = 0; i < STORES; i++) {
        for (size_t at = 0; at < keys_len; at++)
            MUST(kv_set(stores[i], "g", 1, keys[at].data, keys[at].len, keys[at].data, keys[at].len, &error));
        check_scan(stores[i], &options);
        check_copy(stores[i], texts[1], texts[2], present >> 4 & 3);
        empty_store(stores[i]);
    }
    return 0;
}
