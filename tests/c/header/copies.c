#include "example.h"

/* In the header: */
// Copies a store; if the copy is interrupted, it goes on where it was.
static kv_status copy_all(kv_store from, kv_store to, kv_error *error)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT, before = KV_COPY_STATE_INIT;
    kv_status status = KV_OK;
    for (int attempt = 0; attempt < 5; attempt++) {
        status = kv_copy(from, to, &options, NULL, NULL, &state, error);
        kv_copy_state_free(&before);
        if (status != KV_ERR_UNAVAILABLE) break;
        options.after_group = state.group;
        options.after_group_len = state.group_len;
        options.after_key = state.key;
        options.after_key_len = state.key_len;
        before = state;
        state = (kv_copy_state)KV_COPY_STATE_INIT;
    }
    printf("%llu entries\n", (unsigned long long)state.entries);
    kv_copy_state_free(&state);
    kv_copy_state_free(&before); // nothing, if it was freed already
    return status;
}
/* Until here. */

int main(void)
{
    kv_store from = open_store("memory:"), to = open_store("sqlite:app.db");
    EXPECT_OK(kv_set(from, "users", KV_NUL, "ada", KV_NUL, "Ada", KV_NUL, &error));
    EXPECT_OK(copy_all(from, to, &error));
    expect_text(to, "users", "ada", "Ada");
    EXPECT_OK(kv_close(from, &error));
    EXPECT_OK(kv_close(to, &error));
    return 0;
}
