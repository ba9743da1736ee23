/* Batches of the behaviour cases, and the calls on lists of keys, which are batches in C. */

#ifndef BEHAVIOUR_BATCH_H
#define BEHAVIOUR_BATCH_H

#include "behaviour_lock.h"
#include "behaviour_range.h"
#include "flat.h"

/* Appends a step to a batch. */
static kv_status add_step(kv_batch batch, struct line *step)
{
    const char *name = step->columns[1];
    if (strcmp(name, "check_lock") == 0) {
        struct bytes lock = bytes_of(step, "name");
        return kv_batch_check_lock(batch, lock.data, lock.len, lock_of(step), &error);
    }
    struct bytes group = bytes_of(step, "group");
    if (strcmp(name, "delete_prefix") == 0) {
        struct bytes prefix = bytes_of(step, "prefix");
        return kv_batch_delete_prefix(batch, group.data, group.len, prefix.data, prefix.len,
                                      &error);
    }
    struct place at = place_of(step);
    if (strcmp(name, "check") == 0)
        return kv_batch_check(batch, AT(at), version_of(step, "version"), &error);
    if (strcmp(name, "get") == 0) return kv_batch_get(batch, AT(at), &error);
    if (strcmp(name, "delete") == 0) return kv_batch_delete(batch, AT(at), &error);
    if (strcmp(name, "take") == 0) return kv_batch_take(batch, AT(at), &error);
    if (strcmp(name, "increment") == 0)
        return kv_batch_increment(batch, AT(at), number_of(step, "delta"), ttl_of(step), &error);
    if (strcmp(name, "expire") == 0)
        return kv_batch_expire(batch, AT(at), ttl_of(step), expire_flags_of(step), &error);
    struct bytes value = bytes_of(step, "value");
    if (strcmp(name, "append") == 0)
        return kv_batch_append(batch, AT(at), value.data, value.len, ttl_of(step), &error);
    if (strcmp(name, "set") != 0) end_with(BROKEN, "there is no step %s", name);
    kv_put_options options = put_options_of(step);
    return kv_batch_set(batch, AT(at), value.data, value.len, &options, &error);
}

/* The result of a step of a batch that was applied, or of the one that failed. */
static void give_result(kv_batch batch, size_t index)
{
    kv_value value;
    kv_status status = kv_batch_result(batch, index, &value, &error);
    const char *bytes = value.data == NULL ? NULL : hex(value.data, value.len);
    kv_value_free(&value);
    if (bytes == NULL) give_element(textf("status=%s", status_name(status)));
    else give_element(textf("status=%s\tvalue=%s", status_name(status), bytes));
}

static kv_status call_batch(struct call *call)
{
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, &error);
    for (int i = 0; i < call->part_count && status == KV_OK; i++) {
        status = add_step(batch, &call->parts[i]);
        refuse_unused(&call->parts[i]);
    }
    if (status == KV_OK) status = kv_batch_commit(store_of(&call->line), batch, &error);
    for (int i = 0; i < call->part_count; i++) {
        if (status == KV_OK) give_result(batch, (size_t)i);
        else if (status == KV_CONFLICT &&
                 kv_batch_result(batch, (size_t)i, NULL, NULL) == KV_CONFLICT)
            give_number("failed", i);
    }
    kv_batch_close(batch, NULL);
    return status;
}

/* In C, a batch of sets. */
static kv_status call_set_many(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group");
    kv_put_options options = put_options_of(&call->line);
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, &error);
    for (int i = 0; i < call->part_count && status == KV_OK; i++) {
        struct bytes key = bytes_of(&call->parts[i], "key");
        struct bytes value = bytes_of(&call->parts[i], "value");
        status = kv_batch_set(batch, group.data, group.len, key.data, key.len, value.data,
                              value.len, &options, &error);
    }
    if (status == KV_OK) status = kv_batch_commit(store_of(&call->line), batch, &error);
    kv_batch_close(batch, NULL);
    return status;
}

/* In C, a batch of deletes whose results tell which keys were there. */
static kv_status call_delete_many(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group");
    uint64_t count = 0;
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, &error);
    for (int i = 0; i < call->part_count && status == KV_OK; i++) {
        struct bytes key = bytes_of(&call->parts[i], "key");
        status = kv_batch_delete(batch, group.data, group.len, key.data, key.len, &error);
    }
    if (status == KV_OK) status = kv_batch_commit(store_of(&call->line), batch, &error);
    for (int i = 0; i < call->part_count && status == KV_OK; i++) {
        if (kv_batch_result(batch, (size_t)i, NULL, NULL) != KV_OK) continue;
        struct bytes key = bytes_of(&call->parts[i], "key");
        give_element(textf("key=%s", hex(key.data, key.len)));
        count++;
    }
    kv_batch_close(batch, NULL);
    return give_count(status, &count);
}

/* Gives the entries in flat form but those of absent keys. */
static void give_flat_entries(const unsigned char *at, size_t count)
{
    const uint32_t absent = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        size_t group_len = flat_read(at + 16, 4), key_len = flat_read(at + 20, 4);
        uint32_t value_len = (uint32_t)flat_read(at + 24, 4);
        const unsigned char *key = at + FLAT_ENTRY_HEADER + group_len;
        at = key + key_len;
        if (value_len == absent) continue;
        give_element(textf("key=%s\tvalue=%s", hex(key, key_len), hex(at, value_len)));
        at += value_len;
    }
}

static kv_status call_get_many(struct call *call)
{
    struct bytes group = bytes_of(&call->line, "group");
    size_t len = 0, used = 0, found = 0;
    for (int i = 0; i < call->part_count; i++)
        len += 8 + group.len + bytes_of(&call->parts[i], "key").len;
    unsigned char *keys = keep(len + 1), *at = keys;
    for (int i = 0; i < call->part_count; i++) {
        struct bytes key = bytes_of(&call->parts[i], "key");
        struct flat lengths = {.len = 0};
        flat_number(&lengths, group.len, 4);
        flat_number(&lengths, key.len, 4);
        memcpy(at, lengths.bytes, 8);
        memcpy(at + 8, group.data, group.len);
        memcpy(at + 8 + group.len, key.data, key.len);
        at += 8 + group.len + key.len;
    }
    kv_store store = store_of(&call->line);
    kv_status status = kv_get_many(store, keys, len, NULL, 0, &used, &found, &error);
    if (status != KV_TOO_SMALL) return status;
    unsigned char *entries = keep(used);
    status = kv_get_many(store, keys, len, entries, used, &used, &found, &error);
    if (status == KV_OK) give_flat_entries(entries, (size_t)call->part_count);
    return status;
}

#endif
