/* Workloads of what a store keeps and copies: its change log, quotas, its space, backups. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "steps.h"

static void fill_some(void)
{
    fill(8, 2500);
}

/* Scans all changes that are kept; their versions rise. */
static void scan_changes(void)
{
    kv_change_cursor cursor;
    kv_event event = KV_EVENT_INIT;
    uint64_t since, last;
    if (!TRY(CALL_READ, kv_changes_oldest(store, &since, &failure))) return;
    kv_status status = kv_changes(store, since, &cursor, &failure);
    /* The maintenance thread may trim meanwhile. */
    if (status == KV_ERR_COMPACTED || !judge("kv_changes", CALL_READ, status)) return;
    last = since;
    while ((status = kv_changes_next(cursor, &event, &failure)) == KV_OK) {
        if (event.version < last)
            violate("a change of version %lld after a later one", (long long)event.version);
        last = event.version;
    }
    if (status != KV_ERR_COMPACTED) judge("kv_changes_next", CALL_READ, status);
    kv_changes_close(cursor, NULL);
}

static void run_changes(void)
{
    struct unit *a = unit_of("g", "a", 1, 200), *b = unit_of("g", "b", 4, 1500);
    for (int i = 0; i < 8; i++) {
        set_unit(a);
        commit_unit(b);
        if (i % 3 == 0) scan_changes();
    }
    /* The maintenance thread trims. */
    usleep(6000);
    set_unit(a);
}

const struct workload CHANGES = {
    .name = "change log with trimming",
    .suits_log = true,
    .options = "changes=on&changes_keep=8&purge_interval=4ms&wal_limit=64KiB",
    .prepare = fill_some,
    .run = run_changes,
    .check = scan_changes,
};

static void run_quota(void)
{
    TRY(CALL_WRITE, kv_quota_set(store, "t", 4, 0, 40000, &failure));
    struct unit *a = unit_of("t:g", "a", 1, 300), *b = unit_of("t:g", "b", 3, 5000);
    set_unit(a);
    commit_unit(b);
    kv_quota quota = KV_QUOTA_INIT;
    bool is_read = TRY(CALL_READ, kv_quota_get(store, "t", &quota, &failure));
    if (is_read && quota.keys == 4 && quota.max_keys == 4) {
        kv_status status = kv_set(store, "t:g", KV_NUL, "one too many", KV_NUL, "v", 1, &failure);
        if (status >= 0) violate("a write over the quota is accepted");
        if (status != KV_ERR_QUOTA) judge("kv_set over the quota", CALL_WRITE, status);
    }
    delete_unit(a);
    set_unit(a);
    commit_unit(b);
    TRY(CALL_WRITE, kv_quota_set(store, "t", 10, 2, 0, &failure));
    set_unit(a);
}

const struct workload QUOTA = {
    .name = "quota",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_some,
    .run = run_quota,
};

static void run_compact(void)
{
    struct unit *a = unit_of("g", "a", 1, 60000), *b = unit_of("g", "b", 1, 700);
    set_unit(a);
    set_unit(b);
    delete_unit(a);
    TRY(CALL_WRITE, kv_compact(store, &failure));
    set_unit(b);
    TRY(CALL_WRITE, kv_compact(store, &failure));
    read_unit(b);
}

const struct workload COMPACT = {
    .name = "compact",
    .suits_log = true,
    .options = "",
    .prepare = fill_some,
    .run = run_compact,
};

/* Large values, more than a megabyte of them. */
static struct unit *large(int number)
{
    char name[8];
    snprintf(name, sizeof name, "l%d", number);
    return unit_of("g", name, 1, 140000);
}

/* Entries behind large values. */
static void fill_much(void)
{
    fill_some();
    for (int i = 0; i < 11; i++) set_unit(large(i));
    commit_unit(unit_of("g", "b", 6, 2500));
}

static void run_space(void)
{
    struct unit *b = unit_of("g", "b", 6, 2500);
    for (int i = 0; i < 11; i++) delete_unit(large(i));
    for (int i = 0; i < 3; i++) {
        /* The maintenance thread moves pages to free ones, and shortens the file. */
        usleep(8000);
        commit_unit(b);
        read_unit(b);
    }
}

const struct workload SPACE = {
    .name = "free space that goes back",
    .options = "purge_interval=4ms&wal_limit=64KiB",
    .prepare = fill_much,
    .run = run_space,
};

static void run_backup(void)
{
    struct unit *a = unit_of("g", "a", 1, 9000);
    set_unit(a);
    back_up("one.db");
    set_unit(a);
    back_up("two.db");
    set_unit(a);
}

static void leave_backup(void)
{
    fill_some();
    struct unit *b = unit_of("g", "b", 3, 4000);
    commit_unit(b);
    MUST(kv_backup(store, path_of("one.db"), NULL, NULL, &failure));
    commit_unit(b);
}

/* Everything is as in the backup, where the unit has its first write. */
static void restore(struct unit *unit)
{
    unit_revert(unit, 1);
    bool done = TRY(CALL_BACKUP, kv_restore(store, path_of("one.db"), NULL, NULL, &failure));
    unit_end(unit, 1, done);
}

static void run_restore(void)
{
    struct unit *b = unit_of("g", "b", 3, 4000);
    restore(b);
    read_unit(b);
    commit_unit(b);
    restore(b);
}

const struct workload RESTORE = {
    .name = "restore",
    .options = "wal_limit=64KiB",
    .prepare = leave_backup,
    .run = run_restore,
};

/* A backup that is there is a whole store, and has what no workload writes. */
static void check_backup(void)
{
    const char *const names[] = {"one.db", "two.db"};
    for (int i = 0; i < 2; i++) {
        struct stat status;
        if (stat(path_of(names[i]), &status) != 0) continue;
        kv_store ours = store;
        if (TRY(CALL_OPEN, kv_open(path_of(names[i]), &store, &failure))) {
            MUST(kv_check(store, &failure));
            read_untouched();
            close_store();
        }
        store = ours;
    }
}

const struct workload BACKUP = {
    .name = "backup",
    .options = "wal_limit=64KiB",
    .prepare = fill_some,
    .run = run_backup,
    .check = check_backup,
};

/* The file gets its name by a hard link. */
const struct workload BACKUP_BY_LINK = {
    .name = "backup by a link",
    .options = "wal_limit=64KiB",
    .prepare = fill_some,
    .run = run_backup,
    .check = check_backup,
    .lacks_rename = true,
};

/* Copies the store into another file, which is there from the beginning and whole when flushed. */
static void run_copy(void)
{
    struct unit *a = unit_of("g", "a", 1, 9000);
    char location[4200];
    kv_store target;
    set_unit(a);
    snprintf(location, sizeof location, "sqlite:%s?durability=%s", path_of("copy.db"), durability);
    if (listener != NULL) listener->copying("copy.db", false);
    if (!TRY(CALL_OPEN, kv_open(location, &target, &failure))) return;
    bool done = TRY(CALL_BACKUP, kv_copy(store, target, NULL, NULL, NULL, NULL, &failure));
    done = done && TRY(CALL_BACKUP, kv_flush(target, &failure));
    if (listener != NULL) listener->copied("copy.db", done);
    TRY(CALL_READ, kv_close(target, &failure));
    set_unit(a);
}

const struct workload COPY = {
    .name = "copy",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_some,
    .run = run_copy,
};
