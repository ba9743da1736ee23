/* Opens the file that it is given, writes a value, reads it back and prints it. */
#include <kv.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *call, kv_status status, const kv_error *error) {
    fprintf(stderr, "%s: %s: %s\n", call, kv_strerror(status), error->message);
    return 1;
}

int main(int argc, char **argv) {
    kv_store store;
    kv_error error = {0};
    kv_value value;
    kv_stats statistics = KV_STATS_INIT;
    kv_status status;
    int differs;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    if (kv_version_number() != KV_VERSION_NUMBER || kv_abi_version() != KV_ABI_VERSION) {
        fprintf(stderr, "the header is not that of the library, %s\n", kv_version());
        return 1;
    }
    if ((status = kv_open(argv[1], &store, &error)) != KV_OK) {
        return failed("kv_open", status, &error);
    }
    status = kv_set(store, NULL, 0, "greeting", KV_NUL, "hello", KV_NUL, &error);
    if (status != KV_OK) {
        return failed("kv_set", status, &error);
    }
    if ((status = kv_get(store, NULL, 0, "greeting", KV_NUL, &value, &error)) != KV_OK) {
        return failed("kv_get", status, &error);
    }
    if ((status = kv_stats_get(store, &statistics, &error)) != KV_OK) {
        return failed("kv_stats_get", status, &error);
    }
    printf("greeting=%.*s kv=%s sqlite=%s\n", (int)value.len, (const char *)value.data,
           kv_version(), statistics.sqlite_version);
    differs = value.len != 5 || memcmp(value.data, "hello", 5) != 0;
    kv_value_free(&value);
    if ((status = kv_close(store, &error)) != KV_OK) {
        return failed("kv_close", status, &error);
    }
    return differs;
}
