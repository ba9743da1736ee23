/* The calls of the behaviour cases on stores, transactions, watches and idempotency records. */

#ifndef BEHAVIOUR_OTHER_H
#define BEHAVIOUR_OTHER_H

#include "behaviour_entry.h"

static kv_status call_open(struct call *call)
{
    const char *options = find_text(&call->line, "options");
    return open_as(text_of(&call->line, "store"), options == NULL ? "" : options);
}

static kv_status call_close(struct call *call) { return kv_close(store_of(&call->line), &error); }

static kv_status call_scope(struct call *call)
{
    kv_store scoped;
    struct bytes name = bytes_of(&call->line, "name");
    const char *as = text_of(&call->line, "as");
    kv_status status = kv_scope(store_of(&call->line), name.data, &scoped, &error);
    if (status == KV_OK) name_number(STORE, as, scoped.id);
    return status;
}

static kv_status call_snapshot(struct call *call)
{
    kv_store snapshot;
    const char *as = text_of(&call->line, "as");
    kv_status status = kv_snapshot(store_of(&call->line), &snapshot, &error);
    if (status == KV_OK) name_number(STORE, as, snapshot.id);
    return status;
}

static kv_status call_quota_set(struct call *call)
{
    struct line *line = &call->line;
    struct bytes name = bytes_of(line, "name");
    return kv_quota_set(store_of(line), name.data, number_of(line, "max_keys"),
                        number_of(line, "max_groups"), number_of(line, "max_bytes"), &error);
}

static kv_status call_quota_get(struct call *call)
{
    kv_quota quota = KV_QUOTA_INIT;
    struct bytes name = bytes_of(&call->line, "name");
    kv_status status = kv_quota_get(store_of(&call->line), name.data, &quota, &error);
    give_number("max_keys", (int64_t)quota.max_keys);
    give_number("max_groups", (int64_t)quota.max_groups);
    give_number("max_bytes", (int64_t)quota.max_bytes);
    give_number("keys", (int64_t)quota.keys);
    give_number("groups", (int64_t)quota.groups);
    give_number("bytes", (int64_t)quota.bytes);
    return status;
}

static kv_status call_txn_begin(struct call *call)
{
    kv_txn txn;
    kv_status status = kv_txn_begin(store_of(&call->line), &txn, &error);
    if (status == KV_OK) name_number(TXN, text_of(&call->line, "txn"), txn.id);
    return status;
}

static kv_status call_txn_get(struct call *call)
{
    struct place at = place_of(&call->line);
    kv_value value;
    return give_value(kv_txn_get(txn_of(&call->line), AT(at), &value, &error), &value);
}

static kv_status call_txn_set(struct call *call)
{
    struct place at = place_of(&call->line);
    struct bytes value = bytes_of(&call->line, "value");
    kv_put_options options = put_options_of(&call->line);
    return kv_txn_set(txn_of(&call->line), AT(at), value.data, value.len, &options, &error);
}

static kv_status call_txn_exists(struct call *call)
{
    struct place at = place_of(&call->line);
    return kv_txn_exists(txn_of(&call->line), AT(at), &error);
}

static kv_status call_txn_ttl(struct call *call)
{
    struct place at = place_of(&call->line);
    int64_t ttl_ms = 0;
    kv_status status = kv_txn_ttl(txn_of(&call->line), AT(at), &ttl_ms, &error);
    if (status == KV_OK) give_time("ttl", ttl_ms);
    return status;
}

static kv_status call_txn_increment(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    int64_t sum = 0;
    kv_status status = kv_txn_increment(txn_of(line), AT(at), number_of(line, "delta"),
                                        ttl_of(line), &sum, &error);
    give_number("sum", sum);
    return status;
}

static kv_status call_txn_append(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    struct bytes value = bytes_of(line, "value");
    size_t len = 0;
    kv_status status = kv_txn_append(txn_of(line), AT(at), value.data, value.len, ttl_of(line),
                                     &len, &error);
    give_number("length", (int64_t)len);
    return status;
}

static kv_status call_txn_expire(struct call *call)
{
    struct line *line = &call->line;
    struct place at = place_of(line);
    return kv_txn_expire(txn_of(line), AT(at), ttl_of(line), expire_flags_of(line), &error);
}

static kv_status call_txn_delete(struct call *call)
{
    struct place at = place_of(&call->line);
    return kv_txn_delete(txn_of(&call->line), AT(at), &error);
}

static kv_status call_txn_commit(struct call *call)
{
    return kv_txn_commit(txn_of(&call->line), &error);
}

static kv_status call_txn_abort(struct call *call)
{
    return kv_txn_abort(txn_of(&call->line), &error);
}

/* The group or key that a watch is about, and the flags for how. */
static struct bytes selected(struct line *line, const char *name, uint32_t is_prefix,
                             uint32_t is_any, uint32_t *flags)
{
    const char *prefix = textf("%s_prefix", name);
    if (find_text(line, name) != NULL) return bytes_of(line, name);
    *flags |= find_text(line, prefix) != NULL ? is_prefix : is_any;
    return find_text(line, prefix) != NULL ? bytes_of(line, prefix) : (struct bytes){"", 0};
}

static kv_status call_watch(struct call *call)
{
    struct line *line = &call->line;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    struct place at = {
        selected(line, "group", KV_WATCH_GROUP_PREFIX, KV_WATCH_ANY_GROUP, &options.flags),
        selected(line, "key", KV_WATCH_KEY_PREFIX, KV_WATCH_ANY_KEY, &options.flags)};
    kv_watch watch;
    const char *name = text_of(line, "watch");
    kv_status status = kv_watch_open(store_of(line), AT(at), &options, &watch, &error);
    if (status == KV_OK) name_number(WATCH, name, watch.id);
    return status;
}

static kv_status call_poll(struct call *call)
{
    const int64_t timeout_ms = 10000;
    kv_event event = KV_EVENT_INIT;
    kv_watch watch = {number_named(WATCH, text_of(&call->line, "watch"))};
    kv_status status = kv_watch_poll(watch, timeout_ms, &event, &error);
    if (status != KV_OK) return status;
    const char *group = hex(event.group, event.group_len), *key = hex(event.key, event.key_len);
    switch (event.type) {
    case KV_EVENT_SET:
        give_element(textf("type=set\tgroup=%s\tkey=%s\tvalue=%s", group, key,
                           hex(event.value, event.value_len)));
        break;
    case KV_EVENT_SET_LARGE:
        give_element(textf("type=set_large\tgroup=%s\tkey=%s\tsize=%" PRIu64, group, key,
                           event.value_size));
        break;
    case KV_EVENT_DELETE: give_element(textf("type=delete\tgroup=%s\tkey=%s", group, key)); break;
    case KV_EVENT_EXPIRE: give_element(textf("type=expire\tgroup=%s\tkey=%s", group, key)); break;
    case KV_EVENT_DELETE_GROUP: give_element(textf("type=delete_group\tgroup=%s", group)); break;
    default: give_element(textf("type=%d", event.type));
    }
    return status;
}

static kv_status give_state(kv_status status, int32_t state, kv_value *response)
{
    static const char *const names[] = {
        [KV_IDEMPOTENCY_STARTED] = "started",
        [KV_IDEMPOTENCY_IN_PROGRESS] = "in_progress",
        [KV_IDEMPOTENCY_COMPLETED] = "completed",
        [KV_IDEMPOTENCY_MISMATCH] = "mismatch",
    };
    if (status == KV_OK) give("state", textf("%s", names[state]));
    if (status == KV_OK && response->data != NULL)
        give("response", hex(response->data, response->len));
    kv_value_free(response);
    return status;
}

static kv_status call_idempotency_begin(struct call *call)
{
    struct line *line = &call->line;
    struct bytes key = bytes_of(line, "key"), request = bytes_of(line, "request");
    int32_t state = 0;
    uint64_t token = 0;
    kv_value response = {0};
    kv_status status = kv_idempotency_begin(store_of(line), key.data, key.len, request.data,
                                            request.len, ttl_of(line), &state, &token, &response,
                                            &error);
    save_as_asked(line, status, token);
    return give_state(status, state, &response);
}

static kv_status call_idempotency_get(struct call *call)
{
    struct bytes key = bytes_of(&call->line, "key");
    int32_t state = 0;
    kv_value response = {0};
    kv_status status = kv_idempotency_get(store_of(&call->line), key.data, key.len, &state,
                                          &response, &error);
    return give_state(status, state, &response);
}

static kv_status call_idempotency_complete(struct call *call)
{
    struct line *line = &call->line;
    struct bytes key = bytes_of(line, "key"), response = bytes_of(line, "response");
    return kv_idempotency_complete(store_of(line), key.data, key.len, version_of(line, "token"),
                                   response.data, response.len, &error);
}

static kv_status call_idempotency_forget(struct call *call)
{
    struct bytes key = bytes_of(&call->line, "key");
    return kv_idempotency_forget(store_of(&call->line), key.data, key.len,
                                 version_of(&call->line, "token"), &error);
}

#endif
