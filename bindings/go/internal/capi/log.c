/* Calls of a Go function with records of the log. */
#include "log.h"

#include "_cgo_export.h"

/* A number of cgo's is small; in Go it must never be in a variable for pointers. */
static void on_record(void *user_data, const kv_log_record *record)
{
    goRecord((uintptr_t)user_data, (kv_log_record *)record);
}

static void on_destroy(void *user_data) { goForget((uintptr_t)user_data); }

kv_status go_set_log(int32_t level, uintptr_t number, kv_error *error)
{
    if (number == 0) return kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, error);
    return kv_set_log(level, on_record, (void *)number, on_destroy, error);
}
