/* Modes of files: the system refuses other users, and new files are private. */

#ifndef PERMISSIONS_H
#define PERMISSIONS_H

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* A file and those beside it are for their user alone. */
static void check_private(const char *name)
{
    const char *const endings[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char file[32];
        struct stat status;
        snprintf(file, sizeof file, "%s%s", name, endings[i]);
        CHECK(stat(check_path(file), &status) == 0);
        CHECK_EQUAL(status.st_mode & 07777, 0600);
    }
}

/* Runs as a user who may not do everything. */
static void check_refusals_of_the_system(void)
{
    kv_store store;
    EXPECT(kv_open(check_path("secret.db"), &store, &error), KV_ERR_PERMISSION);
    CHECK_EQUAL(error.os_error, EACCES);
    EXPECT(kv_open(check_path("locked/new.db"), &store, &error), KV_ERR_PERMISSION);
    CHECK_EQUAL(error.os_error, EACCES);
    store = check_open(check_path("own.db"));
    EXPECT(kv_backup(store, check_path("locked/copy.db"), NULL, NULL, &error), KV_ERR_PERMISSION);
    CHECK_EQUAL(error.os_error, EACCES);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void check_reading_a_file_of_another_user(void)
{
    kv_store store = check_open(check_path("readable.db"));
    kv_stats stats = KV_STATS_INIT;
    CHECK(check_value_is(store, "g", "k", "v"));
    EXPECT(kv_set(store, "g", 1, "k", 1, "w", 1, &error), KV_ERR_READ_ONLY);
    CHECK_EQUAL(error.os_error, EACCES);
    EXPECT(kv_stats_get(store, &stats, &error), KV_OK);
    CHECK_EQUAL(stats.read_only, 1);
    CHECK_EQUAL(stats.write_errno, EACCES);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(access(check_path("readable.db-wal"), F_OK) != 0);
}

static void what_the_system_refuses_carries_its_error_number(void)
{
    int status = -1;
    kv_stats stats = KV_STATS_INIT;
    kv_store readable = check_open(check_path("readable.db"));
    EXPECT(kv_set(readable, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_stats_get(readable, &stats, &error), KV_OK);
    CHECK(stats.read_only == 0 && stats.write_errno == 0);
    EXPECT(kv_close(readable, &error), KV_OK);
    CHECK(chmod(check_path("readable.db"), 0444) == 0);
    kv_store store = check_open(check_path("secret.db"));
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(chmod(check_directory, 0777) == 0);
    CHECK(chmod(check_path("secret.db"), geteuid() == 0 ? 0600 : 0) == 0);
    CHECK(mkdir(check_path("locked"), 0555) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        /* Root is refused nothing, so another user runs it. */
        if (geteuid() == 0 && setuid(65534) != 0) _exit(3);
        check_failures = 0;
        check_refusals_of_the_system();
        check_reading_a_file_of_another_user();
        _exit(check_failures == 0 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

#endif
