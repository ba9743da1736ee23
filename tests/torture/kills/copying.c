/* Copies between two files, by several processes at once; each goes on where a killed one was. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

enum { GROUPS = 4, ENTRIES = 200, LATER = 5 };

/* An expiry in the year 2100. */
static const int64_t EXPIRY = 4102444800000;

static kv_store target, source_scope, target_scope;

static const char *numbered(const char *form, int number)
{
    static _Thread_local char text[32];
    snprintf(text, sizeof text, form, number);
    return text;
}

static size_t make(int group, int entry, char *value, size_t room)
{
    size_t len = entry % 40 == 0 ? 5000 : (size_t)(20 + entry);
    if (len > room) len = room;
    memset(value, 'a' + (group + entry) % 26, len);
    return len;
}

static void fill_source(void)
{
    char value[5000];
    if (!open_store(NULL)) return;
    for (int group = 0; group < GROUPS; group++) {
        kv_batch batch;
        kv_batch_new(&batch, &failure);
        for (int entry = 0; entry < ENTRIES; entry++) {
            size_t len = make(group, entry, value, sizeof value);
            kv_put_options options = KV_PUT_OPTIONS_INIT;
            if (entry % LATER == 0) options.expiry = KV_EXPIRY_AT, options.time_ms = EXPIRY;
            char name[32];
            snprintf(name, sizeof name, "from:group%d", group);
            kv_batch_set(batch, name, KV_NUL, numbered("entry%03d", entry), KV_NUL, value, len,
                         &options, &failure);
        }
        must("kv_batch_commit", kv_batch_commit(store, batch, &failure));
        kv_batch_close(batch, NULL);
    }
    close_store();
}

static bool open_target(int slot)
{
    return open_file("copy.db", "", &target) &&
           must("kv_scope", kv_scope(target, numbered("to%d", slot), &target_scope, &failure));
}

static void begin(int slot)
{
    if (!open_target(slot)) return;
    must("kv_scope", kv_scope(store, "from", &source_scope, &failure));
}

/* Checks one entry of the target. */
static bool check_entry(int group, int entry)
{
    static char expected[5000];
    kv_value value;
    char name[32];
    snprintf(name, sizeof name, "group%d", group);
    kv_status status = kv_get(target_scope, name, KV_NUL, numbered("entry%03d", entry), KV_NUL, &value,
                              &failure);
    size_t len = make(group, entry, expected, sizeof expected);
    int64_t expiry = entry % LATER == 0 ? EXPIRY : -1;
    bool good = status == KV_OK && value.len == len && memcmp(value.data, expected, len) == 0 &&
                value.expires_at_ms == expiry;
    if (!good) violate("a copy does not have entry %d of group %d as the source: %d", entry, group,
                       status);
    kv_value_free(&value);
    return good;
}

/* Keeps the position of a copy. */
static int32_t keep(void *user_data, const kv_copy_state *state)
{
    struct slot *slot = user_data;
    int next = slot->position == 0 ? 1 : 0;
    snprintf(slot->group[next], NAME_MAX_LEN, "%.*s", (int)state->group_len, state->group);
    snprintf(slot->key[next], NAME_MAX_LEN, "%.*s", (int)state->key_len, state->key);
    slot->position = next;
    return 0;
}

/* Empties the target for the next copy. */
static void clear(struct slot *slot)
{
    uint64_t removed;
    for (int group = 0; group < GROUPS; group++) {
        const char *name = numbered("group%d", group);
        kv_status status = kv_delete_group(target_scope, name, KV_NUL, &removed, &failure);
        if (status != KV_NOT_FOUND && !must("kv_delete_group", status)) return;
    }
    slot->position = -1;
    slot->copying = 1;
}

static void copy(struct slot *slot)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT;
    int position = slot->position;
    options.existing = chance(2) == 0 ? KV_COPY_OVERWRITE : KV_COPY_KEEP;
    if (position >= 0) {
        options.after_group = slot->group[position];
        options.after_group_len = options.after_key_len = KV_NUL;
        options.after_key = slot->key[position];
    }
    kv_status status = kv_copy(source_scope, target_scope, &options, keep, slot, &state, &failure);
    if (must("kv_copy", status) && state.missing != 0)
        violate("a copy misses %llu entries", (unsigned long long)state.missing);
    kv_copy_state_free(&state);
    for (int group = 0; group < GROUPS; group++)
        for (int entry = 0; entry < ENTRIES && !shared->has_failed; entry++) check_entry(group, entry);
    slot->copies++;
    shared->writes += GROUPS * ENTRIES;
    slot->copying = 0;
}

static void step(int actor)
{
    struct slot *slot = &shared->slots[slot_of(actor)];
    if (chance(3) != 0)
        work_on_cells(actor);
    else if (!slot->copying)
        clear(slot);
    else
        copy(slot);
}

/* All up to the position is in the target. */
static void check_position(int number)
{
    struct slot *slot = &shared->slots[number];
    int position = slot->position;
    int group, entry;
    if (!slot->copying || position < 0) return;
    if (sscanf(slot->group[position], "group%d", &group) != 1 ||
        sscanf(slot->key[position], "entry%d", &entry) != 1)
        violate("a copy is at %s, %s", slot->group[position], slot->key[position]);
    for (int i = 0; i <= group && !shared->has_failed; i++)
        for (int j = 0; j < ENTRIES && (i < group || j <= entry); j++)
            if (!check_entry(i, j)) return;
}

static void check(bool quiet)
{
    for (int i = 0; quiet && i < scenario->processes && !shared->has_failed; i++) {
        if (!open_target(i)) return;
        if (i == 0) must("kv_check of the target", kv_check(target, &failure));
        check_position(i);
        kv_close(target_scope, NULL);
        kv_close(target, NULL);
    }
}

const struct scenario COPY = {
    .name = "copy", .options = "", .space = "", .processes = 3, .threads = 1, .prepare = fill_source,
    .begin = begin, .step = step, .check = check,
};
