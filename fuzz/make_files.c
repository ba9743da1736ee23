/*
 * Makes files/all.db and files/all.db-wal, a database with everything that a file can have. They are
 * committed, so that the inputs of file.c keep their meaning.
 *
 *   make_files FOLDER
 */

#include "fuzz.h"

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(from, "rb");
    HOLDS(file != NULL);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    HOLDS(fclose(file) == 0);
    write_file(to, bytes, len);
}

static void fill(kv_store store, const char *group, int keys)
{
    static uint8_t large[9000];
    kv_put_options later = KV_PUT_OPTIONS_INIT;
    later.expiry = KV_EXPIRY_AT;
    later.time_ms = 4000000000000;
    for (int i = 0; i < keys; i++) {
        char key[20];
        snprintf(key, sizeof key, "key-%03d", i);
        MUST(kv_put(store, group, KV_NUL, key, KV_NUL, key, KV_NUL, i % 4 ? NULL : &later, NULL, &error));
    }
    MUST(kv_set(store, group, KV_NUL, "large", KV_NUL, large, sizeof large, &error));
    MUST(kv_set(store, group, KV_NUL, "n", KV_NUL, "41", 2, &error));
}

int main(int argc, char **argv)
{
    HOLDS(argc == 2);
    char location[5000], wal[5000], to[5000], to_wal[5000];
    const char *folder = make_folder();
    snprintf(location, sizeof location,
             "sqlite:%s/all.db?changes=on&evict=lru&max_bytes=1MiB&purge_interval=0", folder);
    snprintf(wal, sizeof wal, "%s/all.db-wal", folder);
    snprintf(to, sizeof to, "%s/all.db", argv[1]);
    snprintf(to_wal, sizeof to_wal, "%s/all.db-wal", argv[1]);
    kv_store store = open_store(location);
    MUST(kv_quota_set(store, "t", 1000, 100, 1 << 20, &error));
    fill(store, "config", 40);
    fill(store, "t:a", 10);
    MUST(kv_close(store, &error));
    store = open_store(location);
    MUST(kv_set(store, "t:b", KV_NUL, "k", 1, "v", 1, &error));
    MUST(kv_delete(store, "config", KV_NUL, "key-001", KV_NUL, &error));
    *strrchr(wal, '-') = '\0';
    copy_file(wal, to);
    wal[strlen(wal)] = '-';
    copy_file(wal, to_wal);
    MUST(kv_close(store, &error));
    return 0;
}
