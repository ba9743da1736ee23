/* The rules of a call that fails, and their exceptions. */

#include "rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fault_rule injected;
struct outcome *outcome;
_Thread_local kv_error failure;
bool is_poisoned, is_read_only;
_Thread_local bool was_poisoned;

/* A failure that does not have the status and number that were injected, and the reason. */
struct exception {
    const char *reason;
    unsigned kinds;
    int number;
    kv_status status;
    int os_error;
};

static const struct exception EXCEPTIONS[] = {
    {"a file or folder that denies writing belongs to a store that is only read",
     FAULT_OPEN, EACCES, KV_ERR_READ_ONLY, EACCES},
};

void violate(const char *format, ...)
{
    if (outcome->violation[0] != '\0') return;
    va_list words;
    va_start(words, format);
    vsnprintf(outcome->violation, sizeof outcome->violation, format, words);
    va_end(words);
}

bool concerns_reads(unsigned kinds)
{
    return (kinds & (FAULT_OPEN | FAULT_READ | FAULT_MAP | FAULT_LOCK | FAULT_STAT)) != 0;
}

/* The status that docs/storage.md names for a number. */
static kv_status status_of(int number)
{
    switch (number) {
    case ENOSPC: case EDQUOT: return KV_ERR_FULL;
    case EACCES: case EPERM: return KV_ERR_PERMISSION;
    case EROFS: return KV_ERR_READ_ONLY;
    case ENOMEM: return KV_ERR_MEMORY;
    default: return KV_ERR_IO;
    }
}

static bool is_exception(kv_status status)
{
    for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof *EXCEPTIONS; i++) {
        const struct exception *it = &EXCEPTIONS[i];
        if ((it->kinds & injected.kinds) != 0 && it->number == injected.error &&
            it->status == status && it->os_error == failure.os_error)
            return true;
    }
    return false;
}

bool judge(const char *call_text, enum call call, kv_status status)
{
    if (status >= 0) {
        if (was_poisoned && call == CALL_WRITE)
            violate("%s succeeds after a failed fsync", call_text);
        return true;
    }
    outcome->failures++;
    if (failure.code != status)
        violate("%s: %d, but error.code is %d", call_text, status, failure.code);
    if (failure.message[0] == '\0') violate("%s: %d without a message", call_text, status);
    bool is_sync = (injected.kinds & FAULT_SYNC) != 0;
    if (status == KV_ERR_POISONED) {
        if (!is_sync || call == CALL_READ || call == CALL_OPEN)
            violate("%s: poisoned: %s", call_text, failure.message);
        /* The target of a copy is another store. */
        if (call == CALL_WRITE) is_poisoned = true;
        return false;
    }
    if (was_poisoned && call == CALL_WRITE)
        violate("%s: %d after a failed fsync: %s", call_text, status, failure.message);
    if (injected.kinds == 0) {
        violate("%s fails without a fault: %d, %s", call_text, status, failure.message);
    } else if (status != status_of(injected.error) || failure.os_error != injected.error) {
        if (is_exception(status)) {
            outcome->exceptions++;
            is_read_only |= status == KV_ERR_READ_ONLY;
        } else {
            violate("%s: %d with os_error %d, expected %d with %d: %s", call_text, status,
                    failure.os_error, status_of(injected.error), injected.error, failure.message);
        }
    }
    if (call == CALL_READ && !concerns_reads(injected.kinds))
        violate("%s: a read fails with %d, %s", call_text, status, failure.message);
    /* A backup syncs a file of its own, and an opening that failed has left no store. */
    if (is_sync && call == CALL_WRITE) is_poisoned = true;
    return false;
}
