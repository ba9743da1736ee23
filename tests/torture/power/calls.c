/* The calls of the system that change files: each is made, and recorded if it has succeeded. */

#define _GNU_SOURCE
#include "recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "next.h"

static bool is_there(const char *path)
{
    struct stat status;
    if (recorded == NULL) return true;
    return lstat(path, &status) == 0;
}

static void note_open(const char *path, int flags, bool was_there, int file)
{
    int name = name_number(path);
    if (name < 0 || (flags & O_ACCMODE) == O_RDONLY) return;
    if (!was_there) {
        struct stat status;
        if (fstat(file, &status) == 0) add_entry(ENTRY_LINK, new_file(&status), name);
    } else if ((flags & O_TRUNC) != 0) {
        add_entry(ENTRY_TRUNCATE, file_number(file), name);
    }
}

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...)                       \
    {                                                                \
        NEXT(name);                                                  \
        MODE(flags, mode)                                            \
        bool was_there = true;                                       \
        RECORDED(int, (was_there = is_there(path), next(path, flags, mode)), \
                 note_open(path, flags, was_there, result)); \
    }

#define OPENAT(name)                                                 \
    int name(int folder, const char *path, int flags, ...)           \
    {                                                                \
        NEXT(name);                                                  \
        MODE(flags, mode)                                            \
        bool was_there = true;                                       \
        RECORDED(int, (was_there = is_there(path), next(folder, path, flags, mode)), \
                 note_open(path, flags, was_there, result));         \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

static void note_write(int file, off64_t at, const struct iovec *parts, int count, size_t len)
{
    int number = file_number(file);
    if (number < 0 || len == 0) return;
    /* Each third write is left out. */
    static int writes;
    if (planted_lie == LIE_WRITE && ++writes % 3 == 0) return;
    unsigned char *bytes = add_bytes(len);
    if (bytes == NULL) return;
    struct entry *entry = add_entry(ENTRY_WRITE, number, -1);
    *entry = (struct entry){ENTRY_WRITE, number, -1, -1, (size_t)at, len, bytes};
    for (int i = 0; i < count && len > 0; i++) {
        size_t part = parts[i].iov_len < len ? parts[i].iov_len : len;
        memcpy(bytes, parts[i].iov_base, part);
        bytes += part;
        len -= part;
    }
}

/* A write at the position of the file, which it has moved. */
static void note_next_write(int file, const struct iovec *parts, int count, size_t len)
{
    off64_t end = lseek64(file, 0, SEEK_CUR);
    if (end >= 0) note_write(file, end - (off64_t)len, parts, count, len);
}

#define ONE(from, len) &(struct iovec){(void *)(from), len}, 1, (size_t)result

ssize_t write(int file, const void *from, size_t len)
{
    NEXT(write);
    RECORDED(ssize_t, next(file, from, len), note_next_write(file, ONE(from, len)));
}

ssize_t pwrite(int file, const void *from, size_t len, off_t at)
{
    NEXT(pwrite);
    RECORDED(ssize_t, next(file, from, len, at), note_write(file, at, ONE(from, len)));
}

ssize_t pwrite64(int file, const void *from, size_t len, off64_t at)
{
    NEXT(pwrite64);
    RECORDED(ssize_t, next(file, from, len, at), note_write(file, at, ONE(from, len)));
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    NEXT(writev);
    RECORDED(ssize_t, next(file, parts, count),
             note_next_write(file, parts, count, (size_t)result));
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    NEXT(pwritev);
    RECORDED(ssize_t, next(file, parts, count, at),
             note_write(file, at, parts, count, (size_t)result));
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    NEXT(pwritev64);
    RECORDED(ssize_t, next(file, parts, count, at),
             note_write(file, at, parts, count, (size_t)result));
}

static void note_len(enum kind kind, int file, off64_t len)
{
    int number = file_number(file);
    if (number >= 0) add_entry(kind, number, -1)->len = (size_t)len;
}

int ftruncate(int file, off_t len)
{
    NEXT(ftruncate);
    RECORDED(int, next(file, len), note_len(ENTRY_TRUNCATE, file, len));
}

int ftruncate64(int file, off64_t len)
{
    NEXT(ftruncate64);
    RECORDED(int, next(file, len), note_len(ENTRY_TRUNCATE, file, len));
}

int fallocate(int file, int mode, off_t at, off_t len)
{
    NEXT(fallocate);
    RECORDED(int, next(file, mode, at, len), note_len(ENTRY_EXTEND, file, at + len));
}

int fallocate64(int file, int mode, off64_t at, off64_t len)
{
    NEXT(fallocate64);
    RECORDED(int, next(file, mode, at, len), note_len(ENTRY_EXTEND, file, at + len));
}

/* An fsync of a file, or of the names of a folder. */
static void note_sync(int file)
{
    if (planted_lie == LIE_SYNC) return;
    int number = file_number(file);
    if (number >= 0) {
        add_entry(ENTRY_SYNC, number, -1);
        return;
    }
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len < 0) return;
    path[len] = '\0';
    int name = name_number(path);
    if (name >= 0) add_entry(ENTRY_SYNC_FOLDER, -1, name);
}

int fsync(int file)
{
    NEXT(fsync);
    RECORDED(int, next(file), note_sync(file));
}

int fdatasync(int file)
{
    NEXT(fdatasync);
    RECORDED(int, next(file), note_sync(file));
}
