/* The recording as the calls of the system add to it, with its lock held. */
#ifndef RECORDER_H
#define RECORDER_H

#include <sys/stat.h>

#include "record.h"

/* The recording of this process; NULL while none is made. */
extern struct recording *recorded;

/* The fault that is planted, and whether renameat2 fails. */
extern enum lie planted_lie;
extern bool lacks_rename;

/* Returns the number of a path below the folder, or -1 of any other. */
int name_number(const char *path);

/* Returns the number of a file, or -1; and that of a file that was created. */
int number_of(const struct stat *status);
int file_number(int file);
int new_file(const struct stat *status);

/* Adds an entry, and room for bytes; NULL if there is none. */
struct entry *add_entry(enum kind kind, int file, int name);
unsigned char *add_bytes(size_t len);

/* Makes a call and records it in one step, so that entries have the order of the calls. */
#define RECORDED(type, call, record)                                 \
    if (recorded == NULL) return call;                               \
    pthread_mutex_lock(&recorded->lock);                             \
    type result = call;                                              \
    if (result >= 0) record;                                         \
    pthread_mutex_unlock(&recorded->lock);                           \
    return result

#endif
