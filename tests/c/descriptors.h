/* Descriptors: whether that of a watch is readable, and how many a process has. */

#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdint.h>

#include "check.h"

/* Whether a descriptor is readable at this moment. */
enum readiness { NO_DESCRIPTOR, NOT_READABLE, READABLE };

#ifdef _WIN32

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <winsock2.h>

/* On Windows the descriptor of a watch is a socket. */
static MAYBE_UNUSED enum readiness readiness_of(int32_t fd)
{
    WSAPOLLFD one = {.fd = (SOCKET)fd, .events = POLLRDNORM};
    int ready = WSAPoll(&one, 1, 0);
    if (ready < 0 || (one.revents & ~POLLRDNORM) != 0) return NO_DESCRIPTOR;
    return ready == 1 ? READABLE : NOT_READABLE;
}

/* Returns how many handles the process has open. */
static MAYBE_UNUSED int open_descriptors(void)
{
    DWORD count = 0;
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &count));
    return (int)count;
}

#else

#include <fcntl.h>
#include <poll.h>

static MAYBE_UNUSED enum readiness readiness_of(int32_t fd)
{
    struct pollfd one = {fd, POLLIN, 0};
    int ready = poll(&one, 1, 0);
    if (ready < 0 || (one.revents & ~POLLIN) != 0) return NO_DESCRIPTOR;
    return ready == 1 ? READABLE : NOT_READABLE;
}

/* Returns how many descriptors the process has open. */
static MAYBE_UNUSED int open_descriptors(void)
{
    int count = 0;
    for (int descriptor = 0; descriptor < 1024; descriptor++)
        count += fcntl(descriptor, F_GETFD) != -1;
    return count;
}

#endif

#endif
