/*
 * Calls of the system that stand before those of libc in a target whose inputs name files and servers:
 * while the gate is closed, no file outside the target's folder is opened, and no server is reached. A
 * refused connection takes a year of the clock, so that no call repeats it until its deadline.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"

enum { YEAR = 365 * 24 * 3600 };

static const char *volatile only_below;
static _Atomic time_t years;

void close_gate(const char *folder)
{
    only_below = folder;
}

void open_gate(void)
{
    only_below = NULL;
    years = 0;
}

/* Whether a path is in the folder, which is also the working directory, or one the library needs. */
static bool is_allowed(const char *path)
{
    if (only_below == NULL) return true;
    if (strstr(path, "..") != NULL) return false;
    if (path[0] != '/') return true;
    return strncmp(path, only_below, strlen(only_below)) == 0 || strcmp(path, "/proc/locks") == 0;
}

static int open_allowed(int folder, const char *path, int flags, int mode)
{
    if (!is_allowed(path)) {
        errno = EACCES;
        return -1;
    }
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define OPEN(folder)                               \
    va_list rest;                                  \
    va_start(rest, flags);                         \
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; \
    va_end(rest);                                  \
    return open_allowed(folder, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPEN(AT_FDCWD);
}

int open64(const char *path, int flags, ...)
{
    OPEN(AT_FDCWD);
}

int openat(int folder, const char *path, int flags, ...)
{
    OPEN(folder);
}

int openat64(int folder, const char *path, int flags, ...)
{
    OPEN(folder);
}

int mkdir(const char *path, mode_t mode)
{
    if (is_allowed(path)) return (int)syscall(SYS_mkdir, path, mode);
    errno = EACCES;
    return -1;
}

int unlink(const char *path)
{
    if (is_allowed(path)) return (int)syscall(SYS_unlink, path);
    errno = EACCES;
    return -1;
}

int connect(int socket, const struct sockaddr *address, socklen_t len)
{
    if (only_below == NULL) return (int)syscall(SYS_connect, socket, address, len);
    years += YEAR;
    errno = ECONNREFUSED;
    return -1;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_MONOTONIC) now->tv_sec += years;
    return status;
}

/* No name is found. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    (void)node, (void)service, (void)hints;
    *found = NULL;
    years += only_below != NULL ? YEAR : 0;
    return EAI_NONAME;
}
