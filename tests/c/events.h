/* Watches in one line, what they are expected to say, and events in flat form. */

#ifndef EVENTS_H
#define EVENTS_H

#include "check.h"
#include "descriptors.h"
#include "flat.h"

enum { FLAT_EVENT_HEADER = 40 };

/* Opens a file that keeps a log of changes, with more options or none. */
static MAYBE_UNUSED kv_store open_with_log(const char *name, const char *options)
{
    char uri[4400];
    snprintf(uri, sizeof uri, "sqlite:%s?changes=on%s", check_path(name), options);
    return check_open(uri);
}

/* Watches what `flags` make of group and key, with room for `capacity` changes. */
static MAYBE_UNUSED kv_watch watch_with(kv_store store, const char *group, const char *key,
                                        uint32_t flags, uint32_t capacity)
{
    kv_watch watch;
    kv_watch_options options = KV_WATCH_OPTIONS_INIT;
    options.flags = flags;
    options.capacity = capacity;
    EXPECT(kv_watch_open(store, group, KV_NUL, key, KV_NUL, &options, &watch, &error), KV_OK);
    return watch;
}

static MAYBE_UNUSED kv_watch watch_all(kv_store store)
{
    return watch_with(store, "", "", KV_WATCH_ANY_GROUP | KV_WATCH_ANY_KEY, 0);
}

/* An event has a type and strings for its group, key and value. */
#define CHECK_EVENT(event, expected_type, group_text, key_text, value_text)  \
    do {                                                                     \
        CHECK_EQUAL((event).type, (expected_type));                          \
        CHECK_BYTES((event).group, (event).group_len, (group_text));         \
        CHECK_BYTES((event).key, (event).key_len, (key_text));               \
        CHECK_BYTES((event).value, (event).value_len, (value_text));         \
    } while (0)

/* The next event is there already. */
#define EXPECT_EVENT(watch, expected_type, group_text, key_text, value_text)              \
    do {                                                                                  \
        kv_event next_event = KV_EVENT_INIT;                                              \
        EXPECT(kv_watch_poll((watch), 0, &next_event, &error), KV_OK);                    \
        if (next_event.group != NULL)                                                     \
            CHECK_EVENT(next_event, expected_type, group_text, key_text, value_text);     \
    } while (0)

#define EXPECT_SET(watch, key, value) EXPECT_EVENT(watch, KV_EVENT_SET, "g", key, value)

/* Nothing waits. */
#define EXPECT_NOTHING(watch)                                                \
    do {                                                                     \
        kv_event no_event = KV_EVENT_INIT;                                   \
        EXPECT(kv_watch_poll((watch), 0, &no_event, &error), KV_TIMEOUT);    \
    } while (0)

/* Answers whether a descriptor is readable at this moment. */
static MAYBE_UNUSED bool is_readable(int32_t fd)
{
    enum readiness readiness = readiness_of(fd);
    CHECK(readiness != NO_DESCRIPTOR);
    return readiness == READABLE;
}

/* Writes a string under a key of the group "g". */
static MAYBE_UNUSED void set_text(kv_store store, const char *key, const char *value)
{
    EXPECT(kv_set(store, "g", 1, key, KV_NUL, value, KV_NUL, &error), KV_OK);
}

/* Reads an event in flat form at `bytes`, lending its bytes; returns its length. */
static MAYBE_UNUSED size_t flat_event(const unsigned char *bytes, kv_event *event)
{
    event->type = (int32_t)flat_read(bytes, 4);
    event->group_len = flat_read(bytes + 4, 4);
    event->key_len = flat_read(bytes + 8, 4);
    event->value_len = flat_read(bytes + 12, 4);
    event->version = flat_read(bytes + 16, 8);
    event->time_ms = (int64_t)flat_read(bytes + 24, 8);
    event->lost = flat_read(bytes + 32, 8);
    event->group = bytes + FLAT_EVENT_HEADER;
    event->key = event->group + event->group_len;
    event->value = event->key + event->key_len;
    return FLAT_EVENT_HEADER + event->group_len + event->key_len + event->value_len;
}

#endif
