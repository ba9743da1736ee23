/* Files of others: refused and left as they are, byte for byte, or joined where that is asked. */

#define _DEFAULT_SOURCE
#include "descriptors.h"
#include "files.h"

static void text_and_noise_are_refused_untouched(void)
{
    const char *path = check_path("foreign");
    unsigned char noise[20000];
    uint64_t seed = 20260722;
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (unsigned char)check_random(&seed);
    write_file(path, "a text that somebody needs\n", 27);
    check_refused_untouched(path, KV_ERR_FORMAT);
    const size_t lens[] = {1, 15, 16, 99, 100, 512, 4095, 4096, 20000};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        write_file(path, noise, lens[i]);
        check_refused_untouched(path, KV_ERR_FORMAT);
    }
}

static void a_cut_or_scribbled_header_is_refused_untouched(void)
{
    const char *path = check_path("store.db"), *cut = check_path("cut.db");
    kv_store store = check_open(path);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    struct content whole = read_file(path);
    const size_t lens[] = {1, 16, 50, 99, 100, 101, 500};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        write_file(cut, whole.bytes, lens[i]);
        struct content before = read_file(cut);
        /* Whether it is "no store" or "a damaged one" depends on how much is left. */
        kv_status status = kv_open(cut, &store, &error);
        if (status != KV_ERR_FORMAT && status != KV_ERR_CORRUPT)
            FAIL("a header of %zu bytes: %d %s", lens[i], status, error.message);
        if (store.id != 0) kv_close(store, NULL);
        struct content after = read_file(cut);
        CHECK(before.len == after.len && memcmp(before.bytes, after.bytes, before.len) == 0);
        free(before.bytes);
        free(after.bytes);
    }
    free(whole.bytes);
}

static void tables_of_another_shape_are_refused_untouched(void)
{
    const char *const shapes[] = {
        "CREATE TABLE kv_entries (grp, key, value); INSERT INTO kv_entries VALUES (1, 2, 3);",
        "CREATE TABLE kv_meta (name, value); INSERT INTO kv_meta VALUES ('format', 1);",
        "CREATE TABLE kv_meta (name, value); INSERT INTO kv_meta VALUES ('format', 'one');",
        "CREATE TABLE kv_meta (other);",
        "CREATE TABLE kv_values (id INTEGER PRIMARY KEY, value BLOB, more);",
        "CREATE VIEW kv_entries AS SELECT 1 AS grp;",
        "CREATE TABLE mine (x); CREATE INDEX kv_expiry ON mine (x);",
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char name[32];
        snprintf(name, sizeof name, "shape%zu.db", i);
        check_shell(check_path(name), shapes[i], "");
        check_refused_untouched(check_path(name), KV_ERR_FORMAT);
    }
}

static void refusals_keep_no_descriptor(void)
{
    const char *const names[] = {"foreign", "cut.db", "shape0.db", "shape5.db", "newer.db"};
    int before = open_descriptors();
    for (int i = 0; i < 50; i++) {
        kv_store store;
        CHECK(kv_open(check_path(names[i % 5]), &store, NULL) < 0);
    }
    CHECK_EQUAL(open_descriptors(), before);
}

static void a_newer_format_is_refused_untouched(void)
{
    const char *path = check_path("newer.db");
    kv_store store = check_open(path);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    check_shell(path, "UPDATE kv_meta SET value = 3 WHERE name = 'format'", "");
    check_refused_untouched(path, KV_ERR_FORMAT);
    EXPECT_MESSAGE(kv_open(path, &store, &error), KV_ERR_FORMAT, "format 3");
    char copy[4200];
    snprintf(copy, sizeof copy, "cp '%s' '%s'", path, check_path("known.db"));
    CHECK(system(copy) == 0);
    check_shell(check_path("known.db"), "UPDATE kv_meta SET value = 2 WHERE name = 'format'", "");
    store = check_open(check_path("known.db"));
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_close(store, &error), KV_OK);
}

static void an_applications_own_database_is_joined(void)
{
    const char *path = check_path("application.db");
    check_shell(path, "CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT);"
                      "INSERT INTO orders (what) VALUES ('tea');", "");
    kv_store store = check_open(path);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    /* Both are used meanwhile. */
    check_shell(path, "INSERT INTO orders (what) VALUES ('milk'); SELECT count(*) FROM orders;",
                "2\n");
    EXPECT(kv_set(store, "g", 1, "k2", 2, "v2", 2, &error), KV_OK);
    check_shell(path, "SELECT key, value FROM kv_entries ORDER BY key;", "k|v\nk2|v2\n");
    check_shell(path,
                "INSERT INTO kv_entries (grp, key, version, value)"
                " VALUES (x'67', x'6b33', 1, x'7633');",
                "");
    CHECK(check_value_is(store, "g", "k3", "v3"));
    check_shell(path, "DELETE FROM kv_entries WHERE key = x'6b';", "");
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_backup(store, check_path("both.db"), NULL, NULL, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    check_shell(path, "SELECT what FROM orders; PRAGMA integrity_check;", "tea\nmilk\nok\n");
    check_shell(check_path("both.db"), "SELECT what FROM orders;", "tea\nmilk\n");
}

static void a_lock_of_another_process_is_busy_in_time(void)
{
    char uri[4200], command[4400];
    snprintf(uri, sizeof uri, "sqlite:%s?busy_timeout=50ms", check_path("locked.db"));
    kv_store store = check_open(uri);
    EXPECT(kv_set(store, "g", 1, "k", 1, "before", 6, &error), KV_OK);
    /* The shell holds the write lock for as long as its input stays open. */
    snprintf(command, sizeof command, "sqlite3 '%s' > '%s' 2>&1", check_path("locked.db"),
             check_path("shell.out"));
    FILE *shell = popen(command, "w");
    fputs("BEGIN IMMEDIATE;\nSELECT 'locked';\n", shell);
    fflush(shell);
    struct content printed = {NULL, 0};
    /* Polls until the shell has the lock. */
    for (int i = 0; i < 500 && printed.len == 0; i++) {
        usleep(10000);
        free(printed.bytes);
        printed = read_file(check_path("shell.out"));
    }
    free(printed.bytes);
    EXPECT(kv_set(store, "g", 1, "k", 1, "during", 6, &error), KV_ERR_BUSY);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_ERR_BUSY);
    CHECK(check_value_is(store, "g", "k", "before"));
    fputs("COMMIT;\n", shell);
    pclose(shell);
    EXPECT(kv_set(store, "g", 1, "k", 1, "after", 5, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "foreign");
    RUN(text_and_noise_are_refused_untouched);
    RUN(a_cut_or_scribbled_header_is_refused_untouched);
    if (!has_shell()) {
        check_skip(NO_SHELL);
        return check_end();
    }
    RUN(tables_of_another_shape_are_refused_untouched);
    RUN(a_newer_format_is_refused_untouched);
    RUN(refusals_keep_no_descriptor);
    RUN(an_applications_own_database_is_joined);
    RUN(a_lock_of_another_process_is_busy_in_time);
    return check_end();
}
