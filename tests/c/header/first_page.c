/* In the header: */
#include <kv.h>
#include <stdio.h>

int main(void)
{
    kv_store store;
    kv_error error;
    kv_value value;
    if (kv_open("app.db", &store, &error) != KV_OK ||
        kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error) != KV_OK ||
        kv_get(store, "config", KV_NUL, "colour", KV_NUL, &value, &error) != KV_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("%.*s\n", (int)value.len, (const char *)value.data);
    kv_value_free(&value);
    return kv_close(store, &error) == KV_OK ? 0 : 1;
}
/* Until here. */
