/* Text, JSON, metrics and namespaces, as cgo calls them best; see shim.h. */
#ifndef KV_GO_TEXT_H
#define KV_GO_TEXT_H

#include "shim.h"

/* As go_scan, over the parts of a value between separators. */
kv_status go_get_split(kv_store store, GO_PLACE, GO_BYTES(separator), kv_cursor *cursor,
                       uint8_t *buffer, size_t capacity, size_t *used, size_t *count,
                       kv_error *error);

/* As go_get_split, between white space. */
kv_status go_get_fields(kv_store store, GO_PLACE, kv_cursor *cursor, uint8_t *buffer,
                        size_t capacity, size_t *used, size_t *count, kv_error *error);

static inline kv_status go_render(kv_store store, GO_BYTES(group), const uint8_t *source,
                                  uint8_t *buffer, size_t capacity, kv_value *rendered,
                                  kv_error *error)
{
    return go_bring(kv_render(store, group, group_len, (const char *)source, rendered, error),
                    rendered, buffer, capacity);
}

static inline kv_status go_get_json(kv_store store, GO_PLACE, const uint8_t *path, uint8_t *buffer,
                                    size_t capacity, kv_value *value, kv_error *error)
{
    return go_bring(kv_get_json(store, GO_HERE, (const char *)path, value, error), value, buffer,
                    capacity);
}

static inline kv_status go_metrics_text(kv_store store, uint8_t *buffer, size_t capacity,
                                        kv_value *text, kv_error *error)
{
    return go_bring(kv_metrics_text(store, text, error), text, buffer, capacity);
}

static inline kv_status go_scope(kv_store store, const uint8_t *name, kv_store *scoped,
                                 kv_error *error)
{
    return kv_scope(store, (const char *)name, scoped, error);
}

static inline kv_status go_quota_get(kv_store store, const uint8_t *name, kv_quota *quota,
                                     kv_error *error)
{
    return kv_quota_get(store, (const char *)name, quota, error);
}

#endif
