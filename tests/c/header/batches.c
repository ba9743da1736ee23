#include "example.h"

/* In the header: */
// Moves a job from the group `open` to the group `done`, with its result, in one atomic step.
static kv_status finish(kv_store store, const char *job, const char *result, kv_error *error)
{
    kv_batch batch;
    kv_status status = kv_batch_new(&batch, error);
    if (status != KV_OK) return status;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.condition = KV_IF_ABSENT;
    if ((status = kv_batch_delete(batch, "open", KV_NUL, job, KV_NUL, error)) == KV_OK &&
        (status = kv_batch_set(batch, "done", KV_NUL, job, KV_NUL, result, KV_NUL, &options,
                               error)) == KV_OK) {
        status = kv_batch_commit(store, batch, error); // KV_CONFLICT: it was done before
    }
    kv_batch_close(batch, NULL);
    return status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT_OK(kv_set(store, "open", KV_NUL, "j1", KV_NUL, "", 0, &error));
    EXPECT_OK(finish(store, "j1", "42", &error));
    expect_text(store, "done", "j1", "42");
    EXPECT_STATUS(KV_NOT_FOUND, kv_exists(store, "open", KV_NUL, "j1", KV_NUL, &error));
    EXPECT_STATUS(KV_CONFLICT, finish(store, "j1", "43", &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
