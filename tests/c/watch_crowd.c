/*
 * Many watches on one store: their limit, their cost while no thread writes, and that
 * watching keeps the locks on the file which other processes rely on.
 */

#define _DEFAULT_SOURCE
#include <time.h>
#include <unistd.h>
#ifndef _WIN32
#include <fcntl.h>
#include <sys/wait.h>
#endif

#include "events.h"

enum { WATCHES_MAX = 65536 };

static kv_watch watches[WATCHES_MAX];

static void numbered(char *key, int number)
{
    snprintf(key, 16, "%d", number);
}

static void watch_keys(kv_store store, int count)
{
    for (int i = 0; i < count; i++) {
        char key[16];
        numbered(key, i);
        EXPECT(kv_watch_open(store, "g", 1, key, KV_NUL, NULL, &watches[i], &error), KV_OK);
    }
}

static void close_watches(int count)
{
    for (int i = 0; i < count; i++) EXPECT(kv_watch_close(watches[i], &error), KV_OK);
}

static void a_thousand_watches_each_hear_of_their_own_key(void)
{
    enum { MANY = 1000 };
    kv_store store = open_with_log("crowd.db", "");
    watch_keys(store, MANY);
    for (int i = 0; i < MANY; i++) {
        char key[16];
        numbered(key, i);
        set_text(store, key, key);
    }
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    for (int i = 0; i < MANY; i++) {
        char key[16];
        numbered(key, i);
        EXPECT_SET(watches[i], key, key);
        EXPECT_EVENT(watches[i], KV_EVENT_DELETE_GROUP, "g", "", "");
        EXPECT_NOTHING(watches[i]);
    }
    close_watches(MANY);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void watches_run_out_with_a_status(void)
{
    kv_store store = check_open("memory:");
    kv_watch none = {7};
    watch_keys(store, WATCHES_MAX);
    EXPECT(kv_watch_open(store, "g", 1, "k", 1, NULL, &none, &error), KV_ERR_MEMORY);
    CHECK_EQUAL(none.id, 0);
    /* A refused watch gets no event and takes no place. */
    set_text(store, "65535", "last");
    set_text(store, "k", "refused");
    EXPECT_SET(watches[WATCHES_MAX - 1], "65535", "last");
    EXPECT(kv_watch_close(watches[7], &error), KV_OK);
    EXPECT(kv_watch_open(store, "g", 1, "7", 1, NULL, &watches[7], &error), KV_OK);
    set_text(store, "7", "again");
    EXPECT_SET(watches[7], "7", "again");
    close_watches(WATCHES_MAX);
    EXPECT(kv_close(store, &error), KV_OK);
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Polling, in a thread per watch or for all, would be far above this. */
static void a_thousand_idle_watches_take_no_time(void)
{
    enum { MANY = 1000, SECONDS = 2 };
    kv_store store = open_with_log("idle.db", "");
    watch_keys(store, MANY);
    set_text(store, "7", "settled");
    EXPECT_SET(watches[7], "7", "settled");
    double begin = cpu_ms();
    sleep(SECONDS);
    double used = cpu_ms() - begin;
    printf("watch_crowd: %d idle watches took %.3f ms of CPU in %d s\n", MANY, used, SECONDS);
    CHECK(used < 50);
    close_watches(MANY);
    EXPECT(kv_close(store, &error), KV_OK);
}

#ifndef _WIN32
/*
 * The bytes that SQLite keeps locked for as long as a file is open: the shared ones of the file, and
 * in the index of its log the one that says that somebody uses it.
 */
static const struct { const char *ending; off_t begin, end; } lock_bytes[] = {
    {"", 0x40000000, 0x40000000 + 512},
    {"-shm", 128, 129},
};
enum { LOCKS_MAX = 1024 };

/* Runs in another process: notes, byte by byte, which locks it would have to wait for. */
static size_t look_at_locks(const char *name, char *seen)
{
    size_t len = 0;
    for (int i = 0; i < 2; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s%s", check_path(name), lock_bytes[i].ending);
        int file = open(path, O_RDWR);
        for (off_t at = lock_bytes[i].begin; at < lock_bytes[i].end; at++) {
            struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
            bool known = file >= 0 && fcntl(file, F_GETLK, &lock) == 0;
            seen[len++] = !known ? '?' : lock.l_type == F_UNLCK ? '.'
                                     : lock.l_type == F_RDLCK ? 'r' : 'w';
        }
        if (file >= 0) close(file);
    }
    return len;
}

/* Gives the locks that another process sees on a file of ours, as text. */
static void locks_seen(const char *name, char *seen)
{
    int ends[2], status = -1;
    memset(seen, 0, LOCKS_MAX);
    CHECK(pipe(ends) == 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        size_t len = look_at_locks(name, seen);
        _exit(write(ends[1], seen, len) == (ssize_t)len ? 0 : 1);
    }
    close(ends[1]);
    size_t len = 0;
    ssize_t more;
    while ((more = read(ends[0], seen + len, LOCKS_MAX - 1 - len)) > 0) len += (size_t)more;
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(strchr(seen, '?') == NULL);
}

static void watching_keeps_the_locks_on_the_file(void)
{
    char before[LOCKS_MAX], during[LOCKS_MAX], after[LOCKS_MAX];
    kv_store store = open_with_log("locks.db", "");
    kv_change_cursor walk;
    kv_event event = KV_EVENT_INIT;
    set_text(store, "k", "v");
    /* The connections that there will be are there. */
    watch_keys(store, 1);
    locks_seen("locks.db", before);
    CHECK(strchr(before, 'r') != NULL);
    for (int round = 0; round < 5; round++) {
        close_watches(1);
        locks_seen("locks.db", during);
        CHECK(strcmp(during, before) == 0);
        watch_keys(store, 1);
        set_text(store, "0", "w");
        EXPECT_SET(watches[0], "0", "w");
        EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
        EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
        EXPECT(kv_changes_close(walk, &error), KV_OK);
        kv_watch existing = watch_with(store, "g", "", KV_WATCH_ANY_KEY | KV_WATCH_EXISTING, 0);
        while (kv_watch_poll(existing, 0, &event, &error) == KV_OK) {}
        EXPECT(kv_watch_close(existing, &error), KV_OK);
    }
    locks_seen("locks.db", after);
    CHECK_BYTES(after, strlen(after), before);
    close_watches(1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_lock_that_is_lost_would_be_seen(void)
{
    char before[LOCKS_MAX], after[LOCKS_MAX];
    kv_store store = open_with_log("lost.db", "");
    set_text(store, "k", "v");
    watch_keys(store, 1);
    locks_seen("lost.db", before);
    /* A program must not do this: closing any descriptor of a file drops the process's locks on it. */
    close(open(check_path("lost.db-shm"), O_RDWR));
    locks_seen("lost.db", after);
    CHECK(strcmp(before, after) != 0);
    close_watches(1);
    EXPECT(kv_close(store, &error), KV_OK);
}
#endif

int main(int argc, char **argv)
{
    check_begin(argc, argv, "watch_crowd");
    RUN(a_thousand_watches_each_hear_of_their_own_key);
    RUN(watches_run_out_with_a_status);
    RUN(a_thousand_idle_watches_take_no_time);
#ifndef _WIN32
    RUN(watching_keeps_the_locks_on_the_file);
    RUN(a_lock_that_is_lost_would_be_seen);
#else
    check_skip("locks of Windows belong to a handle, and no other ends them");
#endif
    return check_end();
}
