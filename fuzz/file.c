/*
 * Damaged files: an input names a database in KV_FUZZ_FILES, with its WAL or without, and changes of its
 * bytes. Every call on it ends, and with a status.
 *
 *   byte 0     which file
 *   byte 1     1 read_only=on, 2 without a WAL, 4 the checksums of the WAL are made to fit, 8 changes=on
 *   then       changes: u8 the number of bytes, and 128 for the WAL; u24 their offset; the bytes
 */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "reads.h"
#include "wal.h"

enum { FILE_MAX = 1 << 18, FILES = 5 };

static const char *const names[FILES] = {"all", "killed", "changes", "evict_bytes", "application"};

struct file {
    uint8_t bytes[FILE_MAX];
    size_t len;
};

static struct file databases[FILES], wals[FILES];
static char path[5000], wal_path[5000], shm_path[5000], location[6000];

static void load(struct file *file, const char *name, const char *ending)
{
    char from[5000];
    snprintf(from, sizeof from, "%s/%s.db%s", getenv("KV_FUZZ_FILES"), name, ending);
    FILE *stream = fopen(from, "rb");
    if (stream == NULL) return;
    file->len = fread(file->bytes, 1, FILE_MAX, stream);
    fclose(stream);
}

static void load_all(void)
{
    HOLDS(getenv("KV_FUZZ_FILES") != NULL);
    const char *folder = make_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(wal_path, sizeof wal_path, "%s/a.db-wal", folder);
    snprintf(shm_path, sizeof shm_path, "%s/a.db-shm", folder);
    for (int i = 0; i < FILES; i++) {
        load(&databases[i], names[i], "");
        load(&wals[i], names[i], "-wal");
        HOLDS(databases[i].len > 0);
    }
}

/* Writes the files with the changes of the input; returns the flags. */
static uint8_t make_files(struct input *input)
{
    static struct file database, wal;
    int which = take_byte(input) % FILES;
    uint8_t flags = take_byte(input);
    database = databases[which];
    wal = wals[which];
    while (input->len > 0) {
        uint8_t len = take_byte(input);
        size_t at = take_number(input, 3);
        struct file *file = len & 128 ? &wal : &database;
        struct bytes bytes = take(input, len & 127);
        /* A change of no bytes cuts the file. */
        if (bytes.len == 0 && file->len) file->len = at % file->len;
        for (size_t i = 0; i < bytes.len && file->len; i++) file->bytes[(at + i) % file->len] = bytes.data[i];
    }
    if (flags & 4) seal_wal(wal.bytes, wal.len);
    write_file(path, database.bytes, database.len);
    if (!(flags & 2) && wal.len > 0) write_file(wal_path, wal.bytes, wal.len);
    return flags;
}

static void write_some(kv_store store)
{
    uint64_t number;
    int64_t sum;
    size_t len;
    kv_value value;
    kv_quota quota = KV_QUOTA_INIT;
    static const uint8_t large[3000];
    CALL(kv_set(store, "config", KV_NUL, "new", KV_NUL, "v", 1, &error));
    CALL(kv_set(store, "config", KV_NUL, "large", KV_NUL, large, sizeof large, &error));
    CALL(kv_append(store, "config", KV_NUL, "large", KV_NUL, large, 100, KV_TTL_DEFAULT, &len, &error));
    CALL(kv_increment(store, "", 0, "n", 1, 1, KV_TTL_DEFAULT, &sum, &error));
    CALL(kv_take(store, "config", KV_NUL, "large", KV_NUL, &value, &error));
    kv_value_free(&value);
    CALL(kv_quota_set(store, "t", 1000, 1000, 1 << 20, &error));
    CALL(kv_quota_get(store, "t", &quota, &error));
    CALL(kv_purge_expired(store, &number, &error));
    CALL(kv_delete_group(store, "config", KV_NUL, &number, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    kv_store store;
    if (databases[0].len == 0) load_all();
    struct input input = {data, len};
    uint8_t flags = make_files(&input);
    snprintf(location, sizeof location, "sqlite:%s?create=off&busy_timeout=100ms&purge_interval=0%s%s", path,
             flags & 1 ? "&read_only=on" : "", flags & 8 ? "&changes=on" : "");
    if (CALL(kv_open(location, &store, &error)) == KV_OK) {
        CALL(kv_check(store, &error));
        read_all(store);
        write_some(store);
        CALL(kv_check(store, &error));
        if (!(flags & 16)) CALL(kv_compact(store, &error));
        read_all(store);
        CALL(kv_flush(store, &error));
        CALL(kv_close(store, &error));
    }
    unlink(path);
    unlink(wal_path);
    unlink(shm_path);
    return 0;
}
