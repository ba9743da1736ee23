/* The calls of the behaviour cases on locks. */

#ifndef BEHAVIOUR_LOCK_H
#define BEHAVIOUR_LOCK_H

#include "behaviour_run.h"

/* A lock is saved as its token under its name, and its version under another. */
static const char *version_name(const char *name) { return textf("version of %s", name); }

static kv_lock lock_of(struct line *line)
{
    const char *name = text_of(line, "lock");
    return (kv_lock){number_named(SAVED, name), number_named(SAVED, version_name(name))};
}

static kv_status call_lock_acquire(struct call *call)
{
    struct line *line = &call->line;
    struct bytes name = bytes_of(line, "name");
    bool is_owned = find_text(line, "owner") != NULL;
    struct bytes owner = is_owned ? bytes_of(line, "owner") : (struct bytes){"", 0};
    int64_t wait_ms = find_text(line, "wait") == NULL ? 0 : number_of(line, "wait");
    const char *saved = text_of(line, "save");
    kv_lock lock;
    kv_status status = kv_lock_acquire(store_of(line), name.data, name.len, owner.data, owner.len,
                                       number_of(line, "lease"), wait_ms, &lock, &error);
    if (status != KV_OK) return status;
    give_version(lock.token);
    name_number(SAVED, saved, lock.token);
    name_number(SAVED, version_name(saved), lock.version);
    return status;
}

static kv_status call_lock_renew(struct call *call)
{
    struct line *line = &call->line;
    struct bytes name = bytes_of(line, "name");
    return kv_lock_renew(store_of(line), name.data, name.len, lock_of(line),
                         number_of(line, "lease"), &error);
}

static kv_status call_lock_release(struct call *call)
{
    struct line *line = &call->line;
    struct bytes name = bytes_of(line, "name");
    return kv_lock_release(store_of(line), name.data, name.len, lock_of(line), &error);
}

/* The rest of the lease is the ttl of the lock's entry. */
static kv_status call_lock_get(struct call *call)
{
    struct line *line = &call->line;
    struct bytes name = bytes_of(line, "name");
    kv_value owner;
    int64_t ttl_ms = 0;
    kv_status status = kv_lock_get(store_of(line), name.data, name.len, &owner, &error);
    if (status == KV_OK) {
        give("owner", hex(owner.data, owner.len));
        kv_ttl(store_of(line), "kv.lock", KV_NUL, name.data, name.len, &ttl_ms, &error);
        give_time("ttl", ttl_ms);
    }
    kv_value_free(&owner);
    return status;
}

#endif
