/* The services file: named stores, and what is said about a file that is wrong. */

#define _DEFAULT_SOURCE

#include "files.h"
#include "system.h"

/* Writes a services file and returns its path. */
static const char *services(const char *text)
{
    const char *path = check_path("s.yaml");
    write_file(path, text, strlen(text));
    return path;
}

static kv_store check_open_service(const char *path, const char *service)
{
    kv_store store;
    EXPECT(kv_open_config(path, service, &store, &error), KV_OK);
    CHECK(store.id != 0);
    return store;
}

static void services_open_by_name(void)
{
    char text[9000];
    snprintf(text, sizeof text,
             "services:\n"
             "  users: {type: kvstore_sqlite, config: {path: '%s', durability: full}}\n"
             "  sessions: {type: kvstore_sqlite, config: {path: '%s'}}\n"
             "  scratch: {type: kvstore_memory}\n",
             check_path("users.db"), check_path("sessions.db"));
    const char *path = services(text);
    kv_store users = check_open_service(path, "users");
    kv_store again = check_open_service(path, "users");
    kv_store sessions = check_open_service(path, "sessions");
    kv_store scratch = check_open_service(path, "scratch");

    EXPECT(kv_set(users, "g", 1, "k", 1, "users", 5, &error), KV_OK);
    CHECK(check_value_is(again, "g", "k", "users"));
    kv_stats statistics = KV_STATS_INIT;
    EXPECT(kv_stats_get(again, &statistics, &error), KV_OK);
    CHECK_EQUAL(statistics.commits, 1);
    EXPECT(kv_exists(sessions, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_exists(scratch, "g", 1, "k", 1, &error), KV_NOT_FOUND);

    /* The same file by its location, but with other options. */
    kv_store other;
    EXPECT_MESSAGE(kv_open(check_path("users.db"), &other, &error), KV_ERR_ARGUMENT, "durability");
    EXPECT(kv_close(users, &error), KV_OK);
    EXPECT(kv_close(again, &error), KV_OK);
    EXPECT(kv_close(sessions, &error), KV_OK);
    EXPECT(kv_close(scratch, &error), KV_OK);
    other = check_open(check_path("users.db"));
    CHECK(check_value_is(other, "g", "k", "users"));
    EXPECT(kv_close(other, &error), KV_OK);
}

/* A name of a file that would be more than a value as YAML; on Windows none has a colon. */
#ifdef _WIN32
static const char like_yaml[] = "x, {read_only}";
#else
static const char like_yaml[] = "x, read_only: on}";
#endif

static void variables_come_from_the_environment(void)
{
    kv_store store;
    const char *path = services("services:\n"
                                "  it:\n"
                                "    type: kvstore_sqlite\n"
                                "    config:\n"
                                "      path: ${KV_TEST_DIRECTORY}/${KV_TEST_FILE:default.db}\n");
    unset_variable("KV_TEST_DIRECTORY");
    unset_variable("KV_TEST_FILE");
    EXPECT_MESSAGE(kv_open_config(path, "it", &store, &error), KV_ERR_CONFIG,
                   "line 5, column 13: service \"it\": key \"path\": "
                   "variable KV_TEST_DIRECTORY is not set");
    CHECK(set_variable("KV_TEST_DIRECTORY", check_directory));
    store = check_open_service(path, "it");
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(access(check_path("default.db"), F_OK) == 0);

    CHECK(set_variable("KV_TEST_FILE", like_yaml));
    store = check_open_service(path, "it");
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(access(check_path(like_yaml), F_OK) == 0);
}

static void a_file_that_is_wrong_says_where(void)
{
    const struct { const char *text, *words; } rows[] = {
        {"", "it is empty"},
        {"a: [", "line 1, column 4: unclosed bracket"},
        {"a: 1\na: 2\n", "line 2, column 1: key \"a\" stands in line 1 already"},
        {"a: 1\n", "line 1, column 1: it has no key \"services\""},
        {"services: {other: {}}", "line 1, column 1: there is no service \"it\""},
        {"services: {it: {}, it: {}}", "line 1, column 20: key \"it\" stands in line 1 already"},
        {"services: {it: {}}", "line 1, column 12: service \"it\": it has no key \"type\""},
        {"services: {it: {type: x}}", "line 1, column 23: service \"it\": unknown type \"x\""},
        {"services: {it: {type: kvstore_memory, x: 1}}", "unknown key \"x\""},
        {"services: {it: {type: kvstore_memory, config: {x: 1}}}", "unknown key \"x\""},
        {"services: {it: {type: kvstore_sqlite}}", "no key \"path\""},
        {"services: {it: {type: kvstore_sqlite, config: {path: 1}}}", "key \"path\""},
        {"services: {it: {type: kvstore_redis, config: {db: '1'}}}", "key \"db\""},
        {"services: {it: {type: kvstore_redis, config: {password: 12}}}", "key \"password\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_store store = {7};
        const char *path = services(rows[i].text);
        EXPECT_MESSAGE(kv_open_config(path, "it", &store, &error), KV_ERR_CONFIG, rows[i].words);
        CHECK(strstr(error.message, "s.yaml\"") != NULL);
        CHECK(store.id == 0 && error.os_error == 0);
    }
}

static void a_redis_that_nobody_answers_for_is_unavailable(void)
{
    kv_store store;
    const char *path = services("services:\n"
                                "  cache:\n"
                                "    type: kvstore_redis\n"
                                "    config:\n"
                                "      addr: 127.0.0.1:1\n"
                                "      password: hunter2\n"
                                "      db: 1\n"
                                "      pool_size: 20\n"
                                "      prefix: sessions\n");
    EXPECT_MESSAGE(kv_open_config(path, "cache", &store, &error), KV_ERR_UNAVAILABLE, "redis at 127.0.0.1:1");
    CHECK(strstr(error.message, "hunter2") == NULL && store.id == 0);
}

static void what_cannot_be_read_or_opened_has_the_status_of_its_reason(void)
{
    kv_store store;
    EXPECT_MESSAGE(kv_open_config(check_path("none.yaml"), "it", &store, &error), KV_ERR_IO,
                   "none.yaml");
    CHECK_EQUAL(error.os_error, OS_NO_FILE);
    EXPECT(kv_open_config("", "it", &store, &error), KV_ERR_IO);
    EXPECT_MESSAGE(kv_open_config(check_directory, "it", &store, &error), KV_ERR_CONFIG,
                   "not a file");
#ifndef _WIN32
    /* No thread writes to it, so a wait would not end. */
    CHECK(mkfifo(check_path("pipe.yaml"), 0600) == 0);
    EXPECT(kv_open_config(check_path("pipe.yaml"), "it", &store, &error), KV_ERR_CONFIG);
    EXPECT(kv_open_config("/dev/zero", "it", &store, &error), KV_ERR_CONFIG);
#else
    check_skip("a folder of Windows has no pipes and devices");
#endif

    const char *path = services("services:\n"
                                "  it: {type: kvstore_sqlite, config: {path: none/at/all.db}}\n"
                                "  '': {type: kvstore_memory}\n");
    EXPECT_MESSAGE(kv_open_config(path, "it", &store, &error), KV_ERR_IO,
                   "line 2, column 3: service \"it\": open \"none/at/all.db\"");
    CHECK_EQUAL(error.os_error, OS_NO_FOLDER);
    store = check_open_service(path, "");
    EXPECT(kv_close(store, &error), KV_OK);
    EXPECT(kv_open_config(path, "It", &store, &error), KV_ERR_CONFIG);
}

static void a_file_over_the_limit_is_refused(void)
{
    enum { LIMIT = 1024 * 1024 };
    char *text = malloc(LIMIT + 1);
    const char *path = check_path("long.yaml");
    const char *start = "services: {it: {type: kvstore_memory}}\n#";
    kv_store store;
    memset(text, 'x', LIMIT + 1);
    memcpy(text, start, strlen(start));
    write_file(path, text, LIMIT);
    store = check_open_service(path, "it");
    EXPECT(kv_close(store, &error), KV_OK);
    write_file(path, text, LIMIT + 1);
    EXPECT_MESSAGE(kv_open_config(path, "it", &store, &error), KV_ERR_CONFIG, "1048576 bytes");
    CHECK(store.id == 0);
    free(text);
}

/* Whatever is cut off or in the way, there is an answer. */
static void damaged_files_are_answered(void)
{
    const char *whole = "services:\n  it: &a\n    type: \"kvstore_memory\"\n    config: {}\n"
                        "  other: {x: [1, *a, 'y'], z: !!str |\n    text\n  }\n";
    const char marks[] = "{}[]:,&*!|>'\"%@`#-?\t\n \0\xff";
    char text[512];
    size_t len = strlen(whole);
    uint64_t seed = 7;
    for (int i = 0; i < check_times(3000); i++) {
        kv_store store;
        size_t used = check_random(&seed) % (len + 1);
        memcpy(text, whole, len);
        for (int hits = (int)(check_random(&seed) % 4); hits > 0; hits--)
            text[check_random(&seed) % len] = marks[check_random(&seed) % sizeof marks];
        write_file(check_path("damaged.yaml"), text, i % 2 == 0 ? len : used);
        kv_status status = kv_open_config(check_path("damaged.yaml"), "it", &store, &error);
        if (status != KV_OK && status != KV_ERR_CONFIG)
            FAIL("round %d: %d (%s): %.*s", i, status, error.message, (int)len, text);
        CHECK((status == KV_OK) == (store.id != 0));
        if (status == KV_OK) EXPECT(kv_close(store, &error), KV_OK);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "config");
    RUN(services_open_by_name);
    RUN(variables_come_from_the_environment);
    RUN(a_file_that_is_wrong_says_where);
    RUN(a_redis_that_nobody_answers_for_is_unavailable);
    RUN(what_cannot_be_read_or_opened_has_the_status_of_its_reason);
    RUN(a_file_over_the_limit_is_refused);
    RUN(damaged_files_are_answered);
    return check_end();
}
