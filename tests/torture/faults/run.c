/* One run of a workload, in a process of its own: a crash or a hang ends only that. */

#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"

/* The seconds after which a run has hung. */
enum { DEADLINE = 60 };

/* The store has all that was acknowledged, and is sound. */
static void check_store(const char *when)
{
    const char *difference = oracle_compare(store);
    if (difference != NULL) violate("%s: %s", when, difference);
    if (kv_check(store, &failure) != KV_OK) violate("%s: kv_check: %s", when, failure.message);
}

/* It can be written again. */
static void check_writes(void)
{
    /* Another entry would evict one of the oracle's. */
    if (workload->is_full) return;
    struct unit *after = unit_of("+g", "after", 1, 40);
    set_unit(after);
    read_unit(after);
    MUST(kv_flush(store, &failure));
}

/* All writes are refused, until the store is opened again. */
static void check_poisoned(void)
{
    kv_status status = kv_set(store, "+g", 2, "k", 1, "v", 1, &failure);
    if (status != KV_ERR_POISONED) violate("after a failed fsync kv_set returns %d", status);
    status = kv_flush(store, &failure);
    if (status != KV_ERR_POISONED) violate("after a failed fsync kv_flush returns %d", status);
}

static void work_and_check(const struct fault_rule *rule)
{
    injected = *rule;
    fault_begin(folder);
    fault_arm(rule);
    if (workload->opens || open_store(NULL) || open_store(NULL)) workload->run();
    outcome->calls = fault_disarm(&outcome->faults);
    injected.kinds = 0;
    /* The maintenance thread may have met the fault, and then no call has reported it. */
    if (store.id != 0) {
        if (!is_poisoned && (rule->kinds & FAULT_SYNC) != 0)
            is_poisoned = kv_set(store, "+g", 2, "k", 1, "v", 1, &failure) == KV_ERR_POISONED;
        check_store("after the fault");
        if (is_poisoned)
            check_poisoned();
        else if (!is_read_only)
            check_writes();
        close_store();
    }
    if (!open_store(NULL)) return;
    check_store("opened again");
    check_writes();
    if (workload->check != NULL) workload->check();
    close_store();
}

void run(struct shared *shared, const struct places *places, const struct fault_rule *rule)
{
    memset(&shared->outcome, 0, sizeof shared->outcome);
    remove_files(places->run);
    copy_files(places->prepared, places->run);
    pid_t child = fork();
    if (child == 0) {
        alarm(DEADLINE);
        folder = places->run;
        oracle = shared->prepared;
        work_and_check(rule);
        _exit(0);
    }
    int status = status_of(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        violate("it has not ended after %d s", DEADLINE);
    else
        violate("it has crashed: status %#x", (unsigned)status);
}
