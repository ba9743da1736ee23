/* Events as one buffer: kv_watch_fill and kv_changes_fill, with too little room, enough and more. */

#include "events.h"

static kv_store store;

/* Fills from a watch or, if there is one, from a walk through the log. */
struct source {
    kv_watch watch;
    kv_change_cursor walk;
};

static kv_status fill(struct source from, void *buffer, size_t capacity, size_t *used, size_t *count)
{
    if (from.walk.id != 0)
        return kv_changes_fill(from.walk, buffer, capacity, used, count, &error);
    return kv_watch_fill(from.watch, buffer, capacity, used, count, &error);
}

static kv_status end_of(struct source from)
{
    return from.walk.id != 0 ? KV_DONE : KV_TIMEOUT;
}

/* The writes of the tests of layout, and their events. */
static const struct {
    int32_t type;
    const char *group, *key, *value;
} expected[] = {
    {KV_EVENT_SET, "group", "key", "value"},
    {KV_EVENT_SET, "", "", ""},
    {KV_EVENT_DELETE, "group", "key", ""},
    {KV_EVENT_DELETE_GROUP, "", "", ""},
};
enum { EVENTS = sizeof expected / sizeof *expected, NEEDED = EVENTS * FLAT_EVENT_HEADER + 13 + 8 };

static void write_what_is_told(void)
{
    EXPECT(kv_set(store, "group", 5, "key", 3, "value", 5, &error), KV_OK);
    EXPECT(kv_set(store, NULL, 0, NULL, 0, NULL, 0, &error), KV_OK);
    EXPECT(kv_delete(store, "group", 5, "key", 3, &error), KV_OK);
    EXPECT(kv_delete_group(store, "", 0, NULL, &error), KV_OK);
}

static size_t event_len(size_t nth)
{
    return FLAT_EVENT_HEADER + strlen(expected[nth].group) + strlen(expected[nth].key) +
           strlen(expected[nth].value);
}

/* Takes everything through a buffer of `capacity`, and with a look at what does not fit. */
static void take_all(struct source from, size_t capacity)
{
    unsigned char *buffer = malloc(capacity + 1);
    size_t seen = 0, used = 0, count = 0;
    uint64_t newest = 0;
    kv_status status;
    while ((status = fill(from, capacity == 0 ? NULL : buffer, capacity, &used, &count)) == KV_OK) {
        size_t at = 0;
        for (size_t i = 0; i < count && seen < EVENTS; i++, seen++) {
            kv_event event;
            at += flat_event(buffer + at, &event);
            CHECK_EVENT(event, expected[seen].type, expected[seen].group, expected[seen].key,
                        expected[seen].value);
            CHECK(event.version > newest && event.lost == 0);
            CHECK(event.time_ms == (int64_t)(event.version / 1000));
            newest = event.version;
        }
        CHECK_EQUAL(at, used);
        CHECK(used <= capacity && count > 0);
        /* As many as fit. */
        CHECK(seen == EVENTS || used + event_len(seen) > capacity);
    }
    if (seen < EVENTS) {
        CHECK_EQUAL(status, KV_TOO_SMALL);
        CHECK(count == 0 && used == event_len(seen) && used > capacity);
        unsigned char *enough = malloc(used);
        EXPECT(fill(from, enough, used, &used, &count), KV_OK);
        CHECK_EQUAL(count, 1);
        free(enough);
    } else {
        CHECK_EQUAL(status, end_of(from));
        CHECK(used == 0 && count == 0);
    }
    free(buffer);
}

static void a_watch_fills_every_capacity(void)
{
    for (size_t capacity = 0; capacity <= NEEDED; capacity++) {
        struct source from = {watch_all(store), {0}};
        write_what_is_told();
        take_all(from, capacity);
        EXPECT(kv_watch_close(from.watch, &error), KV_OK);
    }
}

static void a_walk_fills_every_capacity(void)
{
    kv_event event = KV_EVENT_INIT;
    struct source all = {{0}, {0}};
    uint64_t since = 0;
    EXPECT(kv_changes(store, 0, &all.walk, &error), KV_OK);
    while (kv_changes_next(all.walk, &event, &error) == KV_OK) since = event.version;
    write_what_is_told();
    for (size_t capacity = 0; capacity <= NEEDED; capacity++) {
        struct source from = {{0}, {0}};
        EXPECT(kv_changes(store, since, &from.walk, &error), KV_OK);
        take_all(from, capacity);
        EXPECT(kv_changes_close(from.walk, &error), KV_OK);
    }
    EXPECT(kv_changes_close(all.walk, &error), KV_OK);
}

static void a_loss_and_what_was_there_come_in_flat_form_too(void)
{
    unsigned char buffer[4096];
    size_t used = 0, count = 0;
    kv_event event;
    set_text(store, "k", "old");
    kv_watch watch = watch_with(store, "g", "k", KV_WATCH_EXISTING, 16);
    for (int i = 0; i < 19; i++) set_text(store, "k", "new");
    EXPECT(kv_watch_fill(watch, buffer, sizeof buffer, &used, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1 + 1 + 16 + 1);
    size_t at = flat_event(buffer, &event);
    CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "old");
    at += flat_event(buffer + at, &event);
    CHECK_EVENT(event, KV_EVENT_SYNCED, "", "", "");
    CHECK(event.version != 0 && event.time_ms == 0);
    for (int i = 0; i < 16; i++) {
        at += flat_event(buffer + at, &event);
        CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "new");
    }
    uint64_t last = event.version;
    at += flat_event(buffer + at, &event);
    CHECK_EVENT(event, KV_EVENT_LAGGED, "", "", "");
    CHECK(event.version == last && event.lost == 3 && event.time_ms == 0);
    CHECK_EQUAL(at, used);
    EXPECT(kv_watch_fill(watch, buffer, sizeof buffer, &used, &count, &error), KV_TIMEOUT);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void values_of_any_size_and_bytes_cross(void)
{
    enum { VALUE_LEN = 300000 };
    unsigned char *value = malloc(VALUE_LEN), *buffer = malloc(2 * VALUE_LEN);
    uint64_t seed = 5;
    size_t used = 0, count = 0;
    kv_event event;
    for (int i = 0; i < VALUE_LEN; i++) value[i] = (unsigned char)check_random(&seed);
    struct source from[] = {{watch_all(store), {0}}, {{0}, {0}}};
    EXPECT(kv_changes(store, 0, &from[1].walk, &error), KV_OK);
    kv_event skipped = KV_EVENT_INIT;
    while (kv_changes_next(from[1].walk, &skipped, &error) == KV_OK) {}
    EXPECT(kv_set(store, "\0\xff", 2, value, 65535, value, VALUE_LEN, &error), KV_OK);
    for (int i = 0; i < 2; i++) {
        EXPECT(fill(from[i], buffer, 1000, &used, &count), KV_TOO_SMALL);
        CHECK_EQUAL(used, FLAT_EVENT_HEADER + 2 + 65535 + VALUE_LEN);
        EXPECT(fill(from[i], buffer, 2 * VALUE_LEN, &used, &count), KV_OK);
        CHECK_EQUAL(flat_event(buffer, &event), used);
        CHECK(event.group_len == 2 && memcmp(event.group, "\0\xff", 2) == 0);
        CHECK(event.key_len == 65535 && memcmp(event.key, value, 65535) == 0);
        CHECK(event.value_len == VALUE_LEN && memcmp(event.value, value, VALUE_LEN) == 0);
    }
    EXPECT(kv_watch_close(from[0].watch, &error), KV_OK);
    EXPECT(kv_changes_close(from[1].walk, &error), KV_OK);
    free(value);
    free(buffer);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "watch_fill");
    store = open_with_log("fill.db", "");
    RUN(a_watch_fills_every_capacity);
    RUN(a_walk_fills_every_capacity);
    RUN(a_loss_and_what_was_there_come_in_flat_form_too);
    RUN(values_of_any_size_and_bytes_cross);
    EXPECT(kv_close(store, &error), KV_OK);
    return check_end();
}
