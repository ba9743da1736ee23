#include "example.h"

/* In the header: */
// Prints all changes after version `*since`, and sets it to the version of the last one.
static kv_status follow(kv_store store, uint64_t *since, kv_error *error)
{
    kv_change_cursor cursor;
    kv_event event = KV_EVENT_INIT;
    kv_status status = kv_changes(store, *since, &cursor, error);
    if (status != KV_OK) return status; // KV_ERR_COMPACTED: the log begins later
    while ((status = kv_changes_next(cursor, &event, error)) == KV_OK) {
        printf("%d %.*s\n", (int)event.type, (int)event.key_len, (const char *)event.key);
        *since = event.version;
    }
    kv_changes_close(cursor, NULL);
    return status == KV_DONE ? KV_OK : status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("sqlite:app.db?changes=on");
    uint64_t since = 0;
    EXPECT_OK(kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error));
    EXPECT_OK(follow(store, &since, &error));
    EXPECT(since > 0);
    uint64_t before = since;
    EXPECT_OK(follow(store, &since, &error));
    EXPECT(since == before);
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
