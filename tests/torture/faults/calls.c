/* The calls of the system that a storage engine makes: each asks first whether it has to fail. */

#define _GNU_SOURCE
#include "faults.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "next.h"

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...)                       \
    {                                                                \
        NEXT(name);                                                  \
        MODE(flags, mode)                                            \
        return fault_on_path(FAULT_OPEN, path) < 0 ? -1 : next(path, flags, mode); \
    }

#define OPENAT(name)                                                 \
    int name(int folder, const char *path, int flags, ...)           \
    {                                                                \
        NEXT(name);                                                  \
        MODE(flags, mode)                                            \
        if (fault_on_path(FAULT_OPEN, path) < 0) return -1;          \
        return next(folder, path, flags, mode);                      \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* A transfer of bytes: it fails, passes, or is half as long. */
#define TRANSFER(kind, name, parameters, ...)                        \
    ssize_t name parameters                                          \
    {                                                                \
        NEXT(name);                                                  \
        int decided = fault_on_file(kind, file);                     \
        if (decided < 0) return -1;                                  \
        if (decided > 0) len -= len / 2;                             \
        return next(__VA_ARGS__);                                    \
    }

TRANSFER(FAULT_READ, read, (int file, void *to, size_t len), file, to, len)
TRANSFER(FAULT_READ, pread, (int file, void *to, size_t len, off_t at), file, to, len, at)
TRANSFER(FAULT_READ, pread64, (int file, void *to, size_t len, off64_t at), file, to, len, at)
TRANSFER(FAULT_WRITE, write, (int file, const void *from, size_t len), file, from, len)
TRANSFER(FAULT_WRITE, pwrite, (int file, const void *from, size_t len, off_t at), file, from, len, at)
TRANSFER(FAULT_WRITE, pwrite64, (int file, const void *from, size_t len, off64_t at), file, from, len,
         at)

/* Half of the parts. */
TRANSFER(FAULT_READ, readv, (int file, const struct iovec *parts, int len), file, parts, len)
TRANSFER(FAULT_WRITE, writev, (int file, const struct iovec *parts, int len), file, parts, len)

/* Any other call on an open file, or on a path. */
#define ON_FILE(kind, name, parameters, ...)                         \
    int name parameters                                              \
    {                                                                \
        NEXT(name);                                                  \
        return fault_on_file(kind, file) < 0 ? -1 : next(__VA_ARGS__); \
    }

#define ON_PATH(kind, name, parameters, ...)                         \
    int name parameters                                              \
    {                                                                \
        NEXT(name);                                                  \
        return fault_on_path(kind, path) < 0 ? -1 : next(__VA_ARGS__); \
    }

ON_FILE(FAULT_SYNC, fsync, (int file), file)
ON_FILE(FAULT_SYNC, fdatasync, (int file), file)
ON_FILE(FAULT_TRUNCATE, ftruncate, (int file, off_t len), file, len)
ON_FILE(FAULT_TRUNCATE, ftruncate64, (int file, off64_t len), file, len)
ON_FILE(FAULT_ALLOCATE, fallocate, (int file, int mode, off_t at, off_t len), file, mode, at, len)
ON_FILE(FAULT_ALLOCATE, fallocate64, (int file, int mode, off64_t at, off64_t len), file, mode, at, len)
ON_PATH(FAULT_UNLINK, unlink, (const char *path), path)
ON_PATH(FAULT_UNLINK, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
ON_PATH(FAULT_RENAME, rename, (const char *from, const char *path), from, path)
ON_PATH(FAULT_RENAME, renameat, (int from_in, const char *from, int folder, const char *path), from_in,
        from, folder, path)
ON_PATH(FAULT_LINK, link, (const char *from, const char *path), from, path)
ON_PATH(FAULT_LINK, linkat, (int from_in, const char *from, int folder, const char *path, int flags),
        from_in, from, folder, path, flags)

ON_PATH(FAULT_RENAME, renameat2,
        (int from_in, const char *from, int folder, const char *path, unsigned flags), from_in, from,
        folder, path, flags)
ON_FILE(FAULT_STAT, fstat, (int file, struct stat *status), file, status)
ON_FILE(FAULT_STAT, fstat64, (int file, struct stat64 *status), file, status)
ON_PATH(FAULT_STAT, stat, (const char *path, struct stat *status), path, status)
ON_PATH(FAULT_STAT, stat64, (const char *path, struct stat64 *status), path, status)
ON_PATH(FAULT_STAT, lstat64, (const char *path, struct stat64 *status), path, status)
ON_FILE(FAULT_MODE, fchmod, (int file, mode_t mode), file, mode)
ON_FILE(FAULT_MODE, fchown, (int file, uid_t owner, gid_t group), file, owner, group)
ON_PATH(FAULT_FOLDER, mkdir, (const char *path, mode_t mode), path, mode)

/* Of a descriptor without a path, or of a path in a folder. */
int statx(int folder, const char *path, int flags, unsigned wanted, struct statx *status)
{
    NEXT(statx);
    bool is_file = (flags & AT_EMPTY_PATH) != 0;
    int decided = is_file ? fault_on_file(FAULT_STAT, folder) : fault_on_path(FAULT_STAT, path);
    return decided < 0 ? -1 : next(folder, path, flags, wanted, status);
}

DIR *opendir(const char *path)
{
    NEXT(opendir);
    return fault_on_path(FAULT_FOLDER, path) < 0 ? NULL : next(path);
}

/* A lock of a part of a file; nothing else that the call does is of a storage engine. */
#define CONTROL(name)                                                \
    int name(int file, int command, ...)                             \
    {                                                                \
        NEXT(name);                                                  \
        va_list rest;                                                \
        va_start(rest, command);                                     \
        void *argument = va_arg(rest, void *);                       \
        va_end(rest);                                                \
        struct flock *lock = argument;                               \
        bool locks = (command == F_SETLK || command == F_SETLKW) && lock->l_type != F_UNLCK; \
        if (locks && fault_on_file(FAULT_LOCK, file) < 0) return -1; \
        return next(file, command, argument);                        \
    }

CONTROL(fcntl)
CONTROL(fcntl64)

/* A mapping of a file; others have no descriptor. */
#define MAP(name, offset)                                            \
    void *name(void *at, size_t len, int access, int flags, int file, offset from) \
    {                                                                \
        NEXT(name);                                                  \
        if (file >= 0 && fault_on_file(FAULT_MAP, file) < 0) return MAP_FAILED; \
        return next(at, len, access, flags, file, from);             \
    }

MAP(mmap, off_t)
MAP(mmap64, off64_t)
