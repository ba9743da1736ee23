/* The functions of system.h on POSIX systems. */

#ifndef SYSTEM_POSIX_H
#define SYSTEM_POSIX_H

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Numbers of os_error: a file is missing, a folder on the way to it is, or that is no folder. */
enum { OS_NO_FILE = ENOENT, OS_NO_FOLDER = ENOENT, OS_NOT_A_FOLDER = ENOTDIR };

/* Swallows each write. */
#define NULL_DEVICE "/dev/null"

/* Makes a folder of this user. */
static MAYBE_UNUSED bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0;
}

/* Returns the length of a file, or -1 if there is none; opens nothing. */
static MAYBE_UNUSED int64_t file_len(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? (int64_t)status.st_size : -1;
}

/* Writes the path of a file in a folder as the library names the file. */
static MAYBE_UNUSED void full_path(const char *folder, const char *name, char *to, size_t size)
{
    char *real = realpath(folder, NULL);
    if (real == NULL) FAIL("%s is missing", folder);
    else snprintf(to, size, "%s/%s", real, name);
    free(real);
}

static MAYBE_UNUSED bool set_variable(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0;
}

static MAYBE_UNUSED void unset_variable(const char *name)
{
    unsetenv(name);
}

/* Returns the milliseconds since 1970. */
static MAYBE_UNUSED int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns the address of 4096 bytes that can be neither read nor written. */
static MAYBE_UNUSED const void *forbid_page(void)
{
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    return page;
}

static MAYBE_UNUSED void free_page(const void *page)
{
    munmap((void *)(uintptr_t)page, 4096);
}

#endif
