/* Bound handles: deadlines, cancels from threads and signal handlers, and their misuse. */

#define _DEFAULT_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "holder.h"

enum { BOUND_MAX = 65536 };

static kv_store store;
static char location[4400];

static kv_store bound_to(kv_store whole)
{
    kv_store bound;
    EXPECT(kv_bind(whole, &bound, &error), KV_OK);
    return bound;
}

static kv_status set(kv_store to, const char *key)
{
    return kv_set(to, "g", 1, key, KV_NUL, "v", 1, &error);
}

static uint64_t count(kv_store of)
{
    uint64_t number = 99;
    EXPECT(kv_count(of, "g", 1, &number, &error), KV_OK);
    return number;
}

/* A call that waits, in a thread of its own, and that was polled often enough to be inside. */
static int polls;
static kv_store waiting;
static kv_status waited;

static int32_t count_polls(void *user_data)
{
    CHECK(user_data == &polls);
    __atomic_add_fetch(&polls, 1, __ATOMIC_RELEASE);
    return 0;
}

static void *wait_in_a_set(void *unused)
{
    waited = set(waiting, "waits");
    return unused;
}

static pthread_t begin_to_wait(kv_store bound)
{
    pthread_t thread;
    waiting = bound;
    polls = 0;
    EXPECT(kv_arm_poll(bound, count_polls, &polls, &error), KV_OK);
    CHECK(pthread_create(&thread, NULL, wait_in_a_set, NULL) == 0);
    while (__atomic_load_n(&polls, __ATOMIC_ACQUIRE) < 2) usleep(1000);
    return thread;
}

static kv_status end_of(pthread_t thread)
{
    CHECK(pthread_join(thread, NULL) == 0);
    return waited;
}

static void a_deadline_ends_a_wait_and_nothing_is_written(void)
{
    kv_store bound = bound_to(store);
    kv_txn txn;
    uint64_t before = count(store);
    lock();
    EXPECT(kv_arm(bound, 20, NULL, &error), KV_OK);
    EXPECT_MESSAGE(set(bound, "late"), KV_ERR_DEADLINE, "deadline");
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(kv_txn_begin(bound, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "g", 1, "txn", KV_NUL, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_arm(bound, 20, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_DEADLINE);
    let_go();
    CHECK_EQUAL(count(store), before);
    EXPECT(kv_arm(bound, 600000, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK_EQUAL(count(bound), before + 1);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_cancel_from_another_thread_ends_a_wait(void)
{
    kv_store bound = bound_to(store);
    uint64_t arming = 0;
    lock();
    EXPECT(kv_arm(bound, -1, &arming, &error), KV_OK);
    pthread_t thread = begin_to_wait(bound);
    EXPECT(kv_cancel(bound, arming, &error), KV_OK);
    CHECK_EQUAL(end_of(thread), KV_ERR_CANCELLED);
    let_go();
    EXPECT(set(bound, "waits"), KV_ERR_CANCELLED);
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(set(bound, "waits"), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

#ifndef _WIN32
static uint64_t meant;
static volatile sig_atomic_t handled, kept_errno;

static void on_signal(int signal)
{
    (void)signal;
    errno = 4711;
    handled = kv_cancel(waiting, meant, NULL) == KV_OK;
    kept_errno = errno == 4711;
}

static void a_cancel_from_a_signal_handler_ends_a_wait(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    kv_store bound = bound_to(store);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    lock();
    EXPECT(kv_arm(bound, -1, &meant, &error), KV_OK);
    pthread_t thread = begin_to_wait(bound);
    /* In the very thread that waits. */
    CHECK(pthread_kill(thread, SIGUSR1) == 0);
    CHECK_EQUAL(end_of(thread), KV_ERR_CANCELLED);
    CHECK(handled && kept_errno);
    let_go();
    EXPECT(kv_close(bound, &error), KV_OK);
}
#endif

static int32_t end_it(void *left)
{
    return --*(int *)left <= 0 ? 7 : 0;
}

static void a_poll_ends_a_wait_when_it_says_so(void)
{
    int left = 3;
    kv_store bound = bound_to(store);
    lock();
    EXPECT(kv_arm_poll(bound, end_it, &left, &error), KV_OK);
    EXPECT(set(bound, "polled"), KV_ERR_CANCELLED);
    CHECK_EQUAL(left, 0);
    let_go();
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(kv_arm_poll(bound, NULL, NULL, &error), KV_OK);
    EXPECT(set(bound, "polled"), KV_OK);
    CHECK_EQUAL(left, 0);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_cancel_that_comes_late_or_early_does_nothing(void)
{
    kv_store bound = bound_to(store);
    uint64_t first = 0, second = 0;
    EXPECT(kv_cancel(bound, 0, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_ERR_CANCELLED);
    EXPECT(kv_arm(bound, -1, &first, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_OK);
    EXPECT(kv_arm(bound, -1, &second, &error), KV_OK);
    CHECK(first != 0 && second != first);
    EXPECT(kv_cancel(bound, first, &error), KV_OK);
    EXPECT(kv_cancel(bound, second + 1, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_OK);
    EXPECT(kv_cancel(bound, 0, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_ERR_CANCELLED);
    EXPECT(set(store, "a"), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_deadline_that_has_passed_lets_nothing_begin(void)
{
    kv_store bound = bound_to(store);
    kv_cursor cursor;
    kv_entry entry;
    uint64_t number;
    EXPECT(kv_scan(bound, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    EXPECT(kv_arm(bound, 0, NULL, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_ERR_DEADLINE);
    EXPECT(kv_exists(bound, "g", 1, "a", 1, &error), KV_ERR_DEADLINE);
    EXPECT(kv_count(bound, "g", 1, &number, &error), KV_ERR_DEADLINE);
    EXPECT(set(bound, "a"), KV_ERR_DEADLINE);
    EXPECT(kv_arm(bound, INT64_MAX, NULL, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_scope_and_a_bound_handle_can_be_bound(void)
{
    kv_store scope, again, bound;
    EXPECT(kv_scope(store, "app", &scope, &error), KV_OK);
    bound = bound_to(scope);
    again = bound_to(bound);
    EXPECT(kv_cancel(bound, 0, &error), KV_OK);
    EXPECT(set(bound, "k"), KV_ERR_CANCELLED);
    EXPECT(set(again, "k"), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
    EXPECT(set(again, "l"), KV_OK);
    CHECK_EQUAL(count(scope), 2);
    EXPECT(kv_close(scope, &error), KV_OK);
    EXPECT(set(again, "m"), KV_ERR_CLOSED);
    EXPECT(kv_close(again, &error), KV_OK);
}

static void misuse_is_answered(void)
{
    const kv_store none = {0};
    kv_store bound = bound_to(store), other = {7};
    uint64_t arming = 7;
    EXPECT(kv_bind(store, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_bind(none, &other, &error), KV_ERR_HANDLE);
    CHECK_EQUAL(other.id, 0);
    EXPECT_MESSAGE(kv_arm(store, 1, &arming, &error), KV_ERR_ARGUMENT, "kv_bind");
    EXPECT_MESSAGE(kv_cancel(store, 0, &error), KV_ERR_ARGUMENT, "kv_bind");
    EXPECT_MESSAGE(kv_arm_poll(store, end_it, NULL, &error), KV_ERR_ARGUMENT, "kv_bind");
    EXPECT_MESSAGE(kv_arm(bound, -2, &arming, &error), KV_ERR_ARGUMENT, "-2");
    EXPECT(kv_arm(none, 1, &arming, &error), KV_ERR_HANDLE);
    EXPECT(kv_cancel(none, 0, &error), KV_ERR_HANDLE);
    EXPECT(kv_arm_poll(none, NULL, NULL, &error), KV_ERR_HANDLE);
    CHECK_EQUAL(arming, 7);
    EXPECT(kv_close(bound, &error), KV_OK);
    EXPECT(kv_close(bound, &error), KV_ERR_HANDLE);
    EXPECT(kv_bind(bound, &other, &error), KV_ERR_HANDLE);
    EXPECT(kv_arm(bound, 1, &arming, &error), KV_ERR_HANDLE);
    EXPECT(kv_cancel(bound, 0, &error), KV_ERR_HANDLE);
    EXPECT(kv_cancel(bound, 0, NULL), KV_ERR_HANDLE);
    EXPECT(kv_arm_poll(bound, NULL, NULL, &error), KV_ERR_HANDLE);
    EXPECT(set(bound, "a"), KV_ERR_HANDLE);
    /* The slot is used again; the old number is not meant. */
    other = bound_to(store);
    EXPECT(kv_cancel(bound, 0, &error), KV_ERR_HANDLE);
    EXPECT(set(other, "a"), KV_OK);
    EXPECT(kv_close(other, &error), KV_OK);
}

static void so_many_can_be_bound_and_no_more(void)
{
    static kv_store bound[BOUND_MAX];
    kv_store other;
    for (int i = 0; i < BOUND_MAX; i++)
        if (kv_bind(store, &bound[i], &error) != KV_OK) FAIL("handle %d: %s", i, error.message);
    EXPECT_MESSAGE(kv_bind(store, &other, &error), KV_ERR_MEMORY, "65536");
    CHECK_EQUAL(other.id, 0);
    EXPECT(set(bound[BOUND_MAX - 1], "a"), KV_OK);
    for (int i = 0; i < BOUND_MAX; i++)
        if (kv_close(bound[i], &error) != KV_OK) FAIL("handle %d: %s", i, error.message);
    other = bound_to(store);
    EXPECT(kv_close(other, &error), KV_OK);
}

static void closing_a_bound_handle_ends_the_call_that_waits(void)
{
    kv_store bound = bound_to(store);
    lock();
    pthread_t thread = begin_to_wait(bound);
    EXPECT(kv_close(bound, &error), KV_OK);
    CHECK_EQUAL(end_of(thread), KV_ERR_CANCELLED);
    let_go();
}

static void *close_it(void *of)
{
    EXPECT(kv_close(*(kv_store *)of, &error), KV_OK);
    return NULL;
}

static void closing_the_store_waits_for_the_call_and_closes_what_is_bound(void)
{
    kv_store whole = check_open(location), bound = bound_to(whole);
    kv_cursor cursor;
    kv_entry entry;
    kv_txn txn;
    pthread_t closer;
    EXPECT(kv_scan(bound, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_txn_begin(bound, &txn, &error), KV_OK);
    lock();
    pthread_t thread = begin_to_wait(bound);
    CHECK(pthread_create(&closer, NULL, close_it, &whole) == 0);
    /* New calls are refused from the moment that the close has begun. */
    while (kv_exists(whole, "g", 1, "a", 1, NULL) != KV_ERR_HANDLE) usleep(1000);
    EXPECT(kv_exists(bound, "g", 1, "a", 1, &error), KV_ERR_CLOSED);
    EXPECT(kv_cancel(bound, 0, &error), KV_OK);
    CHECK_EQUAL(end_of(thread), KV_ERR_CANCELLED);
    CHECK(pthread_join(closer, NULL) == 0);
    let_go();
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(set(bound, "a"), KV_ERR_CLOSED);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_bind(bound, &whole, &error), KV_ERR_CLOSED);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void closing_a_bound_handle_ends_its_cursors_and_no_others(void)
{
    kv_store bound = bound_to(store);
    kv_cursor cursor, other;
    kv_entry entry;
    EXPECT(kv_scan(bound, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_scan(store, "g", 1, NULL, &other, &error), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_next(other, &entry, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_cursor_close(other, &error), KV_OK);
}

int main(int argc, char **argv)
{
    char index[4400];
    check_begin(argc, argv, "deadlines");
    snprintf(index, sizeof index, "%s-shm", check_path("deadlines.db"));
    start_holder(index);
    snprintf(location, sizeof location, "sqlite:%s?busy_timeout=200s&purge_interval=0",
             check_path("deadlines.db"));
    store = check_open(location);
    EXPECT(set(store, "a"), KV_OK);
    RUN(a_deadline_ends_a_wait_and_nothing_is_written);
    RUN(a_cancel_from_another_thread_ends_a_wait);
#ifndef _WIN32
    RUN(a_cancel_from_a_signal_handler_ends_a_wait);
#else
    check_skip("Windows sends no signal to a thread");
#endif
    RUN(a_poll_ends_a_wait_when_it_says_so);
    RUN(a_cancel_that_comes_late_or_early_does_nothing);
    RUN(a_deadline_that_has_passed_lets_nothing_begin);
    RUN(a_scope_and_a_bound_handle_can_be_bound);
    RUN(misuse_is_answered);
    RUN(so_many_can_be_bound_and_no_more);
    RUN(closing_a_bound_handle_ends_the_call_that_waits);
    RUN(closing_a_bound_handle_ends_its_cursors_and_no_others);
    RUN(closing_the_store_waits_for_the_call_and_closes_what_is_bound);
    EXPECT(kv_close(store, &error), KV_OK);
    end_holder();
    return check_end();
}
