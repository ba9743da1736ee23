/* Batches: steps in, results out, in a single crossing if the results fit the caller's buffer. */
#include "write.h"

static void end(kv_batch *batch)
{
    kv_batch_close(*batch, NULL);
    batch->id = 0;
}

/* Copies a result and, if it fits, its value; frees the pin in any case. */
static int copy(go_result *result, kv_status status, kv_value *value, uint8_t *values, size_t room)
{
    int fits = value->len <= room;
    result->status = status;
    result->has_value = value->data != NULL;
    result->version = value->version;
    result->expires_at_ms = value->expires_at_ms;
    result->len = value->len;
    if (fits && value->len > 0) memcpy(values, value->data, value->len);
    kv_value_free(value);
    return fits;
}

kv_status go_results(kv_batch *batch, size_t first, size_t step_count, go_result *results,
                     uint8_t *values, size_t capacity, size_t *count, kv_error *error)
{
    size_t used = 0;
    *count = 0;
    while (first + *count < step_count) {
        kv_value value;
        go_result *result = &results[*count];
        kv_status status = kv_batch_result(*batch, first + *count, &value, error);
        if (status < 0) return status;
        if (!copy(result, status, &value, values + used, capacity - used))
            return *count > 0 ? KV_OK : KV_TOO_SMALL;
        used += result->len;
        ++*count;
    }
    end(batch);
    return KV_OK;
}

/* Only the step that failed has a result; of the others it is KV_ERR_ARGUMENT. */
static void find_conflict(kv_batch batch, size_t step_count, go_result *results, size_t *count)
{
    for (*count = 0; *count < step_count; ++*count) {
        kv_value value;
        kv_status status = kv_batch_result(batch, *count, &value, NULL);
        if (status < 0) continue;
        copy(results, status, &value, NULL, 0);
        return;
    }
}

/* Bytes of a step in flat form before its group, key and value. */
#define STEP_HEADER 44

/* Reads a number of the flat form, which is little-endian. */
static uint64_t number(const uint8_t *at, size_t bytes)
{
    uint64_t read = 0;
    while (bytes-- > 0) read = read << 8 | at[bytes];
    return read;
}

/* Appends a set in flat form with a durability, and moves `*at` behind it. */
static kv_status append_durably(kv_batch batch, const uint8_t **at, uint32_t durability,
                                kv_error *error)
{
    const uint8_t *step = *at, *group = step + STEP_HEADER;
    size_t group_len = number(step + 32, 4), key_len = number(step + 36, 4);
    size_t value_len = number(step + 40, 4);
    const uint8_t *key = group + group_len, *value = key + key_len;
    uint64_t bits = number(step + 4, 4);
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.condition = bits & 15;
    options.expiry = bits >> 4 & 15;
    options.durability = durability;
    options.version = number(step + 8, 8);
    options.time_ms = (int64_t)number(step + 16, 8);
    *at = value + value_len;
    return kv_batch_set(batch, GO_HERE, value, value_len, &options, error);
}

static kv_status append(kv_batch batch, GO_BYTES(flat), go_steps steps, kv_error *error)
{
    if (steps.durability == KV_DURABILITY_DEFAULT)
        return kv_batch_add_flat(batch, flat, flat_len, error);
    const uint8_t *at = flat + steps.durable_at;
    kv_status status = kv_batch_add_flat(batch, flat, steps.durable_at, error);
    if (status == KV_OK) status = append_durably(batch, &at, steps.durability, error);
    if (status == KV_OK)
        status = kv_batch_add_flat(batch, at, (size_t)(flat + flat_len - at), error);
    return status;
}

go_committed go_commit(kv_store store, GO_BYTES(flat), go_steps steps, go_result *results,
                       uint8_t *values, size_t capacity)
{
    kv_error error;
    go_committed done = {0};
    done.status = kv_batch_new(&done.rest, &error);
    if (done.status == KV_OK) done.status = append(done.rest, flat, flat_len, steps, &error);
    if (done.status == KV_OK) done.status = kv_batch_commit(store, done.rest, &error);
    done.failure = go_keep_failure(done.status, &error);
    if (done.status == KV_OK && results != NULL) {
        kv_status read = go_results(&done.rest, 0, steps.count, results, values, capacity,
                                    &done.count, NULL);
        /* The steps are applied, so a failure here is none of theirs: the next call returns it. */
        if (read > 0) done.status = read;
        return done;
    }
    if (done.status == KV_CONFLICT && results != NULL)
        find_conflict(done.rest, steps.count, results, &done.count);
    end(&done.rest);
    return done;
}
