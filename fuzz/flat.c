/*
 * Flat forms: an input is the size of a buffer, and then steps of a batch, which are also read as keys.
 * The batch has the same statuses and leaves the same entries in a store in memory and in a file.
 */

#define _GNU_SOURCE
#include "fuzz.h"

enum { STEP_HEADER = 44, ENTRY_HEADER = 28, STORES = 2 };

static kv_store stores[STORES];

static void open_both(void)
{
    char location[5000];
    snprintf(location, sizeof location, "sqlite:%s/flat.db?purge_interval=0", make_folder());
    stores[0] = open_store("memory:?purge_interval=0");
    stores[1] = open_store(location);
}

/* Whether no step has an expiry of hours: whether one of those is over may differ between two stores. */
static bool is_timeless(struct bytes steps)
{
    struct input rest = {steps.data, steps.len};
    while (rest.len >= STEP_HEADER) {
        take(&rest, 4);
        uint32_t mode = (uint32_t)take_number(&rest, 4) >> 4 & 15;
        take(&rest, 8);
        int64_t time_ms = (int64_t)take_number(&rest, 8);
        take(&rest, 8);
        size_t group = take_number(&rest, 4), key = take_number(&rest, 4), value = take_number(&rest, 4);
        bool is_soon = time_ms > 0 && time_ms < 24 * 3600 * 1000;
        if ((mode == 1 && is_soon) || mode == 2) return false;
        take(&rest, group + key + value);
    }
    return true;
}

/* Takes the length of what an entry holds, and checks that it is within the buffer. */
static struct bytes take_part(struct input *buffer, uint64_t len)
{
    HOLDS(len <= buffer->len);
    return take(buffer, len);
}

/* Reads entries in flat form, `count` of which were found; returns a sum of all but their versions and
 * expiries. */
static uint64_t check_entries(struct bytes buffer, size_t count)
{
    struct input rest = {buffer.data, buffer.len};
    uint64_t sum = 0;
    while (rest.len > 0) {
        HOLDS(rest.len >= ENTRY_HEADER);
        take(&rest, 16);
        uint64_t lens[3];
        for (int i = 0; i < 3; i++) lens[i] = take_number(&rest, 4);
        for (int i = 0; i < 3; i++) {
            sum = sum * 31 + lens[i];
            if (i == 2 && lens[i] == UINT32_MAX) break;
            if (i == 2) count--;
            struct bytes part = take_part(&rest, lens[i]);
            for (size_t at = 0; at < part.len; at++) sum = sum * 31 + part.data[at];
        }
    }
    HOLDS(count == 0);
    return sum;
}

/* All entries of a store, through buffers of a size; returns their sum. */
static uint64_t sum_of(kv_store store, size_t capacity)
{
    kv_cursor groups;
    kv_entry group;
    uint64_t sum = 0;
    uint8_t *buffer = malloc(1 << 20);
    HOLDS(buffer != NULL);
    MUST(kv_groups(store, NULL, 0, &groups, &error));
    while (CALL(kv_cursor_next(groups, &group, &error)) == KV_OK) {
        kv_cursor cursor;
        size_t used, count, room = capacity;
        kv_status status;
        MUST(kv_scan(store, group.group, group.group_len, NULL, &cursor, &error));
        while ((status = CALL(kv_cursor_fill(cursor, buffer, room, &used, &count, &error))) != KV_DONE) {
            if (status == KV_TOO_SMALL) {
                HOLDS(used > room && used <= 1 << 20);
                room = used;
                continue;
            }
            HOLDS(status == KV_OK && used <= room && count > 0);
            sum = sum * 31 + check_entries((struct bytes){buffer, used}, count);
        }
        MUST(kv_cursor_close(cursor, &error));
    }
    MUST(kv_cursor_close(groups, &error));
    free(buffer);
    return sum;
}

static void get_many(kv_store store, struct bytes keys, size_t capacity)
{
    uint8_t *buffer = malloc(capacity ? capacity : 1);
    size_t used = 0, count = 0;
    kv_status status =
        CALL(kv_get_many(store, keys.data, keys.len, buffer, capacity, &used, &count, &error));
    if (status == KV_OK) check_entries((struct bytes){buffer, used}, count);
    if (status == KV_TOO_SMALL) HOLDS(used > capacity);
    free(buffer);
}

/* Commits the batch; in `results` a sum of what its steps return. */
static kv_status commit(kv_store store, struct bytes steps, uint64_t *results)
{
    kv_batch batch;
    kv_value value;
    MUST(kv_batch_new(&batch, &error));
    kv_status status = CALL(kv_batch_add_flat(batch, steps.data, steps.len, &error));
    if (status == KV_OK) status = CALL(kv_batch_commit(store, batch, &error));
    *results = 0;
    for (size_t i = 0; status == KV_OK; i++) {
        kv_status result = CALL(kv_batch_result(batch, i, &value, &error));
        if (result == KV_ERR_ARGUMENT) break;
        *results = *results * 31 + (uint64_t)result + value.len;
        for (size_t at = 0; at < value.len; at++) *results = *results * 31 + value.data[at];
        kv_value_free(&value);
    }
    MUST(kv_batch_close(batch, &error));
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (stores[0].id == 0) open_both();
    struct input input = {data, len};
    size_t capacity = take_byte(&input);
    struct bytes rest = take(&input, input.len);
    kv_status statuses[STORES];
    uint64_t sums[STORES], results[STORES];
    for (int i = 0; i < STORES; i++) {
        MUST(kv_set(stores[i], "g", 1, "n", 1, "41", 2, &error));
        MUST(kv_set(stores[i], "g", 1, "k", 1, "value", 5, &error));
        statuses[i] = commit(stores[i], rest, &results[i]);
        get_many(stores[i], rest, capacity);
        sums[i] = sum_of(stores[i], capacity);
        empty_store(stores[i]);
    }
    if (is_timeless(rest) && (statuses[0] != statuses[1] || sums[0] != sums[1] || results[0] != results[1]))
        VIOLATION("memory %d, file %d; entries %s, results %s", statuses[0], statuses[1],
                  sums[0] == sums[1] ? "alike" : "differ", results[0] == results[1] ? "alike" : "differ");
    return 0;
}
