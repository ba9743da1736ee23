#include "example.h"

/* In the header: */
// Reads a value within a time, or returns KV_ERR_DEADLINE. The caller frees the value.
static kv_status get_within(kv_store store, int64_t ms, const char *key, kv_value *value,
                            kv_error *error)
{
    kv_store bound;
    kv_status status = kv_bind(store, &bound, error);
    if (status != KV_OK) return status;
    status = kv_arm(bound, ms, NULL, error);
    if (status == KV_OK) status = kv_get(bound, "", 0, key, KV_NUL, value, error);
    kv_close(bound, NULL);
    return status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    kv_store bound;
    kv_value value;
    uint64_t count = 0;
    EXPECT_OK(kv_set(store, "", 0, "key", KV_NUL, "value", KV_NUL, &error));
    EXPECT_OK(get_within(store, 60000, "key", &value, &error));
    EXPECT(value.len == 5);
    kv_value_free(&value);
    EXPECT_OK(kv_bind(store, &bound, &error));
    EXPECT_OK(kv_arm(bound, 0, NULL, &error));
    EXPECT_STATUS(KV_ERR_DEADLINE, kv_count(bound, "", 0, &count, &error));
    EXPECT_OK(kv_arm(bound, -1, NULL, &error));
    EXPECT_OK(kv_cancel(bound, 0, &error));
    EXPECT_STATUS(KV_ERR_CANCELLED, kv_count(bound, "", 0, &count, &error));
    EXPECT_OK(kv_close(bound, &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
