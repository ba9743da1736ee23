// Loaded into a process in which inotify is at a limit: KV_TEST_LIMIT says which.

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_limit(const char *name) {
    const char *limit = getenv("KV_TEST_LIMIT");
    return limit && strcmp(limit, name) == 0;
}

int inotify_init1(int flags) {
    if (is_limit("instances")) {
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_inotify_init1, flags);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask) {
    if (is_limit("watches")) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
}
