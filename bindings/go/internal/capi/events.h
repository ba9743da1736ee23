/* Watches and the log of changes, as cgo calls them best; see shim.h. */
#ifndef KV_GO_EVENTS_H
#define KV_GO_EVENTS_H

#include "shim.h"

/*
 * Begins a watch and returns a descriptor for its kv_watch_fd that is the caller's to close, at any
 * time: a goroutine that waits for it never looks at one that belongs to something else by now.
 */
kv_status go_watch_open(kv_store store, GO_PLACE, uint32_t flags, uint32_t capacity,
                        uint64_t since, kv_watch *watch, int32_t *descriptor, kv_error *error);

static inline kv_status go_watch_fill(kv_watch watch, uint8_t *buffer, size_t capacity,
                                      size_t *used, size_t *count, kv_error *error)
{
    return kv_watch_fill(watch, buffer, capacity, used, count, error);
}

/*
 * Begins a walk over the log of changes and fills the buffer, as go_changes_fill does. On failure
 * the cursor is zeroed.
 */
kv_status go_changes(kv_store store, uint64_t since, kv_change_cursor *cursor, uint8_t *buffer,
                     size_t capacity, size_t *used, size_t *count, kv_error *error);

static inline kv_status go_changes_fill(kv_change_cursor cursor, uint8_t *buffer, size_t capacity,
                                        size_t *used, size_t *count, kv_error *error)
{
    return kv_changes_fill(cursor, buffer, capacity, used, count, error);
}

#endif
