#include "example.h"

/* In the header: */
static int32_t show(void *user_data, uint64_t done, uint64_t total)
{
    fprintf(stderr, "%s: %llu of %llu pages\n", (const char *)user_data,
            (unsigned long long)done, (unsigned long long)total);
    return 0; // anything else ends the backup
}

// Copies the file while others use it, and verifies it first.
static kv_status back_up(kv_store store, char *path, kv_error *error)
{
    kv_status status = kv_check(store, error);
    return status == KV_OK ? kv_backup(store, path, show, path, error) : status;
}

// Replaces everything by the copy, while others use the file.
static kv_status restore(kv_store store, const char *path, kv_error *error)
{
    return kv_restore(store, path, NULL, NULL, error);
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("sqlite:app.db");
    char path[] = "copy.db";
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    EXPECT_OK(back_up(store, path, &error));
    kv_store copy = open_store(path);
    expect_text(copy, "users", "ada", "Ada");
    EXPECT_OK(kv_close(copy, &error));
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Eve", KV_NUL, &error));
    EXPECT_OK(restore(store, path, &error));
    expect_text(store, "users", "ada", "Ada");
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
