/* Callbacks of one thread: their order, what they may do, and when their data is let go. */

#include "events.h"

static kv_store store;

/* One callback: how many events it got, and its action on an event. */
struct listener {
    char name;
    int received;
    int let_go;
    void (*act)(struct listener *, const kv_event *);
    kv_subscription subscription;
};

/* The events that all listeners got, as name and value, in order. */
static char received[256];

static void on_event(void *user_data, const kv_event *event)
{
    struct listener *listener = user_data;
    size_t len = strlen(received);
    CHECK(listener->let_go == 0);
    CHECK(event->size == sizeof *event && event->version != 0 && event->time_ms != 0);
    listener->received++;
    if (len + 3 < sizeof received) {
        received[len] = listener->name;
        received[len + 1] = event->value_len > 0 ? (char)event->value[0] : '-';
    }
    if (listener->act != NULL) listener->act(listener, event);
}

static void let_go(void *user_data)
{
    ((struct listener *)user_data)->let_go++;
}

static void begin(struct listener *listener, char name,
                  void (*act)(struct listener *, const kv_event *))
{
    memset(listener, 0, sizeof *listener);
    listener->name = name;
    listener->act = act;
    EXPECT(kv_on_change(store, on_event, listener, let_go, &listener->subscription, &error), KV_OK);
}

static void end(struct listener *listener)
{
    EXPECT(kv_subscription_close(listener->subscription, &error), KV_OK);
    CHECK_EQUAL(listener->let_go, 1);
}

#define EXPECT_HEARD(text)                                                             \
    do {                                                                               \
        if (strcmp(received, (text)) != 0) FAIL("received \"%s\", expected \"%s\"", received, (text)); \
        memset(received, 0, sizeof received);                                                \
    } while (0)

static void they_run_in_their_order_before_the_write_returns(void)
{
    struct listener first, second, third;
    begin(&first, 'a', NULL);
    begin(&second, 'b', NULL);
    begin(&third, 'c', NULL);
    set_text(store, "k", "1");
    EXPECT_HEARD("a1b1c1");
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT_HEARD("a-b-c-");
    kv_batch batch;
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "g", 1, "x", 1, "1", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "h", 1, "y", 1, "2", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT_HEARD("a1b1c1a2b2c2");
    EXPECT(kv_batch_check(batch, "g", 1, "x", 1, 7, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_CONFLICT);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT_HEARD("");
    end(&second);
    set_text(store, "k", "3");
    EXPECT_HEARD("a3c3");
    end(&first);
    end(&third);
    set_text(store, "k", "4");
    EXPECT_HEARD("");
}

static void an_event_lends_what_a_watch_tells(void)
{
    struct listener listener;
    kv_watch watch = watch_all(store);
    begin(&listener, 'a', NULL);
    EXPECT(kv_set(store, "\0g", 2, "\xff", 1, "", 0, &error), KV_OK);
    CHECK_EQUAL(listener.received, 1);
    kv_event event = KV_EVENT_INIT;
    EXPECT(kv_watch_poll(watch, 0, &event, &error), KV_OK);
    CHECK(event.group_len == 2 && event.key_len == 1 && event.value_len == 0);
    memset(received, 0, sizeof received);
    end(&listener);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void write_the_next(struct listener *listener, const kv_event *event)
{
    (void)listener;
    char next = (char)(event->value[0] + 1);
    if (next <= '3') EXPECT(kv_set(store, "g", 1, "next", 4, &next, 1, NULL), KV_OK);
}

static void what_a_callback_writes_is_told_after_the_changes_before_it(void)
{
    struct listener writer, reader;
    kv_watch watch = watch_all(store);
    begin(&writer, 'w', write_the_next);
    begin(&reader, 'r', NULL);
    set_text(store, "k", "1");
    EXPECT_HEARD("w1r1w2r2w3r3");
    EXPECT_SET(watch, "k", "1");
    EXPECT_SET(watch, "next", "2");
    EXPECT_SET(watch, "next", "3");
    EXPECT_NOTHING(watch);
    end(&writer);
    end(&reader);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static struct listener newcomer;

static void subscribe_another(struct listener *listener, const kv_event *event)
{
    (void)event;
    if (listener->received == 1) begin(&newcomer, 'n', NULL);
}

static void a_callback_that_subscribes_is_joined_from_the_next_change_on(void)
{
    struct listener listener;
    begin(&listener, 'a', subscribe_another);
    set_text(store, "k", "1");
    EXPECT_HEARD("a1");
    set_text(store, "k", "2");
    EXPECT_HEARD("a2n2");
    end(&listener);
    end(&newcomer);
}

static void end_itself(struct listener *listener, const kv_event *event)
{
    (void)event;
    EXPECT(kv_subscription_close(listener->subscription, &error), KV_OK);
    /* Its data is in use until it returns. */
    CHECK_EQUAL(listener->let_go, 0);
    EXPECT(kv_subscription_close(listener->subscription, &error), KV_ERR_HANDLE);
}

static void a_callback_may_end_itself(void)
{
    struct listener once, other;
    begin(&once, 'o', end_itself);
    begin(&other, 'p', NULL);
    set_text(store, "k", "1");
    EXPECT_HEARD("o1p1");
    CHECK_EQUAL(once.let_go, 1);
    set_text(store, "k", "2");
    EXPECT_HEARD("p2");
    CHECK_EQUAL(once.let_go, 1);
    end(&other);
}

static void read_and_try_to_close(struct listener *listener, const kv_event *event)
{
    (void)listener;
    kv_value value;
    kv_store other = check_open("memory:");
    EXPECT(kv_get(store, event->group, event->group_len, event->key, event->key_len, &value,
                  &error), KV_OK);
    CHECK(value.version == event->version);
    kv_value_free(&value);
    EXPECT(kv_close(store, &error), KV_ERR_BUSY);
    EXPECT(kv_close(other, &error), KV_ERR_BUSY);
    listener->subscription.id = other.id;
}

static void a_callback_reads_what_was_written_but_closes_no_store(void)
{
    struct listener listener;
    begin(&listener, 'a', read_and_try_to_close);
    kv_subscription subscription = listener.subscription;
    set_text(store, "k", "1");
    EXPECT_HEARD("a1");
    /* Outside of the callback it closes well. */
    EXPECT(kv_close((kv_store){listener.subscription.id}, &error), KV_OK);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    CHECK_EQUAL(listener.let_go, 1);
}

static void watch_and_poll(struct listener *listener, const kv_event *event)
{
    (void)event;
    if (listener->received > 1) return;
    kv_watch watch = watch_with(store, "g", "inner", 0, 0);
    set_text(store, "inner", "2");
    EXPECT_SET(watch, "inner", "2");
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void a_callback_may_watch(void)
{
    struct listener listener;
    begin(&listener, 'a', watch_and_poll);
    set_text(store, "k", "1");
    EXPECT_HEARD("a1a2");
    end(&listener);
}

static void one_handle_hears_what_another_on_the_same_file_writes(void)
{
    kv_store other = check_open(check_path("callbacks.db"));
    struct listener listener;
    begin(&listener, 'a', NULL);
    set_text(other, "k", "1");
    EXPECT_HEARD("a1");
    EXPECT(kv_close(other, &error), KV_OK);
    end(&listener);
}

static void closing_the_store_lets_all_go_once(void)
{
    enum { MANY = 100 };
    static struct listener listeners[MANY];
    kv_store kept = store;
    store = check_open(check_path("callbacks.db"));
    for (int i = 0; i < MANY; i++) begin(&listeners[i], 'a', NULL);
    for (int i = 0; i < MANY; i += 2) end(&listeners[i]);
    EXPECT(kv_close(store, &error), KV_OK);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQUAL(listeners[i].let_go, 1);
        EXPECT(kv_subscription_close(listeners[i].subscription, &error),
               i % 2 == 0 ? KV_ERR_HANDLE : KV_OK);
        CHECK_EQUAL(listeners[i].let_go, 1);
    }
    store = kept;
    set_text(store, "k", "1");
    EXPECT_HEARD("");
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(they_run_in_their_order_before_the_write_returns);
    RUN(an_event_lends_what_a_watch_tells);
    RUN(what_a_callback_writes_is_told_after_the_changes_before_it);
    RUN(a_callback_that_subscribes_is_joined_from_the_next_change_on);
    RUN(a_callback_may_end_itself);
    RUN(a_callback_reads_what_was_written_but_closes_no_store);
    RUN(a_callback_may_watch);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "callbacks");
    walk("memory:", "callbacks in memory");
    walk(check_path("callbacks.db"), "callbacks in a file");
    store = check_open(check_path("callbacks.db"));
    RUN(one_handle_hears_what_another_on_the_same_file_writes);
    RUN(closing_the_store_lets_all_go_once);
    EXPECT(kv_close(store, &error), KV_OK);
    return check_end();
}
