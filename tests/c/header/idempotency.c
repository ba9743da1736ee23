#include "example.h"

static int payments;

static const char *charge(void)
{
    payments++;
    return "paid";
}

/* In the header: */
// Charges once for a key, however often it is called in a day; later calls return the response.
static kv_status pay(kv_store store, const char *key, const char *request, kv_value *answer,
                     kv_error *error)
{
    const int64_t day = 24 * 60 * 60 * 1000;
    int32_t state = 0;
    uint64_t token = 0;
    kv_status status = kv_idempotency_begin(store, key, KV_NUL, request, KV_NUL, day, &state,
                                            &token, answer, error);
    if (status != KV_OK || state == KV_IDEMPOTENCY_COMPLETED) return status;
    if (state != KV_IDEMPOTENCY_STARTED) return KV_CONFLICT; // in progress, or another request
    status = kv_idempotency_complete(store, key, KV_NUL, token, charge(), KV_NUL, error);
    if (status != KV_OK) return status;
    return kv_idempotency_get(store, key, KV_NUL, &state, answer, error);
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    kv_value answer;
    for (int call = 0; call < 3; call++) {
        EXPECT_OK(pay(store, "order 7", "10 EUR", &answer, &error));
        EXPECT(answer.len == 4 && memcmp(answer.data, "paid", 4) == 0);
        kv_value_free(&answer);
    }
    EXPECT(payments == 1);
    EXPECT_STATUS(KV_CONFLICT, pay(store, "order 7", "20 EUR", &answer, &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
