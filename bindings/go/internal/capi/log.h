/* The log of the library; see shim.h. */
#ifndef KV_GO_LOG_H
#define KV_GO_LOG_H

#include "shim.h"

/*
 * Sends the records to the Go function that a number stands for, which is released by goForget when
 * nothing calls the function any more; 0 ends the log.
 */
kv_status go_set_log(int32_t level, uintptr_t number, kv_error *error);

#endif
