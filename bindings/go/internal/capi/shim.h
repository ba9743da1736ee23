/*
 * The library's functions as cgo calls them best.
 *
 * Bytes are uint8_t here and not void: a pointer to something without pointers needs no check by
 * cgo, which costs time and refuses a slice of an array that lies in a structure with pointers.
 * Structures of options, which would be Go memory with pointers to Go memory, are filled here.
 * Longer ones, in walk.c, batch.c and events.c, do in one crossing what takes several calls.
 */
#ifndef KV_GO_SHIM_H
#define KV_GO_SHIM_H

#include <kv.h>
#include <string.h>

/* Bytes, as pointer and length. */
#define GO_BYTES(name) const uint8_t *name, size_t name##_len
/* The options of kv_scan, as scalars. A pattern or bound that is NULL is none. */
#define GO_SCAN                                                                                    \
    GO_BYTES(group), uint32_t flags, GO_BYTES(pattern), GO_BYTES(lower), GO_BYTES(upper),          \
        uint64_t offset, uint64_t limit
/* The two that name an entry. */
#define GO_PLACE GO_BYTES(group), GO_BYTES(key)
#define GO_HERE group, group_len, key, key_len

/*
 * Copies a pinned value into the buffer and frees the pin, if there is one and it fits: then
 * its data are NULL, and its length, version and expiry stay. One that does not fit stays pinned.
 */
static inline kv_status go_bring(kv_status status, kv_value *value, uint8_t *buffer,
                                 size_t capacity)
{
    kv_value kept = *value;
    if (status != KV_OK || kept.data == NULL || kept.len > capacity) return status;
    if (kept.len > 0) memcpy(buffer, kept.data, kept.len);
    kv_value_free(value);
    value->len = kept.len;
    value->version = kept.version;
    value->value_size = kept.value_size;
    value->expires_at_ms = kept.expires_at_ms;
    return status;
}

static inline kv_status go_open(const uint8_t *location, kv_store *store, kv_error *error)
{
    return kv_open((const char *)location, store, error);
}

static inline kv_status go_open_config(const uint8_t *path, const uint8_t *service,
                                       kv_store *store, kv_error *error)
{
    return kv_open_config((const char *)path, (const char *)service, store, error);
}

static inline kv_status go_get(kv_store store, GO_PLACE, kv_value *value, kv_error *error)
{
    return kv_get(store, GO_HERE, value, error);
}

static inline kv_status go_get_entry(kv_store store, GO_PLACE, uint8_t *buffer, size_t capacity,
                                     kv_value *value, kv_error *error)
{
    return go_bring(kv_get(store, GO_HERE, value, error), value, buffer, capacity);
}

static inline kv_status go_get_into(kv_store store, GO_PLACE, uint8_t *buffer, size_t capacity,
                                    size_t *len, kv_error *error)
{
    return kv_get_into(store, GO_HERE, buffer, capacity, len, error);
}

static inline kv_status go_get_info(kv_store store, GO_PLACE, kv_value *value, kv_error *error)
{
    return kv_get_info(store, GO_HERE, value, error);
}

static inline kv_status go_exists(kv_store store, GO_PLACE, kv_error *error)
{
    return kv_exists(store, GO_HERE, error);
}

static inline kv_status go_get_many(kv_store store, GO_BYTES(keys), uint8_t *buffer,
                                    size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    return kv_get_many(store, keys, keys_len, buffer, capacity, used, count, error);
}

static inline kv_status go_ttl(kv_store store, GO_PLACE, int64_t *ttl_ms, kv_error *error)
{
    return kv_ttl(store, GO_HERE, ttl_ms, error);
}

static inline kv_status go_count(kv_store store, GO_BYTES(group), uint64_t *count, kv_error *error)
{
    return kv_count(store, group, group_len, count, error);
}

static inline kv_status go_count_all(kv_store store, GO_BYTES(prefix), uint64_t *count,
                                     kv_error *error)
{
    return kv_count_all(store, prefix, prefix_len, count, error);
}

static inline kv_status go_batch_check(kv_batch batch, GO_PLACE, uint64_t version, kv_error *error)
{
    return kv_batch_check(batch, GO_HERE, version, error);
}

static inline kv_status go_batch_check_lock(kv_batch batch, GO_BYTES(name), uint64_t token,
                                            uint64_t version, kv_error *error)
{
    kv_lock lock = {token, version};
    return kv_batch_check_lock(batch, name, name_len, lock, error);
}

static inline kv_status go_batch_get(kv_batch batch, GO_PLACE, kv_error *error)
{
    return kv_batch_get(batch, GO_HERE, error);
}

static inline kv_status go_batch_set(kv_batch batch, GO_PLACE, GO_BYTES(value),
                                     const kv_put_options *options, kv_error *error)
{
    return kv_batch_set(batch, GO_HERE, value, value_len, options, error);
}

static inline kv_status go_batch_delete(kv_batch batch, GO_PLACE, kv_error *error)
{
    return kv_batch_delete(batch, GO_HERE, error);
}

static inline kv_status go_batch_increment(kv_batch batch, GO_PLACE, int64_t delta, int64_t ttl_ms,
                                           kv_error *error)
{
    return kv_batch_increment(batch, GO_HERE, delta, ttl_ms, error);
}

static inline kv_status go_batch_take(kv_batch batch, GO_PLACE, kv_error *error)
{
    return kv_batch_take(batch, GO_HERE, error);
}

static inline kv_status go_batch_append(kv_batch batch, GO_PLACE, GO_BYTES(value), int64_t ttl_ms,
                                        kv_error *error)
{
    return kv_batch_append(batch, GO_HERE, value, value_len, ttl_ms, error);
}

static inline kv_status go_batch_expire(kv_batch batch, GO_PLACE, int64_t ttl_ms, uint32_t flags,
                                        kv_error *error)
{
    return kv_batch_expire(batch, GO_HERE, ttl_ms, flags, error);
}

static inline kv_status go_batch_delete_prefix(kv_batch batch, GO_BYTES(group), GO_BYTES(prefix),
                                               kv_error *error)
{
    return kv_batch_delete_prefix(batch, group, group_len, prefix, prefix_len, error);
}

/* Begins a scan and fills the buffer, as go_fill; and whether the scan is one snapshot. */
kv_status go_scan(kv_store store, GO_SCAN, kv_cursor *cursor, int32_t *is_snapshot, uint8_t *buffer,
                  size_t capacity, size_t *used, size_t *count, kv_error *error);

/* As go_scan, of the entries as a transaction sees them. */
kv_status go_txn_scan(kv_txn txn, GO_SCAN, kv_cursor *cursor, int32_t *is_snapshot, uint8_t *buffer,
                      size_t capacity, size_t *used, size_t *count, kv_error *error);

/* As go_scan, over the names of groups. */
kv_status go_groups(kv_store store, GO_BYTES(prefix), kv_cursor *cursor, uint8_t *buffer,
                    size_t capacity, size_t *used, size_t *count, kv_error *error);

/*
 * Fills the buffer with what is next. KV_OK: there may be more. KV_DONE: that was all, the cursor
 * is closed and zeroed. KV_TOO_SMALL: the next entry does not fit an empty buffer. In each case
 * `*count` entries, in flat form, are in the buffer.
 */
kv_status go_fill(kv_cursor *cursor, uint8_t *buffer, size_t capacity, size_t *used, size_t *count,
                  kv_error *error);

/* The result of a step, in memory without pointers. */
typedef struct go_result {
    kv_status status;
    uint32_t has_value;
    uint64_t version;
    int64_t expires_at_ms;
    uint64_t len;
} go_result;

/*
 * Returns the results of steps `first` to `step_count` of a committed batch, as many as have their
 * values' bytes fit into `capacity`; `*count` is how many. Frees and zeroes the batch after the
 * last one, not after an error. KV_TOO_SMALL if not even one fits: its length is in
 * results[0].len.
 */
kv_status go_results(kv_batch *batch, size_t first, size_t step_count, go_result *results,
                     uint8_t *values, size_t capacity, size_t *count, kv_error *error);

/* For the benchmark: the same get, `times` times in one crossing. */
kv_status go_get_loop(kv_store store, GO_PLACE, uint8_t *buffer, size_t capacity, uint64_t times,
                      kv_error *error);

/* In progress.go; NULL where a backup or a restore has no callback. */
kv_status go_backup(kv_store store, const uint8_t *path, uintptr_t progress, kv_error *error);
kv_status go_restore(kv_store store, const uint8_t *path, uintptr_t progress, kv_error *error);

/* The same; a copy begins at the beginning where after_key is NULL. */
kv_status go_copy(kv_store from, kv_store to, uint32_t existing, GO_BYTES(after_group),
                  GO_BYTES(after_key), uintptr_t progress, kv_copy_state *state, kv_error *error);

#endif
