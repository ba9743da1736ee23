/*
 * A process may exit while its threads are inside calls, with stores open, callbacks registered and
 * watches polled. A store that a function of atexit closes waits for the callbacks that run.
 */

#define _DEFAULT_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "again.h"

enum { RUNS = 20, THREADS = 3 };

static kv_store store;
static kv_watch watch;
static bool is_closed;
static int calls;

static void count_it(void *user_data, const kv_event *event)
{
    (void)user_data;
    CHECK(event->group_len == 1);
    /* After the close of the store nothing is called. */
    CHECK(!__atomic_load_n(&is_closed, __ATOMIC_SEQ_CST));
    __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
}

static void *write_on(void *unused)
{
    (void)unused;
    while (kv_set(store, "g", 1, "k", 1, "v", 1, NULL) == KV_OK) {}
    return NULL;
}

static void *poll_on(void *unused)
{
    (void)unused;
    kv_event event = KV_EVENT_INIT;
    while (kv_watch_poll(watch, -1, &event, NULL) == KV_OK) {}
    return NULL;
}

static void close_store(void)
{
    if (kv_close(store, NULL) != KV_OK) _exit(2);
    __atomic_store_n(&is_closed, true, __ATOMIC_SEQ_CST);
    if (check_failures != 0) _exit(3);
}

static void write_and_exit(const char *location, const char *closes)
{
    kv_subscription subscription;
    kv_watch_options all = KV_WATCH_OPTIONS_INIT;
    pthread_t thread;
    end_after(60);
    if (closes != NULL) atexit(close_store);
    store = check_open(location);
    EXPECT(kv_on_change(store, count_it, NULL, NULL, &subscription, &error), KV_OK);
    all.flags = KV_WATCH_ANY_GROUP | KV_WATCH_ANY_KEY;
    EXPECT(kv_watch_open(store, NULL, 0, NULL, 0, &all, &watch, &error), KV_OK);
    CHECK(pthread_create(&thread, NULL, poll_on, NULL) == 0);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&thread, NULL, write_on, NULL) == 0);
    while (__atomic_load_n(&calls, __ATOMIC_SEQ_CST) < 100) usleep(100);
    exit(check_failures == 0 ? 0 : 1);
}

static void exits_cleanly(const char *location, const char *closes)
{
    for (int run = 0; run < RUNS; run++) {
        int status = end_of(start_body(write_and_exit, location, closes));
        if (status != 0) FAIL("%s: the process ended with %#x", location, (unsigned)status);
    }
}

static void a_process_may_exit_while_its_threads_write(void)
{
    exits_cleanly("memory:", NULL);
    exits_cleanly(check_path("exit.db"), NULL);
}

static void a_store_may_be_closed_at_exit(void)
{
    exits_cleanly("memory:", "closes");
    exits_cleanly(check_path("closed.db"), "closes");
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "exit");
    if (argc > 2) write_and_exit(argv[2], argv[3]);
    RUN(a_process_may_exit_while_its_threads_write);
    RUN(a_store_may_be_closed_at_exit);
    return check_end();
}
