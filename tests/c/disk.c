/*
 * A disk that fills up: the status says so, nothing is half-written, reads go on, and writes work
 * again once there is room. On a small file system in memory, which only root can mount.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { VALUE_LEN = 50000 };

static kv_store store;
static char *value;

static const char *disk_path(const char *name)
{
    char below[64];
    snprintf(below, sizeof below, "disk/%s", name);
    return check_path(below);
}

/* Takes all the room there is, or gives it back. */
static void fill_disk(void)
{
    static char zeros[4096];
    int file = open(disk_path("ballast"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    while (write(file, zeros, sizeof zeros) > 0) continue;
    close(file);
}

static void free_disk(void)
{
    CHECK(unlink(disk_path("ballast")) == 0);
}

/* Writes until the disk is full; gives how many were acknowledged. */
static int write_until_full(const char *group)
{
    for (int i = 0;; i++) {
        memset(value, 'a' + i % 26, VALUE_LEN);
        kv_status status = kv_set(store, group, KV_NUL, &i, sizeof i, value, VALUE_LEN, &error);
        if (status == KV_OK && i < 10000) continue;
        CHECK_EQUAL(status, KV_ERR_FULL);
        CHECK_EQUAL(error.code, KV_ERR_FULL);
        CHECK_EQUAL(error.os_error, ENOSPC);
        CHECK(error.message[0] != '\0');
        return i;
    }
}

/* All that was acknowledged is there, whole, and nothing else. */
static void check_written(const char *group, int count)
{
    uint64_t found = 0;
    EXPECT(kv_count(store, group, KV_NUL, &found, &error), KV_OK);
    CHECK_EQUAL(found, count);
    for (int i = 0; i < count; i++) {
        kv_value read;
        EXPECT(kv_get(store, group, KV_NUL, &i, sizeof i, &read, &error), KV_OK);
        CHECK_EQUAL(read.len, VALUE_LEN);
        CHECK(read.len == VALUE_LEN && read.data[0] == 'a' + i % 26 &&
              read.data[VALUE_LEN - 1] == 'a' + i % 26);
        kv_value_free(&read);
    }
}

static void a_full_disk_is_said_and_reads_go_on(void)
{
    kv_batch batch;
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    fill_disk();
    int written = write_until_full("one");
    check_written("one", written);
    /* A batch is refused whole. */
    memset(value, 'b', VALUE_LEN);
    for (int i = 0; i < 3; i++)
        EXPECT(kv_batch_set(batch, "batch", 5, &i, sizeof i, value, VALUE_LEN, NULL, &error),
               KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_ERR_FULL);
    uint64_t count = 9;
    EXPECT(kv_count(store, "batch", 5, &count, &error), KV_OK);
    CHECK_EQUAL(count, 0);
    check_written("one", written);
    EXPECT(kv_check(store, &error), KV_OK);

    free_disk();
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_set(store, "after", 5, "k", 1, "v", 1, &error), KV_OK);
    CHECK(check_value_is(store, "after", "k", "v"));
    check_written("one", written);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_check(store, &error), KV_OK);
}

static void it_fills_up_by_itself_and_deleting_makes_room(void)
{
    EXPECT(kv_delete_group(store, "one", 3, NULL, &error), KV_OK);
    int written = write_until_full("two");
    CHECK(written > 10);
    check_written("two", written);
    EXPECT(kv_close(store, &error), KV_OK);
    store = check_open(disk_path("full.db"));
    check_written("two", written);
    EXPECT(kv_check(store, &error), KV_OK);
    kv_status deleted = kv_delete_group(store, "two", 3, NULL, &error);
    if (deleted == KV_ERR_FULL) {
        /* Even a delete needs a little room: the log's. */
        check_written("two", written);
    } else {
        CHECK_EQUAL(deleted, KV_OK);
        EXPECT(kv_set(store, "two", 3, "small", 5, "v", 1, &error), KV_OK);
    }
    EXPECT(kv_check(store, &error), KV_OK);
}

static void a_backup_without_room_leaves_nothing(void)
{
    EXPECT(kv_delete_group(store, "two", 3, NULL, &error), KV_OK);
    for (int i = 0; i < 10; i++)
        EXPECT(kv_set(store, "kept", 4, &i, sizeof i, value, VALUE_LEN, &error), KV_OK);
    fill_disk();
    EXPECT(kv_backup(store, disk_path("copy.db"), NULL, NULL, &error), KV_ERR_FULL);
    CHECK_EQUAL(error.os_error, ENOSPC);
    CHECK(access(disk_path("copy.db"), F_OK) != 0);
    free_disk();
    EXPECT(kv_check(store, &error), KV_OK);
}

static void a_new_store_on_a_full_disk_is_refused(void)
{
    kv_store fresh;
    fill_disk();
    EXPECT(kv_open(disk_path("fresh.db"), &fresh, &error), KV_ERR_FULL);
    CHECK_EQUAL(error.os_error, ENOSPC);
    CHECK(fresh.id == 0);
    free_disk();
    fresh = check_open(disk_path("fresh.db"));
    EXPECT(kv_set(fresh, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(fresh, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "disk");
    const char *disk = check_path("disk");
    if (mkdir(disk, 0700) != 0) return 2;
    /* A mount of our own namespace ends with the process, however it ends. */
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", disk, "tmpfs", 0, "size=3m") != 0) {
        char why[128];
        snprintf(why, sizeof why, "a tmpfs cannot be mounted: %s", strerror(errno));
        check_skip(why);
        return 0;
    }
    value = malloc(VALUE_LEN);
    store = check_open(disk_path("full.db"));
    RUN(a_full_disk_is_said_and_reads_go_on);
    RUN(it_fills_up_by_itself_and_deleting_makes_room);
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(unlink(disk_path("full.db")) == 0);
    store = check_open(disk_path("full.db"));
    RUN(a_backup_without_room_leaves_nothing);
    RUN(a_new_store_on_a_full_disk_is_refused);
    EXPECT(kv_close(store, &error), KV_OK);
    free(value);
    return check_end();
}
