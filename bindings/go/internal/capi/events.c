/* Watches and changes: what takes several calls, in a single crossing. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static kv_status no_descriptor(kv_error *error)
{
    error->code = KV_ERR_IO;
    error->os_error = errno;
    snprintf(error->message, sizeof error->message, "watch: no descriptor can be had: %s",
             strerror(error->os_error));
    return KV_ERR_IO;
}

kv_status go_watch_open(kv_store store, GO_PLACE, uint32_t flags, uint32_t capacity,
                        uint64_t since, kv_watch *watch, int32_t *descriptor, kv_error *error)
{
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    int32_t its_own;
    options.flags = flags;
    options.capacity = capacity;
    options.since = since;
    /* The bytes of an empty string in Go may be at NULL, which is no key. */
    if (key == NULL) key = (const uint8_t *)"";
    kv_status status = kv_watch_open(store, GO_HERE, &options, watch, error);
    if (status != KV_OK) return status;
    status = kv_watch_fd(*watch, &its_own, error);
    if (status == KV_OK) {
        *descriptor = fcntl(its_own, F_DUPFD_CLOEXEC, 0);
        if (*descriptor < 0) status = no_descriptor(error);
    }
    if (status != KV_OK) {
        kv_watch_close(*watch, NULL);
        watch->id = 0;
    }
    return status;
}

kv_status go_changes(kv_store store, uint64_t since, kv_change_cursor *cursor, uint8_t *buffer,
                     size_t capacity, size_t *used, size_t *count, kv_error *error)
{
    *used = 0;
    *count = 0;
    kv_status status = kv_changes(store, since, cursor, error);
    if (status != KV_OK) return status;
    status = kv_changes_fill(*cursor, buffer, capacity, used, count, error);
    if (status < 0) {
        kv_changes_close(*cursor, NULL);
        cursor->id = 0;
    }
    return status;
}
