/* The program once more, in another process. */

#ifndef AGAIN_H
#define AGAIN_H

#include <stdint.h>

#include "check.h"

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <process.h>
#include <pthread.h>
#include <unistd.h>

/* Starts the program with its directory and up to two words; returns what end_of takes. */
static MAYBE_UNUSED intptr_t start_again(const char *first, const char *second)
{
    static char words[3][4200];
    const char *given[3] = {check_directory, first, second};
    const char *arguments[5] = {"again"};
    char program[4200];
    CHECK(GetModuleFileNameA(NULL, program, sizeof program) != 0);
    /* They are joined to one line, which is cut at spaces. */
    for (int i = 0; i < 3 && given[i] != NULL; i++) {
        snprintf(words[i], sizeof words[i], "\"%s\"", given[i]);
        arguments[i + 1] = words[i];
    }
    intptr_t process = _spawnv(_P_NOWAIT, program, arguments);
    CHECK(process != -1);
    return process;
}

/* Windows has no fork: `main` calls `body` for the words. */
static MAYBE_UNUSED intptr_t start_body(void (*body)(const char *, const char *),
                                        const char *first, const char *second)
{
    (void)body;
    return start_again(first, second);
}

/* Waits until a process has ended; returns its status. */
static MAYBE_UNUSED int end_of(intptr_t process)
{
    int status = -1;
    CHECK(_cwait(&status, process, 0) == process);
    return status;
}

static MAYBE_UNUSED void *end_hanging(void *seconds)
{
    sleep((unsigned)(uintptr_t)seconds);
    TerminateProcess(GetCurrentProcess(), 124);
    return NULL;
}

/* Ends this process in so many seconds if it hangs. */
static MAYBE_UNUSED void end_after(unsigned seconds)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, end_hanging, (void *)(uintptr_t)seconds) == 0);
}

#else

#include <sys/wait.h>
#include <unistd.h>

/* Starts the program with its directory and up to two words; returns what end_of takes. */
static MAYBE_UNUSED intptr_t start_again(const char *first, const char *second)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", check_program, check_directory, first, second, (char *)NULL);
        _exit(127);
    }
    CHECK(child > 0);
    return child;
}

/* Calls `body` in the child of a fork; it ends the process. */
static MAYBE_UNUSED intptr_t start_body(void (*body)(const char *, const char *),
                                        const char *first, const char *second)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) body(first, second);
    CHECK(child > 0);
    return child;
}

/* Waits until a process has ended; returns its status. */
static MAYBE_UNUSED int end_of(intptr_t process)
{
    int status = -1;
    CHECK(waitpid((pid_t)process, &status, 0) == (pid_t)process);
    return status;
}

/* Ends this process in so many seconds if it hangs. */
static MAYBE_UNUSED void end_after(unsigned seconds)
{
    alarm(seconds);
}

#endif

#endif
