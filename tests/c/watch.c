/* Watches of one thread: which events come, in which order, until when, and when the fd is readable. */

#define _DEFAULT_SOURCE
#include <time.h>
#include <unistd.h>

#include "events.h"

static kv_store store;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void every_kind_of_change_is_told_in_order(void)
{
    kv_watch watch = watch_all(store);
    kv_event event = KV_EVENT_INIT;
    kv_value value;
    uint64_t newest = 0;
    set_text(store, "k", "v");
    EXPECT(kv_append(store, "g", 1, "k", 1, "w", 1, 0, NULL, &error), KV_OK);
    EXPECT(kv_increment(store, "", 0, "n", 1, 7, 0, NULL, &error), KV_OK);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_delete_group(store, "", 0, NULL, &error), KV_OK);
    EXPECT(kv_delete_group(store, "", 0, NULL, &error), KV_OK);
    EXPECT(kv_set(store, "", 0, "", 0, "", 0, &error), KV_OK);
    EXPECT(kv_take(store, "", 0, "", 0, &value, &error), KV_OK);
    kv_value_free(&value);
    const struct { int32_t type; const char *group, *key, *value; } rows[] = {
        {KV_EVENT_SET, "g", "k", "v"}, {KV_EVENT_SET, "g", "k", "vw"},
        {KV_EVENT_SET, "", "n", "7"}, {KV_EVENT_DELETE, "g", "k", ""},
        {KV_EVENT_DELETE_GROUP, "", "", ""}, {KV_EVENT_SET, "", "", ""},
        {KV_EVENT_DELETE, "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
        CHECK_EVENT(event, rows[i].type, rows[i].group, rows[i].key, rows[i].value);
        CHECK(event.size == sizeof event && event.version > newest && event.lost == 0);
        CHECK(event.time_ms == (int64_t)(event.version / 1000));
        CHECK(event.group != NULL && event.key != NULL && event.value != NULL);
        newest = event.version;
    }
    EXPECT_NOTHING(watch);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void what_expires_is_told_when_it_is_purged(void)
{
    kv_watch watch = watch_with(store, "g", "brief", 0, 0);
    uint64_t removed = 0;
    EXPECT(kv_set_ttl(store, "g", 1, "brief", 5, "v", 1, 1, &error), KV_OK);
    EXPECT_SET(watch, "brief", "v");
    while (kv_exists(store, "g", 1, "brief", 5, &error) == KV_OK) usleep(100);
    EXPECT_NOTHING(watch);
    EXPECT(kv_purge_expired(store, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 1);
    EXPECT_EVENT(watch, KV_EVENT_EXPIRE, "g", "brief", "");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void bytes_mean_themselves_unless_a_flag_says_otherwise(void)
{
    const struct { const char *group, *key; uint32_t flags; const char *received; } rows[] = {
        {"g", "a", 0, "1"},           {"g", "*", 0, "3"},
        {"g", "a", KV_WATCH_KEY_PREFIX, "12"},
        {"g", "", KV_WATCH_KEY_PREFIX, "123"},
        {"g", "x", KV_WATCH_ANY_KEY, "123"},
        {"g", "a", KV_WATCH_GROUP_PREFIX, "14"},
        {"x", "a", KV_WATCH_ANY_GROUP, "145"},
        {"g*", "*", 0, ""},           {"", "", 0, ""},
        {"", "", KV_WATCH_GROUP_PREFIX | KV_WATCH_KEY_PREFIX, "12345"},
        {"gg", "", KV_WATCH_GROUP_PREFIX | KV_WATCH_ANY_KEY, "4"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    kv_watch watches[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        watches[i] = watch_with(store, rows[i].group, rows[i].key, rows[i].flags, 0);
    const char *const sets[][2] = {{"g", "a"}, {"g", "ab"}, {"g", "*"}, {"gg", "a"}, {"h", "a"}};
    for (int i = 0; i < 5; i++) {
        char value = (char)('1' + i);
        EXPECT(kv_set(store, sets[i][0], KV_NUL, sets[i][1], KV_NUL, &value, 1, &error), KV_OK);
    }
    for (size_t i = 0; i < ROWS; i++) {
        kv_event event = KV_EVENT_INIT;
        char received[8] = "";
        for (size_t at = 0; at < 7 && kv_watch_poll(watches[i], 0, &event, NULL) == KV_OK; at++)
            received[at] = (char)event.value[0];
        if (strcmp(received, rows[i].received) != 0)
            FAIL("row %zu received \"%s\", expected \"%s\"", i, received, rows[i].received);
        EXPECT(kv_watch_close(watches[i], &error), KV_OK);
    }
}

static void a_time_out_is_kept_and_what_is_there_needs_none(void)
{
    kv_watch watch = watch_all(store);
    kv_event event = KV_EVENT_INIT;
    int64_t begin = now_ms();
    EXPECT(kv_watch_poll(watch, 30, &event, &error), KV_TIMEOUT);
    CHECK(now_ms() - begin >= 29);
    CHECK(event.type == 0 && event.group == NULL);
    const int64_t timeouts[] = {0, 1, 60000, INT64_MAX, -1, INT64_MIN};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        set_text(store, "k", "v");
        EXPECT(kv_watch_poll(watch, timeouts[i], &event, &error), KV_OK);
    }
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void borrowed_bytes_stay_until_the_next_poll_whatever_happens(void)
{
    kv_watch watch = watch_with(store, "g", "k", 0, 16);
    kv_event event = KV_EVENT_INIT;
    unsigned char buffer[256];
    size_t used, count;
    set_text(store, "k", "first");
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    for (int i = 0; i < 100; i++) set_text(store, "k", "other");
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    EXPECT(kv_watch_fill(watch, buffer, sizeof buffer, &used, &count, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "first");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void a_full_queue_says_how_much_is_missing_and_since_when(void)
{
    kv_watch watch = watch_with(store, "g", "k", 0, 16);
    kv_event event = KV_EVENT_INIT;
    uint64_t last = 0;
    for (int i = 0; i < 20; i++) set_text(store, "k", "v");
    for (int i = 0; i < 16; i++) {
        EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
        CHECK_EQUAL(event.type, KV_EVENT_SET);
        last = event.version;
    }
    set_text(store, "k", "after");
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_LAGGED, "", "", "");
    CHECK(event.lost == 4 && event.version == last && event.time_ms == 0);
    EXPECT_SET(watch, "k", "after");
    EXPECT_NOTHING(watch);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void what_is_there_comes_first_then_a_word_then_what_changes(void)
{
    kv_event event = KV_EVENT_INIT;
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    for (int i = 0; i < 5; i++) {
        char key[3] = {'k', (char)('0' + i), 0};
        set_text(store, key, "old");
    }
    kv_watch watch = watch_with(store, "g", "k", KV_WATCH_KEY_PREFIX | KV_WATCH_EXISTING, 0);
    kv_watch none = watch_with(store, "nothing", "k", KV_WATCH_EXISTING, 0);
    set_text(store, "k0", "new");
    for (int i = 0; i < 5; i++) {
        char key[3] = {'k', (char)('0' + i), 0};
        EXPECT_SET(watch, key, "old");
    }
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_SYNCED, "", "", "");
    uint64_t synced = event.version;
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_SET, "g", "k0", "new");
    CHECK(synced != 0 && event.version > synced);
    EXPECT_EVENT(none, KV_EVENT_SYNCED, "", "", "");
    EXPECT_NOTHING(none);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_watch_close(none, &error), KV_OK);
}

static void the_descriptor_is_readable_exactly_while_something_waits(void)
{
    kv_watch watch = watch_with(store, "g", "k", 0, 16);
    int32_t fd = -1, again = -2;
    unsigned char buffer[256];
    size_t used, count;
    EXPECT(kv_watch_fd(watch, &fd, &error), KV_OK);
    CHECK(fd >= 0 && !is_readable(fd));
    set_text(store, "other", "v");
    CHECK(!is_readable(fd));
    set_text(store, "k", "1");
    set_text(store, "k", "2");
    CHECK(is_readable(fd));
    EXPECT_SET(watch, "k", "1");
    CHECK(is_readable(fd));
    EXPECT(kv_watch_fill(watch, buffer, 1, &used, &count, &error), KV_TOO_SMALL);
    CHECK(is_readable(fd));
    EXPECT_SET(watch, "k", "2");
    CHECK(!is_readable(fd));
    EXPECT_NOTHING(watch);
    for (int i = 0; i < 20; i++) set_text(store, "k", "v");
    EXPECT(kv_watch_fd(watch, &again, &error), KV_OK);
    CHECK(fd == again && is_readable(fd));
    while (kv_watch_fill(watch, buffer, sizeof buffer, &used, &count, &error) == KV_OK) {}
    CHECK(!is_readable(fd));
    /* Asked for when something waits already. */
    kv_watch late = watch_with(store, "g", "k", 0, 16);
    set_text(store, "k", "3");
    EXPECT(kv_watch_fd(late, &again, &error), KV_OK);
    CHECK(again != fd && is_readable(again) && is_readable(fd));
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    CHECK(readiness_of(fd) == NO_DESCRIPTOR);
    EXPECT(kv_watch_close(late, &error), KV_OK);
}

static void the_descriptor_is_readable_while_there_is_a_backlog(void)
{
    EXPECT(kv_delete_group(store, "g", 1, NULL, &error), KV_OK);
    set_text(store, "k", "old");
    kv_watch watch = watch_with(store, "g", "", KV_WATCH_ANY_KEY | KV_WATCH_EXISTING, 0);
    int32_t fd = -1;
    EXPECT(kv_watch_fd(watch, &fd, &error), KV_OK);
    CHECK(is_readable(fd));
    EXPECT_SET(watch, "k", "old");
    CHECK(is_readable(fd));
    EXPECT_EVENT(watch, KV_EVENT_SYNCED, "", "", "");
    CHECK(!is_readable(fd));
    set_text(store, "k", "new");
    CHECK(is_readable(fd));
    EXPECT_SET(watch, "k", "new");
    CHECK(!is_readable(fd));
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(every_kind_of_change_is_told_in_order);
    RUN(what_expires_is_told_when_it_is_purged);
    RUN(bytes_mean_themselves_unless_a_flag_says_otherwise);
    RUN(a_time_out_is_kept_and_what_is_there_needs_none);
    RUN(borrowed_bytes_stay_until_the_next_poll_whatever_happens);
    RUN(a_full_queue_says_how_much_is_missing_and_since_when);
    RUN(what_is_there_comes_first_then_a_word_then_what_changes);
    RUN(the_descriptor_is_readable_exactly_while_something_waits);
    RUN(the_descriptor_is_readable_while_there_is_a_backlog);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    char uri[4200];
    check_begin(argc, argv, "watch");
    snprintf(uri, sizeof uri, "sqlite:%s?changes=on", check_path("log.db"));
    walk("memory:", "watch in memory");
    walk(check_path("watch.db"), "watch in a file");
    walk(uri, "watch in a file with a log");
    return check_end();
}
