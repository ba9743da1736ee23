/* The trace among others: calls that its callback makes, many threads, its removal. */

#include "together.h"

static kv_store store;

/* A callback that makes calls itself, which are traced as well. */
struct nested {
    int depth, deepest, begins, ends;
    kv_status get, set;
};

static uint64_t call_within(void *user_data, const kv_trace_call *call)
{
    struct nested *nested = user_data;
    if (call->phase == KV_TRACE_BEGIN) nested->begins++;
    else nested->ends++;
    if (nested->depth == 3) return 0;
    nested->depth++;
    if (nested->depth > nested->deepest) nested->deepest = nested->depth;
    nested->get = kv_exists(store, "g", 1, "none", 4, NULL);
    nested->set = kv_set(store, "n", 1, "k", 1, "v", 1, NULL);
    nested->depth--;
    return 0;
}

static void calls_of_the_callback_are_traced(void)
{
    struct nested nested = {0};
    store = check_open("memory:");
    EXPECT(kv_set_trace(0, call_within, &nested, NULL, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(nested.get, KV_NOT_FOUND);
    CHECK_EQUAL(nested.set, KV_OK);
    CHECK_EQUAL(nested.deepest, 3);
    CHECK_EQUAL(nested.begins, nested.ends);
    /* Each begin and end makes two calls, three levels deep. */
    CHECK_EQUAL(nested.begins, 1 + 4 + 16 + 64);
    EXPECT(kv_close(store, &error), KV_OK);
}

/* A callback that ends its own trace at the begin of a call. */
static int own_ends;

static uint64_t end_own_trace(void *user_data, const kv_trace_call *call)
{
    int *phases = user_data;
    phases[call->phase]++;
    CHECK_EQUAL(own_ends, 0);
    if (call->phase == KV_TRACE_BEGIN) {
        kv_set_trace(0, NULL, NULL, NULL, NULL);
        return 77;
    }
    CHECK_EQUAL(call->context, 77);
    return 0;
}

static void count_own_end(void *user_data)
{
    (void)user_data;
    own_ends++;
}

static void a_call_ends_with_the_trace_with_which_it_began(void)
{
    int phases[2] = {0, 0};
    store = check_open("memory:");
    EXPECT(kv_set_trace(0, end_own_trace, phases, count_own_end, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK(phases[KV_TRACE_BEGIN] == 1 && phases[KV_TRACE_END] == 1);
    CHECK_EQUAL(own_ends, 1);
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK_EQUAL(phases[KV_TRACE_BEGIN], 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

/* The traces of a test of threads: each counts its calls and its end. */
struct one_trace {
    int begins, finished, ends;
};

enum { TRACES = 200, CALLS = 2000 };

static struct one_trace traces[TRACES];
static int stop;

/* The context of the call of this thread. */
static _Thread_local uint64_t last_context;

static uint64_t count_call(void *user_data, const kv_trace_call *call)
{
    struct one_trace *trace = user_data;
    CHECK_EQUAL(__atomic_load_n(&trace->ends, __ATOMIC_SEQ_CST), 0);
    if (call->phase == KV_TRACE_END) {
        CHECK(call->context == last_context);
        __atomic_add_fetch(&trace->finished, 1, __ATOMIC_SEQ_CST);
        return 0;
    }
    __atomic_add_fetch(&trace->begins, 1, __ATOMIC_SEQ_CST);
    last_context = last_context * 31 + (uint64_t)(uintptr_t)&last_context;
    return last_context;
}

static void count_trace_end(void *user_data)
{
    struct one_trace *trace = user_data;
    CHECK_EQUAL(__atomic_load_n(&trace->begins, __ATOMIC_SEQ_CST),
                __atomic_load_n(&trace->finished, __ATOMIC_SEQ_CST));
    __atomic_add_fetch(&trace->ends, 1, __ATOMIC_SEQ_CST);
}

static void *call_often(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < check_times(CALLS); i++)
        EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    return NULL;
}

static void calls_of_many_threads_are_each_traced(void)
{
    store = check_open("memory:");
    traces[0] = (struct one_trace){0};
    EXPECT(kv_set_trace(0, count_call, &traces[0], count_trace_end, &error), KV_OK);
    together(THREADS, call_often, NULL);
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(traces[0].begins, THREADS * check_times(CALLS));
    CHECK_EQUAL(traces[0].finished, traces[0].begins);
    CHECK_EQUAL(traces[0].ends, 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void *call_until_stopped(void *unused)
{
    (void)unused;
    wait_to_go();
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
        EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    return NULL;
}

/* Replaces the trace again and again while calls run, each after it has seen a call. */
static void set_and_remove(void)
{
    for (int i = 0; i < check_times(TRACES); i++) {
        EXPECT(kv_set_trace(0, count_call, &traces[i], count_trace_end, &error), KV_OK);
        while (__atomic_load_n(&traces[i].finished, __ATOMIC_SEQ_CST) == 0) sched_yield();
        if (i % 2 == 0) EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    }
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
}

static void a_trace_that_is_removed_ends_after_its_last_call(void)
{
    memset(traces, 0, sizeof traces);
    stop = 0;
    store = check_open("memory:");
    together(4, call_until_stopped, set_and_remove);
    for (int i = 0; i < check_times(TRACES); i++) {
        CHECK(traces[i].begins > 0 && traces[i].begins == traces[i].finished);
        CHECK_EQUAL(traces[i].ends, 1);
    }
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "trace_calls");
    RUN(calls_of_the_callback_are_traced);
    RUN(a_call_ends_with_the_trace_with_which_it_began);
    RUN(calls_of_many_threads_are_each_traced);
    RUN(a_trace_that_is_removed_ends_after_its_last_call);
    return check_end();
}
