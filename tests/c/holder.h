/*
 * Another holder of the write lock of a file: byte 120 of the index of its log. On POSIX systems it
 * is another process, since the locks of one process do not exclude each other.
 */

#ifndef HOLDER_H
#define HOLDER_H

#include "check.h"

enum { WRITE_LOCK_AT = 120 };

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

static const char *held_index;
static HANDLE held_file;

static void start_holder(const char *index)
{
    held_index = index;
}

static void lock(void)
{
    const DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    OVERLAPPED at = {.Offset = WRITE_LOCK_AT};
    held_file = CreateFileA(held_index, GENERIC_READ | GENERIC_WRITE, sharing, NULL, OPEN_EXISTING,
                            0, NULL);
    CHECK(held_file != INVALID_HANDLE_VALUE);
    CHECK(LockFileEx(held_file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at));
}

static void let_go(void)
{
    OVERLAPPED at = {.Offset = WRITE_LOCK_AT};
    CHECK(UnlockFileEx(held_file, 0, 1, 0, &at));
    CHECK(CloseHandle(held_file));
}

static void end_holder(void) {}

#else

#include <fcntl.h>
#include <unistd.h>

static int to_holder = -1, from_holder = -1;

static void hold(const char *index)
{
    char word;
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = WRITE_LOCK_AT, .l_len = 1};
    while (read(STDIN_FILENO, &word, 1) == 1) {
        int file = open(index, O_RDWR);
        int held = file >= 0 ? fcntl(file, F_SETLK, &lock) : -1;
        if (write(STDOUT_FILENO, held == 0 ? "y" : "n", 1) != 1) break;
        if (read(STDIN_FILENO, &word, 1) != 1) break;
        close(file);
        if (write(STDOUT_FILENO, "g", 1) != 1) break;
    }
    _exit(0);
}

/* Before any store is open: a child of one that has may not use the library. */
static void start_holder(const char *index)
{
    int to[2], from[2];
    CHECK(pipe(to) == 0 && pipe(from) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        hold(index);
    }
    close(to[0]);
    close(from[1]);
    to_holder = to[1];
    from_holder = from[0];
}

static void tell_holder(char expected)
{
    char word = 'x';
    CHECK(write(to_holder, "!", 1) == 1);
    CHECK(read(from_holder, &word, 1) == 1);
    CHECK_EQUAL(word, expected);
}

static void lock(void) { tell_holder('y'); }
static void let_go(void) { tell_holder('g'); }
static void end_holder(void) { close(to_holder); }

#endif

#endif
