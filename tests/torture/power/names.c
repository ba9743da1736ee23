/* The calls of the system that change names: each is made, and recorded if it has succeeded. */

#define _GNU_SOURCE
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "next.h"

static void note_name(enum kind kind, const char *path)
{
    int name = name_number(path);
    if (name >= 0) add_entry(kind, -1, name);
}

static void note_rename(const char *from, const char *to)
{
    int old = name_number(from), name = name_number(to);
    if (old >= 0 && name >= 0) add_entry(ENTRY_RENAME, -1, name)->from = old;
}

static void note_link(const char *to)
{
    struct stat status;
    int name = name_number(to);
    if (name >= 0 && stat(to, &status) == 0) add_entry(ENTRY_LINK, number_of(&status), name);
}

int unlink(const char *path)
{
    NEXT(unlink);
    RECORDED(int, next(path), note_name(ENTRY_UNLINK, path));
}

int unlinkat(int folder, const char *path, int flags)
{
    NEXT(unlinkat);
    RECORDED(int, next(folder, path, flags), note_name(ENTRY_UNLINK, path));
}

int rmdir(const char *path)
{
    NEXT(rmdir);
    RECORDED(int, next(path), note_name(ENTRY_UNLINK, path));
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    RECORDED(int, next(path, mode), note_name(ENTRY_FOLDER, path));
}

int rename(const char *from, const char *to)
{
    NEXT(rename);
    RECORDED(int, next(from, to), note_rename(from, to));
}

int renameat(int from_in, const char *from, int to_in, const char *to)
{
    NEXT(renameat);
    RECORDED(int, next(from_in, from, to_in, to), note_rename(from, to));
}

int renameat2(int from_in, const char *from, int to_in, const char *to, unsigned flags)
{
    NEXT(renameat2);
    if (lacks_rename) {
        errno = EINVAL;
        return -1;
    }
    RECORDED(int, next(from_in, from, to_in, to, flags), note_rename(from, to));
}

int link(const char *from, const char *to)
{
    NEXT(link);
    RECORDED(int, next(from, to), note_link(to));
}

int linkat(int from_in, const char *from, int to_in, const char *to, int flags)
{
    NEXT(linkat);
    RECORDED(int, next(from_in, from, to_in, to, flags), note_link(to));
}
