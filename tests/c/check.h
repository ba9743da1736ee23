/*
 * The checks of the C tests. A program is a list of cases; a case is a function whose name is the
 * sentence it proves. A failed check prints where and what, and the case goes on: one run shows
 * everything that is wrong.
 */

#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include <kv.h>

/* A program that loads the library at run time defines CHECK_UNLINKED and calls nothing here. */
#ifdef CHECK_UNLINKED
#define check_text(status) ((status) == KV_OK ? "ok" : "not ok")
#else
#define check_text(status) kv_strerror(status)
#endif

/* Not every program uses every function here. */
#define MAYBE_UNUSED __attribute__((unused))

/* The text that EXPECT prints when a call returns another status; one per thread. */
static _Thread_local kv_error error;

static const char *check_directory = ".";
static const char *check_program = "";
static int check_failures;

/* Fails the case, naming the place; goes on. */
#define FAIL(...)                                                   \
    do {                                                            \
        __atomic_add_fetch(&check_failures, 1, __ATOMIC_RELAXED);   \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);             \
        fprintf(stderr, __VA_ARGS__);                               \
        fprintf(stderr, "\n");                                      \
    } while (0)

/* Something holds. */
#define CHECK(condition)                                            \
    do {                                                            \
        if (!(condition)) FAIL("%s does not hold", #condition);     \
    } while (0)

/* Two whole numbers are equal. */
#define CHECK_EQUAL(actual, expected)                                                        \
    do {                                                                                     \
        int64_t actual_number = (int64_t)(actual), expected_number = (int64_t)(expected);    \
        if (actual_number != expected_number)                                                \
            FAIL("%s is %" PRId64 ", expected %" PRId64, #actual, actual_number,             \
                 expected_number);                                                           \
    } while (0)

/* Bytes are those of a string. */
#define CHECK_BYTES(data, len, text)                                                         \
    do {                                                                                     \
        size_t actual_len = (len), expected_len = strlen(text);                              \
        if (actual_len != expected_len || memcmp((data), (text), expected_len) != 0)         \
            FAIL("%s is \"%.*s\", expected \"%s\"", #data, (int)actual_len,                  \
                 (const char *)(data), (text));                                              \
    } while (0)

/* A call that hands &error to the library returns a status. */
#define EXPECT(call, expected)                                                               \
    do {                                                                                     \
        error.code = 0;                                                                      \
        error.message[0] = '\0';                                                             \
        kv_status actual_status = (call);                                                    \
        if (actual_status != (expected))                                                     \
            FAIL("%s\n    returned %d (%s), expected %d (%s): %s", #call, actual_status,     \
                 check_text(actual_status), (expected), check_text(expected),               \
                 error.message);                                                             \
    } while (0)

/* A call fails with a status, and its message holds a word that helps. */
#define EXPECT_MESSAGE(call, expected, word)                                                 \
    do {                                                                                     \
        EXPECT(call, expected);                                                              \
        if (strstr(error.message, (word)) == NULL)                                           \
            FAIL("%s: \"%s\" does not name \"%s\"", #call, error.message, (word));           \
    } while (0)

/* Runs a case and prints what became of it. */
#define RUN(name) check_run(#name, name)

static MAYBE_UNUSED void check_run(const char *name, void (*body)(void))
{
    int before = check_failures;
    body();
    printf("%s %s: %s\n", check_failures == before ? "ok" : "FAILED", check_program, name);
    fflush(stdout);
}

/* The first argument is a directory of the program's own, fresh and empty. */
static MAYBE_UNUSED void check_begin(int argc, char **argv, const char *program)
{
    check_program = program;
#ifdef _WIN32
    /* A line ends as on other systems. */
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        exit(2);
    }
    check_directory = argv[1];
}

static MAYBE_UNUSED int check_end(void)
{
    return check_failures == 0 ? 0 : 1;
}

/* Prints why cases are left out; the runner counts it. */
static MAYBE_UNUSED void check_skip(const char *why)
{
    printf("skip %s: %s\n", check_program, why);
}

/* The path of a file in the program's directory, in one of a few buffers that take turns. */
static MAYBE_UNUSED const char *check_path(const char *name)
{
    static _Thread_local char paths[8][4096];
    static _Thread_local unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", check_directory, name);
    return path;
}

/* How often to do a thing: `count` times, fewer where KV_TEST_SCALE (percent) says so. */
static MAYBE_UNUSED int check_times(int count)
{
    const char *scale = getenv("KV_TEST_SCALE");
    int times = scale == NULL ? count : count * atoi(scale) / 100;
    return times > 0 ? times : 1;
}

/* A random number that is the same in every run. */
static MAYBE_UNUSED uint64_t check_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

#ifndef CHECK_UNLINKED
/* Opens a store; without one there is nothing to test. */
static MAYBE_UNUSED kv_store check_open(const char *location)
{
    kv_store store;
    if (kv_open(location, &store, &error) != KV_OK) {
        FAIL("open %s: %s", location, error.message);
        exit(1);
    }
    return store;
}

/* A key has a value that is a string. */
static MAYBE_UNUSED bool check_value_is(kv_store store, const char *group, const char *key,
                                        const char *text)
{
    kv_value value;
    bool same = kv_get(store, group, KV_NUL, key, KV_NUL, &value, &error) == KV_OK &&
                value.len == strlen(text) && memcmp(value.data, text, value.len) == 0;
    kv_value_free(&value);
    return same;
}
#endif

#endif
