/* Watches and changes: what takes several calls, in a single crossing. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

static void count(void *user_data, const kv_event *event)
{
    go_tally *tally = user_data;
    if (event->type >= KV_EVENT_SET && event->type <= KV_EVENT_EXPIRE)
        __atomic_add_fetch(&tally->events[event->type], 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&tally->newest, event->version, __ATOMIC_SEQ_CST);
}

kv_status go_tally_begin(kv_store store, go_tally **tally, kv_error *error)
{
    *tally = calloc(1, sizeof **tally);
    if (*tally == NULL) {
        error->code = KV_ERR_MEMORY;
        return KV_ERR_MEMORY;
    }
    kv_status status = kv_on_change(store, count, *tally, free, &(*tally)->subscription, error);
    if (status != KV_OK) {
        free(*tally);
        *tally = NULL;
    }
    return status;
}

void go_tally_read(go_tally *tally, go_tally *counts)
{
    counts->subscription = tally->subscription;
    counts->newest = __atomic_load_n(&tally->newest, __ATOMIC_SEQ_CST);
    for (int type = 0; type < 5; type++)
        counts->events[type] = __atomic_load_n(&tally->events[type], __ATOMIC_SEQ_CST);
}
