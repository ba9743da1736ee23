/*
 * Positions in the change log: an input writes a little, and then begins scans of changes and watches at
 * versions of any kind, with any flags, and reads them through buffers of any size.
 */

#define _GNU_SOURCE
#include "fuzz.h"

enum { EVENT_HEADER = 40, STEPS_MAX = 64 };

static kv_store store;
static uint64_t known;

/* Events in flat form are within the buffer. */
static void check_events(struct bytes buffer, size_t count)
{
    struct input rest = {buffer.data, buffer.len};
    for (; count > 0; count--) {
        HOLDS(rest.len >= EVENT_HEADER);
        uint64_t type = take_number(&rest, 4), len = 0;
        HOLDS(type >= KV_EVENT_SET && type <= KV_EVENT_SET_LARGE);
        for (int i = 0; i < 3; i++) len += take_number(&rest, 4);
        known = take_number(&rest, 8);
        take(&rest, 16);
        HOLDS(len <= rest.len);
        take(&rest, len);
    }
    HOLDS(rest.len == 0);
}

/* A version that an input names: one that was seen, one beside it, or any number. */
static uint64_t take_version(struct input *input)
{
    switch (take_byte(input) % 4) {
    case 0: return known;
    case 1: return known + (uint64_t)(int8_t)take_byte(input);
    default: return (uint64_t)take_edge(input);
    }
}

static void write_some(struct input *input)
{
    struct bytes group = take(input, take_byte(input) % 4), key = take(input, take_byte(input) % 4);
    struct bytes value = take_text(input);
    uint64_t removed;
    switch (take_byte(input) % 4) {
    case 0: CALL(kv_delete(store, group.data, group.len, key.data, key.len, &error)); break;
    case 1: CALL(kv_delete_group(store, group.data, group.len, &removed, &error)); break;
    default:
        CALL(kv_set(store, group.data, group.len, key.data, key.len, value.data, value.len, &error));
    }
}

static void read_changes(struct input *input)
{
    kv_change_cursor cursor;
    kv_event event = KV_EVENT_INIT;
    uint8_t buffer[256];
    size_t capacity = take_byte(input), used, count;
    uint64_t since = take_version(input);
    kv_status status = CALL(kv_changes(store, since, &cursor, &error));
    if (status != KV_OK) return;
    status = CALL(kv_changes_fill(cursor, buffer, capacity, &used, &count, &error));
    if (status == KV_OK) check_events((struct bytes){buffer, used}, count);
    if (status == KV_TOO_SMALL) HOLDS(used > capacity);
    uint64_t before = since;
    while (status != KV_TOO_SMALL && CALL(kv_changes_next(cursor, &event, &error)) == KV_OK) {
        HOLDS(event.version > before);
        known = before = event.version;
    }
    MUST(kv_changes_close(cursor, &error));
}

static void watch(struct input *input)
{
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_watch watch;
    kv_event event = KV_EVENT_INIT;
    uint8_t buffer[256];
    size_t capacity = take_byte(input), used, count;
    options.flags = take_byte(input) & 127;
    options.capacity = (uint32_t)take_edge(input);
    options.since = take_version(input);
    struct bytes group = take(input, take_byte(input) % 4), key = take(input, take_byte(input) % 4);
    /* Such queues have room for it, and would take memory. */
    if (options.capacity > 4096 && options.capacity < 1 << 25) options.capacity = 4096;
    if (CALL(kv_watch_open(store, group.data, group.len, key.data, key.len, &options, &watch, &error)) != KV_OK)
        return;
    write_some(input);
    kv_status status = CALL(kv_watch_fill(watch, buffer, capacity, &used, &count, &error));
    if (status == KV_OK) check_events((struct bytes){buffer, used}, count);
    if (status == KV_TOO_SMALL) HOLDS(used > capacity);
    for (int i = 0; i < 1000 && CALL(kv_watch_poll(watch, 0, &event, &error)) == KV_OK; i++)
        HOLDS(event.type >= KV_EVENT_SET && event.type <= KV_EVENT_SET_LARGE);
    MUST(kv_watch_close(watch, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (store.id == 0) {
        char location[5000];
        snprintf(location, sizeof location, "sqlite:%s/changes.db?changes=on&changes_keep=40", make_folder());
        store = open_store(location);
    }
    struct input input = {data, len};
    for (int i = 0; i < STEPS_MAX && input.len > 0; i++) {
        switch (take_byte(&input) % 4) {
        case 0: read_changes(&input); break;
        case 1: watch(&input); break;
        case 2: CALL(kv_changes_oldest(store, &known, &error)); break;
        default: write_some(&input);
        }
    }
    empty_store(store);
    return 0;
}
