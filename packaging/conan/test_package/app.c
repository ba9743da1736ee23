/* Writes a value into the file that it is given, reads it back and prints it. */
#include <kv.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    kv_store store;
    kv_value colour;
    kv_error error = {0, 0, "not found"};
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    if (kv_open(argv[1], &store, &error) != KV_OK ||
        kv_set(store, "config", KV_NUL, "colour", KV_NUL, "blue", KV_NUL, &error) != KV_OK ||
        kv_get(store, "config", KV_NUL, "colour", KV_NUL, &colour, &error) != KV_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("colour = %.*s, from C and kv %s\n", (int)colour.len, (const char *)colour.data,
           kv_version());
    kv_value_free(&colour);
    return kv_close(store, &error) == KV_OK ? 0 : 1;
}
