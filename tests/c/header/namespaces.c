#include "example.h"

/* In the header: */
// A store for one customer: its own groups, at most 10,000 keys and 16 MiB.
static kv_status open_customer(kv_store all, const char *name, kv_store *own, kv_error *error)
{
    kv_status status = kv_quota_set(all, name, 10000, 0, 16 << 20, error);
    return status == KV_OK ? kv_scope(all, name, own, error) : status;
}
/* Until here. */

int main(void)
{
    kv_store all = open_store("memory:"), own;
    kv_quota quota = KV_QUOTA_INIT;
    EXPECT_OK(open_customer(all, "acme", &own, &error));
    EXPECT_OK(kv_set(own, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    expect_text(all, "acme:users", "ada", "Ada");
    EXPECT_OK(kv_quota_get(all, "acme", &quota, &error));
    EXPECT(quota.max_keys == 10000 && quota.keys == 1 && quota.bytes == 16);
    EXPECT_OK(kv_close(own, &error));
    EXPECT_OK(kv_close(all, &error));
    return 0;
}
