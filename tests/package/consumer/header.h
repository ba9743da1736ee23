/*
 * Uses of kv.h for which a program links nothing. The header is included first, and twice, so it
 * has to bring whatever it needs itself. For C and for C++.
 */
#include <kv.h>
#include <kv.h>

static kv_put_options put = KV_PUT_OPTIONS_INIT;
static kv_scan_options scan = KV_SCAN_OPTIONS_INIT;
static kv_stats statistics = KV_STATS_INIT;
static kv_usage usage = KV_USAGE_INIT;
static kv_metrics metrics = KV_METRICS_INIT;
static kv_call_metrics calls = KV_CALL_METRICS_INIT;

/* An unsuffixed constant must keep its sign in an expression. */
static int sum_of_constants(void) {
    return KV_ERR_ARGUMENT - KV_ERR_HANDLE + KV_TTL_NEVER - KV_TTL_NEVER;
}

static int32_t go_on(void *user_data, uint64_t done, uint64_t total) {
    return user_data == NULL && done <= total ? 0 : 1;
}

int main(void) {
    kv_backup_progress_fn progress = go_on;
    size_t nul = KV_NUL;
    return sum_of_constants() == 1 && nul == SIZE_MAX && progress(NULL, 0, 1) == 0 &&
                   put.size == sizeof put && scan.size == sizeof scan &&
                   statistics.size == sizeof statistics && usage.size == sizeof usage &&
                   metrics.size == sizeof metrics && calls.size == sizeof calls
               ? 0
               : 1;
}
