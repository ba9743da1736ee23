#include "example.h"

/* In the header: */
// Waits until a key of the group "config" changes, at most five seconds.
static kv_status next_change(kv_watch watch, char *key, size_t room, kv_error *error)
{
    kv_event event = KV_EVENT_INIT;
    kv_status status = kv_watch_poll(watch, 5000, &event, error);
    if (status != KV_OK) return status; // KV_TIMEOUT; KV_ERR_CLOSED after kv_close
    // The bytes of an event stay until the next poll.
    snprintf(key, room, "%.*s", (int)event.key_len, (const char *)event.key);
    return KV_OK;
}

static kv_status watch_config(kv_store store, kv_watch *watch, kv_error *error)
{
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = KV_WATCH_ANY_KEY;
    return kv_watch_open(store, "config", KV_NUL, NULL, 0, &options, watch, error);
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    kv_watch watch;
    char key[16];
    EXPECT_OK(watch_config(store, &watch, &error));
    EXPECT_OK(kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error));
    EXPECT_OK(next_change(watch, key, sizeof key, &error));
    EXPECT(strcmp(key, "colour") == 0);
    EXPECT_OK(kv_close(store, &error));
    EXPECT_STATUS(KV_ERR_CLOSED, next_change(watch, key, sizeof key, &error));
    EXPECT_OK(kv_watch_close(watch, &error));
    return 0;
}
