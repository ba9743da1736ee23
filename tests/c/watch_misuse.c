/*
 * Watches, callbacks and the log of changes, handed in wrongly: missing outputs, options and events
 * of a wrong shape, registrations that fail. Handles are in handles.c.
 */

#include <stddef.h>

#include "calls.h"
#include "events.h"

#define ARGUMENT(call) REFUSED_WITH(call, KV_ERR_ARGUMENT)
#define CLOSED(call) REFUSED_WITH(call, KV_ERR_CLOSED)

static void open_all(void)
{
    store = open_with_log("misuse.db", "");
    set_text(store, "k", "v");
    EXPECT(kv_watch_open(store, GOOD, GOOD_KEY, NULL, &watch, &error), KV_OK);
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    set_text(store, "k", "w");
}

static void close_all(void)
{
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void missing_outputs_are_refused(void)
{
    ARGUMENT(kv_watch_open(store, GOOD, GOOD_KEY, NULL, NULL, at))
    ARGUMENT(kv_watch_poll(watch, 0, NULL, at))
    ARGUMENT(kv_watch_poll(watch, -1, NULL, at))
    ARGUMENT(kv_watch_fill(watch, NULL, 8, &out.len, &out.count, at))
    ARGUMENT(kv_watch_fill(watch, out.buffer, sizeof out.buffer, NULL, &out.count, at))
    ARGUMENT(kv_watch_fill(watch, out.buffer, sizeof out.buffer, &out.len, NULL, at))
    ARGUMENT(kv_watch_fill(watch, out.buffer, SIZE_MAX, &out.len, &out.count, at))
    ARGUMENT(kv_watch_fd(watch, NULL, at))
    ARGUMENT(kv_on_change(store, NULL, NULL, let_go, &out.subscription, at))
    ARGUMENT(kv_on_change(store, call_none, NULL, let_go, NULL, at))
    ARGUMENT(kv_changes(store, 0, NULL, at))
    ARGUMENT(kv_changes_oldest(store, NULL, at))
    ARGUMENT(kv_changes_next(walk, NULL, at))
    ARGUMENT(kv_changes_fill(walk, NULL, 8, &out.len, &out.count, at))
    ARGUMENT(kv_changes_fill(walk, out.buffer, sizeof out.buffer, NULL, &out.count, at))
    ARGUMENT(kv_changes_fill(walk, out.buffer, sizeof out.buffer, &out.len, NULL, at))
    ARGUMENT(kv_changes_fill(walk, out.buffer, SIZE_MAX, &out.len, &out.count, at))
}

static void watch_options_of_a_wrong_shape_are_refused(void)
{
    const kv_watch_options good = KV_WATCH_OPTIONS_INIT;
    enum { WRONG = 16 };
    kv_watch_options wrong[WRONG];
    for (size_t i = 0; i < WRONG; i++) wrong[i] = good;
    wrong[0].size = 0;
    wrong[1].size = 3;
    wrong[2].size = UINT32_MAX;
    wrong[3].flags = 64;
    wrong[4].flags = UINT32_MAX;
    wrong[5].flags = KV_WATCH_GROUP_PREFIX | KV_WATCH_ANY_GROUP;
    wrong[6].flags = KV_WATCH_KEY_PREFIX | KV_WATCH_ANY_KEY;
    wrong[7].flags = KV_WATCH_EXISTING | KV_WATCH_SINCE;
    wrong[8].capacity = 1;
    wrong[9].capacity = 15;
    wrong[10].capacity = (1 << 24) + 1;
    wrong[11].capacity = UINT32_MAX;
    wrong[12].reserved = 1;
    wrong[13].since = 1;
    wrong[14].flags = KV_WATCH_EXISTING;
    wrong[14].since = 1;
    wrong[15].flags = UINT32_C(1) << 31;
    for (size_t i = 0; i < WRONG; i++) {
        int before = check_failures;
        ARGUMENT(kv_watch_open(store, GOOD, GOOD_KEY, &wrong[i], &out.watch, at))
        if (check_failures != before) FAIL("row %zu was taken", i);
    }
    /* The least and the most that are taken, and the structure of an older header. */
    const uint32_t capacities[] = {0, 16, 1 << 24};
    for (size_t i = 0; i < 3; i++) {
        kv_watch_options options = good;
        options.capacity = capacities[i];
        EXPECT(kv_watch_open(store, GOOD, GOOD_KEY, &options, &out.watch, &error), KV_OK);
        EXPECT(kv_watch_close(out.watch, &error), KV_OK);
        options.size = 8;
        options.capacity = 1;
        EXPECT(kv_watch_open(store, GOOD, GOOD_KEY, &options, &out.watch, &error), KV_OK);
        EXPECT(kv_watch_close(out.watch, &error), KV_OK);
    }
}

/* The structure of a newer header is taken if it asks for nothing that is unknown. */
static void watch_options_of_a_newer_header_must_ask_for_nothing_unknown(void)
{
    struct { kv_watch_options options; uint64_t more; } newer = {KV_WATCH_OPTIONS_INIT, 0};
    newer.options.size = (uint32_t)sizeof newer;
    EXPECT(kv_watch_open(store, GOOD, GOOD_KEY, &newer.options, &out.watch, &error), KV_OK);
    EXPECT(kv_watch_close(out.watch, &error), KV_OK);
    newer.more = 1;
    ARGUMENT(kv_watch_open(store, GOOD, GOOD_KEY, &newer.options, &out.watch, at))
}

static kv_status next_from(bool is_watch, kv_event *event, kv_error *to)
{
    if (is_watch) return kv_watch_poll(watch, -1, event, to);
    return kv_changes_next(walk, event, to);
}

static void an_event_of_a_wrong_size_is_refused_and_nothing_is_taken(void)
{
    const uint32_t sizes[] = {0, 1, 4, 8, offsetof(kv_event, lost), sizeof(kv_event) - 1, 1025, UINT32_MAX};
    for (int is_watch = 0; is_watch < 2; is_watch++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            kv_event event;
            memset(&event, 0xA5, sizeof event);
            event.size = sizes[i];
            EXPECT_MESSAGE(next_from(is_watch, &event, &error), KV_ERR_ARGUMENT, "KV_EVENT_INIT");
            CHECK(event.size == sizes[i]);
            CHECK(all_bytes_are((char *)&event + 4, sizeof event - 4, 0xA5));
        }
        /* That of a newer header keeps its size, and what is unknown here is zeroed. */
        struct { kv_event event; uint64_t more[2]; } newer;
        memset(&newer, 0xA5, sizeof newer);
        newer.event.size = (uint32_t)(sizeof newer.event + sizeof newer.more[0]);
        EXPECT(next_from(is_watch, &newer.event, &error), KV_OK);
        CHECK_EVENT(newer.event, KV_EVENT_SET, "g", "k", is_watch ? "w" : "v");
        CHECK_EQUAL(newer.event.size, sizeof newer.event + sizeof newer.more[0]);
        CHECK(newer.more[0] == 0 && newer.more[1] == UINT64_C(0xA5A5A5A5A5A5A5A5));
    }
}

static void without_a_log_nothing_begins_at_a_version(void)
{
    const char *const locations[] = {"memory:", check_path("no-log.db")};
    kv_watch_options since = KV_WATCH_OPTIONS_INIT;
    kv_store with_log = store;
    since.flags = KV_WATCH_SINCE;
    for (size_t i = 0; i < 2; i++) {
        store = check_open(locations[i]);
        REFUSED_WITH(kv_watch_open(store, GOOD, GOOD_KEY, &since, &out.watch, at),
                     KV_ERR_UNSUPPORTED)
        REFUSED_WITH(kv_changes(store, 0, &out.walk, at), KV_ERR_UNSUPPORTED)
        REFUSED_WITH(kv_changes(store, UINT64_MAX, &out.walk, at), KV_ERR_UNSUPPORTED)
        REFUSED_WITH(kv_changes_oldest(store, &out.number, at), KV_ERR_UNSUPPORTED)
        EXPECT(kv_close(store, &error), KV_OK);
    }
    store = with_log;
}

static void after_its_store_everything_is_closed_and_can_be_ended_once(void)
{
    kv_store kept = store;
    kv_watch kept_watch = watch;
    kv_change_cursor kept_walk = walk;
    store = open_with_log("closed.db", "");
    set_text(store, "k", "v");
    EXPECT(kv_watch_open(store, GOOD, GOOD_KEY, NULL, &watch, &error), KV_OK);
    EXPECT(kv_on_change(store, call_none, NULL, NULL, &subscription, &error), KV_OK);
    EXPECT(kv_changes(store, 0, &walk, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    REFUSED_WITH(kv_watch_poll(watch, 0, &out.event, at), KV_ERR_CLOSED)
    REFUSED_WITH(kv_watch_poll(watch, -1, &out.event, at), KV_ERR_CLOSED)
    REFUSED_WITH(kv_watch_fill(watch, out.buffer, 64, &out.len, &out.count, at), KV_ERR_CLOSED)
    CHANGES_CALLS(CLOSED)
    EXPECT(kv_watch_fd(watch, &out.fd, &error), KV_OK);
    CHECK(is_readable(out.fd));
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    REFUSED_WITH(kv_watch_close(watch, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_subscription_close(subscription, at), KV_ERR_HANDLE)
    REFUSED_WITH(kv_changes_close(walk, at), KV_ERR_HANDLE)
    store = kept;
    watch = kept_watch;
    walk = kept_walk;
}

/* NULL is no key: who means all keys says so, and the empty key has a pointer. */
static void a_key_of_null_needs_a_flag(void)
{
    kv_store own = check_open("memory:");
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    kv_event event = KV_EVENT_INIT;
    kv_watch own_watch;
    EXPECT_MESSAGE(kv_watch_open(own, GOOD, NULL, 0, NULL, &own_watch, &error), KV_ERR_ARGUMENT,
                   "KV_WATCH_ANY_KEY");
    EXPECT_MESSAGE(kv_watch_open(own, GOOD, NULL, KV_NUL, NULL, &own_watch, &error),
                   KV_ERR_ARGUMENT, "key is NULL");
    options.flags = KV_WATCH_ANY_GROUP | KV_WATCH_EXISTING;
    EXPECT_MESSAGE(kv_watch_open(own, NULL, 0, NULL, 0, &options, &own_watch, &error),
                   KV_ERR_ARGUMENT, "KV_WATCH_ANY_KEY");
    for (int all = 0; all < 2; all++) {
        options.flags = all ? KV_WATCH_ANY_KEY : KV_WATCH_KEY_PREFIX;
        EXPECT(kv_watch_open(own, GOOD, NULL, 0, &options, &own_watch, &error), KV_OK);
        EXPECT(kv_watch_close(own_watch, &error), KV_OK);
    }
    EXPECT(kv_watch_open(own, GOOD, "", 0, NULL, &own_watch, &error), KV_OK);
    EXPECT(kv_set(own, GOOD, GOOD_KEY, GOOD_VALUE, &error), KV_OK);
    EXPECT(kv_set(own, GOOD, NULL, 0, "empty", 5, &error), KV_OK);
    EXPECT(kv_watch_poll(own_watch, 0, &event, &error), KV_OK);
    CHECK_BYTES(event.value, event.value_len, "empty");
    EXPECT(kv_watch_poll(own_watch, 0, &event, &error), KV_TIMEOUT);
    EXPECT(kv_watch_close(own_watch, &error), KV_OK);
    EXPECT(kv_close(own, &error), KV_OK);
}

static void a_registration_that_fails_calls_nobody(void)
{
    enum { CALLBACKS = 4096 };
    static kv_subscription subscriptions[CALLBACKS];
    kv_store other = check_open("memory:");
    int made = 0;
    let_go_count = 0;
    while (made < CALLBACKS && kv_on_change(other, call_none, NULL, NULL, &subscriptions[made],
                                            &error) == KV_OK)
        made++;
    CHECK_EQUAL(made, CALLBACKS);
    REFUSED_WITH(kv_on_change(store, call_none, NULL, let_go, &out.subscription, at),
                 KV_ERR_MEMORY)
    /* Neither now nor later: whoever was refused has taken its data back. */
    set_text(store, "refused", "v");
    for (int i = 0; i < made; i++) EXPECT(kv_subscription_close(subscriptions[i], &error), KV_OK);
    EXPECT(kv_close(other, &error), KV_OK);
    close_all();
    CHECK_EQUAL(let_go_count, 0);
    open_all();
    EXPECT(kv_on_change(store, call_none, NULL, let_go, &subscription, &error), KV_OK);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    CHECK_EQUAL(let_go_count, 1);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "watch_misuse");
    open_all();
    RUN(missing_outputs_are_refused);
    RUN(watch_options_of_a_wrong_shape_are_refused);
    RUN(watch_options_of_a_newer_header_must_ask_for_nothing_unknown);
    RUN(an_event_of_a_wrong_size_is_refused_and_nothing_is_taken);
    RUN(without_a_log_nothing_begins_at_a_version);
    RUN(after_its_store_everything_is_closed_and_can_be_ended_once);
    RUN(a_key_of_null_needs_a_flag);
    RUN(a_registration_that_fails_calls_nobody);
    close_all();
    return check_end();
}
