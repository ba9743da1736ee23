/* The load of one process. */
#ifndef LOAD_H
#define LOAD_H

#include <kv.h>

#include "shared.h"

/* The options of the file that all processes use, and of the one that evicts. */
#define MAIN_OPTIONS "changes=on&changes_keep=2000&purge_interval=1s&wal_limit=16MiB"
#define CACHE_OPTIONS "max_bytes=2MiB&evict=lru&wal_limit=16MiB"

/* The option wal_limit of both. */
enum { WAL_LIMIT = 16 << 20 };

/* Makes the files, in a process of its own. */
void make_files(void);

/* Works until the soak is over. */
_Noreturn void work(int number);

extern kv_store store, cache;
extern kv_watch watch;
extern _Thread_local kv_error failure;

/* Opens a file of the folder. */
kv_store open_file(const char *name, const char *options);

/* Judges a status of a call that has no such outcome. */
bool must(const char *call, kv_status status);

/* Does one call of a kind, and measures it. */
void measure(int process, enum call call);

const char *name_of_call(enum call call);

#endif
