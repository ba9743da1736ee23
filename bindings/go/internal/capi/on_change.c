/* Calls of Go functions with changes. */
#include "on_change.h"

#include "_cgo_export.h"

/* A number of cgo's is small; in Go it must never be in a variable for pointers. */
static void on_change(void *user_data, const kv_event *event)
{
    goChange((uintptr_t)user_data, (kv_event *)event);
}

static void on_destroy(void *user_data) { goForget((uintptr_t)user_data); }

kv_status go_on_change(kv_store store, uintptr_t number, kv_subscription *subscription,
                       kv_error *error)
{
    return kv_on_change(store, on_change, (void *)number, on_destroy, subscription, error);
}
