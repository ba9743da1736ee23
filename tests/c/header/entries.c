#include "example.h"

/* In the header: */
// Replaces a value only if no other writer has changed it since it was read.
static kv_status replace(kv_store store, const char *key, const char *text, kv_error *error)
{
    kv_value value;
    kv_status status = kv_get(store, "pages", KV_NUL, key, KV_NUL, &value, error);
    if (status != KV_OK) return status;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.condition = KV_IF_VERSION;
    options.version = value.version;
    kv_value_free(&value);
    // KV_CONFLICT if another write came in between.
    return kv_put(store, "pages", KV_NUL, key, KV_NUL, text, KV_NUL, &options, NULL, error);
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT_STATUS(KV_NOT_FOUND, replace(store, "home", "new", &error));
    EXPECT_OK(kv_set(store, "pages", KV_NUL, "home", KV_NUL, "old", KV_NUL, &error));
    EXPECT_OK(replace(store, "home", "new", &error));
    expect_text(store, "pages", "home", "new");
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
