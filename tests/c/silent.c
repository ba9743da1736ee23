/* The library writes nothing to standard output and standard error, whatever fails. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "records.h"
#include "sync_fault.h"
#include "system.h"

/* Runs `body` with standard output and standard error in a file, which must stay empty. */
static void in_silence(void (*body)(void))
{
    int kept[2];
    char said[512] = "";
    fflush(NULL);
    FILE *file = fopen(check_path("said"), "w+b");
    if (file == NULL) abort();
    for (int fd = 1; fd <= 2; fd++) {
        kept[fd - 1] = dup(fd);
        CHECK(dup2(fileno(file), fd) >= 0);
    }
    body();
    fflush(NULL);
    for (int fd = 1; fd <= 2; fd++) {
        CHECK(dup2(kept[fd - 1], fd) >= 0);
        close(kept[fd - 1]);
    }
    int64_t len = file_len(check_path("said"));
    CHECK(len >= 0);
    if (len != 0) {
        rewind(file);
        CHECK(fread(said, 1, sizeof said - 1, file) > 0);
        FAIL("%" PRId64 " bytes were written: %s", len, said);
    }
    fclose(file);
}

static void ignore_record(void *user_data, const kv_log_record *record)
{
    (void)user_data, (void)record;
}

/* Openings that fail, each for another reason. */
static void fail_to_open(void)
{
    const char *const locations[] = {
        "nonsense:", "sqlite:/nowhere/at/all.db", "memory:?slow=soon", "redis://127.0.0.1:1/0",
        "log:/proc/none",
    };
    kv_store store;
    for (size_t i = 0; i < sizeof locations / sizeof *locations; i++)
        CHECK(kv_open(locations[i], &store, NULL) < 0);
}

static void lose_events(void)
{
    kv_store store = check_open("memory:?slow=1ms");
    kv_watch watch;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = KV_WATCH_ANY_KEY;
    options.capacity = 16;
    EXPECT(kv_watch_open(store, "g", 1, NULL, 0, &options, &watch, &error), KV_OK);
    for (int i = 0; i < 40; i++) EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set(store, NULL, 9, "k", 1, "v", 1, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_ERR_HANDLE);
}

static void poison_stores(void)
{
    const char *const schemes[] = {"sqlite", "log"};
    for (size_t i = 0; i < 2; i++) {
        char uri[4200];
        snprintf(uri, sizeof uri, "%s:%s?durability=full", schemes[i], check_path(schemes[i]));
        kv_store store = check_open(uri);
        __atomic_store_n(&syncs_fail, true, __ATOMIC_SEQ_CST);
        CHECK(kv_set(store, "g", 1, "k", 1, "v", 1, NULL) < 0);
        __atomic_store_n(&syncs_fail, false, __ATOMIC_SEQ_CST);
        EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_ERR_POISONED);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void open_a_damaged_file(void)
{
    unlink(check_path("damaged.db"));
    kv_store store = check_open(check_path("damaged.db"));
    for (int i = 0; i < 500; i++)
        EXPECT(kv_set(store, "g", 1, &i, sizeof i, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    FILE *file = fopen(check_path("damaged.db"), "r+b");
    char noise[3 * 4096];
    memset(noise, 0xEE, sizeof noise);
    CHECK(file != NULL && fseek(file, 2 * 4096, SEEK_SET) == 0);
    CHECK(fwrite(noise, 1, sizeof noise, file) == sizeof noise);
    fclose(file);
    if (kv_open(check_path("damaged.db"), &store, NULL) == KV_OK) {
        CHECK(kv_check(store, NULL) < 0);
        CHECK(kv_close(store, NULL) == KV_OK);
    }
}

static void do_all(void)
{
    fail_to_open();
    lose_events();
    if (SYNCS_CAN_FAIL) poison_stores();
    open_a_damaged_file();
}

static void no_line_is_written_without_a_log(void)
{
    in_silence(do_all);
}

static void no_line_is_written_with_a_log(void)
{
    EXPECT(kv_set_log(KV_LOG_DEBUG, ignore_record, NULL, NULL, &error), KV_OK);
    in_silence(do_all);
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
}

static void say_something(void)
{
    fprintf(stderr, "said\n");
}

/* The test notices a line. */
static void a_line_is_noticed(void)
{
    int before = check_failures;
    int saved = dup(2);
    FILE *null = fopen(NULL_DEVICE, "wb");
    CHECK(dup2(fileno(null), 2) >= 0);
    in_silence(say_something);
    CHECK(dup2(saved, 2) >= 0);
    close(saved), fclose(null);
    int noticed = check_failures - before;
    check_failures = before;
    CHECK_EQUAL(noticed, 1);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "silent");
    if (!SYNCS_CAN_FAIL) check_skip("on Windows no sync can be made to fail");
    RUN(a_line_is_noticed);
    RUN(no_line_is_written_without_a_log);
    RUN(no_line_is_written_with_a_log);
    return check_end();
}
