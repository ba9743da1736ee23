#include "example.h"

/* In the header: */
// Prints how often a key was read, and how long the longest write took.
static kv_status show(kv_store store, kv_error *error)
{
    kv_metrics metrics = KV_METRICS_INIT;
    kv_call_metrics sets = KV_CALL_METRICS_INIT;
    kv_status status = kv_metrics_get(store, &metrics, error);
    if (status == KV_OK)
        status = kv_call_metrics_get(store, KV_CALL_SET, &sets, error);
    if (status == KV_OK)
        fprintf(stderr, "%llu reads, the longest %s took %llu us\n",
                (unsigned long long)(metrics.hits + metrics.misses), kv_call_name(sets.kind),
                (unsigned long long)sets.longest_ns / 1000);
    return status;
}
/* Until here. */

int main(void)
{
    kv_store store = open_store("sqlite:app.db");
    kv_value text;
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    expect_text(store, "users", "ada", "Ada");
    EXPECT_OK(show(store, &error));
    EXPECT_OK(kv_metrics_text(store, &text, &error));
    EXPECT(text.len > 1000);
    kv_value_free(&text);
    EXPECT_OK(kv_close(store, &error));
    return 0;
}
