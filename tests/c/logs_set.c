/* Setting and ending the log: levels, the end of the user data, slow callbacks, threads. */

#define _DEFAULT_SOURCE
#include <semaphore.h>
#include <unistd.h>

#include "records.h"
#include "together.h"

/* Makes records: an opening and a close. */
static void open_and_close(void)
{
    kv_store store = check_open("memory:");
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_log_that_is_off_or_has_no_callback_ends_the_one_before(void)
{
    begin_log(KV_LOG_INFO);
    EXPECT(kv_set_log(KV_LOG_INFO, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(records.ends, 1);
    open_and_close();
    CHECK_EQUAL(records.count, 0);
    begin_log(KV_LOG_INFO);
    EXPECT(kv_set_log(KV_LOG_OFF, keep_record, NULL, NULL, NULL), KV_OK);
    CHECK_EQUAL(records.ends, 1);
    open_and_close();
    CHECK_EQUAL(records.count, 0);
}

static void user_data_that_is_of_no_use_ends_at_once(void)
{
    records.ends = 0;
    EXPECT(kv_set_log(KV_LOG_OFF, keep_record, &records, end_records, &error), KV_OK);
    CHECK_EQUAL(records.ends, 1);
    EXPECT(kv_set_log(KV_LOG_DEBUG, NULL, &records, end_records, &error), KV_OK);
    CHECK_EQUAL(records.ends, 2);
}

static void a_refused_level_leaves_the_log_as_it_is(void)
{
    begin_log(KV_LOG_INFO);
    EXPECT_MESSAGE(kv_set_log(5, keep_record, &records, end_records, &error), KV_ERR_ARGUMENT,
                   "level 5");
    EXPECT(kv_set_log(-1, keep_record, &records, end_records, &error), KV_ERR_ARGUMENT);
    CHECK_EQUAL(records.ends, 0);
    open_and_close();
    CHECK_EQUAL(records.count, 2);
    end_log();
}

static void a_log_may_have_no_end_of_its_user_data(void)
{
    records.count = records.ends = 0;
    EXPECT(kv_set_log(KV_LOG_INFO, keep_record, &records, NULL, &error), KV_OK);
    open_and_close();
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(records.count, 2);
}

static void the_records_before_a_close_are_there_when_it_returns(void)
{
    begin_log(KV_LOG_INFO);
    kv_store store = check_open("memory:");
    EXPECT(kv_close(store, &error), KV_OK);
    pthread_mutex_lock(&records.mutex);
    CHECK_EQUAL(records.count, 2);
    pthread_mutex_unlock(&records.mutex);
    end_log();
}

/* The calls that a callback makes, and their statuses. */
struct inside {
    int calls, ends;
    kv_status set_log, set_end, open, set, close;
};

static void call_the_library(void *user_data, const kv_log_record *record)
{
    struct inside *inside = user_data;
    kv_store store;
    (void)record;
    inside->calls++;
    inside->set_log = kv_set_log(KV_LOG_DEBUG, keep_record, &records, end_records, NULL);
    inside->open = kv_open("memory:", &store, NULL);
    inside->set = kv_set(store, "g", 1, "k", 1, "v", 1, NULL);
    inside->close = kv_close(store, NULL);
}

static void end_inside(void *user_data)
{
    struct inside *inside = user_data;
    inside->ends++;
    inside->set_end = kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, NULL);
}

static void a_callback_may_call_everything_but_kv_set_log(void)
{
    struct inside inside = {0, 0, 99, 99, 99, 99, 99};
    records.ends = 0;
    EXPECT(kv_set_log(KV_LOG_INFO, call_the_library, &inside, end_inside, &error), KV_OK);
    open_and_close();
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
    /* Its own opening and close are not logged. */
    CHECK_EQUAL(inside.calls, 2);
    CHECK_EQUAL(inside.ends, 1);
    CHECK_EQUAL(inside.set_log, KV_ERR_BUSY);
    CHECK_EQUAL(inside.set_end, KV_ERR_BUSY);
    CHECK(inside.open == KV_OK && inside.set == KV_OK && inside.close == KV_OK);
    CHECK_EQUAL(records.ends, 0);
}

enum { MANY = 1500, QUEUED = 1024 };

static sem_t arrived, gate;

static void wait_at_the_gate(void *user_data, const kv_log_record *record)
{
    sem_post(&arrived);
    sem_wait(&gate);
    sem_post(&gate);
    keep_record(user_data, record);
}

/* If an opening waited for the callback, this would not end. */
static void no_call_waits_for_a_slow_callback_and_lost_records_are_counted(void)
{
    static kv_store stores[MANY];
    int dropped = 0;
    CHECK(sem_init(&arrived, 0, 0) == 0 && sem_init(&gate, 0, 0) == 0);
    records.count = records.ends = 0;
    EXPECT(kv_set_log(KV_LOG_INFO, wait_at_the_gate, &records, end_records, &error), KV_OK);
    for (int i = 0; i < MANY; i++) {
        stores[i] = check_open("memory:many?purge_interval=0");
        /* From here on the thread of the log takes no record from the queue. */
        if (i == 0) sem_wait(&arrived);
    }
    sem_post(&gate);
    end_log();
    int opened = count_of("open");
    CHECK_EQUAL(opened, 1 + QUEUED);
    const struct record *lost = one_of("log", KV_LOG_WARN, "records were dropped");
    CHECK(sscanf(lost->message, "%d records", &dropped) == 1);
    CHECK_EQUAL(opened + dropped, MANY);
    CHECK(lost->store[0] == '\0');
    for (int i = 0; i < MANY; i++) EXPECT(kv_close(stores[i], &error), KV_OK);
    CHECK(sem_destroy(&arrived) == 0 && sem_destroy(&gate) == 0);
}

/* The user data of a log that one of several threads sets. */
struct one_log {
    int records, ends;
};

static void count_record(void *user_data, const kv_log_record *record)
{
    struct one_log *log = user_data;
    (void)record;
    __atomic_add_fetch(&log->records, 1, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(__atomic_load_n(&log->ends, __ATOMIC_SEQ_CST), 0);
}

static void count_end(void *user_data)
{
    struct one_log *log = user_data;
    __atomic_add_fetch(&log->ends, 1, __ATOMIC_SEQ_CST);
}

enum { TURNS = 50 };

static struct one_log logs[THREADS * TURNS];
static int next_log;

static void *set_in_turns(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < TURNS; i++) {
        int number = __atomic_fetch_add(&next_log, 1, __ATOMIC_SEQ_CST);
        EXPECT(kv_set_log(KV_LOG_INFO, count_record, &logs[number], count_end, &error), KV_OK);
        open_and_close();
    }
    return NULL;
}

static void threads_that_set_the_log_at_once_end_each_user_data_once(void)
{
    int received = 0;
    together(THREADS, set_in_turns, NULL);
    EXPECT(kv_set_log(KV_LOG_OFF, NULL, NULL, NULL, &error), KV_OK);
    for (int i = 0; i < THREADS * TURNS; i++) {
        CHECK_EQUAL(logs[i].ends, 1);
        received += logs[i].records;
    }
    CHECK(received > 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "logs_set");
    RUN(a_log_that_is_off_or_has_no_callback_ends_the_one_before);
    RUN(user_data_that_is_of_no_use_ends_at_once);
    RUN(a_refused_level_leaves_the_log_as_it_is);
    RUN(a_log_may_have_no_end_of_its_user_data);
    RUN(the_records_before_a_close_are_there_when_it_returns);
    RUN(a_callback_may_call_everything_but_kv_set_log);
    RUN(no_call_waits_for_a_slow_callback_and_lost_records_are_counted);
    RUN(threads_that_set_the_log_at_once_end_each_user_data_once);
    return check_end();
}
