/* Operations that run once: none runs twice, except after its process was killed and the
   operation was given up, and none that is completed is lost. */

#include <stdio.h>
#include <string.h>

#include "cells.h"
#include "scenario.h"

/* The phases of an operation in a process. */
enum { NOTHING, BEGINS, RUNS_IT, COMPLETES };

/* How many operations are tried at the same time, and their ttl, longer than a run of this
   harness. */
enum { WINDOW = 6, TTL_MS = 100000000 };

static const char *key_of_operation(int number)
{
    static _Thread_local char key[32];
    snprintf(key, sizeof key, "operation%d", number);
    return key;
}

static const char *response_of(int number)
{
    static _Thread_local char response[48];
    snprintf(response, sizeof response, "the response of %d", number);
    return response;
}

static void check_response(int number, const kv_value *value)
{
    const char *expected = response_of(number);
    if (value->len != strlen(expected) || memcmp(value->data, expected, value->len) != 0)
        violate("operation %d has another response", number);
}

/* The operation itself: a second run is a violation. */
static void run_operation(int slot, int number)
{
    struct operation *it = &shared->operations[number];
    int none = 0;
    if (!atomic_compare_exchange_strong(&it->holder, &none, slot + 1))
        violate("processes %d and %d run operation %d at the same time", none - 1, slot, number);
    if (++it->runs > it->given_up + 1)
        violate("operation %d has run %u times, and was given up %u times", number, it->runs,
                it->given_up);
}

static void complete(struct slot *slot, int number, uint64_t token)
{
    slot->phase = COMPLETES;
    const char *response = response_of(number);
    kv_status status = kv_idempotency_complete(store, key_of_operation(number), KV_NUL, token, response,
                                               KV_NUL, &failure);
    if (!must("kv_idempotency_complete", status)) return;
    struct operation *it = &shared->operations[number];
    it->completed = 1;
    it->holder = 0;
    slot->phase = NOTHING;
    shared->writes += 2;
}

/* The planted loss of a record: the next caller runs the operation again. */
static void lose(struct slot *slot, int number, uint64_t token)
{
    must("kv_idempotency_forget",
         kv_idempotency_forget(store, key_of_operation(number), KV_NUL, token, &failure));
    shared->operations[number].holder = 0;
    slot->phase = NOTHING;
}

static void run_once(int at)
{
    struct slot *slot = &shared->slots[at];
    int first = shared->first_operation, state;
    while (first < OPERATIONS - WINDOW && shared->operations[first].completed) first++;
    shared->first_operation = first;
    int number = chance(8) == 0 ? (int)chance((uint64_t)first + 1) : first + (int)chance(WINDOW);
    struct operation *it = &shared->operations[number];
    bool was_completed = it->completed;
    uint64_t token;
    kv_value response;
    slot->operation = number;
    slot->token = 0;
    slot->phase = BEGINS;
    kv_status status = kv_idempotency_begin(store, key_of_operation(number), KV_NUL, "request", KV_NUL,
                                            TTL_MS, &state, &token, &response, &failure);
    if (!must("kv_idempotency_begin", status)) return;
    if (state == KV_IDEMPOTENCY_COMPLETED)
        check_response(number, &response);
    else if (was_completed)
        violate("operation %d is completed, and begins with state %d", number, state);
    kv_value_free(&response);
    if (state == KV_IDEMPOTENCY_MISMATCH) violate("operation %d was of another request", number);
    if (state != KV_IDEMPOTENCY_STARTED) {
        slot->phase = NOTHING;
        return;
    }
    slot->token = token;
    slot->phase = RUNS_IT;
    run_operation(at, number);
    if (planted == PLANTED_TWICE) {
        lose(slot, number, token);
        return;
    }
    if (chance(3) == 0) nap((unsigned)chance(500));
    complete(slot, number, token);
}

static void step(int actor)
{
    if (chance(3) == 0)
        work_on_cells(actor);
    else
        run_once(slot_of(actor));
}

/* Looks at the operation of a killed process, and abandons it if it was not completed. */
static void take_over(int slot)
{
    struct slot *it = &shared->slots[slot];
    int number = it->operation, phase = it->phase, state = 0;
    if (phase == NOTHING) return;
    struct operation *operation = &shared->operations[number];
    const char *key = key_of_operation(number);
    kv_value response;
    kv_status status = kv_idempotency_get(store, key, KV_NUL, &state, &response, &failure);
    if (status == KV_OK && state == KV_IDEMPOTENCY_COMPLETED) {
        check_response(number, &response);
        if (phase == RUNS_IT) violate("operation %d was completed by another process", number);
        if (phase == COMPLETES) {
            operation->completed = 1;
            operation->holder = 0;
        }
    } else if (status == KV_OK) {
        if (operation->completed) violate("operation %d is no longer completed", number);
        bool is_own = operation->holder == 0 || operation->holder == slot + 1;
        if (phase != BEGINS && !is_own) violate("operation %d has two processes", number);
        /* In the call that begins, another process may be the one that runs it. */
        if (is_own) {
            operation->given_up++;
            operation->holder = 0;
            must("kv_idempotency_forget",
                 kv_idempotency_forget(store, key, KV_NUL, it->token, &failure));
        }
    } else if (status != KV_NOT_FOUND) {
        must("kv_idempotency_get", status);
    } else if (phase != BEGINS || operation->completed) {
        violate("the record of operation %d is lost", number);
    }
    kv_value_free(&response);
    it->phase = NOTHING;
}

/* Only if all processes that run are parked, no operation is between two notes of the oracle. */
static void check(bool quiet)
{
    for (int i = 0; quiet && i < scenario->processes; i++) take_over(i);
    for (int number = 0; quiet && number < OPERATIONS; number++) {
        int state = 0;
        kv_value response;
        if (!shared->operations[number].completed) continue;
        must("kv_idempotency_get of a completed operation",
             kv_idempotency_get(store, key_of_operation(number), KV_NUL, &state, &response, &failure));
        if (state != KV_IDEMPOTENCY_COMPLETED) violate("operation %d is not completed", number);
        check_response(number, &response);
        kv_value_free(&response);
    }
}

const struct scenario ONCE = {
    .name = "operations that run once", .options = "", .space = "", .processes = 3, .threads = 1,
    .is_quiet = true, .step = step, .check = check,
};

const struct scenario PLANTED_REPEAT = {
    .name = "planted repeat", .options = "", .space = "", .processes = 3, .threads = 1,
    .is_quiet = true, .step = step, .check = check,
};
