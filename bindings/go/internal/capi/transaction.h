/* Transactions and idempotency, as cgo calls them best; see shim.h. */
#ifndef KV_GO_TRANSACTION_H
#define KV_GO_TRANSACTION_H

#include "shim.h"

static inline kv_status go_txn_get(kv_txn txn, GO_PLACE, uint8_t *buffer, size_t capacity,
                                   kv_value *value, kv_error *error)
{
    return go_bring(kv_txn_get(txn, GO_HERE, value, error), value, buffer, capacity);
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

static inline kv_status go_idempotency_get(kv_store store, GO_BYTES(key), int32_t *state,
                                           uint8_t *buffer, size_t capacity, kv_value *response,
                                           kv_error *error)
{
    return go_bring(kv_idempotency_get(store, key, key_len, state, response, error), response,
                    buffer, capacity);
}

#endif
