#include "example.h"

/* In the header: */
// Prints a record of the log; it runs in a thread of its own.
static void print(void *user_data, const kv_log_record *record)
{
    fprintf((FILE *)user_data, "%s %s: %s\n", record->topic, record->store, record->message);
}

// Prints each call with its duration.
static uint64_t trace(void *user_data, const kv_trace_call *call)
{
    if (call->phase == KV_TRACE_END)
        fprintf((FILE *)user_data, "%s of %.*s: %d after %llu ns\n", kv_call_name(call->kind),
                (int)call->group_len, call->group_len ? (const char *)call->group : "",
                call->status, (unsigned long long)call->duration_ns);
    return 0;
}

static kv_status observe(kv_error *error)
{
    kv_status status = kv_set_log(KV_LOG_INFO, print, stderr, NULL, error);
    return status == KV_OK ? kv_set_trace(0, trace, stderr, NULL, error) : status;
}
/* Until here. */

int main(void)
{
    EXPECT_OK(observe(&error));
    kv_store store = open_store("sqlite:app.db?slow=1ms");
    EXPECT_OK(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    EXPECT_OK(kv_close(store, &error));
    EXPECT_OK(kv_set_trace(0, NULL, NULL, NULL, &error));
    EXPECT_OK(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error));
    return 0;
}
