/* The log: which records it has, and where none comes. Setting it is in logs_set.c. */

#define _GNU_SOURCE
#include <unistd.h>

#include "ports.h"
#include "records.h"
#include "sync_fault.h"
#include "system.h"

static void set(kv_store store, const char *key)
{
    EXPECT(kv_set(store, "users", KV_NUL, key, KV_NUL, "confidential", KV_NUL, &error), KV_OK);
}

/* Opens and closes a location; the records have `name` for it. */
static void expect_opening_and_close(const char *location, const char *name)
{
    int64_t before = wall_ms();
    begin_log(KV_LOG_INFO);
    kv_store store = check_open(location), second = check_open(location);
    set(store, "k");
    EXPECT(kv_close(store, &error), KV_OK);
    EXPECT(kv_close(second, &error), KV_OK);
    end_log();
    CHECK_EQUAL(count_of("open"), 2);
    const struct record *opened = next_of("open", NULL);
    if (opened == NULL) return;
    CHECK_EQUAL(opened->level, KV_LOG_INFO);
    CHECK(strstr(opened->message, "opened in ") != NULL);
    const struct record *closed = one_of("close", KV_LOG_INFO, "closed");
    CHECK(closed == &records.all[records.count - 1]);
    CHECK_BYTES(opened->store, strlen(opened->store), name);
    CHECK_BYTES(closed->store, strlen(closed->store), name);
    CHECK(before <= opened->time_ms && opened->time_ms <= closed->time_ms);
    CHECK(closed->time_ms <= wall_ms());
    no_record_has("confidential");
}

static void each_opening_and_the_last_close_are_logged(void)
{
    char path[4096], uri[4200], name[4200];
    full_path(check_directory, "logs.db", path, sizeof path);
    snprintf(uri, sizeof uri, "sqlite:%s?slow=1h", path);
    expect_opening_and_close(uri, path);
    snprintf(uri, sizeof uri, "log:%s?slow=1h", check_path("logs.log"));
    snprintf(name, sizeof name, "log:%s", check_path("logs.log"));
    expect_opening_and_close(uri, name);
    expect_opening_and_close("memory:logs?purge_interval=0", "memory:logs");
}

/* A callback on changes that makes the write slow. */
static void sleep_5_ms(void *user_data, const kv_event *event)
{
    (void)user_data, (void)event;
    usleep(5000);
}

static void a_slow_call_is_logged_with_its_kind_and_group_alone(void)
{
    char uri[4200];
    kv_subscription subscription;
    kv_lock lock, other;
    snprintf(uri, sizeof uri, "sqlite:%s?slow=4ms", check_path("slow.db"));
    kv_store store = check_open(uri);
    EXPECT(kv_on_change(store, sleep_5_ms, NULL, NULL, &subscription, &error), KV_OK);
    begin_log(KV_LOG_WARN);
    set(store, "ada");
    end_log();
    const struct record *slow = one_of("slow", KV_LOG_WARN, "set in group \"users\" took ");
    CHECK(strstr(slow->message, "ms and returned 0") != NULL);
    CHECK(strstr(slow->store, "slow.db") != NULL && strchr(slow->store, '?') == NULL);
    no_record_has("ada");
    no_record_has("confidential");
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);

    /* A wait is a part of the call, and its outcome is in the record. */
    EXPECT(kv_lock_acquire(store, "job", 3, NULL, 0, 60000, 0, &lock, &error), KV_OK);
    begin_log(KV_LOG_WARN);
    EXPECT(kv_lock_acquire(store, "job", 3, NULL, 0, 60000, 20, &other, &error), KV_CONFLICT);
    end_log();
    one_of("slow", KV_LOG_WARN, "lock took ");
    one_of("slow", KV_LOG_WARN, "and returned 2");
    no_record_has("job");
    EXPECT(kv_close(store, &error), KV_OK);
}

static void no_call_is_slow_without_the_option(void)
{
    kv_subscription subscription;
    kv_store store = check_open("memory:");
    EXPECT(kv_on_change(store, sleep_5_ms, NULL, NULL, &subscription, &error), KV_OK);
    begin_log(KV_LOG_DEBUG);
    set(store, "ada");
    end_log();
    CHECK_EQUAL(records.count, 0);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void the_first_loss_of_events_is_logged(void)
{
    kv_store store = check_open("memory:");
    kv_watch watch;
    kv_watch_options one = KV_WATCH_OPTIONS_INIT;
    one.flags = KV_WATCH_ANY_KEY;
    one.capacity = 16;
    EXPECT(kv_watch_open(store, "users", KV_NUL, NULL, 0, &one, &watch, &error), KV_OK);
    begin_log(KV_LOG_WARN);
    for (int i = 0; i < 20; i++) set(store, "k");
    end_log();
    one_of("watch", KV_LOG_WARN, "queue of a watch is full");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_failed_sync_is_an_error_of_the_log(void)
{
    const char *const schemes[] = {"sqlite", "log"};
    for (size_t i = 0; i < 2; i++) {
        char uri[4200];
        snprintf(uri, sizeof uri, "%s:%s?durability=full", schemes[i], check_path(schemes[i]));
        kv_store store = check_open(uri);
        kv_metrics metrics = KV_METRICS_INIT;
        set(store, "before");
        begin_log(KV_LOG_ERROR);
        __atomic_store_n(&syncs_fail, true, __ATOMIC_SEQ_CST);
        kv_status status = kv_set(store, "g", 1, "k", 1, "v", 1, &error);
        CHECK(status == KV_ERR_IO || status == KV_ERR_POISONED);
        __atomic_store_n(&syncs_fail, false, __ATOMIC_SEQ_CST);
        EXPECT(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_ERR_POISONED);
        end_log();
        one_of("poison", KV_LOG_ERROR, "the store refuses writes from now on");
        CHECK_EQUAL(records.count, 1);
        EXPECT(kv_metrics_get(store, &metrics, &error), KV_OK);
        CHECK_EQUAL(metrics.poisoned, 1);
        EXPECT(kv_close(store, &error), KV_OK);
    }
}

static void purges_are_logged_at_debug(void)
{
    char uri[4200];
    snprintf(uri, sizeof uri, "sqlite:%s?purge_interval=10ms", check_path("purge.db"));
    kv_store store = check_open(uri);
    kv_metrics metrics = KV_METRICS_INIT;
    begin_log(KV_LOG_DEBUG);
    EXPECT(kv_set_ttl(store, "g", 1, "k", 1, "v", 1, 1, &error), KV_OK);
    for (int i = 0; i < 1000 && metrics.purges == 0; i++) {
        usleep(10000);
        EXPECT(kv_metrics_get(store, &metrics, &error), KV_OK);
    }
    CHECK(metrics.purges > 0 && metrics.expirations == 1);
    end_log();
    one_of("purge", KV_LOG_DEBUG, "1 expired entries were removed");
    EXPECT(kv_close(store, &error), KV_OK);
}

static void checkpoints_are_logged_at_debug(void)
{
    char uri[4200];
    snprintf(uri, sizeof uri, "log:%s", check_path("checkpoint.log"));
    kv_store store = check_open(uri);
    set(store, "k");
    begin_log(KV_LOG_DEBUG);
    EXPECT(kv_compact(store, &error), KV_OK);
    end_log();
    one_of("checkpoint", KV_LOG_DEBUG, "a checkpoint took ");
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_password_is_in_no_record(void)
{
    char uri[4200], address[64];
    kv_store store;
    int port = closed_port();
    snprintf(uri, sizeof uri, "redis://ada:sesame@127.0.0.1:%d/0?prefix=app&slow=1ms", port);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    begin_log(KV_LOG_DEBUG);
    EXPECT(kv_open(uri, &store, &error), KV_ERR_UNAVAILABLE);
    end_log();
    CHECK(count_of("connection") > 0);
    const struct record *failed = next_of("connection", NULL);
    if (failed != NULL) {
        CHECK_EQUAL(failed->level, KV_LOG_WARN);
        CHECK(strstr(failed->store, address) != NULL);
    }
    no_record_has("sesame");
    no_record_has("ada");
}

static void a_log_of_a_level_has_no_records_below_it(void)
{
    const struct { int32_t level; bool opens, is_slow; } rows[] = {
        {KV_LOG_ERROR, false, false}, {KV_LOG_WARN, false, true},
        {KV_LOG_INFO, true, true}, {KV_LOG_DEBUG, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_subscription subscription;
        begin_log(rows[i].level);
        kv_store store = check_open("memory:?slow=1ms");
        EXPECT(kv_on_change(store, sleep_5_ms, NULL, NULL, &subscription, &error), KV_OK);
        set(store, "k");
        EXPECT(kv_subscription_close(subscription, &error), KV_OK);
        EXPECT(kv_close(store, &error), KV_OK);
        end_log();
        CHECK_EQUAL(count_of("open") > 0, rows[i].opens);
        CHECK_EQUAL(count_of("close") > 0, rows[i].opens);
        CHECK_EQUAL(count_of("slow") > 0, rows[i].is_slow);
        for (int record = 0; record < records.count; record++)
            CHECK(records.all[record].level <= rows[i].level && records.all[record].level > 0);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "logs");
    RUN(each_opening_and_the_last_close_are_logged);
    RUN(a_slow_call_is_logged_with_its_kind_and_group_alone);
    RUN(no_call_is_slow_without_the_option);
    RUN(the_first_loss_of_events_is_logged);
    if (SYNCS_CAN_FAIL) RUN(a_failed_sync_is_an_error_of_the_log);
    else check_skip("on Windows no sync can be made to fail");
    RUN(purges_are_logged_at_debug);
    RUN(checkpoints_are_logged_at_debug);
    RUN(a_password_is_in_no_record);
    RUN(a_log_of_a_level_has_no_records_below_it);
    return check_end();
}
