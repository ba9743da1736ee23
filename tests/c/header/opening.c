#include "example.h"

/* In the header: */
static kv_status open_app(kv_store *store, kv_error *error)
{
    // Commits survive a loss of power; watches receive all changes; the default ttl is 1 h.
    return kv_open("sqlite:app.db?durability=full&changes=on&default_ttl=1h", store, error);
}

static kv_status open_cache(kv_store *store, kv_error *error)
{
    // In memory, up to 64 MiB; the least recently used entries are evicted.
    return kv_open("memory:?max_bytes=64MiB&evict=lru", store, error);
}
/* Until here. */

static char large[65 << 20];

int main(void)
{
    kv_store app, cache;
    EXPECT_OK(open_app(&app, &error));
    EXPECT_OK(open_cache(&cache, &error));

    int64_t ttl_ms = 0;
    EXPECT_OK(kv_set(app, "", 0, "key", KV_NUL, "value", KV_NUL, &error));
    EXPECT_OK(kv_ttl(app, "", 0, "key", KV_NUL, &ttl_ms, &error));
    EXPECT(ttl_ms > 3500000 && ttl_ms <= 3600000);
    EXPECT_STATUS(KV_ERR_FULL,
                  kv_set(cache, "", 0, "key", KV_NUL, large, sizeof large, &error));

    EXPECT_OK(kv_close(cache, &error));
    EXPECT_OK(kv_close(app, &error));
    return 0;
}
