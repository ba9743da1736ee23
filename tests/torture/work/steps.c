/* The steps of workloads. */

#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

kv_store store;
const char *folder;
const struct workload *workload;
const char *durability = "full";
bool uses_log;

const char *const UNTOUCHED = "untouched";

void choose_engine(void)
{
    const char *engine = getenv("KV_ENGINE");
    uses_log = engine != NULL && strcmp(engine, "log") == 0;
}

void list_workloads(const struct workload *const *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!uses_log || workloads[i]->suits_log) puts(workloads[i]->name);
}

const char *path_of(const char *name)
{
    static _Thread_local char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Writes the location of the store of the workload. A log is in the folder itself, and a snapshot of it
   is made where a file has a checkpoint. */
static void write_location(char *to, size_t len, const char *options)
{
    if (!uses_log) {
        snprintf(to, len, "sqlite:%s/%s?durability=%s&busy_timeout=3s&%s", folder,
                 workload->file == NULL ? "kv.db" : workload->file, durability, options);
        return;
    }
    snprintf(to, len, "log:%s/%s?durability=%s&%s", folder,
             workload->file == NULL ? "." : workload->file, durability, options);
    char *limit = strstr(to, "wal_limit=");
    if (limit != NULL) memcpy(limit, "log_limit=", strlen("log_limit="));
}

bool open_store(const char *extra)
{
    char location[5000], options[500];
    snprintf(options, sizeof options, "%s%s%s", workload->options, extra == NULL ? "" : "&",
             extra == NULL ? "" : extra);
    write_location(location, sizeof location, options);
    if (!TRY(CALL_OPEN, kv_open(location, &store, &failure))) return false;
    is_poisoned = is_read_only = false;
    return true;
}

void close_store(void)
{
    if (store.id == 0) return;
    TRY(CALL_READ, kv_close(store, &failure));
    store.id = 0;
}

/* Ends a write. After a failure reads go on. */
static void end_write(struct unit *unit, int serial, bool has_succeeded)
{
    unit_end(unit, serial, has_succeeded);
    if (!has_succeeded) read_untouched();
}

void set_unit(struct unit *unit)
{
    size_t len;
    int serial = unit_begin(unit);
    const unsigned char *value = unit_value(unit, 0, serial, &len);
    bool done = TRY(CALL_WRITE, kv_set(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL, value,
                                       len, &failure));
    end_write(unit, serial, done);
}

void put_durably(struct unit *unit)
{
    size_t len;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.durability = KV_DURABILITY_FULL;
    int serial = unit_begin(unit);
    const unsigned char *value = unit_value(unit, 0, serial, &len);
    bool done = TRY(CALL_WRITE, kv_put(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL, value,
                                       len, &options, NULL, &failure));
    end_write(unit, serial, done);
    /* It was flushed with all before it. */
    if (done && listener != NULL) {
        listener->flushing();
        listener->flushed(true);
    }
}

void delete_unit(struct unit *unit)
{
    const char *key = unit_key(unit, 0);
    unit_revert(unit, 0);
    bool done = TRY(CALL_WRITE, kv_delete(store, unit->group, KV_NUL, key, KV_NUL, &failure));
    end_write(unit, 0, done);
}

void commit_unit(struct unit *unit)
{
    kv_batch batch;
    MUST(kv_batch_new(&batch, &failure));
    int serial = unit_begin(unit);
    for (int at = 0; at < unit->keys; at++) {
        size_t len;
        const unsigned char *value = unit_value(unit, at, serial, &len);
        MUST(kv_batch_set(batch, unit->group, KV_NUL, unit_key(unit, at), KV_NUL, value, len, NULL,
                          &failure));
    }
    bool done = TRY(CALL_WRITE, kv_batch_commit(store, batch, &failure));
    end_write(unit, serial, done);
    kv_batch_close(batch, NULL);
}

void transact_unit(struct unit *unit)
{
    kv_txn txn;
    MUST(kv_txn_begin(store, &txn, &failure));
    int serial = unit_begin(unit);
    for (int at = 0; at < unit->keys; at++) {
        size_t len;
        kv_value old;
        const char *key = unit_key(unit, at);
        bool is_read =
            TRY(CALL_READ, kv_txn_get(txn, unit->group, KV_NUL, key, KV_NUL, &old, &failure));
        kv_value_free(&old);
        if (!is_read) {
            kv_txn_abort(txn, NULL);
            unit_abandon(unit);
            return;
        }
        const unsigned char *value = unit_value(unit, at, serial, &len);
        MUST(kv_txn_set(txn, unit->group, KV_NUL, key, KV_NUL, value, len, NULL, &failure));
    }
    bool done = TRY(CALL_WRITE, kv_txn_commit(txn, &failure));
    end_write(unit, serial, done);
    /* It has ended, unless the commit has failed. */
    if (!done) kv_txn_abort(txn, NULL);
}

void read_unit(const struct unit *unit)
{
    int serial = unit_read(store, unit, &failure);
    if (serial == -1) {
        judge("kv_get", CALL_READ, failure.code);
    } else if (serial != unit->acknowledged && unit->unsure_count == 0) {
        violate("unit %s has write %d, acknowledged is %d", unit->name, serial, unit->acknowledged);
    }
}

void read_untouched(void)
{
    for (int i = 0; i < oracle.count; i++) {
        if (strcmp(oracle.units[i].group, UNTOUCHED) == 0) {
            read_unit(&oracle.units[i]);
            return;
        }
    }
}

void flush_store(void)
{
    if (listener != NULL) listener->flushing();
    bool done = TRY(CALL_WRITE, kv_flush(store, &failure));
    if (listener != NULL) listener->flushed(done);
}

void back_up(const char *name)
{
    if (listener != NULL) listener->copying(name, true);
    bool done = TRY(CALL_BACKUP, kv_backup(store, path_of(name), NULL, NULL, &failure));
    if (listener != NULL) listener->copied(name, done);
}

void fill(int units, size_t len)
{
    for (int i = 0; i < units; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%d", i);
        set_unit(unit_of(UNTOUCHED, name, 1, len));
    }
}
