/*
 * Functions that glibc has only since 2.28, for a library that is linked for an older one. On a processor
 * of 64 bits fcntl64 is fcntl.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

int fcntl64(int file, int command, ...)
{
    va_list arguments;
    void *argument;
    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    return fcntl(file, command, argument);
}

int renameat2(int from_in, const char *from, int to_in, const char *to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, from_in, from, to_in, to, flags);
}
