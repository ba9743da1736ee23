#include "example.h"

/* In the header: */
// Moves a user to the archive. If what was read changes before the commit, all is done again.
static kv_status archive(kv_store store, const char *name, kv_error *error)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        kv_txn txn;
        kv_value value;
        kv_status status = kv_txn_begin(store, &txn, error);
        if (status != KV_OK) return status;
        status = kv_txn_get(txn, "users", KV_NUL, name, KV_NUL, &value, error);
        if (status == KV_OK) {
            status = kv_txn_set(txn, "archive", KV_NUL, name, KV_NUL, value.data, value.len,
                                NULL, error);
            kv_value_free(&value);
        }
        if (status == KV_OK) status = kv_txn_delete(txn, "users", KV_NUL, name, KV_NUL, error);
        if (status == KV_OK) status = kv_txn_commit(txn, error);
        if (status == KV_OK) return KV_OK;
        kv_txn_abort(txn, NULL);
        if (status != KV_CONFLICT) return status;
    }
    return KV_CONFLICT;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("memory:");
    EXPECT_STATUS(KV_NOT_FOUND, archive(store, "ada", &error));
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    EXPECT_OK(archive(store, "ada", &error));
    expect_text(store, "archive", "ada", "Ada");
    EXPECT_STATUS(KV_NOT_FOUND, kv_exists(store, "users", KV_NUL, "ada", KV_NUL, &error));
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
