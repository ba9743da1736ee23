/*
 * A full disk: a store on a small file system of its own, which threads fill until writes fail, and
 * which then has room again.
 *
 *   full FOLDER DURABILITY [unnoticed]   the folder is on the small file system
 *
 * While the disk is full, writes are KV_ERR_FULL with ENOSPC, reads go on, a backup and a new store
 * leave nothing. When there is room again, writes go on without another opening. What was
 * acknowledged is there all the time. With `unnoticed` a write that has failed is taken for one
 * that was acknowledged, which has to be found.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "steps.h"

/* Rounds of filling; threads, their units and the bytes of a value; bytes that make room. The store
   and its log need two thirds of the disk, however full they are. */
enum { ROUNDS = 3, THREADS_COUNT = 4, UNITS_OF = 12, VALUE_LEN = 45000, ROOM = 3 << 19 };

static const struct workload FULL_DISK = {.name = "full disk", .options = "wal_limit=256KiB"};

static bool is_unnoticed;
static struct unit *units[THREADS_COUNT][UNITS_OF];
static long writes, failures;

/* Writes a unit, and reads it and one that nothing touches; a full disk fails the write alone. */
static bool write_and_read(struct unit *unit)
{
    if (unit->unsure_count + 2 > SERIALS_MAX) return false;
    int before = unit->unsure_count;
    if (unit->keys == 1)
        set_unit(unit);
    else
        commit_unit(unit);
    bool has_failed = unit->unsure_count > before;
    if (has_failed && is_unnoticed) unit_end(unit, unit->last, true);
    __atomic_fetch_add(has_failed ? &failures : &writes, 1, __ATOMIC_RELAXED);
    read_unit(unit);
    read_untouched();
    return !has_failed;
}

static void *write_units(void *given)
{
    struct unit **own = given;
    for (int i = 0; i < UNITS_OF; i++) write_and_read(own[i]);
    return NULL;
}

static void write_all(void)
{
    pthread_t threads[THREADS_COUNT];
    for (int i = 0; i < THREADS_COUNT; i++)
        pthread_create(&threads[i], NULL, write_units, units[i]);
    for (int i = 0; i < THREADS_COUNT; i++) pthread_join(threads[i], NULL);
}

/* Takes all room that is left. */
static void take_room(const char *name)
{
    static const char zeros[4096];
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);
    while (file >= 0 && write(file, zeros, sizeof zeros) > 0) continue;
    if (file < 0 || errno != ENOSPC) violate("%s does not fill the disk", name);
    if (file >= 0) close(file);
}

/* A call that creates a file fails and leaves nothing, or has found room and succeeds: the log may
   have been shortened meanwhile. */
static void check_new_file(const char *call, kv_status ended, const char *name)
{
    struct stat status;
    if (ended != KV_OK && ended != KV_ERR_FULL)
        violate("%s on a full disk: %d, %s", call, ended, failure.message);
    if (ended != KV_OK && stat(path_of(name), &status) == 0)
        violate("%s has failed, and its file is there", call);
    if (ended == KV_OK && unlink(path_of(name)) != 0) violate("%s has left no file", call);
}

static void check_new_files(void)
{
    kv_store other;
    kv_status ended = kv_backup(store, path_of("backup.db"), NULL, NULL, &failure);
    check_new_file("a backup", ended, "backup.db");
    ended = kv_open(path_of("other.db"), &other, &failure);
    if (ended == KV_OK) kv_close(other, NULL);
    check_new_file("a new store", ended, "other.db");
}

static void check(const char *when)
{
    const char *difference = oracle_compare(store);
    if (difference != NULL) violate("%s: %s", when, difference);
    if (kv_check(store, &failure) != KV_OK) violate("%s: kv_check: %s", when, failure.message);
}

/* The disk gets full, stays so for a while, and has room again. */
static void run_round(void)
{
    long before = failures;
    injected = (struct fault_rule){.kinds = FAULT_WRITE, .error = ENOSPC};
    for (int i = 0; i < 4 && failures == before; i++) write_all();
    take_room("rest");
    write_all();
    check("while the disk is full");
    check_new_files();
    injected.kinds = 0;
    unlink(path_of("rest"));
    unlink(path_of("ballast"));
    for (int i = 0; i < THREADS_COUNT; i++) {
        set_unit(units[i][0]);
        commit_unit(units[i][1]);
    }
    check("when there is room again");
    take_room("rest");
}

int main(int argc, char **argv)
{
    static struct outcome result;
    if (argc < 3) return 2;
    outcome = &result;
    workload = &FULL_DISK;
    folder = argv[1];
    durability = argv[2];
    is_unnoticed = argc > 3;
    alarm(120);
    int ballast = open(path_of("ballast"), O_WRONLY | O_CREAT, 0600);
    if (ballast < 0 || posix_fallocate(ballast, 0, ROOM) != 0) return 2;
    close(ballast);
    for (int i = 0; i < THREADS_COUNT; i++) {
        for (int j = 0; j < UNITS_OF; j++) {
            char name[16];
            snprintf(name, sizeof name, "u%d.%d", i, j);
            units[i][j] = unit_of("g", name, 1 + j % 2, VALUE_LEN / (size_t)(1 + j % 2));
        }
    }
    if (open_store(NULL)) {
        fill(3, 500);
        for (int i = 0; i < ROUNDS; i++) run_round();
        unlink(path_of("rest"));
        close_store();
    }
    if (open_store(NULL)) check("opened again");
    close_store();
    if (result.violation[0] != '\0') fprintf(stderr, "%s\n", result.violation);
    bool is_sound = result.violation[0] == '\0' && failures > 0 && writes > 0;
    printf("%s full disk, %s: %ld writes, %ld that failed\n", is_sound ? "ok" : "FAILED",
           durability, writes, failures);
    return is_sound ? 0 : 1;
}
