/* Ordinary work: sets, deletes, batches, transactions, and entries that all processes write:
   accounts whose sum stays, and a counter that is the sum of the counters of all actors. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

enum { ACCOUNTS = 6, BALANCE = 1000 };

static const char *const SHARED = "shared";

static const char *numbered(const char *name, int number)
{
    static _Thread_local char text[32];
    snprintf(text, sizeof text, "%s%d", name, number);
    return text;
}

static int64_t number_in(const kv_value *value)
{
    char text[32] = "";
    if (value->len < sizeof text) memcpy(text, value->data, value->len);
    return atoll(text);
}

static void set_number(int account, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    must("kv_set", kv_set(store, SHARED, KV_NUL, numbered("account", account), KV_NUL, text, KV_NUL,
                          &failure));
}

static void make_accounts(void)
{
    if (!open_store(NULL)) return;
    for (int i = 0; i < ACCOUNTS; i++) set_number(i, BALANCE);
    close_store();
}

/* One more for the counter of the actor and for the common one, in a batch. */
static void count(int actor)
{
    kv_batch batch;
    if (!must("kv_batch_new", kv_batch_new(&batch, &failure))) return;
    kv_batch_increment(batch, SHARED, KV_NUL, numbered("own", actor), KV_NUL, 1, 0, &failure);
    kv_batch_increment(batch, SHARED, KV_NUL, "all", KV_NUL, 1, 0, &failure);
    shared->counts_begun[actor]++;
    if (must("a batch of increments", kv_batch_commit(store, batch, &failure))) {
        shared->counts[actor]++;
        shared->writes++;
    }
    kv_batch_close(batch, NULL);
}

static bool read_account(kv_txn txn, int account, int64_t *balance)
{
    kv_value value;
    const char *key = numbered("account", account);
    if (!must("kv_txn_get", kv_txn_get(txn, SHARED, KV_NUL, key, KV_NUL, &value, &failure)))
        return false;
    *balance = number_in(&value);
    kv_value_free(&value);
    return true;
}

static bool write_account(kv_txn txn, int account, int64_t balance)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)balance);
    const char *key = numbered("account", account);
    return must("kv_txn_set",
                kv_txn_set(txn, SHARED, KV_NUL, key, KV_NUL, text, KV_NUL, NULL, &failure));
}

/* Moves some of one account to another, unless another process does so meanwhile. */
static void transfer(void)
{
    kv_txn txn;
    int from = (int)chance(ACCOUNTS), to = (from + 1 + (int)chance(ACCOUNTS - 1)) % ACCOUNTS;
    int64_t amount = (int64_t)chance(50), source, target;
    if (!must("kv_txn_begin", kv_txn_begin(store, &txn, &failure))) return;
    bool good = read_account(txn, from, &source) && read_account(txn, to, &target) &&
                write_account(txn, from, source - amount) && write_account(txn, to, target + amount);
    kv_status status = good ? kv_txn_commit(txn, &failure) : KV_OK;
    if (status != KV_OK && status != KV_CONFLICT) must("kv_txn_commit", status);
    if (good && status == KV_OK) shared->writes++;
    if (!good || status < 0) kv_txn_abort(txn, NULL);
}

static void step(int actor)
{
    uint64_t kind = chance(8);
    if (kind == 0)
        count(actor);
    else if (kind == 1)
        transfer();
    else
        work_on_cells(actor);
}

static int64_t result(kv_batch batch, size_t at)
{
    kv_value value;
    int64_t number = 0;
    kv_status status = kv_batch_result(batch, at, &value, &failure);
    if (status != KV_NOT_FOUND && must("kv_batch_result", status)) number = number_in(&value);
    kv_value_free(&value);
    return number;
}

static void check_counters(kv_batch batch, const uint64_t *before)
{
    int64_t sum = 0;
    for (int i = 0; i < ACTORS; i++) {
        int64_t own = result(batch, (size_t)i);
        sum += own;
        /* Each kill may have undone one of those that were begun. */
        if (own < (int64_t)before[i] || own > (int64_t)shared->counts_begun[i])
            violate("the counter of actor %d is %lld: %llu are acknowledged, %llu begun", i,
                    (long long)own, (unsigned long long)before[i],
                    (unsigned long long)shared->counts_begun[i]);
    }
    int64_t all = result(batch, ACTORS);
    if (all != sum) violate("half a batch: counters of %lld in all, the common one %lld",
                            (long long)sum, (long long)all);
}

static void check(bool quiet)
{
    kv_batch batch;
    uint64_t before[ACTORS];
    (void)quiet;
    for (int i = 0; i < ACTORS; i++) before[i] = shared->counts[i];
    if (!must("kv_batch_new", kv_batch_new(&batch, &failure))) return;
    for (int i = 0; i < ACTORS; i++)
        kv_batch_get(batch, SHARED, KV_NUL, numbered("own", i), KV_NUL, &failure);
    kv_batch_get(batch, SHARED, KV_NUL, "all", KV_NUL, &failure);
    for (int i = 0; i < ACCOUNTS; i++)
        kv_batch_get(batch, SHARED, KV_NUL, numbered("account", i), KV_NUL, &failure);
    if (must("a batch of reads", kv_batch_commit(store, batch, &failure))) {
        int64_t sum = 0;
        check_counters(batch, before);
        for (int i = 0; i < ACCOUNTS; i++) sum += result(batch, (size_t)(ACTORS + 1 + i));
        if (sum != ACCOUNTS * BALANCE) violate("half a transaction: the accounts have %lld in all",
                                               (long long)sum);
    }
    kv_batch_close(batch, NULL);
}

const struct scenario STEADY = {
    .name = "steady work", .options = "purge_interval=1s", .space = "", .processes = 3, .threads = 2,
    .prepare = make_accounts, .step = step, .check = check,
};

static void set_batches(int actor)
{
    write_cell(actor, BATCH_CELL);
}

const struct scenario PLANTED_LOSS = {
    .name = "planted loss", .options = "purge_interval=1s", .space = "", .processes = 2, .threads = 1,
    .step = work_on_cells,
};

const struct scenario PLANTED_HALVES = {
    .name = "planted halves", .options = "purge_interval=1s", .space = "", .processes = 2, .threads = 1,
    .step = set_batches,
};
