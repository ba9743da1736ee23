/* The calls of the system with which a storage engine changes files and locks. Each burns down
   the fuse of its process; the one that ends it is killed before the call, after it, or, a
   write, in its middle, as the kernel does: the first bytes are written. */

#define _GNU_SOURCE
#include "fuse.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fuse *held;

void fuse_hold(struct fuse *fuse)
{
    held = fuse;
}

/* Returns whether this call ends the fuse, and in which moment the process is killed. */
static int burns(enum fuse_call call, int *moment)
{
    struct fuse *fuse = held;
    if (fuse == NULL || atomic_load(&fuse->left) <= 0) return 0;
    int only = atomic_load(&fuse->only);
    if (only != CALL_NONE && only != (int)call) return 0;
    if (atomic_fetch_sub(&fuse->left, 1) != 1) return 0;
    atomic_store(&fuse->call, call);
    *moment = atomic_load(&fuse->moment);
    return 1;
}

static void end(void)
{
    kill(getpid(), SIGKILL);
    /* The signal of another thread may take a moment. */
    for (;;) pause();
}

/* The function behind ours, of the type that ours has. */
#define NEXT(name)                                                   \
    static __typeof__(&name) next;                                   \
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, #name)

/* Any call: `result` is of the type of its result, `run` the call itself. */
#define BURN(kind, type, run)                                        \
    int moment = 0, last = burns(kind, &moment);                     \
    if (last && moment == FUSE_BEFORE) end();                        \
    type result = run;                                               \
    if (last) end();                                                 \
    return result

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...)                       \
    {                                                                \
        NEXT(name);                                                  \
        mode_t mode = 0;                                             \
        if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) { \
            va_list rest;                                            \
            va_start(rest, flags);                                   \
            mode = va_arg(rest, mode_t);                             \
            va_end(rest);                                            \
        }                                                            \
        BURN(CALL_OPEN, int, next(path, flags, mode));               \
    }

OPEN(open)
OPEN(open64)

/* All commands with which files are used have a pointer or a number as argument. */
#define CONTROL(name)                                                \
    int name(int file, int command, ...)                             \
    {                                                                \
        NEXT(name);                                                  \
        va_list rest;                                                \
        va_start(rest, command);                                     \
        void *argument = va_arg(rest, void *);                       \
        va_end(rest);                                                \
        BURN(CALL_LOCK, int, next(file, command, argument));         \
    }

CONTROL(fcntl)
CONTROL(fcntl64)

/* A write: in a torn one, a random part of its bytes comes first. */
#define WRITE(name, parameters, ...)                                 \
    ssize_t name parameters                                          \
    {                                                                \
        NEXT(name);                                                  \
        int moment = 0, last = burns(CALL_WRITE, &moment);           \
        if (last && moment == FUSE_BEFORE) end();                    \
        if (last && moment == FUSE_TORN) len = (size_t)rand() % (len + 1); \
        ssize_t result = next(__VA_ARGS__);                          \
        if (last) end();                                             \
        return result;                                               \
    }

WRITE(write, (int file, const void *from, size_t len), file, from, len)
WRITE(pwrite, (int file, const void *from, size_t len, off_t at), file, from, len, at)
WRITE(pwrite64, (int file, const void *from, size_t len, off64_t at), file, from, len, at)

#define ON(kind, name, parameters, ...)                              \
    int name parameters                                              \
    {                                                                \
        NEXT(name);                                                  \
        BURN(kind, int, next(__VA_ARGS__));                          \
    }

ON(CALL_SYNC, fsync, (int file), file)
ON(CALL_SYNC, fdatasync, (int file), file)
ON(CALL_TRUNCATE, ftruncate, (int file, off_t len), file, len)
ON(CALL_TRUNCATE, ftruncate64, (int file, off64_t len), file, len)
ON(CALL_TRUNCATE, fallocate, (int file, int mode, off_t at, off_t len), file, mode, at, len)
ON(CALL_TRUNCATE, fallocate64, (int file, int mode, off64_t at, off64_t len), file, mode, at, len)
ON(CALL_UNLINK, unlink, (const char *path), path)
ON(CALL_RENAME, rename, (const char *from, const char *to), from, to)
ON(CALL_RENAME, renameat2, (int from_in, const char *from, int to_in, const char *to, unsigned flags),
   from_in, from, to_in, to, flags)
ON(CALL_RENAME, linkat, (int from_in, const char *from, int to_in, const char *to, int flags),
   from_in, from, to_in, to, flags)

#define MAP(name, offset)                                            \
    void *name(void *at, size_t len, int access, int flags, int file, offset from) \
    {                                                                \
        NEXT(name);                                                  \
        if (file < 0) return next(at, len, access, flags, file, from); \
        BURN(CALL_MAP, void *, next(at, len, access, flags, file, from)); \
    }

MAP(mmap, off_t)
MAP(mmap64, off64_t)
