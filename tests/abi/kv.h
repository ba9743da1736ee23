/* A small interface with one thing of each kind, for the planted changes of run.sh. */
#ifndef KV_H
#define KV_H
#include <stddef.h>
#include <stdint.h>

#define KV_ABI_VERSION 7
#define KV_VERSION_MINOR 3
#define KV_OK 0
#define KV_ERR_BUSY -4
#define KV_NUL SIZE_MAX
#define KV_OPTIONS_INIT { (uint32_t)sizeof(kv_options), 0, 0, 0, 0 }

typedef int32_t kv_status;

typedef struct kv_store {
    uint64_t id;
} kv_store;

typedef struct kv_options {
    uint32_t size;
    uint32_t flags;
    uint64_t limit;
    uint32_t reserved;
    uint8_t kind;
} kv_options;

typedef struct kv_entry {
    const uint8_t *key;
    size_t key_len;
    uint64_t version;
    char text[16];
} kv_entry;

typedef int32_t (*kv_progress_fn)(void *user_data, uint64_t done);

kv_status kv_open(const char *path, const kv_options *options, kv_store *store);
kv_status kv_walk(kv_store store, kv_entry *entry, kv_progress_fn progress, void *user_data);
kv_status kv_set(kv_store store, const void *value, size_t value_len);
void kv_close(kv_store store) __attribute__((nothrow));

#endif
