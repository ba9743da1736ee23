/* The calls that call back. */
#include "shim.h"

#include "_cgo_export.h"

/* A handle is a small number; in Go it must never be in a variable for pointers. */
static int32_t on_progress(void *user_data, uint64_t done, uint64_t total)
{
    return goProgress((uintptr_t)user_data, done, total);
}

kv_status go_backup(kv_store store, const uint8_t *path, uintptr_t progress, kv_error *error)
{
    return kv_backup(store, (const char *)path, progress == 0 ? NULL : on_progress,
                     (void *)progress, error);
}

kv_status go_restore(kv_store store, const uint8_t *path, uintptr_t progress, kv_error *error)
{
    return kv_restore(store, (const char *)path, progress == 0 ? NULL : on_progress,
                      (void *)progress, error);
}

static int32_t on_copy_progress(void *user_data, const kv_copy_state *state)
{
    return goCopyProgress((uintptr_t)user_data, (kv_copy_state *)state);
}

kv_status go_copy(kv_store from, kv_store to, uint32_t existing, GO_BYTES(after_group),
                  GO_BYTES(after_key), uintptr_t progress, kv_copy_state *state, kv_error *error)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    options.existing = existing;
    if (after_key != NULL) {
        options.after_group = after_group;
        options.after_group_len = after_group_len;
        options.after_key = after_key;
        options.after_key_len = after_key_len;
    }
    return kv_copy(from, to, &options, progress == 0 ? NULL : on_copy_progress, (void *)progress,
                   state, error);
}
