/* The rule, the count and the record of calls. */

#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_LEN = 1 << 20, SUFFIX_LEN = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char below[PATH_MAX];
static char suffix[SUFFIX_LEN];
static struct fault_rule armed;
static long seen, failures;
static char record[RECORD_LEN];
static size_t record_len;

void fault_begin(const char *folder)
{
    pthread_mutex_lock(&lock);
    snprintf(below, sizeof below, "%s/", folder);
    record_len = 0;
    pthread_mutex_unlock(&lock);
}

void fault_arm(const struct fault_rule *rule)
{
    pthread_mutex_lock(&lock);
    armed = *rule;
    snprintf(suffix, sizeof suffix, "%s", rule->suffix);
    seen = failures = 0;
    pthread_mutex_unlock(&lock);
}

long fault_disarm(long *failed)
{
    pthread_mutex_lock(&lock);
    armed.kinds = 0;
    long count = seen;
    *failed = failures;
    pthread_mutex_unlock(&lock);
    return count;
}

size_t fault_record(char *to, size_t len)
{
    pthread_mutex_lock(&lock);
    size_t copied = record_len < len ? record_len : len;
    memcpy(to, record, copied);
    record_len = 0;
    pthread_mutex_unlock(&lock);
    return copied;
}

static const char *name_of(unsigned kind)
{
    switch (kind) {
    case FAULT_OPEN: return "open";
    case FAULT_READ: return "read";
    case FAULT_WRITE: return "write";
    case FAULT_SYNC: return "sync";
    case FAULT_TRUNCATE: return "truncate";
    case FAULT_ALLOCATE: return "allocate";
    case FAULT_UNLINK: return "unlink";
    case FAULT_RENAME: return "rename";
    case FAULT_MAP: return "map";
    case FAULT_LOCK: return "lock";
    case FAULT_STAT: return "stat";
    case FAULT_MODE: return "mode";
    case FAULT_FOLDER: return "folder";
    default: return "link";
    }
}

static int ends_with_suffix(const char *path)
{
    size_t len = strlen(path), end = strlen(suffix);
    /* The names of unfinished files end with random digits. */
    if (strcmp(suffix, ".kv-partial-") == 0) return strstr(path, suffix) != NULL;
    return len >= end && strcmp(path + len - end, suffix) == 0;
}

/* Adds a call to the record, if it is about the contents or the name of a file. */
static void note(unsigned kind, const char *path)
{
    if ((kind & (FAULT_LOCK | FAULT_STAT | FAULT_MODE | FAULT_FOLDER)) != 0) return;
    size_t room = sizeof record - record_len;
    const char *name = path + strlen(below);
    int len = snprintf(record + record_len, room, "%s %s\n", name_of(kind), name);
    if (len > 0 && (size_t)len < room) record_len += (size_t)len;
}

static int decide(unsigned kind, const char *path)
{
    note(kind, path);
    if ((armed.kinds & kind) == 0 || !ends_with_suffix(path)) return 0;
    seen++;
    if (seen != armed.nth && !(armed.forever && seen > armed.nth)) return 0;
    failures++;
    if (armed.error == 0) return 1;
    errno = armed.error;
    return -1;
}

int fault_on_path(unsigned kind, const char *path)
{
    pthread_mutex_lock(&lock);
    int ours = below[0] != '\0' && path != NULL && strncmp(path, below, strlen(below)) == 0;
    int decided = ours ? decide(kind, path) : 0;
    pthread_mutex_unlock(&lock);
    return decided;
}

int fault_on_file(unsigned kind, int file)
{
    if (below[0] == '\0') return 0;
    int before = errno;
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t len = readlink(link, path, sizeof path - 1);
    errno = before;
    if (len < 0) return 0;
    path[len] = '\0';
    return fault_on_path(kind, path);
}
