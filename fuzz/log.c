/*
 * Damaged logs: an input changes bytes of the files of a store with a log: a snapshot, and two logs. Every
 * call on it ends, and with a status.
 *
 *   byte 0     1 read_only=on, 2 changes=on, 4 the checksums are made to fit, 8 without the snapshot
 *   then       changes: u8 the number of bytes, and in its upper two bits the file; u24 their offset;
 *              the bytes
 */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "reads.h"

enum { FILE_MAX = 1 << 16, FILES = 3, HEADER_LEN = 64, HEAD_LEN = 41 };

static const char *const names[FILES] = {"snapshot-2", "log-2", "log-3"};

struct file {
    uint8_t bytes[FILE_MAX];
    size_t len;
};

static struct file base[FILES];
static char folder[5000], location[6000];

static const char *path_of(const char *name)
{
    static char path[6000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void load(struct file *file, const char *name)
{
    FILE *stream = fopen(path_of(name), "rb");
    HOLDS(stream != NULL);
    file->len = fread(file->bytes, 1, FILE_MAX, stream);
    HOLDS(fclose(stream) == 0 && file->len > HEADER_LEN && file->len < FILE_MAX);
}

static void fill(kv_store store, const char *group, int keys)
{
    for (int i = 0; i < keys; i++) {
        char key[20];
        snprintf(key, sizeof key, "key-%03d", i);
        MUST(kv_set_ttl(store, group, KV_NUL, key, KV_NUL, key, KV_NUL, i % 4 ? 0 : 1LL << 40, &error));
    }
}

/* Makes the files that inputs change: every kind of step is in them. */
static void make_base(void)
{
    uint64_t removed;
    snprintf(folder, sizeof folder, "%s/store", make_folder());
    snprintf(location, sizeof location, "log:%s?changes=on&purge_interval=0", folder);
    kv_store store = open_store(location);
    MUST(kv_quota_set(store, "t", 1000, 100, 1 << 20, &error));
    fill(store, "config", 40);
    fill(store, "t:a", 10);
    MUST(kv_compact(store, &error));
    for (int opening = 0; opening < 2; opening++) {
        fill(store, "t:b", 5);
        MUST(kv_delete(store, "config", KV_NUL, "key-001", KV_NUL, &error));
        MUST(kv_persist(store, "config", KV_NUL, "key-004", KV_NUL, &error));
        MUST(kv_delete_prefix(store, "config", KV_NUL, "key-01", KV_NUL, &removed, &error));
        MUST(kv_delete_group(store, "t:b", KV_NUL, &removed, &error));
        MUST(kv_set(store, "config", KV_NUL, "key-001", KV_NUL, "v", 1, &error));
        MUST(kv_set_ttl(store, "config", KV_NUL, "key-004", KV_NUL, "v", 1, 1LL << 40, &error));
        MUST(kv_close(store, &error));
        if (opening == 0) store = open_store(location);
    }
    for (int i = 0; i < FILES; i++) load(&base[i], names[i]);
}

/* CRC-32 of bytes behind others whose checksum is `crc`. */
static uint32_t crc32(uint32_t crc, const uint8_t *bytes, size_t len)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static uint32_t number_at(const uint8_t *at)
{
    return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put_number(uint8_t *at, uint64_t number, int len)
{
    for (int i = 0; i < len; i++) at[i] = (uint8_t)(number >> 8 * i);
}

/* Makes the checksums of header and records those of the bytes. */
static void seal(struct file *file)
{
    if (file->len < HEADER_LEN) return;
    put_number(file->bytes + HEADER_LEN - 4, crc32(0, file->bytes, HEADER_LEN - 4), 4);
    for (size_t at = HEADER_LEN; at + HEAD_LEN <= file->len;) {
        uint8_t *record = file->bytes + at, place[16];
        size_t len = 8 + (size_t)number_at(record);
        if (len < HEAD_LEN || len > file->len - at) return;
        memcpy(place, file->bytes + 8, 8);
        put_number(place + 8, at, 8);
        put_number(record + 4, crc32(crc32(0, place, 16), record + 8, len - 8), 4);
        at += len;
    }
}

/* Writes the files with the changes of the input; returns the flags. */
static uint8_t make_files(struct input *input)
{
    static struct file files[FILES];
    uint8_t flags = take_byte(input);
    memcpy(files, base, sizeof files);
    while (input->len > 0) {
        uint8_t len = take_byte(input);
        size_t at = take_number(input, 3);
        struct file *file = &files[(len >> 6) % FILES];
        struct bytes bytes = take(input, len & 63);
        /* A change of no bytes cuts the file. */
        if (bytes.len == 0 && file->len) file->len = at % file->len;
        for (size_t i = 0; i < bytes.len && file->len; i++) file->bytes[(at + i) % file->len] = bytes.data[i];
    }
    HOLDS(mkdir(folder, 0700) == 0);
    for (int i = 0; i < FILES; i++) {
        if (flags & 4) seal(&files[i]);
        if (i > 0 || !(flags & 8)) write_file(path_of(names[i]), files[i].bytes, files[i].len);
    }
    return flags;
}

static void remove_files(void)
{
    for (int number = 1; number < 9; number++) {
        char name[40];
        snprintf(name, sizeof name, "log-%d", number);
        unlink(path_of(name));
        snprintf(name, sizeof name, "snapshot-%d", number);
        unlink(path_of(name));
    }
    unlink(path_of("LOCK"));
    HOLDS(rmdir(folder) == 0);
}

static void write_some(kv_store store)
{
    uint64_t number;
    int64_t sum;
    CALL(kv_set(store, "config", KV_NUL, "new", KV_NUL, "v", 1, &error));
    CALL(kv_increment(store, "", 0, "n", 1, 1, KV_TTL_DEFAULT, &sum, &error));
    CALL(kv_quota_set(store, "t", 1000, 1000, 1 << 20, &error));
    CALL(kv_purge_expired(store, &number, &error));
    CALL(kv_delete_group(store, "config", KV_NUL, &number, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    kv_store store;
    if (base[0].len == 0) {
        make_base();
        remove_files();
    }
    struct input input = {data, len};
    uint8_t flags = make_files(&input);
    snprintf(location, sizeof location, "log:%s?create=off&purge_interval=0%s%s", folder,
             flags & 1 ? "&read_only=on" : "", flags & 2 ? "&changes=on" : "");
    if (CALL(kv_open(location, &store, &error)) == KV_OK) {
        CALL(kv_check(store, &error));
        read_all(store);
        write_some(store);
        CALL(kv_check(store, &error));
        if (!(flags & 16)) CALL(kv_compact(store, &error));
        read_all(store);
        CALL(kv_close(store, &error));
        /* A store that was opened once, and was closed, can be opened again. */
        MUST(kv_open(location, &store, &error));
        CALL(kv_close(store, &error));
    }
    remove_files();
    return 0;
}
