/*
 * Files of Windows: their paths are UTF-8, other programs may have them open, and a lock belongs to
 * the handle that took it. The first argument is a directory of the program's own.
 */

#define _DEFAULT_SOURCE
#include "../c/again.h"
#include "../c/events.h"
#include "../c/ports.h"

/* "große 数据" in UTF-8 and in UTF-16. */
#define FOLDER "gro\xc3\x9f" "e \xe6\x95\xb0\xe6\x8d\xae"
#define WIDE_FOLDER L"gro\x00df" L"e \x6570\x636e"

/* How long one process waits for the other. */
enum { WAIT_MAX_MS = 60000 };

/* Writes the path of a file in the directory in UTF-16, whose letters here are those of ASCII. */
static const wchar_t *wide(const wchar_t *name)
{
    static wchar_t path[8192];
    size_t len = 0;
    for (const char *at = check_directory; *at != '\0'; at++) path[len++] = (wchar_t)*at;
    path[len++] = L'/';
    wcscpy(path + len, name);
    return path;
}

static bool is_there(const wchar_t *name)
{
    return GetFileAttributesW(wide(name)) != INVALID_FILE_ATTRIBUTES;
}

/* Opens a file that others may use as `sharing` says. */
static HANDLE open_sharing(const wchar_t *name, DWORD access, DWORD sharing)
{
    return CreateFileW(wide(name), access, sharing, NULL, OPEN_EXISTING, 0, NULL);
}

static void set_in(const char *location)
{
    kv_store store = check_open(location);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    store = check_open(location);
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_path_is_utf8_with_slashes_or_backslashes(void)
{
    char location[4200];
    CHECK(CreateDirectoryW(wide(WIDE_FOLDER), NULL));
    set_in(check_path(FOLDER "\\one.db"));
    set_in(check_path(FOLDER "/two.db"));
    CHECK(is_there(WIDE_FOLDER L"/one.db") && is_there(WIDE_FOLDER L"/two.db"));
    snprintf(location, sizeof location, "sqlite:%s?durability=full", check_path(FOLDER "/three.db"));
    set_in(location);
    snprintf(location, sizeof location, "log:%s", check_path(FOLDER "\\four.log"));
    set_in(location);
    CHECK(is_there(WIDE_FOLDER L"/three.db") && is_there(WIDE_FOLDER L"/four.log/LOCK"));
    kv_store store = check_open(location);
    EXPECT(kv_backup(store, check_path(FOLDER "/copy.log"), NULL, NULL, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    snprintf(location, sizeof location, "log:%s", check_path(FOLDER "/copy.log"));
    set_in(location);
    snprintf(location, sizeof location, "sqlite:%s?read_only=on", check_path(FOLDER "/one.db"));
    store = check_open(location);
    CHECK(check_value_is(store, "g", "k", "v"));
    CHECK(!is_there(WIDE_FOLDER L"/one.db-wal") && !is_there(WIDE_FOLDER L"/one.db-shm"));
    EXPECT(kv_backup(store, check_path(FOLDER "/copy.db"), NULL, NULL, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(is_there(WIDE_FOLDER L"/copy.db"));
}

static void a_path_that_is_not_utf8_is_refused(void)
{
    kv_store store;
    EXPECT(kv_open(check_path("gro\xdf" "e.db"), &store, &error), KV_ERR_ARGUMENT);
}

static void other_programs_may_read_an_open_file(void)
{
    const DWORD all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const wchar_t *const endings[] = {L"open.db", L"open.db-wal", L"open.db-shm"};
    char begins[16] = "";
    DWORD len = 0;
    kv_store store = check_open(check_path("open.db"));
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    for (int i = 0; i < 3; i++) {
        HANDLE file = open_sharing(endings[i], GENERIC_READ, all);
        CHECK(file != INVALID_HANDLE_VALUE);
        if (i == 0) {
            CHECK(ReadFile(file, begins, 15, &len, NULL) && len == 15);
            CHECK(strcmp(begins, "SQLite format 3") == 0);
        }
        CHECK(CloseHandle(file));
    }
    /* On POSIX systems the close would have dropped the locks of the store. */
    EXPECT(kv_set(store, "g", 1, "k", 1, "w", 1, &error), KV_OK);
    EXPECT(kv_check(store, &error), KV_OK);
    CHECK(!DeleteFileW(wide(L"open.db")));
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(DeleteFileW(wide(L"open.db")));
}

static void a_file_that_a_program_has_for_itself_is_busy(void)
{
    char location[4200];
    kv_store store;
    set_in(check_path("alone.db"));
    HANDLE file = open_sharing(L"alone.db", GENERIC_READ | GENERIC_WRITE, 0);
    CHECK(file != INVALID_HANDLE_VALUE);
    EXPECT(kv_open(check_path("alone.db"), &store, &error), KV_ERR_BUSY);
    CHECK_EQUAL(error.os_error, ERROR_SHARING_VIOLATION);
    CHECK(CloseHandle(file));
    set_in(check_path("alone.db"));

    snprintf(location, sizeof location, "log:%s", check_path("alone.log"));
    set_in(location);
    file = open_sharing(L"alone.log/LOCK", GENERIC_READ | GENERIC_WRITE, 0);
    CHECK(file != INVALID_HANDLE_VALUE);
    EXPECT(kv_open(location, &store, &error), KV_ERR_BUSY);
    CHECK_EQUAL(error.os_error, ERROR_SHARING_VIOLATION);
    CHECK(CloseHandle(file));
    set_in(location);
}

static void a_file_that_may_not_be_written_is_read(void)
{
    kv_stats stats = KV_STATS_INIT;
    set_in(check_path("fixed.db"));
    CHECK(SetFileAttributesW(wide(L"fixed.db"), FILE_ATTRIBUTE_READONLY));
    HANDLE file = open_sharing(L"fixed.db", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE);
    if (file != INVALID_HANDLE_VALUE) {
        CHECK(CloseHandle(file));
        check_skip("wine lets root write a file that is read-only");
        return;
    }
    kv_store store = check_open(check_path("fixed.db"));
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_set(store, "g", 1, "k", 1, "w", 1, &error), KV_ERR_READ_ONLY);
    CHECK_EQUAL(error.os_error, ERROR_ACCESS_DENIED);
    EXPECT(kv_stats_get(store, &stats, &error), KV_OK);
    CHECK_EQUAL(stats.read_only, 1);
    CHECK_EQUAL(stats.write_errno, ERROR_ACCESS_DENIED);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(SetFileAttributesW(wide(L"fixed.db"), FILE_ATTRIBUTE_NORMAL));
}

/* Makes an empty file, by which one process tells the other how far it is. */
static void leave_file(const char *name)
{
    FILE *file = fopen(check_path(name), "wb");
    CHECK(file != NULL);
    if (file != NULL) fclose(file);
}

static void wait_for(const char *name)
{
    for (int waited = 0; access(check_path(name), F_OK) != 0; waited += 5) {
        if (waited > WAIT_MAX_MS) {
            FAIL("%s did not come", name);
            return;
        }
        usleep(5000);
    }
}

/* The other process: has the log open until it is told. */
static void hold_log(const char *location, const char *unused)
{
    (void)unused;
    end_after(2 * WAIT_MAX_MS / 1000);
    kv_store store = check_open(location);
    leave_file("held");
    wait_for("seen");
    EXPECT(kv_close(store, &error), KV_OK);
    exit(check_end());
}

static void a_log_that_another_process_has_open_is_busy_with_its_id(void)
{
    char location[4200], id[32];
    kv_store store;
    snprintf(location, sizeof location, "log:%s", check_path("held.log"));
    intptr_t process = start_again("hold", location);
    wait_for("held");
    snprintf(id, sizeof id, "process %lu ", GetProcessId((HANDLE)process));
    EXPECT_MESSAGE(kv_open(location, &store, &error), KV_ERR_BUSY, id);
    leave_file("seen");
    CHECK_EQUAL(end_of(process), 0);
    set_in(location);
}

static void a_watch_receives_commits_of_another_process(void)
{
    char location[4200];
    snprintf(location, sizeof location, "sqlite:%s?changes=on", check_path("told.db"));
    kv_store store = check_open(location);
    kv_watch watch = watch_all(store);
    CHECK_EQUAL(end_of(start_again("set", location)), 0);
    kv_event event = KV_EVENT_INIT;
    EXPECT(kv_watch_poll(watch, WAIT_MAX_MS, &event, &error), KV_OK);
    if (event.group != NULL) CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "v");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_redis_is_reached_by_sockets_that_do_not_block(void)
{
    enum { LEN = 8 << 20 };
    char location[128];
    const char *port = getenv("KV_TEST_REDIS_PORT");
    if (port == NULL) {
        check_skip("no redis-server was started");
        return;
    }
    snprintf(location, sizeof location, "redis://localhost:%s", port);
    kv_store store = check_open(location);
    char *large = calloc(LEN, 1);
    if (large == NULL) abort();
    EXPECT(kv_set(store, "g", 1, "large", 5, large, LEN, &error), KV_OK);
    kv_value value;
    EXPECT(kv_get(store, "g", 1, "large", 5, &value, &error), KV_OK);
    CHECK(value.len == LEN && memcmp(value.data, large, LEN) == 0);
    kv_value_free(&value);
    free(large);
    kv_watch watch = watch_all(store);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    kv_event event = KV_EVENT_INIT;
    EXPECT(kv_watch_poll(watch, WAIT_MAX_MS, &event, &error), KV_OK);
    if (event.group != NULL) CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "v");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    snprintf(location, sizeof location, "redis://127.0.0.1:%d", closed_port());
    EXPECT_MESSAGE(kv_open(location, &store, &error), KV_ERR_UNAVAILABLE, "127.0.0.1");
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "windows");
    if (argc > 3 && strcmp(argv[2], "hold") == 0) hold_log(argv[3], NULL);
    if (argc > 3 && strcmp(argv[2], "set") == 0) {
        set_in(argv[3]);
        return check_end();
    }
    RUN(a_path_is_utf8_with_slashes_or_backslashes);
    RUN(a_path_that_is_not_utf8_is_refused);
    RUN(other_programs_may_read_an_open_file);
    RUN(a_file_that_a_program_has_for_itself_is_busy);
    RUN(a_file_that_may_not_be_written_is_read);
    RUN(a_log_that_another_process_has_open_is_busy_with_its_id);
    RUN(a_watch_receives_commits_of_another_process);
    RUN(a_redis_is_reached_by_sockets_that_do_not_block);
    return check_end();
}
