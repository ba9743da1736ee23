/*
 * The calls that write, and so may run callbacks of OnChange, which are Go functions.
 *
 * A goroutine's stack may move while its callbacks run, so C must not write into Go's memory after
 * that: these return what they have to say by value, and a failure as a copy that Go frees.
 */
#ifndef KV_GO_WRITE_H
#define KV_GO_WRITE_H

#include <stdlib.h>

#include "shim.h"

/* The result of a write. */
typedef struct go_written {
    kv_status status;
    /* The version, sum, length or number of entries that the call is about. */
    uint64_t number;
    /* Of a failed call its error, to be freed; NULL if there is no memory for it. */
    kv_error *failure;
} go_written;

/* The result of a call that returns a value, which is pinned. */
typedef struct go_taken {
    kv_status status;
    kv_value value;
    kv_error *failure;
} go_taken;

static inline kv_error *go_keep_failure(kv_status status, const kv_error *error)
{
    kv_error *kept = status < 0 ? malloc(sizeof *kept) : NULL;
    if (kept != NULL) *kept = *error;
    return kept;
}

static inline go_written go_wrote(kv_status status, uint64_t number, const kv_error *error)
{
    go_written written = {status, number, go_keep_failure(status, error)};
    return written;
}

static inline go_written go_set(kv_store store, GO_PLACE, GO_BYTES(value))
{
    kv_error error;
    kv_status status = kv_set(store, GO_HERE, value, value_len, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_set_ttl(kv_store store, GO_PLACE, GO_BYTES(value), int64_t ttl_ms)
{
    kv_error error;
    kv_status status = kv_set_ttl(store, GO_HERE, value, value_len, ttl_ms, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_set_json(kv_store store, GO_PLACE, GO_BYTES(value))
{
    kv_error error;
    kv_status status = kv_set_json(store, GO_HERE, value, value_len, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_put(kv_store store, GO_PLACE, GO_BYTES(value), kv_put_options options)
{
    kv_error error;
    uint64_t version = 0;
    kv_status status = kv_put(store, GO_HERE, value, value_len, &options, &version, &error);
    return go_wrote(status, version, &error);
}

static inline go_written go_delete(kv_store store, GO_PLACE)
{
    kv_error error;
    kv_status status = kv_delete(store, GO_HERE, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_delete_version(kv_store store, GO_PLACE, uint64_t version)
{
    kv_error error;
    kv_status status = kv_delete_version(store, GO_HERE, version, &error);
    return go_wrote(status, 0, &error);
}

static inline go_taken go_take(kv_store store, GO_PLACE)
{
    kv_error error;
    go_taken taken;
    taken.status = kv_take(store, GO_HERE, &taken.value, &error);
    taken.failure = go_keep_failure(taken.status, &error);
    return taken;
}

/* The number is the sum, as its bits. */
static inline go_written go_increment(kv_store store, GO_PLACE, int64_t delta, int64_t ttl_ms)
{
    kv_error error;
    int64_t sum = 0;
    kv_status status = kv_increment(store, GO_HERE, delta, ttl_ms, &sum, &error);
    return go_wrote(status, (uint64_t)sum, &error);
}

static inline go_written go_append(kv_store store, GO_PLACE, GO_BYTES(value), int64_t ttl_ms)
{
    kv_error error;
    size_t len = 0;
    kv_status status = kv_append(store, GO_HERE, value, value_len, ttl_ms, &len, &error);
    return go_wrote(status, len, &error);
}

static inline go_written go_expire(kv_store store, GO_PLACE, int64_t ttl_ms, uint32_t flags)
{
    kv_error error;
    kv_status status = kv_expire(store, GO_HERE, ttl_ms, flags, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_persist(kv_store store, GO_PLACE)
{
    kv_error error;
    kv_status status = kv_persist(store, GO_HERE, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_delete_group(kv_store store, GO_BYTES(group))
{
    kv_error error;
    uint64_t removed = 0;
    kv_status status = kv_delete_group(store, group, group_len, &removed, &error);
    return go_wrote(status, removed, &error);
}

static inline go_written go_delete_prefix(kv_store store, GO_BYTES(group), GO_BYTES(prefix))
{
    kv_error error;
    uint64_t removed = 0;
    kv_status status =
        kv_delete_prefix(store, group, group_len, prefix, prefix_len, &removed, &error);
    return go_wrote(status, removed, &error);
}

static inline go_written go_delete_all(kv_store store, GO_BYTES(prefix))
{
    kv_error error;
    uint64_t removed = 0;
    kv_status status = kv_delete_all(store, prefix, prefix_len, &removed, &error);
    return go_wrote(status, removed, &error);
}

static inline go_written go_purge_expired(kv_store store)
{
    kv_error error;
    uint64_t removed = 0;
    kv_status status = kv_purge_expired(store, &removed, &error);
    return go_wrote(status, removed, &error);
}

static inline go_written go_quota_set(kv_store store, const uint8_t *name, int64_t max_keys,
                                      int64_t max_groups, int64_t max_bytes)
{
    kv_error error;
    kv_status status =
        kv_quota_set(store, (const char *)name, max_keys, max_groups, max_bytes, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_txn_commit(kv_txn txn)
{
    kv_error error;
    kv_status status = kv_txn_commit(txn, &error);
    return go_wrote(status, 0, &error);
}

/* The result of beginning an operation that runs once. */
typedef struct go_begun {
    kv_status status;
    int32_t state;
    uint64_t token;
    /* Of a completed operation, pinned. */
    kv_value response;
    kv_error *failure;
} go_begun;

static inline go_begun go_idempotency_begin(kv_store store, GO_BYTES(key), GO_BYTES(request),
                                            int64_t ttl_ms)
{
    kv_error error;
    go_begun begun;
    begun.status = kv_idempotency_begin(store, key, key_len, request, request_len, ttl_ms,
                                        &begun.state, &begun.token, &begun.response, &error);
    begun.failure = go_keep_failure(begun.status, &error);
    return begun;
}

static inline go_written go_idempotency_complete(kv_store store, GO_BYTES(key), uint64_t token,
                                                 GO_BYTES(response))
{
    kv_error error;
    kv_status status =
        kv_idempotency_complete(store, key, key_len, token, response, response_len, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_idempotency_forget(kv_store store, GO_BYTES(key), uint64_t token)
{
    kv_error error;
    kv_status status = kv_idempotency_forget(store, key, key_len, token, &error);
    return go_wrote(status, 0, &error);
}

/* The result of a batch. */
typedef struct go_committed {
    kv_status status;
    /* The results that are there or, of a conflict, the index of the step that failed. */
    size_t count;
    /* Holds the results that are left; zero if none are. */
    kv_batch rest;
    kv_error *failure;
} go_committed;

/*
 * Steps in flat form. That form has no durability, so the first step with the strictest one, which
 * is that of all, is named beside it.
 */
typedef struct go_steps {
    size_t count;
    uint32_t durability;
    /* Where the step begins; without a durability nothing is read there. */
    size_t durable_at;
} go_steps;

/*
 * Applies steps in flat form. KV_OK: they are applied, and `count` results are there, as
 * go_results returns them from the first; none are wanted if `results` is NULL. KV_TOO_SMALL: they
 * are applied, and the first value does not fit. KV_CONFLICT: results[0] is that of the step that
 * failed. `results` and `values` lie on Go's heap, which does not move.
 */
go_committed go_commit(kv_store store, GO_BYTES(flat), go_steps steps, go_result *results,
                       uint8_t *values, size_t capacity);

#endif
