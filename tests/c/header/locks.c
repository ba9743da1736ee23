#include "example.h"

/* In the header: */
// Runs a job that must not run twice at the same time, and stores its result.
static kv_status run(kv_store store, const char *(*job)(void), kv_error *error)
{
    kv_lock lock;
    kv_status status = kv_lock_acquire(store, "report", KV_NUL, "worker 7", KV_NUL,
                                       30000, // the lease: the job takes less than 30 s
                                       60000, // waits for another worker for up to a minute
                                       &lock, error);
    if (status != KV_OK) return status;
    const char *result = job();
    kv_batch batch;
    status = kv_batch_new(&batch, error);
    if (status != KV_OK) return status; // the lease ends by itself
    kv_batch_check_lock(batch, "report", KV_NUL, lock, NULL);
    kv_batch_set(batch, "reports", KV_NUL, "latest", KV_NUL, result, KV_NUL, NULL, NULL);
    status = kv_batch_commit(store, batch, error); // KV_CONFLICT: the lease has ended
    kv_batch_close(batch, NULL);
    kv_lock_release(store, "report", KV_NUL, lock, NULL);
    return status;
}
/* Until here. */

static kv_store store;

static const char *job(void)
{
    kv_value owner;
    EXPECT_OK(kv_lock_get(store, "report", KV_NUL, &owner, &error));
    EXPECT(owner.len == 8 && memcmp(owner.data, "worker 7", 8) == 0);
    kv_value_free(&owner);
    return "12 orders";
}

int main(void)
{
    store = open_store("memory:");
    EXPECT_OK(run(store, job, &error));
    EXPECT_OK(run(store, job, &error));
    EXPECT_STATUS(KV_OK, kv_exists(store, "reports", KV_NUL, "latest", KV_NUL, &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
