#include "example.h"

/* In the header: */
// Three ways for a call to end: success, an outcome, an error.
static int has_colour(kv_store store)
{
    kv_error error;
    kv_status status = kv_exists(store, "config", KV_NUL, "colour", KV_NUL, &error);
    if (status < 0) {
        fprintf(stderr, "kv: %s (%s)\n", error.message, kv_strerror(status));
        if (status == KV_ERR_IO) fprintf(stderr, "errno %d\n", (int)error.os_error);
        return -1;
    }
    return status == KV_OK; // else KV_NOT_FOUND
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT(has_colour(store) == 0);
    EXPECT_OK(kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error));
    EXPECT(has_colour(store) == 1);
    EXPECT_OK(kv_close(store, &error));
    EXPECT(has_colour(store) == -1);
    return 0;
}
