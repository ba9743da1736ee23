/* The one call that calls back. */
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
