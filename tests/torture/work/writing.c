/* Workloads of writes. */

#include <stdio.h>
#include <unistd.h>

#include "steps.h"

static void fill_small(void)
{
    fill(6, 400);
}

static void run_sets(void)
{
    struct unit *a = unit_of("g", "a", 1, 100), *b = unit_of("g", "b", 1, 5000);
    for (int i = 0; i < 5; i++) {
        set_unit(a);
        set_unit(b);
        if (i % 2 == 0) delete_unit(a);
        read_unit(b);
    }
    flush_store();
    set_unit(a);
    put_durably(b);
    set_unit(b);
    put_durably(a);
}

const struct workload SETS = {
    .name = "sets",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_small,
    .run = run_sets,
};

static void run_batches(void)
{
    struct unit *small = unit_of("g", "small", 6, 60), *mixed = unit_of("g", "mixed", 4, 3000);
    /* Larger than the page cache: it writes to the log before its commit. */
    struct unit *spilled = unit_of("g", "spilled", 15, 145000);
    for (int i = 0; i < 3; i++) {
        commit_unit(small);
        commit_unit(mixed);
        if (i == 1) commit_unit(spilled);
        read_unit(mixed);
    }
}

const struct workload BATCHES = {
    .name = "batches",
    .suits_log = true,
    .options = "wal_limit=256KiB",
    .prepare = fill_small,
    .run = run_batches,
};

static void run_transactions(void)
{
    struct unit *accounts = unit_of("g", "accounts", 3, 40);
    struct unit *large = unit_of("g", "large", 3, 9000);
    for (int i = 0; i < 4; i++) {
        transact_unit(accounts);
        transact_unit(large);
    }
}

const struct workload TRANSACTIONS = {
    .name = "transactions",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_small,
    .run = run_transactions,
};

static void run_large_values(void)
{
    struct unit *growing = unit_of("g", "growing", 1, 120000);
    struct unit *inline_ = unit_of("g", "inline", 1, 900);
    for (int i = 0; i < 4; i++) {
        set_unit(growing);
        set_unit(inline_);
        read_unit(growing);
        if (i == 2) delete_unit(growing);
    }
}

/* The log outgrows its limit, so that checkpoints in the background meet the faults as well. */
const struct workload LARGE_VALUES = {
    .name = "overwrites of large values",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_small,
    .run = run_large_values,
};

static void set_mortal(struct unit *unit, int64_t ttl_ms)
{
    size_t len;
    int serial = unit_begin(unit);
    const unsigned char *value = unit_value(unit, 0, serial, &len);
    bool done = TRY(CALL_WRITE, kv_set_ttl(store, unit->group, KV_NUL, unit_key(unit, 0), KV_NUL,
                                           value, len, ttl_ms, &failure));
    unit_end(unit, serial, done);
}

static void run_expiry(void)
{
    struct unit *lasting = unit_of("g", "lasting", 1, 300);
    set_mortal(lasting, 3600000);
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "mortal%d", i);
        struct unit *mortal = unit_of("g", name, 1, i % 2 == 0 ? 50 : 20000);
        set_mortal(mortal, 1);
        mortal->has_expired = true;
    }
    usleep(2000);
    TRY(CALL_WRITE, kv_purge_expired(store, NULL, &failure));
    set_unit(lasting);
}

const struct workload EXPIRY = {
    .name = "expiry and purge",
    .suits_log = true,
    .options = "purge_interval=5ms&wal_limit=64KiB",
    .prepare = fill_small,
    .run = run_expiry,
};

static void fill_checkpoints(void)
{
    if (open_store(NULL)) fill_small();
}

/* A log that is soon full, so that most of the work is checkpoints; the store is opened again. */
static void run_checkpoints(void)
{
    struct unit *a = unit_of("g", "a", 1, 12000), *b = unit_of("g", "b", 5, 3000);
    for (int i = 0; i < 3; i++) {
        if (!open_store(NULL)) return;
        for (int j = 0; j < 6; j++) {
            set_unit(a);
            commit_unit(b);
        }
        /* The maintenance thread makes a checkpoint. */
        usleep(3000);
        if (i == 1) flush_store();
        set_unit(a);
        close_store();
    }
}

const struct workload CHECKPOINTS = {
    .name = "checkpoints",
    .suits_log = true,
    .options = "wal_limit=64KiB",
    .prepare = fill_checkpoints,
    .run = run_checkpoints,
    .opens = true,
};
