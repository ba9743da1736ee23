#include "example.h"

/* In the header: */
// A session ends half an hour after its last use. KV_NOT_FOUND: it has ended.
static const int64_t half_an_hour = 30 * 60 * 1000;

static kv_status begin(kv_store store, const char *id, const char *user, kv_error *error)
{
    return kv_set_ttl(store, "sessions", KV_NUL, id, KV_NUL, user, KV_NUL, half_an_hour, error);
}

static kv_status use(kv_store store, const char *id, kv_error *error)
{
    return kv_expire(store, "sessions", KV_NUL, id, KV_NUL, half_an_hour, 0, error);
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    int64_t ttl_ms = 0;
    EXPECT_STATUS(KV_NOT_FOUND, use(store, "a1", &error));
    EXPECT_OK(begin(store, "a1", "ada", &error));
    EXPECT_OK(kv_persist(store, "sessions", KV_NUL, "a1", KV_NUL, &error));
    EXPECT_OK(use(store, "a1", &error));
    EXPECT_OK(kv_ttl(store, "sessions", KV_NUL, "a1", KV_NUL, &ttl_ms, &error));
    EXPECT(ttl_ms > 1700000 && ttl_ms <= 1800000);
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
