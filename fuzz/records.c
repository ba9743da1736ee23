/*
 * Idempotency records: an input is the bytes of a record as another program may have stored them, and
 * calls with tokens of any kind that meet them.
 */

#include "fuzz.h"

static const char group[] = "kv.idempotency";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static kv_store store;
    if (store.id == 0) store = open_store("memory:?purge_interval=0");
    struct input input = {data, len};
    int64_t ttl_ms = take_edge(&input);
    uint64_t token = (uint64_t)take_edge(&input), ours;
    struct bytes request = take_text(&input), response = take_text(&input);
    struct bytes record = take(&input, input.len);
    int32_t state;
    kv_value value;
    if (record.len > 0)
        MUST(kv_set(store, group, KV_NUL, "k", 1, record.data, record.len, &error));
    CALL(kv_idempotency_get(store, "k", 1, &state, &value, &error));
    kv_value_free(&value);
    CALL(kv_idempotency_complete(store, "k", 1, token, response.data, response.len, &error));
    kv_status status = CALL(kv_idempotency_begin(store, "k", 1, request.data, request.len, ttl_ms, &state,
                                                 &ours, &value, &error));
    if (status == KV_OK) {
        HOLDS(state >= KV_IDEMPOTENCY_STARTED && state <= KV_IDEMPOTENCY_MISMATCH);
        HOLDS((ours != 0) == (state == KV_IDEMPOTENCY_STARTED));
        if (ours == 0) ours = token;
    }
    kv_value_free(&value);
    status = CALL(kv_idempotency_complete(store, "k", 1, ours, response.data, response.len, &error));
    if (status == KV_OK && CALL(kv_idempotency_get(store, "k", 1, &state, &value, &error)) == KV_OK) {
        HOLDS(state == KV_IDEMPOTENCY_COMPLETED);
        HOLDS(is_same((struct bytes){value.data, value.len}, response));
        kv_value_free(&value);
    }
    CALL(kv_idempotency_forget(store, "k", 1, token, &error));
    CALL(kv_idempotency_forget(store, "k", 1, 0, &error));
    empty_store(store);
    return 0;
}
