/* The log and the trace in the child of a fork, and the recovery of a file that a child has left. */

#define _DEFAULT_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "records.h"

/* Makes records: an opening and a close. */
static void open_and_close(void)
{
    kv_store store = check_open("memory:");
    EXPECT(kv_close(store, &error), KV_OK);
}

static void in_a_child(void (*body)(void))
{
    run_in_child(body, 20);
}

static void the_child_sets_a_log_of_its_own(void)
{
    open_and_close();
    CHECK_EQUAL(records.count, 2);
    EXPECT(kv_set_log(KV_LOG_INFO, keep_record, &records, end_records, &error), KV_OK);
    /* The user data of the parent does not end here. */
    CHECK_EQUAL(records.ends, 0);
    open_and_close();
    CHECK_EQUAL(records.count, 4);
    end_log();
}

static void the_child_ends_the_log(void)
{
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(records.ends, 0);
}

static void the_child_of_a_fork_has_no_log_until_it_sets_one(void)
{
    begin_log(KV_LOG_INFO);
    open_and_close();
    in_a_child(the_child_sets_a_log_of_its_own);
    in_a_child(the_child_ends_the_log);
    open_and_close();
    CHECK_EQUAL(records.count, 4);
    end_log();
}

/* The thread of the parent's log may be about to wait when its process is forked. */
static void each_child_of_a_busy_log_can_set_its_own(void)
{
    for (int i = 0; i < check_times(20) && check_failures == 0; i++) {
        begin_log(KV_LOG_INFO);
        open_and_close();
        in_a_child(the_child_sets_a_log_of_its_own);
        end_log();
    }
}

/* The calls that a trace has shown, and the ends of its user data. */
static struct one_trace {
    int begins, finished, ends;
} traces[2];

static kv_store store;

static uint64_t count_call(void *user_data, const kv_trace_call *call)
{
    struct one_trace *trace = user_data;
    if (call->phase == KV_TRACE_BEGIN) trace->begins++;
    else trace->finished++;
    return 0;
}

static void count_trace_end(void *user_data)
{
    struct one_trace *trace = user_data;
    trace->ends++;
}

static void the_child_has_no_trace_until_it_sets_one(void)
{
    store = check_open("memory:");
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    CHECK(traces[0].begins == 0 && traces[0].finished == 0);
    EXPECT(kv_set_trace(0, count_call, &traces[1], count_trace_end, &error), KV_OK);
    CHECK_EQUAL(traces[0].ends, 0);
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    CHECK(traces[1].begins == 1 && traces[1].finished == 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void refused_calls_of_a_child_are_not_traced(void)
{
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_ERR_FORKED);
    CHECK_EQUAL(traces[0].begins, 0);
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
}

static void a_child_begins_without_a_trace(void)
{
    memset(traces, 0, sizeof traces);
    EXPECT(kv_set_trace(0, count_call, &traces[0], count_trace_end, &error), KV_OK);
    in_a_child(the_child_has_no_trace_until_it_sets_one);
    store = check_open("memory:");
    in_a_child(refused_calls_of_a_child_are_not_traced);
    CHECK(traces[0].begins == 0 && traces[0].ends == 0);
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    CHECK(traces[0].begins == 1 && traces[0].finished == 1);
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(traces[0].ends, 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_recovery_is_logged(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        store = check_open(check_path("left.db"));
        EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    begin_log(KV_LOG_INFO);
    store = check_open(check_path("left.db"));
    end_log();
    one_of("recovery", KV_LOG_INFO, "frames of its WAL were recovered");
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "observe_fork");
    /* First: while the memory of the process is as it was. */
    RUN(each_child_of_a_busy_log_can_set_its_own);
    RUN(a_recovery_is_logged);
    RUN(a_child_begins_without_a_trace);
    RUN(the_child_of_a_fork_has_no_log_until_it_sets_one);
    return check_end();
}
