/* Callbacks of changes; see shim.h. */
#ifndef KV_GO_ON_CHANGE_H
#define KV_GO_ON_CHANGE_H

#include "shim.h"

/*
 * Registers the Go function that a number stands for. The number is released by goForget when
 * nothing calls the function any more.
 */
kv_status go_on_change(kv_store store, uintptr_t number, kv_subscription *subscription,
                       kv_error *error);

#endif
