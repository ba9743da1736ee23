/*
 * Planted faults, each of which a run must find: an overflow behind a word that only an input that is
 * made step by step has, and an end behind a place deep in the library, which is found only if the library
 * itself reports its coverage. KV_FUZZ_PLANTED names the fault.
 */

#include "fuzz.h"

static int overflow(const uint8_t *data, size_t len)
{
    if (len < 6 || memcmp(data, "plant", 5) != 0) return 0;
    volatile uint8_t *small = malloc(4);
    small[data[5] % 64 + 4] = 1;
    free((void *)(uintptr_t)small);
    abort();
}

static int deep(const uint8_t *data, size_t len)
{
    static kv_store store;
    kv_value part;
    if (store.id == 0) store = open_store("memory:?purge_interval=0");
    if (kv_set_json(store, "g", 1, "k", 1, data, len, &error) != KV_OK) return 0;
    if (kv_get_json(store, "g", 1, "k", 1, "/0/0", &part, &error) == KV_OK) abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *fault = getenv("KV_FUZZ_PLANTED");
    return fault && strcmp(fault, "deep") == 0 ? deep(data, len) : overflow(data, len);
}
