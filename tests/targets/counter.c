/* Prints what two processes of tests/c/share.c have counted to in a file. */
#include <kv.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    kv_store store;
    kv_value value;
    kv_error error = {0};
    if (argc != 2) return 2;
    if (kv_open(argv[1], &store, &error) != KV_OK ||
        kv_get(store, "n", 1, "counter", 7, &value, &error) != KV_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("%.*s\n", (int)value.len, (const char *)value.data);
    kv_value_free(&value);
    return kv_close(store, &error) == KV_OK ? 0 : 1;
}
