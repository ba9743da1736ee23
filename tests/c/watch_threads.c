/* Watches and callbacks between threads: closes that meet polls, writers that meet callbacks. */

#include "events.h"
#include "together.h"

static kv_store store;
static kv_watch watch;
static int64_t polled;

static const char *location(int turn)
{
    static char uri[4200];
    snprintf(uri, sizeof uri, "sqlite:%s?changes=on", check_path("log.db"));
    return turn % 3 == 0 ? "memory:" : turn % 3 == 1 ? check_path("threads.db") : uri;
}

/* Waits until another thread is inside a poll: then the watch is busy. */
static void until_polled(void)
{
    int32_t fd;
    while (kv_watch_fd(watch, &fd, NULL) != KV_ERR_BUSY) sched_yield();
}

static void *poll_for_ever(void *unused)
{
    kv_event event = KV_EVENT_INIT;
    (void)unused;
    wait_to_go();
    kv_status status;
    while ((status = kv_watch_poll(watch, -1, &event, NULL)) >= KV_OK || status == KV_ERR_BUSY) {
        /* Busy for the moment in which the other thread looks whether this one polls. */
        if (status == KV_ERR_BUSY) continue;
        CHECK_EQUAL(status, KV_OK);
        CHECK_BYTES(event.group, event.group_len, "g");
        __atomic_add_fetch(&polled, 1, __ATOMIC_RELAXED);
    }
    /* A close that came first has left no handle. */
    if (status != KV_ERR_CLOSED && status != KV_ERR_HANDLE)
        FAIL("a poll that met a close returned %d (%s)", status, kv_strerror(status));
    return NULL;
}

static void close_the_watch_under_it(void)
{
    until_polled();
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void close_the_store_under_it(void)
{
    until_polled();
    EXPECT(kv_close(store, &error), KV_OK);
}

static void closing_a_watch_wakes_the_poll_that_waits(void)
{
    for (int i = 0; i < check_times(300); i++) {
        store = check_open(location(i));
        watch = watch_all(store);
        together(1, poll_for_ever, close_the_watch_under_it);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void closing_a_store_wakes_the_poll_of_its_watch(void)
{
    for (int i = 0; i < check_times(300); i++) {
        store = check_open(location(i));
        watch = watch_all(store);
        together(1, poll_for_ever, close_the_store_under_it);
        EXPECT(kv_watch_close(watch, &error), KV_OK);
    }
}

static void poll_beside_it(void)
{
    kv_event event = KV_EVENT_INIT;
    unsigned char buffer[64];
    size_t used, count;
    int32_t fd;
    until_polled();
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_ERR_BUSY);
    EXPECT(kv_watch_poll(watch, -1, &event, &error), KV_ERR_BUSY);
    EXPECT(kv_watch_fill(watch, buffer, sizeof buffer, &used, &count, &error), KV_ERR_BUSY);
    EXPECT(kv_watch_fd(watch, &fd, &error), KV_ERR_BUSY);
    CHECK(event.type == 0 && event.group == NULL);
    /* It still gets events. */
    set_text(store, "k", "v");
    while (__atomic_load_n(&polled, __ATOMIC_RELAXED) == 0) sched_yield();
    close_the_watch_under_it();
}

static void a_second_poll_is_busy_and_the_first_goes_on(void)
{
    polled = 0;
    store = check_open("memory:");
    watch = watch_all(store);
    together(1, poll_for_ever, poll_beside_it);
    CHECK_EQUAL(polled, 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void *write_many(void *seed)
{
    uint64_t number = *(uint64_t *)seed;
    wait_to_go();
    for (int i = 0; i < check_times(2000); i++) {
        char key[32];
        snprintf(key, sizeof key, "%" PRIu64, number);
        kv_status status = kv_set(store, "g", 1, key, KV_NUL, &i, sizeof i, NULL);
        if (status != KV_OK) {
            CHECK_EQUAL(status, KV_ERR_HANDLE);
            return NULL;
        }
    }
    return NULL;
}

/* Each writer has a key of its own and counts up. */
static void poll_all_of_it(void)
{
    kv_event event = KV_EVENT_INIT;
    int next[THREADS] = {0};
    uint64_t newest = 0;
    for (int left = THREADS * check_times(2000); left > 0; left--) {
        EXPECT(kv_watch_poll(watch, 60000, &event, &error), KV_OK);
        if (event.type != KV_EVENT_SET) {
            FAIL("an event of type %d with %d events left", event.type, left);
            return;
        }
        char key[32] = "";
        memcpy(key, event.key, event.key_len < sizeof key ? event.key_len : sizeof key - 1);
        int writer = (int)((strtoull(key, NULL, 10) - 1) / 7919), number;
        memcpy(&number, event.value, sizeof number);
        CHECK(event.version > newest && writer < THREADS && number == next[writer % THREADS]++);
        newest = event.version;
    }
    EXPECT_NOTHING(watch);
}

static void a_watch_hears_eight_writers_in_commit_order(void)
{
    for (int turn = 0; turn < 3; turn++) {
        store = check_open(location(turn));
        watch = watch_with(store, "g", "", KV_WATCH_ANY_KEY, 1 << 20);
        together(THREADS, write_many, poll_all_of_it);
        EXPECT(kv_watch_close(watch, &error), KV_OK);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

/* The data that a callback owns; a sanitizer sees a call after it was freed. */
struct owned {
    int64_t received;
};

static int64_t registered, ended;
/* Threads that met a close. */
static int64_t refused;

static void on_event(void *user_data, const kv_event *event)
{
    struct owned *owned = user_data;
    CHECK_BYTES(event->group, event->group_len, "g");
    __atomic_add_fetch(&owned->received, 1, __ATOMIC_RELAXED);
}

static void let_go(void *user_data)
{
    free(user_data);
    __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
}

static kv_status begin(kv_subscription *subscription)
{
    struct owned *owned = calloc(1, sizeof *owned);
    kv_status status = kv_on_change(store, on_event, owned, let_go, subscription, NULL);
    if (status == KV_OK) __atomic_add_fetch(&registered, 1, __ATOMIC_RELAXED);
    else free(owned);
    return status;
}

static void *write_and_listen(void *seed)
{
    wait_to_go();
    for (int i = 0; i < check_times(500); i++) {
        uint64_t key = check_random(seed) & 7;
        kv_subscription mine = {0};
        kv_status status = kv_set(store, "g", 1, &key, sizeof key, "v", 1, NULL);
        if (status == KV_OK && i % 4 == 0) status = begin(&mine);
        if (status != KV_OK) {
            CHECK_EQUAL(status, KV_ERR_HANDLE);
            __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
            return NULL;
        }
        if (mine.id != 0) CHECK_EQUAL(kv_subscription_close(mine, NULL), KV_OK);
    }
    return NULL;
}

static void come_and_go(void)
{
    for (int i = 0; i < check_times(500); i++) {
        kv_subscription mine;
        EXPECT(begin(&mine), KV_OK);
        EXPECT(kv_subscription_close(mine, &error), KV_OK);
    }
}

static void callbacks_come_and_go_while_eight_threads_write(void)
{
    registered = ended = 0;
    for (int turn = 0; turn < 3; turn++) {
        store = check_open(location(turn));
        together(THREADS, write_and_listen, come_and_go);
        EXPECT(kv_close(store, &error), KV_OK);
        CHECK(registered > 0);
        CHECK_EQUAL(ended, registered);
    }
}

static kv_subscription lasting;

/* Closes the store when other threads have registered callbacks beside the lasting one. */
static void close_amid_writes(void)
{
    while (__atomic_load_n(&registered, __ATOMIC_RELAXED) < 2) sched_yield();
    EXPECT(kv_close(store, &error), KV_OK);
    EXPECT(kv_subscription_close(lasting, &error), KV_OK);
}

static void a_close_meets_callbacks_and_lets_each_go_once(void)
{
    refused = 0;
    for (int i = 0; i < check_times(100); i++) {
        registered = ended = 0;
        store = check_open(location(i));
        EXPECT(begin(&lasting), KV_OK);
        together(THREADS, write_and_listen, close_amid_writes);
        CHECK_EQUAL(ended, registered);
    }
    CHECK(refused > 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "watch_threads");
    RUN(closing_a_watch_wakes_the_poll_that_waits);
    RUN(closing_a_store_wakes_the_poll_of_its_watch);
    RUN(a_second_poll_is_busy_and_the_first_goes_on);
    RUN(a_watch_hears_eight_writers_in_commit_order);
    RUN(callbacks_come_and_go_while_eight_threads_write);
    RUN(a_close_meets_callbacks_and_lets_each_go_once);
    return check_end();
}
