/* Walks through the log of changes: to its end and on, overtaken by the trimming, without a log. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "events.h"

static kv_store store;

static void set_number(int number)
{
    EXPECT(kv_set(store, "g", 1, "k", 1, &number, sizeof number, &error), KV_OK);
}

static int number_of(const kv_event *event)
{
    int number = -1;
    CHECK_EQUAL(event->value_len, sizeof number);
    if (event->value_len == sizeof number) memcpy(&number, event->value, sizeof number);
    return number;
}

static uint64_t oldest(void)
{
    uint64_t since = UINT64_MAX;
    EXPECT(kv_changes_oldest(store, &since, &error), KV_OK);
    return since;
}

/* Answers how many changes there are after `since`; more than the walk can reach count as many. */
static int changes_after(uint64_t since)
{
    kv_change_cursor walk;
    kv_event event = KV_EVENT_INIT;
    int count = 0;
    kv_status status = kv_changes(store, since, &walk, &error);
    if (status == KV_ERR_COMPACTED) return INT32_MAX;
    CHECK_EQUAL(status, KV_OK);
    while ((status = kv_changes_next(walk, &event, &error)) == KV_OK) count++;
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    return status == KV_DONE ? count : INT32_MAX;
}

/* Keeps ten changes from now on, and waits until the rest is gone. */
static void trim(void)
{
    kv_store again = open_with_log("changes.db", "&changes_keep=10&purge_interval=20ms");
    while (changes_after(oldest()) > 10) usleep(1000);
    EXPECT(kv_close(again, &error), KV_OK);
}

static void open_log(void)
{
    const char *const endings[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "changes.db%s", endings[i]);
        unlink(check_path(name));
    }
    store = open_with_log("changes.db", "&changes_keep=0&purge_interval=20ms");
}

static void close_log(void)
{
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_walk_ends_and_goes_on_when_there_is_more(void)
{
    kv_change_cursor walk, later;
    kv_event event = KV_EVENT_INIT;
    uint64_t middle = 0;
    open_log();
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    EXPECT(kv_changes_next(walk, &event, &error), KV_DONE);
    EXPECT(kv_changes_next(walk, &event, &error), KV_DONE);
    CHECK(event.type == 0 && event.group == NULL);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 600; i++) set_number(round * 600 + i);
        for (int i = 0; i < 600; i++) {
            EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
            CHECK_EQUAL(number_of(&event), round * 600 + i);
        }
        if (round == 1) middle = event.version;
        EXPECT(kv_changes_next(walk, &event, &error), KV_DONE);
    }
    EXPECT(kv_changes(store, middle, &later, &error), KV_OK);
    EXPECT(kv_changes_next(later, &event, &error), KV_OK);
    CHECK_EQUAL(number_of(&event), 1200);
    CHECK(event.version > middle);
    EXPECT(kv_changes_close(later, &error), KV_OK);
    /* A version that was not given out yet is one to wait for. */
    EXPECT(kv_changes(store, UINT64_MAX, &later, &error), KV_OK);
    set_number(1800);
    EXPECT(kv_changes_next(later, &event, &error), KV_DONE);
    EXPECT(kv_changes_close(later, &error), KV_OK);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    close_log();
}

static void borrowed_bytes_stay_until_the_next_call_on_the_walk(void)
{
    kv_change_cursor walk;
    kv_event event = KV_EVENT_INIT;
    open_log();
    set_text(store, "first", "1");
    set_text(store, "second", "2");
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
    for (int i = 0; i < 600; i++) set_number(i);
    trim();
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_SET, "g", "first", "1");
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    close_log();
}

static void what_was_trimmed_is_refused_with_the_oldest_version(void)
{
    kv_change_cursor walk;
    kv_watch watch;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_event event = KV_EVENT_INIT;
    char word[32];
    open_log();
    for (int i = 0; i < 600; i++) set_number(i);
    trim();
    uint64_t since = oldest();
    snprintf(word, sizeof word, "%" PRIu64, since);
    options.flags = KV_WATCH_SINCE;
    options.since = 1;
    EXPECT_MESSAGE(kv_changes(store, 1, &walk, &error), KV_ERR_COMPACTED, word);
    CHECK(walk.id == 0);
    EXPECT_MESSAGE(kv_changes(store, since - 1, &walk, &error), KV_ERR_COMPACTED, word);
    EXPECT_MESSAGE(kv_watch_open(store, "g", 1, "k", 1, &options, &watch, &error),
                   KV_ERR_COMPACTED, word);
    CHECK(watch.id == 0);
    options.since = since;
    EXPECT(kv_changes(store, since, &walk, &error), KV_OK);
    EXPECT(kv_watch_open(store, "g", 1, "k", 1, &options, &watch, &error), KV_OK);
    EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
    int first = number_of(&event);
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EQUAL(number_of(&event), first);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    close_log();
}

/*
 * Walks to the end, with `next` or `fill`; every number is there, or is reported as missing. Returns how
 * many there were.
 */
static int walk_over_a_gap(bool fills)
{
    enum { ALL = 2000 };
    static unsigned char buffer[ALL * 64];
    kv_change_cursor walk;
    kv_event event = KV_EVENT_INIT;
    int next = 0, gaps = 0, seen = 1;
    kv_status status;
    open_log();
    for (int i = 0; i < ALL; i++) set_number(i);
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
    CHECK_EQUAL(number_of(&event), next++);
    trim();
    for (;;) {
        size_t used = 0, count = 1, at = 0;
        if (fills) {
            status = kv_changes_fill(walk, buffer, sizeof buffer, &used, &count, &error);
        } else {
            status = kv_changes_next(walk, &event, &error);
        }
        if (status == KV_ERR_COMPACTED && gaps++ < 5) {
            next = -1;
            continue;
        }
        if (status != KV_OK) break;
        for (size_t i = 0; i < count; i++, seen++) {
            if (fills) at += flat_event(buffer + at, &event);
            int number = number_of(&event);
            if (next >= 0 && number != next)
                FAIL("%d comes after %d without a word", number, next - 1);
            next = number + 1;
        }
    }
    CHECK_EQUAL(status, KV_DONE);
    CHECK_EQUAL(next, ALL);
    CHECK_EQUAL(gaps, 1);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    close_log();
    return seen;
}

static void a_walk_that_is_overtaken_says_so_once_and_goes_on(void)
{
    CHECK(walk_over_a_gap(false) < 2000);
}

static void a_buffer_that_is_overtaken_keeps_what_was_copied(void)
{
    CHECK_EQUAL(walk_over_a_gap(true), walk_over_a_gap(false));
}

static void a_watch_that_is_overtaken_is_told_in_its_place(void)
{
    kv_watch watch;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_event event = KV_EVENT_INIT;
    int next = 0, gaps = 0;
    kv_status status;
    open_log();
    for (int i = 0; i < 2000; i++) set_number(i);
    options.flags = KV_WATCH_SINCE;
    EXPECT(kv_watch_open(store, "g", 1, "k", 1, &options, &watch, &error), KV_OK);
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EQUAL(number_of(&event), next++);
    uint64_t last = event.version;
    trim();
    while ((status = kv_watch_poll(watch, 0, &event, &error)) == KV_OK) {
        if (event.type == KV_EVENT_LAGGED) {
            CHECK(event.lost > 0 && event.version == last);
            gaps++;
            next += (int)event.lost;
            continue;
        }
        CHECK(number_of(&event) == next);
        next = number_of(&event) + 1;
        last = event.version;
    }
    CHECK(status == KV_TIMEOUT && next == 2000 && gaps == 1);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    close_log();
}

static void a_log_that_is_switched_off_ends_walks_and_is_told_to_watches(void)
{
    char uri[4200];
    kv_change_cursor walk;
    kv_watch watch, since;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_event event = KV_EVENT_INIT;
    int32_t fd = -1;
    open_log();
    set_number(1);
    options.flags = KV_WATCH_SINCE;
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    EXPECT(kv_watch_open(store, "g", 1, "k", 1, NULL, &watch, &error), KV_OK);
    EXPECT(kv_watch_open(store, "g", 1, "k", 1, &options, &since, &error), KV_OK);
    EXPECT(kv_watch_fd(since, &fd, &error), KV_OK);
    snprintf(uri, sizeof uri, "sqlite:%s?changes=off&purge_interval=20ms",
             check_path("changes.db"));
    kv_store off = check_open(uri);
    EXPECT(kv_changes_next(walk, &event, &error), KV_ERR_UNSUPPORTED);
    /* The changes before the queue cannot be read: an error once, then the queue. */
    CHECK(is_readable(fd));
    EXPECT(kv_watch_poll(since, 0, &event, &error), KV_ERR_UNSUPPORTED);
    set_number(2);
    CHECK(is_readable(fd));
    EXPECT(kv_watch_poll(since, 0, &event, &error), KV_OK);
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK(event.type == KV_EVENT_LAGGED && event.lost == 0);
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EQUAL(number_of(&event), 2);
    EXPECT(kv_close(off, &error), KV_OK);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_watch_close(since, &error), KV_OK);
    close_log();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "changes");
    RUN(a_walk_ends_and_goes_on_when_there_is_more);
    RUN(borrowed_bytes_stay_until_the_next_call_on_the_walk);
    RUN(what_was_trimmed_is_refused_with_the_oldest_version);
    RUN(a_walk_that_is_overtaken_says_so_once_and_goes_on);
    RUN(a_buffer_that_is_overtaken_keeps_what_was_copied);
    RUN(a_watch_that_is_overtaken_is_told_in_its_place);
    RUN(a_log_that_is_switched_off_ends_walks_and_is_told_to_watches);
    return check_end();
}
