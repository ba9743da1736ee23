/* Transactions and idempotency, as cgo calls them best; see shim.h. */
#ifndef KV_GO_TRANSACTION_H
#define KV_GO_TRANSACTION_H

#include "shim.h"

static inline kv_status go_txn_get(kv_txn txn, GO_PLACE, uint8_t *buffer, size_t capacity,
                                   kv_value *value, kv_error *error)
{
    return go_bring(kv_txn_get(txn, GO_HERE, value, error), value, buffer, capacity);
}

static inline kv_status go_txn_exists(kv_txn txn, GO_PLACE, kv_error *error)
{
    return kv_txn_exists(txn, GO_HERE, error);
}

static inline kv_status go_txn_ttl(kv_txn txn, GO_PLACE, int64_t *ttl_ms, kv_error *error)
{
    return kv_txn_ttl(txn, GO_HERE, ttl_ms, error);
}

static inline kv_status go_txn_set(kv_txn txn, GO_PLACE, GO_BYTES(value),
                                   const kv_put_options *options, kv_error *error)
{
    return kv_txn_set(txn, GO_HERE, value, value_len, options, error);
}

static inline kv_status go_txn_delete(kv_txn txn, GO_PLACE, kv_error *error)
{
    return kv_txn_delete(txn, GO_HERE, error);
}

static inline kv_status go_txn_increment(kv_txn txn, GO_PLACE, int64_t delta, int64_t ttl_ms,
                                         int64_t *sum, kv_error *error)
{
    return kv_txn_increment(txn, GO_HERE, delta, ttl_ms, sum, error);
}

static inline kv_status go_txn_append(kv_txn txn, GO_PLACE, GO_BYTES(value), int64_t ttl_ms,
                                      size_t *len, kv_error *error)
{
    return kv_txn_append(txn, GO_HERE, value, value_len, ttl_ms, len, error);
}

static inline kv_status go_txn_expire(kv_txn txn, GO_PLACE, int64_t ttl_ms, uint32_t flags,
                                      kv_error *error)
{
    return kv_txn_expire(txn, GO_HERE, ttl_ms, flags, error);
}

static inline kv_status go_idempotency_get(kv_store store, GO_BYTES(key), int32_t *state,
                                           uint8_t *buffer, size_t capacity, kv_value *response,
                                           kv_error *error)
{
    return go_bring(kv_idempotency_get(store, key, key_len, state, response, error), response,
                    buffer, capacity);
}

#endif
