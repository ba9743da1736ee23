/*
 * The rules of a call that fails: its status is that of the number that was injected, and it has
 * the number. The exceptions are a list with reasons; they are counted.
 */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>

#include <kv.h>

#include "faults.h"

/* The outcome of a run, in memory that the runner shares. */
struct outcome {
    /* Calls of the system that the rule was about, and those that failed. */
    long calls, faults;
    /* Calls of the library that failed, and those of them that an exception explains. */
    long failures, exceptions;
    /* The first violation of a rule; empty without one. */
    char violation[1000];
};

/* The purpose of a call of the library. */
enum call { CALL_READ, CALL_WRITE, CALL_OPEN, CALL_BACKUP };

/* The rule that is armed, the outcome of this process, and the error of the thread's last call. */
extern struct fault_rule injected;
extern struct outcome *outcome;
extern _Thread_local kv_error failure;

/* Whether a failed fsync was reported, after which all writes are refused, and whether the store
   can only be read; both until it is opened again. */
extern bool is_poisoned, is_read_only;

/* The former as it was when the thread's last call began. */
extern _Thread_local bool was_poisoned;

/* Notes a violation of the rules. */
void violate(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Judges the end of a call; returns whether it has succeeded, with KV_OK or an outcome. */
bool judge(const char *call_text, enum call call, kv_status status);

/* Makes a call, which puts its error into `failure`, and judges its end. */
#define TRY(call, expression) \
    judge(#expression, call, (was_poisoned = is_poisoned, (expression)))

/* Makes a call that has to succeed, because nothing is injected. */
#define MUST(expression)                                                       \
    do {                                                                       \
        kv_status must_status = (expression);                                  \
        if (must_status < 0)                                                   \
            violate("%s: status %d, %s", #expression, must_status, failure.message); \
    } while (0)

/* Whether faults of these kinds can make a read fail. */
bool concerns_reads(unsigned kinds);

#endif
