/* The macros of the interposers: each stands between the library and the system. */
#ifndef NEXT_H
#define NEXT_H

#include <dlfcn.h>
#include <stdarg.h>

/* The function behind ours, of the type that ours has. */
#define NEXT(name)                                                   \
    static __typeof__(&name) next;                                   \
    if (next == NULL) *(void **)&next = dlsym(RTLD_NEXT, #name)

/* The mode of an open, which is there if the flags create a file. */
#define MODE(flags, mode)                                            \
    mode_t mode = 0;                                                 \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                \
    }

#endif
