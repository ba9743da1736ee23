/* Looking after a file: figures, backups and what a cancelled one leaves, compact, check, flush. */

#define _DEFAULT_SOURCE
#include <dirent.h>
#include <unistd.h>

#include "system.h"

static kv_store store;

static int files_named(const char *part)
{
    int count = 0;
    DIR *directory = opendir(check_directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        count += strstr(entry->d_name, part) != NULL;
    closedir(directory);
    return count;
}

static void fill(void)
{
    char *value = malloc(10000);
    memset(value, 'v', 10000);
    for (int i = 0; i < 300; i++) {
        char key[8];
        snprintf(key, sizeof key, "%d", i);
        EXPECT(kv_set(store, "care", 4, key, KV_NUL, value, 10000, &error), KV_OK);
    }
    free(value);
}

static void stats_count_what_happens(void)
{
    kv_stats before = KV_STATS_INIT, after = before;
    kv_usage then = KV_USAGE_INIT, now = then;
    EXPECT(kv_stats_get(store, &before, &error), KV_OK);
    EXPECT(kv_usage_get(store, &then, &error), KV_OK);
    CHECK(before.size == sizeof before && before.format == 2);
    EXPECT(kv_set(store, "st", 2, "key", 3, "value", 5, &error), KV_OK);
    CHECK(check_value_is(store, "st", "key", "value"));
    CHECK(!check_value_is(store, "st", "none", "value"));
    EXPECT(kv_exists(store, "st", 2, "key", 3, &error), KV_OK);
    EXPECT(kv_stats_get(store, &after, &error), KV_OK);
    EXPECT(kv_usage_get(store, &now, &error), KV_OK);
    CHECK_EQUAL(now.entries - then.entries, 1);
    CHECK_EQUAL(now.bytes - then.bytes, 10);
    CHECK_EQUAL(after.hits - before.hits, 2);
    CHECK_EQUAL(after.misses - before.misses, 1);
    CHECK_EQUAL(after.commits - before.commits, 1);
    CHECK_EQUAL(after.transactions - before.transactions, 1);
    CHECK(after.file_bytes > 0 && after.readers > 0);
    CHECK(memchr(after.sqlite_version, 0, sizeof after.sqlite_version) != NULL);
    CHECK(after.sqlite_version[0] == '3');
    EXPECT(kv_delete(store, "st", 2, "key", 3, &error), KV_OK);
    /* A newer program's longer structure: what this library does not know is 0. */
    struct { kv_stats known; uint64_t newer[2]; } longer;
    memset(&longer, 0xA5, sizeof longer);
    longer.known.size = (uint32_t)sizeof longer;
    EXPECT(kv_stats_get(store, &longer.known, &error), KV_OK);
    CHECK(longer.newer[0] == 0 && longer.newer[1] == 0);
}

struct watched {
    int calls;
    uint64_t done, total;
    int end_at;
    kv_status closed, wrote;
};

static int32_t watch(void *user_data, uint64_t done, uint64_t total)
{
    struct watched *watched = user_data;
    CHECK(done >= watched->done && done <= total && total > 0);
    watched->done = done;
    watched->total = total;
    watched->calls++;
    watched->wrote = kv_set(store, "during", 6, "k", 1, "v", 1, NULL);
    watched->closed = kv_close(store, NULL);
    return watched->calls == watched->end_at ? -7 : 0;
}

static void a_backup_is_one_snapshot_and_reports_progress(void)
{
    struct watched watched = {0, 0, 0, 0, 99, 99};
    const char *path = check_path("copy.db");
    EXPECT(kv_backup(store, path, watch, &watched, &error), KV_OK);
    CHECK(watched.calls > 1 && watched.done == watched.total);
    CHECK_EQUAL(watched.wrote, KV_OK);
    CHECK_EQUAL(watched.closed, KV_ERR_BUSY);
    CHECK_EQUAL(files_named("copy"), 1);
#ifndef _WIN32
    struct stat status;
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
#else
    check_skip("files of Windows have no mode");
#endif
    kv_store copy = check_open(path);
    uint64_t count = 0;
    EXPECT(kv_check(copy, &error), KV_OK);
    EXPECT(kv_count(copy, "care", 4, &count, &error), KV_OK);
    CHECK_EQUAL(count, 300);
    EXPECT(kv_exists(copy, "during", 6, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_close(copy, &error), KV_OK);
    EXPECT_MESSAGE(kv_backup(store, path, NULL, NULL, &error), KV_ERR_ARGUMENT, "exists");
}

static void a_cancelled_backup_leaves_nothing(void)
{
    struct watched watched = {0, 0, 0, 1, 99, 99};
    EXPECT(kv_backup(store, check_path("cancelled.db"), watch, &watched, &error), KV_ERR_CANCELLED);
    CHECK_EQUAL(watched.calls, 1);
    CHECK_EQUAL(files_named("cancelled"), 0);
}

static void a_backup_that_cannot_be_made_leaves_nothing(void)
{
    EXPECT(kv_backup(store, check_path("none/copy.db"), NULL, NULL, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NO_FOLDER);
    EXPECT(kv_backup(store, check_directory, NULL, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_backup(store, check_path("care.db"), NULL, NULL, &error), KV_ERR_ARGUMENT);
    kv_store memory = check_open("memory:");
    EXPECT(kv_backup(memory, check_path("memory.db"), NULL, NULL, &error), KV_ERR_UNSUPPORTED);
    EXPECT(kv_close(memory, &error), KV_OK);
    CHECK_EQUAL(files_named("memory"), 0);
}

static void a_restore_brings_back_what_a_backup_has(void)
{
    const char *path = check_path("restored-from.db");
    EXPECT(kv_set(store, "restore", 7, "kept", 4, "old", 3, &error), KV_OK);
    EXPECT(kv_backup(store, path, NULL, NULL, &error), KV_OK);
    EXPECT(kv_set(store, "restore", 7, "kept", 4, "new", 3, &error), KV_OK);
    EXPECT(kv_set(store, "restore", 7, "later", 5, "v", 1, &error), KV_OK);

    struct watched watched = {0, 0, 0, 1, 99, 99};
    EXPECT(kv_restore(store, path, watch, &watched, &error), KV_ERR_CANCELLED);
    EXPECT(kv_exists(store, "restore", 7, "later", 5, &error), KV_OK);

    watched = (struct watched){0, 0, 0, 0, 99, 99};
    EXPECT(kv_restore(store, path, watch, &watched, &error), KV_OK);
    CHECK(watched.calls > 1 && watched.done == watched.total);
    CHECK_EQUAL(watched.wrote, KV_OK);
    CHECK_EQUAL(watched.closed, KV_ERR_BUSY);
    EXPECT(kv_exists(store, "restore", 7, "later", 5, &error), KV_NOT_FOUND);
    kv_value value;
    EXPECT(kv_get(store, "restore", 7, "kept", 4, &value, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "old");
    kv_value_free(&value);
    EXPECT(kv_check(store, &error), KV_OK);
}

static void a_restore_that_cannot_be_made_changes_nothing(void)
{
    EXPECT(kv_set(store, "restore", 7, "kept", 4, "v", 1, &error), KV_OK);
    EXPECT(kv_restore(store, check_path("missing.db"), NULL, NULL, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NO_FILE);
    EXPECT(kv_restore(store, check_path("care.db"), NULL, NULL, &error), KV_ERR_ARGUMENT);
    kv_store memory = check_open("memory:");
    EXPECT(kv_restore(memory, check_path("care.db"), NULL, NULL, &error), KV_ERR_UNSUPPORTED);
    EXPECT(kv_close(memory, &error), KV_OK);
    EXPECT(kv_exists(store, "restore", 7, "kept", 4, &error), KV_OK);
}

static void compact_gives_space_back(void)
{
    EXPECT(kv_flush(store, &error), KV_OK);
    /* Nothing to give back yet, but the log is in the file then. */
    EXPECT(kv_compact(store, &error), KV_OK);
    int64_t before = file_len(check_path("care.db"));
    EXPECT(kv_delete_group(store, "care", 4, NULL, &error), KV_OK);
    EXPECT(kv_set(store, "kept", 4, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_compact(store, &error), KV_OK);
    EXPECT(kv_check(store, &error), KV_OK);
    int64_t after = file_len(check_path("care.db"));
    CHECK(before > 3000000);
    if (after > 200000) FAIL("%" PRId64 " bytes before, %" PRId64 " after", before, after);
    CHECK(check_value_is(store, "kept", "k", "v"));
}

static void in_memory_there_is_nothing_to_flush_or_compact(void)
{
    kv_store memory = check_open("memory:");
    EXPECT(kv_set(memory, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_flush(memory, &error), KV_OK);
    EXPECT(kv_compact(memory, &error), KV_OK);
    CHECK(check_value_is(memory, "g", "k", "v"));
    EXPECT(kv_close(memory, &error), KV_OK);
    EXPECT(kv_flush(memory, &error), KV_ERR_HANDLE);
    EXPECT(kv_compact(memory, &error), KV_ERR_HANDLE);
}

static void check_finds_a_damaged_page(void)
{
    const char *path = check_path("damaged.db");
    EXPECT(kv_backup(store, path, NULL, NULL, &error), KV_OK);
    FILE *file = fopen(path, "r+b");
    char nonsense[4096];
    memset(nonsense, 0xEE, sizeof nonsense);
    /* The last page belongs to a table or an index; the first tells where they are. */
    CHECK(file != NULL && fseek(file, -4096, SEEK_END) == 0);
    CHECK(fwrite(nonsense, 1, sizeof nonsense, file) == sizeof nonsense);
    fclose(file);
    kv_store damaged;
    if (kv_open(path, &damaged, &error) == KV_OK) {
        EXPECT(kv_check(damaged, &error), KV_ERR_CORRUPT);
        EXPECT(kv_close(damaged, &error), KV_OK);
    } else {
        CHECK(error.code == KV_ERR_CORRUPT || error.code == KV_ERR_FORMAT);
    }
}

static void the_library_tells_its_version(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", KV_VERSION_MAJOR, KV_VERSION_MINOR,
             KV_VERSION_PATCH);
    CHECK_BYTES(kv_version(), strlen(kv_version()), version);
    CHECK_EQUAL(kv_version_number(), KV_VERSION_NUMBER);
    CHECK_EQUAL(kv_abi_version(), KV_ABI_VERSION);
    for (kv_status status = -40; status < 40; status++)
        CHECK(kv_strerror(status) != NULL && kv_strerror(status)[0] != '\0');
    CHECK(kv_strerror(INT32_MIN) != NULL && kv_strerror(INT32_MAX) != NULL);
    CHECK_BYTES(kv_strerror(KV_OK), 2, "ok");
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "care");
    store = check_open(check_path("care.db"));
    fill();
    RUN(stats_count_what_happens);
    RUN(a_backup_is_one_snapshot_and_reports_progress);
    RUN(a_cancelled_backup_leaves_nothing);
    RUN(a_backup_that_cannot_be_made_leaves_nothing);
    RUN(a_restore_brings_back_what_a_backup_has);
    RUN(a_restore_that_cannot_be_made_changes_nothing);
    RUN(compact_gives_space_back);
    RUN(in_memory_there_is_nothing_to_flush_or_compact);
    RUN(check_finds_a_damaged_page);
    RUN(the_library_tells_its_version);
    EXPECT(kv_close(store, &error), KV_OK);
    return check_end();
}
