/* Locks, as cgo calls them best; see shim.h, and write.h for the calls that write. */
#ifndef KV_GO_LOCK_H
#define KV_GO_LOCK_H

#include "write.h"

/* The result of acquiring a lock. */
typedef struct go_acquired {
    kv_status status;
    kv_lock lock;
    kv_error *failure;
} go_acquired;

static inline go_acquired go_lock_acquire(kv_store store, GO_BYTES(name), GO_BYTES(owner),
                                          int64_t lease_ms, int64_t wait_ms)
{
    kv_error error;
    go_acquired acquired;
    acquired.status = kv_lock_acquire(store, name, name_len, owner, owner_len, lease_ms, wait_ms,
                                      &acquired.lock, &error);
    acquired.failure = go_keep_failure(acquired.status, &error);
    return acquired;
}

static inline go_written go_lock_renew(kv_store store, GO_BYTES(name), kv_lock lock,
                                       int64_t lease_ms)
{
    kv_error error;
    kv_status status = kv_lock_renew(store, name, name_len, lock, lease_ms, &error);
    return go_wrote(status, 0, &error);
}

static inline go_written go_lock_release(kv_store store, GO_BYTES(name), kv_lock lock)
{
    kv_error error;
    kv_status status = kv_lock_release(store, name, name_len, lock, &error);
    return go_wrote(status, 0, &error);
}

static inline kv_status go_lock_get(kv_store store, GO_BYTES(name), uint8_t *buffer,
                                    size_t capacity, kv_value *owner, kv_error *error)
{
    return go_bring(kv_lock_get(store, name, name_len, owner, error), owner, buffer, capacity);
}

#endif
