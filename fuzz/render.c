/*
 * kv_render: an input is the value of the key "a", a NUL and a template. Whatever the template is, the
 * call is done soon, and returns a text within the limits or an error that names the fault.
 */

#include "fuzz.h"

enum { RESULT_MAX = 16 << 20 };

static kv_store fill(void)
{
    static const char *const entries[][2] = {
        {"b", "1,2,3,4"}, {"any key", "x"}, {"html", "<&>\"'"}, {"empty", ""},
        {"lines", "one\ntwo\n"}, {"n", "42"}, {"utf8", "\xc3\xa9\xe2\x82\xac"},
    };
    kv_store store = open_store("memory:?purge_interval=0");
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        MUST(kv_set(store, "g", 1, entries[i][0], KV_NUL, entries[i][1], KV_NUL, &error));
    MUST(kv_set(store, "g", 1, "binary", KV_NUL, "\xff\x00", 2, &error));
    return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static kv_store store;
    if (store.id == 0) store = fill();
    struct input input = {data, len};
    struct bytes value = take_until_nul(&input);
    char *template = as_string(take(&input, input.len));
    MUST(kv_set(store, "g", 1, "a", 1, value.data, value.len, &error));
    kv_value rendered;
    kv_status status = CALL(kv_render(store, "g", 1, template, &rendered, &error));
    if (status == KV_OK) {
        HOLDS(rendered.len <= RESULT_MAX && rendered.version == 0);
        HOLDS(is_utf8((struct bytes){rendered.data, rendered.len}));
    } else {
        HOLDS(status == KV_ERR_ARGUMENT || status == KV_ERR_TOO_LARGE);
        HOLDS(rendered.owner == 0);
    }
    kv_value_free(&rendered);
    free(template);
    return 0;
}
