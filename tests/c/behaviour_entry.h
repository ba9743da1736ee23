/* The calls of the behaviour cases on one entry: reads, writes, expiry, counters, JSON. */

#ifndef BEHAVIOUR_ENTRY_H
#define BEHAVIOUR_ENTRY_H

#include "behaviour_run.h"

struct place {
    struct bytes group, key;
};

static struct place place_of(struct line *line)
{
    return (struct place){bytes_of(line, "group"), bytes_of(line, "key")};
}

#define AT(place) (place).group.data, (place).group.len, (place).key.data, (place).key.len

static kv_put_options put_options_of(struct line *line)
{
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    const char *condition = find_text(line, "if");
    if (condition != NULL) {
        if (strcmp(condition, "absent") == 0) options.condition = KV_IF_ABSENT;
        else if (strcmp(condition, "present") == 0) options.condition = KV_IF_PRESENT;
        else if (strcmp(condition, "version") == 0) options.condition = KV_IF_VERSION;
        else end_with(BROKEN, "there is no condition %s", condition);
    }
    if (options.condition == KV_IF_VERSION) options.version = version_of(line, "version");
    if (find_text(line, "keep_ttl") != NULL) options.expiry = KV_EXPIRY_KEEP;
    if (find_text(line, "ttl") != NULL) {
        options.expiry = KV_EXPIRY_AFTER;
        options.time_ms = ttl_of(line);
    }
    const char *at = find_text(line, "expires_at");
    if (at != NULL) {
        options.expiry = KV_EXPIRY_AT;
        options.time_ms = strcmp(at, "never") == 0 ? KV_TTL_NEVER : number_of_text(at);
    }
    const char *durability = find_text(line, "durability");
    if (durability != NULL) {
        if (strcmp(durability, "normal") == 0) options.durability = KV_DURABILITY_NORMAL;
        else if (strcmp(durability, "full") == 0) options.durability = KV_DURABILITY_FULL;
        else end_with(BROKEN, "there is no durability %s", durability);
    }
    return options;
}

static uint32_t expire_flags_of(struct line *line)
{
    static const char *const names[] = {"nx", "xx", "gt", "lt"};
    static const uint32_t bits[] = {KV_EXPIRE_NX, KV_EXPIRE_XX, KV_EXPIRE_GT, KV_EXPIRE_LT};
    const char *text = find_text(line, "flags");
    uint32_t flags = 0;
    while (text != NULL && *text != '\0') {
        int i = 0;
        while (i < 4 && strncmp(text, names[i], 2) != 0) i++;
        if (i == 4) end_with(BROKEN, "there is no flag %s", text);
        flags |= bits[i];
        text += text[2] == ',' ? 3 : 2;
    }
    return flags;
}

static kv_status call_set(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    struct bytes value = bytes_of(line, "value");
    if (find_text(line, "ttl") == NULL)
        return kv_set(store_of(line), AT(at), value.data, value.len, &error);
    return kv_set_ttl(store_of(line), AT(at), value.data, value.len, ttl_of(line), &error);
}

static kv_status call_put(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    struct bytes value = bytes_of(line, "value");
    kv_put_options options = put_options_of(line);
    uint64_t version = 0;
    kv_status status = kv_put(store_of(line), AT(at), value.data, value.len, &options, &version,
                              &error);
    save_as_asked(line, status, version);
    give_version(version);
    return status;
}

/* Gives the bytes of a pinned value back to the library, and the call its text. */
static kv_status give_value(kv_status status, kv_value *value)
{
    if (status == KV_OK) give("value", hex(value->data, value->len));
    kv_value_free(value);
    return status;
}

static kv_status call_get(struct call *call)
{
    struct place at = place_of(&call->line);
    kv_value value;
    return give_value(kv_get(store_of(&call->line), AT(at), &value, &error), &value);
}

static kv_status call_entry(struct call *call)
{
    struct place at = place_of(&call->line);
    kv_value value;
    kv_status status = kv_get(store_of(&call->line), AT(at), &value, &error);
    save_as_asked(&call->line, status, value.version);
    give_version(value.version);
    give_time("expires_at", value.expires_at_ms);
    return give_value(status, &value);
}

/* Gives what is known of a value without its bytes, for which there is nothing to free. */
static kv_status give_info(kv_status status, const kv_value *value)
{
    if (status != KV_OK) return status;
    give_number("size", (int64_t)value->value_size);
    give_version(value->version);
    give_time("expires_at", value->expires_at_ms);
    return status;
}

static kv_status call_info(struct call *call)
{
    struct place at = place_of(&call->line);
    kv_value value;
    return give_info(kv_get_info(store_of(&call->line), AT(at), &value, &error), &value);
}

static kv_status call_take(struct call *call)
{
    struct place at = place_of(&call->line);
    kv_value value;
    return give_value(kv_take(store_of(&call->line), AT(at), &value, &error), &value);
}

static kv_status call_exists(struct call *call)
{
    struct place at = place_of(&call->line);
    return kv_exists(store_of(&call->line), AT(at), &error);
}

static kv_status call_delete(struct call *call)
{
    struct place at = place_of(&call->line);
    return kv_delete(store_of(&call->line), AT(at), &error);
}

static kv_status call_delete_version(struct call *call)
{
    struct place at = place_of(&call->line);
    uint64_t version = version_of(&call->line, "version");
    return kv_delete_version(store_of(&call->line), AT(at), version, &error);
}

static kv_status call_increment(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    int64_t sum = 0;
    kv_status status = kv_increment(store_of(line), AT(at), number_of(line, "delta"), ttl_of(line),
                                    &sum, &error);
    give_number("sum", sum);
    return status;
}

static kv_status call_append(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    struct bytes value = bytes_of(line, "value");
    size_t len = 0;
    kv_status status = kv_append(store_of(line), AT(at), value.data, value.len, ttl_of(line), &len,
                                 &error);
    give_number("length", (int64_t)len);
    return status;
}

static kv_status call_ttl(struct call *call)
{
    struct place at = place_of(&call->line);
    int64_t ttl_ms = 0;
    kv_status status = kv_ttl(store_of(&call->line), AT(at), &ttl_ms, &error);
    if (status == KV_OK) give_time("ttl", ttl_ms);
    return status;
}

static kv_status call_expire(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    return kv_expire(store_of(line), AT(at), ttl_of(line), expire_flags_of(line), &error);
}

static kv_status call_persist(struct call *call)
{
    struct place at = place_of(&call->line);
    return kv_persist(store_of(&call->line), AT(at), &error);
}

static kv_status call_set_json(struct call *call)
{
    struct place at = place_of(&call->line);
    struct bytes value = bytes_of(&call->line, "value");
    return kv_set_json(store_of(&call->line), AT(at), value.data, value.len, &error);
}

static kv_status call_get_json(struct call *call)
{
    struct place at = place_of(&call->line);
    const char *path = text_of(&call->line, "path");
    kv_value value;
    return give_value(kv_get_json(store_of(&call->line), AT(at), path, &value, &error), &value);
}

#endif
