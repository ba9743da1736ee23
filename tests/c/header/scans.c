#include "example.h"

/* In the header: */
// Prints the users whose names begin with `prefix`, at most ten.
static kv_status print_users(kv_store store, const char *prefix, kv_error *error)
{
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    options.pattern = prefix;
    options.pattern_len = KV_NUL;
    options.limit = 10;
    kv_cursor cursor;
    kv_entry entry;
    kv_status status = kv_scan(store, "users", KV_NUL, &options, &cursor, error);
    if (status != KV_OK) return status;
    while ((status = kv_cursor_next(cursor, &entry, error)) == KV_OK) {
        printf("%.*s: %.*s\n", (int)entry.key_len, (const char *)entry.key,
               (int)entry.value_len, (const char *)entry.value);
    }
    kv_cursor_close(cursor, NULL);
    return status == KV_DONE ? KV_OK : status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    EXPECT_OK(print_users(store, "a", &error));
    EXPECT_OK(kv_close(store, &error));
    EXPECT_STATUS(KV_ERR_HANDLE, print_users(store, "a", &error));
    return 0;
}
