/* A child process that runs a part of a test. */

#ifndef CHILD_H
#define CHILD_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* Runs `body` in a child, which ends after `seconds` if it hangs; its failures are the parent's. */
static void run_in_child(void (*body)(void), unsigned seconds)
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(seconds); /* A child that hangs must not hang the tests. */
        check_failures = 0;
        body();
        _exit(check_failures == 0 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0) FAIL("the child ended with %#x", (unsigned)status);
}

#endif
