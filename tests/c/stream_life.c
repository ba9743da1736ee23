/*
 * Writers and readers, on each engine: their ends, deadlines, threads, and how many there can be.
 * Handles that are none are in handles.c, forks in fork.c.
 */

#include <pthread.h>
#include <sched.h>

#include "stream.h"

static void ends(void)
{
    kv_writer ended = open_writer(store, "k"), aborted = open_writer(store, "k");
    EXPECT(kv_writer_write(aborted, bytes, LEN, &error), KV_OK);
    EXPECT(kv_writer_commit(ended, NULL, &error), KV_OK);
    EXPECT(kv_writer_abort(aborted, &error), KV_OK);
    expect_of_writer(ended, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_writer(aborted, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_value(0, 1);
    kv_reader closed = open_reader(store, "k");
    EXPECT(kv_reader_close(closed, &error), KV_OK);
    expect_of_reader(closed, KV_ERR_HANDLE, KV_ERR_HANDLE);
    /* Neither takes the handle of the other, nor that of the store. */
    kv_writer live = open_writer(store, "k");
    kv_reader reader = open_reader(store, "k");
    expect_of_writer((kv_writer){reader.id}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_writer((kv_writer){store.id}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_writer((kv_writer){0}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_reader((kv_reader){live.id}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_reader((kv_reader){store.id}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_reader((kv_reader){0}, KV_ERR_HANDLE, KV_ERR_HANDLE);
    /* A closed store ends both; their handles are ended still. */
    EXPECT(kv_writer_write(live, bytes, LEN, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    expect_of_writer(live, KV_ERR_CLOSED, KV_OK);
    expect_of_reader(reader, KV_ERR_CLOSED, KV_OK);
    expect_of_writer(live, KV_ERR_HANDLE, KV_ERR_HANDLE);
    expect_of_reader(reader, KV_ERR_HANDLE, KV_ERR_HANDLE);
    EXPECT(kv_writer_open(store, "g", 1, "k", 1, NULL, &live, &error), KV_ERR_HANDLE);
    EXPECT(kv_reader_open(store, "g", 1, "k", 1, &reader, &error), KV_ERR_HANDLE);
    CHECK(live.id == 0 && reader.id == 0);
}

static void deadlines(void)
{
    kv_store bound;
    uint64_t number = 99;
    size_t len = 99;
    put(LEN, LEN);
    EXPECT(kv_bind(store, &bound, &error), KV_OK);
    kv_writer writer = open_writer(bound, "new"), refused = open_writer(bound, "new");
    kv_reader reader = open_reader(bound, "k"), none;
    EXPECT(kv_writer_write(writer, bytes, LEN, &error), KV_OK);
    for (int round = 0; round < 2; round++) {
        kv_status expected = round == 0 ? KV_ERR_DEADLINE : KV_ERR_CANCELLED;
        EXPECT(kv_arm(bound, round == 0 ? 0 : -1, NULL, &error), KV_OK);
        if (round == 1) EXPECT(kv_cancel(bound, 0, &error), KV_OK);
        EXPECT(kv_writer_commit(writer, &number, &error), expected);
        EXPECT(kv_reader_read(reader, 0, copy, 1, &len, &error), expected);
        EXPECT(kv_reader_open(bound, "g", 1, "k", 1, &none, &error), expected);
        CHECK(number == 99 && len == 99 && none.id == 0);
        /* The first refusal of a write is that of all later ones. */
        EXPECT(kv_writer_write(refused, "w", 1, &error), KV_ERR_DEADLINE);
    }
    EXPECT(kv_exists(store, "g", 1, "new", 3, &error), KV_NOT_FOUND);
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    EXPECT(kv_reader_read(reader, LEN - 1, copy, 2, &len, &error), KV_OK);
    CHECK_EQUAL(len, 1);
    expect_of_writer(refused, KV_ERR_DEADLINE, KV_OK);
    EXPECT(kv_writer_commit(writer, &number, &error), KV_OK);
    EXPECT(kv_exists(store, "g", 1, "new", 3, &error), KV_OK);
    writer = open_writer(bound, "new");
    EXPECT(kv_close(bound, &error), KV_OK);
    expect_of_writer(writer, KV_ERR_CLOSED, KV_OK);
    expect_of_reader(reader, KV_ERR_CLOSED, KV_OK);
}

/* Another thread asks for the size as long as this one writes. */
static kv_writer shared;
static int has_begun, is_done, refusals;

static kv_status counted(kv_status status)
{
    if (status == KV_ERR_BUSY) {
        __atomic_add_fetch(&refusals, 1, __ATOMIC_RELAXED);
    } else {
        CHECK_EQUAL(status, KV_OK);
    }
    return status;
}

static void *ask(void *unused)
{
    uint64_t size;
    while (!__atomic_load_n(&is_done, __ATOMIC_ACQUIRE)) {
        counted(kv_writer_size(shared, &size, NULL));
        __atomic_store_n(&has_begun, 1, __ATOMIC_RELEASE);
    }
    return unused;
}

static void threads(void)
{
    refusals = 0;
    for (int round = 0; round < 200 && refusals == 0; round++) {
        uint64_t size = 0;
        pthread_t other;
        has_begun = is_done = 0;
        shared = open_writer(store, "k");
        CHECK(pthread_create(&other, NULL, ask, NULL) == 0);
        while (!__atomic_load_n(&has_begun, __ATOMIC_ACQUIRE)) sched_yield();
        for (int i = 0; i < 8; i++)
            while (counted(kv_writer_write(shared, bytes, LEN, NULL)) == KV_ERR_BUSY) {
            }
        __atomic_store_n(&is_done, 1, __ATOMIC_RELEASE);
        CHECK(pthread_join(other, NULL) == 0);
        EXPECT(kv_writer_size(shared, &size, &error), KV_OK);
        CHECK_EQUAL(size, 8 * LEN);
        EXPECT(kv_writer_abort(shared, &error), KV_OK);
    }
    CHECK(refusals > 0);
}

static void an_ended_writer_or_reader_is_refused(void) { on_each(ends); }
static void a_deadline_and_a_cancel_end_calls(void) { on_each(deadlines); }
static void a_second_thread_is_refused(void) { on_each(threads); }

static void handles_run_out_with_a_status(void)
{
    enum { MOST = 65536 };
    static kv_writer writers[MOST + 1];
    static kv_reader readers[MOST + 1];
    int made = 0, opened = 0;
    store = check_open("memory:");
    EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    while (made <= MOST &&
           kv_writer_open(store, "g", 1, "k", 1, NULL, &writers[made], &error) == KV_OK)
        made++;
    CHECK_EQUAL(made, MOST);
    CHECK_EQUAL(error.code, KV_ERR_MEMORY);
    while (opened <= MOST &&
           kv_reader_open(store, "g", 1, "k", 1, &readers[opened], &error) == KV_OK)
        opened++;
    CHECK_EQUAL(opened, MOST);
    CHECK_EQUAL(error.code, KV_ERR_MEMORY);
    CHECK(writers[made].id == 0 && readers[opened].id == 0);
    for (int i = 0; i < made; i++) EXPECT(kv_writer_abort(writers[i], &error), KV_OK);
    for (int i = 0; i < opened; i++) EXPECT(kv_reader_close(readers[i], &error), KV_OK);
    put(1, 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "stream_life");
    fill_bytes();
    RUN(an_ended_writer_or_reader_is_refused);
    RUN(a_deadline_and_a_cancel_end_calls);
    RUN(a_second_thread_is_refused);
    RUN(handles_run_out_with_a_status);
    return check_end();
}
