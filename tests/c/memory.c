/*
 * Memory that ends: what a caller makes large is KV_ERR_MEMORY where there is no room for it, never
 * the end of the program, and the handles work on. The limit is that of the address space.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { MIB = 1024 * 1024, ROOM = 96 * MIB };

static kv_store store;
static char *large;

/* The bytes of address space that the process uses. */
static size_t used(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Leaves room for `bytes` more. */
static void limit(size_t bytes)
{
    struct rlimit space;
    CHECK(getrlimit(RLIMIT_AS, &space) == 0);
    space.rlim_cur = used() + bytes;
    CHECK(setrlimit(RLIMIT_AS, &space) == 0);
}

static void unlimit(void)
{
    struct rlimit space;
    CHECK(getrlimit(RLIMIT_AS, &space) == 0);
    space.rlim_cur = space.rlim_max;
    CHECK(setrlimit(RLIMIT_AS, &space) == 0);
}

/* Runs a case in a process of its own, so that the end of it is seen. */
static void in_child(void (*body)(const char *), const char *location)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        store = check_open(location);
        large = calloc(64, MIB);
        body(location);
        unlimit();
        EXPECT(kv_set(store, "", 0, "after", KV_NUL, "1", 1, &error), KV_OK);
        EXPECT(kv_close(store, &error), KV_OK);
        fflush(stdout);
        _exit(check_failures == 0 ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

static void on_all(void (*body)(const char *))
{
    in_child(body, "memory:");
    in_child(body, check_path("memory.db"));
}

/* Where the values that are written in pieces rest in memory. */
static void on_rows(void (*body)(const char *))
{
    char uri[4200];
    snprintf(uri, sizeof uri, "log:%s", check_path("memory.log"));
    in_child(body, "memory:");
    in_child(body, uri);
}

/* Repeats a call until it fails, and expects the status. */
#define UNTIL_MEMORY(call)                                                                   \
    do {                                                                                     \
        kv_status last = KV_OK;                                                              \
        int rounds = 0;                                                                      \
        while ((last = (call)) == KV_OK && rounds < 1000) rounds++;                          \
        CHECK_EQUAL(last, KV_ERR_MEMORY);                                                    \
        CHECK_EQUAL(error.os_error, ENOMEM);                                                 \
    } while (0)

static void batch(const char *location)
{
    (void)location;
    kv_batch steps;
    EXPECT(kv_batch_new(&steps, &error), KV_OK);
    limit(ROOM);
    UNTIL_MEMORY(kv_batch_set(steps, "", 0, "k", 1, large, MIB, NULL, &error));
    EXPECT(kv_batch_clear(steps, &error), KV_OK);
    EXPECT(kv_batch_close(steps, &error), KV_OK);
}

static void flat_batch(const char *location)
{
    (void)location;
    kv_batch steps;
    unsigned char step[44] = {3};
    memcpy(large, step, sizeof step);
    unsigned len = MIB;
    memcpy(large + 40, &len, sizeof len);
    EXPECT(kv_batch_new(&steps, &error), KV_OK);
    limit(ROOM);
    UNTIL_MEMORY(kv_batch_add_flat(steps, large, sizeof step + len, &error));
    EXPECT(kv_batch_close(steps, &error), KV_OK);
}

static void transaction(const char *location)
{
    (void)location;
    kv_txn open;
    int key = 0;
    EXPECT(kv_txn_begin(store, &open, &error), KV_OK);
    limit(ROOM);
    UNTIL_MEMORY(
        (key++, kv_txn_set(open, "", 0, &key, sizeof key, large, MIB, NULL, &error)));
    EXPECT(kv_txn_abort(open, &error), KV_OK);
}

/* A value of 40 MiB is written while there is room, and read where there is none. A file takes a larger
   one in pieces. */
static void values(const char *location)
{
    bool is_file = strcmp(location, "memory:") != 0;
    kv_value value;
    EXPECT(kv_set(store, "", 0, "k", 1, large, 40 * MIB, &error), KV_OK);
    limit(30 * MIB);
    EXPECT(kv_get(store, "", 0, "k", 1, &value, &error), KV_ERR_MEMORY);
    EXPECT(kv_append(store, "", 0, "k", 1, large, 8 * MIB, KV_TTL_NEVER, NULL, &error),
           KV_ERR_MEMORY);
    EXPECT(kv_set(store, "", 0, "other", KV_NUL, large, 60 * MIB, &error),
           is_file ? KV_OK : KV_ERR_MEMORY);
}

static void writer(const char *location)
{
    (void)location;
    kv_writer open;
    EXPECT(kv_writer_open(store, "", 0, "k", 1, NULL, &open, &error), KV_OK);
    limit(ROOM);
    UNTIL_MEMORY(kv_writer_write(open, large, MIB, &error));
    EXPECT(kv_writer_commit(open, NULL, &error), KV_ERR_MEMORY);
    EXPECT(kv_writer_abort(open, &error), KV_OK);
    EXPECT(kv_exists(store, "", 0, "k", 1, &error), KV_NOT_FOUND);
}

/* A value that has no room as a whole is read in pieces. */
static void reader(const char *location)
{
    (void)location;
    kv_value value;
    kv_writer written;
    kv_reader open;
    char part[65536];
    size_t len = 1;
    uint64_t read = 0;
    EXPECT(kv_writer_open(store, "", 0, "k", 1, NULL, &written, &error), KV_OK);
    for (int i = 0; i < 40; i++) EXPECT(kv_writer_write(written, large, MIB, &error), KV_OK);
    EXPECT(kv_writer_commit(written, NULL, &error), KV_OK);
    limit(30 * MIB);
    EXPECT(kv_get(store, "", 0, "k", 1, &value, &error), KV_ERR_MEMORY);
    EXPECT(kv_reader_open(store, "", 0, "k", 1, &open, &error), KV_OK);
    for (; len > 0; read += len) {
        len = 0;
        EXPECT(kv_reader_read(open, read, part, sizeof part, &len, &error), KV_OK);
    }
    CHECK_EQUAL(read, 40 * MIB);
    EXPECT(kv_reader_close(open, &error), KV_OK);
}

static void a_batch_without_memory_is_refused(void) { on_all(batch); }
static void a_flat_batch_without_memory_is_refused(void) { on_all(flat_batch); }
static void a_transaction_without_memory_is_refused(void) { on_all(transaction); }
static void a_value_without_memory_is_refused(void) { on_all(values); }
static void a_value_in_pieces_without_memory_is_refused(void) { on_rows(writer); }
static void a_value_without_memory_is_read_in_pieces(void) { on_all(reader); }

int main(int argc, char **argv)
{
    check_begin(argc, argv, "memory");
    RUN(a_batch_without_memory_is_refused);
    RUN(a_flat_batch_without_memory_is_refused);
    RUN(a_transaction_without_memory_is_refused);
    RUN(a_value_without_memory_is_refused);
    RUN(a_value_in_pieces_without_memory_is_refused);
    RUN(a_value_without_memory_is_read_in_pieces);
    return check_end();
}
