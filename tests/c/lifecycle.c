/* Opening, sharing and closing; what stays after a close, and which files are let alone. */

#define _DEFAULT_SOURCE
#include "files.h"
#include "system.h"
#ifndef _WIN32
#include "permissions.h"
#endif

static void closing_ends_cursors_and_spares_values_and_batches(void)
{
    kv_store store = check_open(check_path("close.db"));
    kv_cursor begun, fresh;
    kv_batch batch;
    kv_entry entry;
    kv_value value;
    for (int i = 0; i < 500; i++) {
        char key[8];
        snprintf(key, sizeof key, "%03d", i);
        EXPECT(kv_set(store, "g", 1, key, 3, key, 3, &error), KV_OK);
    }
    EXPECT(kv_get(store, "g", 1, "007", 3, &value, &error), KV_OK);
    EXPECT(kv_scan(store, "g", 1, NULL, &begun, &error), KV_OK);
    EXPECT(kv_cursor_next(begun, &entry, &error), KV_OK);
    EXPECT(kv_groups(store, NULL, 0, &fresh, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "g", 1, "late", 4, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK_BYTES(entry.key, entry.key_len, "000");
    CHECK_BYTES(entry.value, entry.value_len, "000");

    unsigned char buffer[256];
    size_t used, count;
    EXPECT(kv_cursor_next(begun, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_next(fresh, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_fill(begun, buffer, sizeof buffer, &used, &count, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_close(begun, &error), KV_OK);
    EXPECT(kv_cursor_close(fresh, &error), KV_OK);
    EXPECT(kv_cursor_next(begun, &entry, &error), KV_ERR_HANDLE);
    CHECK_BYTES(value.data, value.len, "007");
    EXPECT(kv_batch_commit(store, batch, &error), KV_ERR_HANDLE);

    /* The same batch serves the store that is opened next. */
    store = check_open(check_path("close.db"));
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    CHECK(check_value_is(store, "g", "late", "v"));
    CHECK(check_value_is(store, "g", "499", "499"));
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "007");
    kv_value_free(&value);
}

static void handles_on_one_file_share_one_engine(void)
{
    const char *path = check_path("shared.db");
    char uri[4200];
    kv_store first = check_open(path), second = check_open(path), other;
    CHECK(first.id != second.id);
    EXPECT(kv_set(first, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK(check_value_is(second, "g", "k", "v"));
    kv_stats one = KV_STATS_INIT, two = one;
    EXPECT(kv_stats_get(first, &one, &error), KV_OK);
    EXPECT(kv_stats_get(second, &two, &error), KV_OK);
    CHECK(one.commits == 1 && two.commits == 1 && one.hits == two.hits);

    const char *const differing[] = {"durability=full", "busy_timeout=1s", "purge_interval=0",
                                     "wal_limit=1MiB", "read_only=on"};
    for (size_t i = 0; i < sizeof differing / sizeof *differing; i++) {
        char name[32];
        snprintf(uri, sizeof uri, "sqlite:%s?%s", path, differing[i]);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(differing[i], "="), differing[i]);
        EXPECT_MESSAGE(kv_open(uri, &other, &error), KV_ERR_ARGUMENT, name);
    }
    snprintf(uri, sizeof uri, "sqlite:%s?durability=normal&busy_timeout=5000ms", path);
    other = check_open(uri);
    EXPECT(kv_close(other, &error), KV_OK);

    /* A link leads to the same file. */
    const char *link = path;
#ifndef _WIN32
    link = check_path("link.db");
    CHECK(symlink(path, link) == 0);
#else
    check_skip("a user of Windows may make no link");
#endif
    other = check_open(link);
    EXPECT(kv_close(first, &error), KV_OK);
    EXPECT(kv_close(second, &error), KV_OK);
    CHECK(check_value_is(other, "g", "k", "v"));
    EXPECT(kv_stats_get(other, &two, &error), KV_OK);
    CHECK_EQUAL(two.commits, 1);
    EXPECT(kv_close(other, &error), KV_OK);

    snprintf(uri, sizeof uri, "sqlite:%s?durability=full", path);
    other = check_open(uri);
    CHECK(check_value_is(other, "g", "k", "v"));
    EXPECT(kv_close(other, &error), KV_OK);
}

static void stores_in_memory_are_each_their_own(void)
{
    kv_store one = check_open("memory:"), two = check_open(":memory:");
    EXPECT(kv_set(one, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_exists(two, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_close(one, &error), KV_OK);
    EXPECT(kv_close(two, &error), KV_OK);
}

static void a_named_store_in_memory_is_one_for_all_its_handles(void)
{
    kv_store first = check_open("memory:shared-1_a.b"), second = check_open("memory:shared-1_a.b");
    kv_store other = check_open("memory:shared"), differing = {7};
    uint64_t count = 99;
    CHECK(first.id != second.id);
    EXPECT(kv_set(first, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK(check_value_is(second, "g", "k", "v"));
    EXPECT(kv_exists(other, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    const char *const options[] = {"max_entries=5", "max_bytes=1MiB", "default_ttl=1h",
                                   "purge_interval=0"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char location[64], name[32];
        snprintf(location, sizeof location, "memory:shared-1_a.b?%s", options[i]);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(options[i], "="), options[i]);
        EXPECT_MESSAGE(kv_open(location, &differing, &error), KV_ERR_ARGUMENT, name);
        CHECK(differing.id == 0);
    }
    EXPECT(kv_close(first, &error), KV_OK);
    CHECK(check_value_is(second, "g", "k", "v"));
    EXPECT(kv_close(second, &error), KV_OK);
    /* The last close was its end: the name is free, for other options too. */
    first = check_open("memory:shared-1_a.b?max_entries=5");
    EXPECT(kv_count_all(first, "", 0, &count, &error), KV_OK);
    CHECK_EQUAL(count, 0);
    EXPECT(kv_close(first, &error), KV_OK);
    EXPECT(kv_close(other, &error), KV_OK);
}

static void a_missing_directory_is_an_error_unless_asked_for(void)
{
    char uri[4200];
    kv_store store;
    EXPECT(kv_open(check_path("none/at/all.db"), &store, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NO_FOLDER);
    CHECK(store.id == 0 && access(check_path("none"), F_OK) != 0);
    snprintf(uri, sizeof uri, "sqlite:%s?create=off", check_path("missing.db"));
    EXPECT(kv_open(uri, &store, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NO_FILE);
    CHECK(access(check_path("missing.db"), F_OK) != 0);
    snprintf(uri, sizeof uri, "sqlite:%s?create_dirs=on", check_path("none/at/all.db"));
    store = check_open(uri);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void new_files_are_private(void)
{
#ifndef _WIN32
    mode_t mask = umask(0);
#endif
    kv_store store = check_open(check_path("private.db"));
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
#ifndef _WIN32
    check_private("private.db");
    umask(mask);
#else
    check_skip("files of Windows have no mode");
#endif
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(access(check_path("private.db-wal"), F_OK) != 0);
}

static void read_only_reads_and_writes_nothing(void)
{
    char uri[4200];
    kv_store store;
    snprintf(uri, sizeof uri, "sqlite:%s?read_only=on", check_path("private.db"));
    store = check_open(uri);
    CHECK(check_value_is(store, "g", "k", "v"));
    uint64_t count = 0;
    EXPECT(kv_count(store, "g", 1, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1);
    EXPECT(kv_set(store, "g", 1, "k", 1, "w", 1, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_increment(store, "g", 1, "n", 1, 1, 0, NULL, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_purge_expired(store, NULL, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_compact(store, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_check(store, &error), KV_OK);
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_close(store, &error), KV_OK);
    snprintf(uri, sizeof uri, "sqlite:%s?read_only=on", check_path("never made.db"));
    EXPECT(kv_open(uri, &store, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NO_FILE);
}

static void a_location_that_is_refused_names_what_is_wrong(void)
{
    const struct { const char *location, *word; } rows[] = {
        {"", "empty"}, {"sqlite:", "empty"}, {"mongodb://x", "mongodb"},
        {"memory:a/b", "a/b"}, {"memory:a b", "letters"}, {"memory:?size=1", "size"},
        {"memory:name?size=1", "size"},
        {"sqlite:x.db?colour=red", "colour"}, {"sqlite:x.db?durability=most", "most"},
        {"sqlite:x.db?busy_timeout=5", "busy_timeout"}, {"sqlite:x.db?busy_timeout=-1s", "-1s"},
        {"sqlite:x.db?wal_limit=big", "wal_limit"}, {"sqlite:x.db?create=yes", "create"},
        {"sqlite:x.db?read_only", "read_only"}, {"sqlite:x%zz.db", "%"},
        {"sqlite:x%00.db", "NUL"}, {"sqlite::memory:", "memory:"},
        {"sqlite:x.db?=on", "option"}, {"sqlite:x.db?Durability=full", "Durability"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_store store = {7};
        EXPECT_MESSAGE(kv_open(rows[i].location, &store, &error), KV_ERR_ARGUMENT, rows[i].word);
        CHECK(store.id == 0);
    }
    kv_store store;
    EXPECT(kv_open(check_directory, &store, &error), KV_ERR_ARGUMENT);
#ifndef _WIN32
    EXPECT(kv_open("/dev/null", &store, &error), KV_ERR_ARGUMENT);
    CHECK(mkfifo(check_path("pipe"), 0600) == 0);
    EXPECT(kv_open(check_path("pipe"), &store, &error), KV_ERR_ARGUMENT);
#else
    check_skip("a folder of Windows has no pipes and devices");
#endif
    EXPECT(kv_open(check_path("private.db/below"), &store, &error), KV_ERR_IO);
    CHECK_EQUAL(error.os_error, OS_NOT_A_FOLDER);
}

static void every_handle_can_be_closed_in_any_order(void)
{
    enum { HANDLES = 64 };
    kv_store stores[HANDLES];
    for (int i = 0; i < HANDLES; i++) stores[i] = check_open(check_path("many.db"));
    for (int i = 0; i < HANDLES; i++) {
        kv_store last = stores[HANDLES - 1];
        EXPECT(kv_set(last, "g", 1, "k", 1, "v", 1, &error), KV_OK);
        int index = i * 37 % (HANDLES - 1);
        if (i < HANDLES - 1) EXPECT(kv_close(stores[index], &error), KV_OK);
    }
    EXPECT(kv_close(stores[HANDLES - 1], &error), KV_OK);
    for (int i = 0; i < HANDLES; i++) EXPECT(kv_close(stores[i], &error), KV_ERR_HANDLE);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "lifecycle");
#ifndef _WIN32
    RUN(what_the_system_refuses_carries_its_error_number);
#else
    check_skip("files of Windows have no mode");
#endif
    RUN(closing_ends_cursors_and_spares_values_and_batches);
    RUN(handles_on_one_file_share_one_engine);
    RUN(stores_in_memory_are_each_their_own);
    RUN(a_named_store_in_memory_is_one_for_all_its_handles);
    RUN(a_missing_directory_is_an_error_unless_asked_for);
    RUN(new_files_are_private);
    RUN(read_only_reads_and_writes_nothing);
    RUN(a_location_that_is_refused_names_what_is_wrong);
    RUN(every_handle_can_be_closed_in_any_order);
    return check_end();
}
