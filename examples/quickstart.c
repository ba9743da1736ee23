/* Opens a store, writes two values, reads one and closes it. */
#include <kv.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    kv_store store;
    kv_value colour;
    kv_error error = {0, 0, "not found"};
    if (kv_open(argc > 1 ? argv[1] : "app.db", &store, &error) != KV_OK ||
        kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error) != KV_OK ||
        kv_set_ttl(store, "codes", KV_NUL, "ada", KV_NUL, "4711", KV_NUL, 60000, &error) != KV_OK ||
        kv_get(store, "config", KV_NUL, "colour", KV_NUL, &colour, &error) != KV_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("colour = %.*s\n", (int)colour.len, (const char *)colour.data);
    kv_value_free(&colour);
    return kv_close(store, &error) == KV_OK ? 0 : 1;
}
