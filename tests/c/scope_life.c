/* The life of a store narrowed to a namespace: its name, who closes what first, its threads. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "events.h"
#include "together.h"

static const char *location;
static kv_store whole;

static kv_store scope(kv_store of, const char *name)
{
    kv_store scoped;
    EXPECT(kv_scope(of, name, &scoped, &error), KV_OK);
    return scoped;
}

static uint64_t count(kv_store store, const char *prefix)
{
    uint64_t number = 99;
    EXPECT(kv_count_all(store, prefix, KV_NUL, &number, &error), KV_OK);
    return number;
}

static void only_names_of_letters_digits_and_hyphens_are_taken(void)
{
    char name[257];
    kv_store scoped;
    const char *const bad[] = {"",    "a\n", "\na", "a:b",      "a:", ":",  "a b",
                               "a_b", "a.b", "*",   "\xc3\xa4", "a/", "a\t", "\x7f"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scoped.id = 7;
        EXPECT_MESSAGE(kv_scope(whole, bad[i], &scoped, &error), KV_ERR_ARGUMENT, "namespace");
        CHECK_EQUAL(scoped.id, 0);
    }
    memset(name, 'n', sizeof name);
    name[256] = '\0';
    EXPECT(kv_scope(whole, name, &scoped, &error), KV_ERR_ARGUMENT);
    name[255] = '\0';
    scoped = scope(whole, name);
    EXPECT(kv_set(scoped, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
    CHECK_EQUAL(count(whole, name), 1);
    EXPECT(kv_scope(whole, NULL, &scoped, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_scope(whole, "a", NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_scope((kv_store){0}, "a", &scoped, &error), KV_ERR_HANDLE);
}

/* A string of C ends at its first NUL, so what comes after is never part of a name. */
static void a_name_ends_at_its_nul(void)
{
    kv_store scoped = scope(whole, "nul\0:other");
    set_text(scoped, "k", "v");
    CHECK(check_value_is(whole, "nul:g", "k", "v"));
    EXPECT(kv_close(scoped, &error), KV_OK);
}

static void group_names_have_room_for_the_namespace(void)
{
    char *name = malloc(65535);
    kv_store scoped = scope(whole, "a");
    memset(name, 'x', 65535);
    EXPECT(kv_set(scoped, name, 65533, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_delete_group(scoped, name, 65533, NULL, &error), KV_OK);
    EXPECT_MESSAGE(kv_set(scoped, name, 65534, "k", 1, "v", 1, &error), KV_ERR_TOO_LARGE, "65535");
    EXPECT(kv_set(whole, name, 65535, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_delete_group(whole, name, 65535, NULL, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
    free(name);
}

static void one_within_another_is_narrower_still(void)
{
    kv_store outer = scope(whole, "a"), inner = scope(outer, "b");
    kv_watch watch = watch_all(inner);
    set_text(inner, "k", "v");
    set_text(outer, "k", "w");
    CHECK(check_value_is(whole, "a:b:g", "k", "v"));
    CHECK_EQUAL(count(inner, ""), 1);
    EXPECT_SET(watch, "k", "v");
    EXPECT_NOTHING(watch);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_delete_group(inner, "g", 1, NULL, &error), KV_OK);
    EXPECT(kv_close(outer, &error), KV_OK);
    CHECK_EQUAL(count(inner, ""), 0);
    EXPECT(kv_close(inner, &error), KV_OK);
}

static void what_belongs_to_the_whole_is_not_to_be_had(void)
{
    kv_quota quota = KV_QUOTA_INIT;
    kv_store scoped = scope(whole, "a");
    EXPECT(kv_backup(scoped, check_path("scope-copy.db"), NULL, NULL, &error), KV_ERR_UNSUPPORTED);
    EXPECT(kv_restore(scoped, check_path("scope-copy.db"), NULL, NULL, &error), KV_ERR_UNSUPPORTED);
    CHECK(access(check_path("scope-copy.db"), F_OK) != 0);
    EXPECT(kv_quota_set(scoped, "a", 1, 0, 0, &error), KV_ERR_UNSUPPORTED);
    EXPECT(kv_quota_get(scoped, "a", &quota, &error), KV_ERR_UNSUPPORTED);
    EXPECT(kv_flush(scoped, &error), KV_OK);
    EXPECT(kv_compact(scoped, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
}

static void it_stays_open_when_the_whole_is_closed(void)
{
    kv_store first = check_open(location), scoped = scope(first, "stays");
    kv_watch watch = watch_all(scoped);
    kv_store again;
    EXPECT(kv_close(first, &error), KV_OK);
    EXPECT(kv_exists(first, "g", 1, "k", 1, &error), KV_ERR_HANDLE);
    EXPECT(kv_scope(first, "stays", &again, &error), KV_ERR_HANDLE);
    CHECK_EQUAL(again.id, 0);
    set_text(scoped, "k", "v");
    EXPECT_SET(watch, "k", "v");
    again = scope(scoped, "within");
    set_text(again, "k", "w");
    EXPECT_EVENT(watch, KV_EVENT_SET, "within:g", "k", "w");
    EXPECT(kv_close(again, &error), KV_OK);
    EXPECT(kv_delete_group(scoped, "g", 1, NULL, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
}

static void count_it(void *user_data)
{
    ++*(int *)user_data;
}

static void on_event(void *user_data, const kv_event *event)
{
    (void)event;
    FAIL("an event came after %d ends", *(int *)user_data);
}

static void its_close_ends_what_was_opened_through_it_and_no_more(void)
{
    kv_store scoped = scope(whole, "ends");
    kv_watch watch, others = watch_all(whole);
    kv_cursor cursor, outer;
    kv_entry entry;
    kv_event event = KV_EVENT_INIT;
    kv_subscription subscription;
    kv_txn txn;
    kv_value value;
    int ended = 0;
    set_text(scoped, "k", "v");
    EXPECT_EVENT(others, KV_EVENT_SET, "ends:g", "k", "v");
    watch = watch_all(scoped);
    EXPECT(kv_scan(scoped, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_scan(whole, "ends:g", 6, NULL, &outer, &error), KV_OK);
    EXPECT(kv_txn_begin(scoped, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "g", 1, "j", 1, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_on_change(scoped, on_event, &ended, count_it, &subscription, &error), KV_OK);
    EXPECT(kv_get(scoped, "g", 1, "k", 1, &value, &error), KV_OK);
    EXPECT(kv_close(scoped, &error), KV_OK);
    CHECK_EQUAL(ended, 1);
    EXPECT(kv_close(scoped, &error), KV_ERR_HANDLE);
    EXPECT(kv_exists(scoped, "g", 1, "k", 1, &error), KV_ERR_HANDLE);
    EXPECT(kv_set(whole, "ends:g", 6, "k", 1, "w", 1, &error), KV_OK);
    EXPECT(kv_watch_poll(watch, -1, &event, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_CLOSED);
    CHECK_BYTES(value.data, value.len, "v");
    EXPECT_EVENT(others, KV_EVENT_SET, "ends:g", "k", "w");
    EXPECT(kv_cursor_next(outer, &entry, &error), KV_OK);
    CHECK_BYTES(entry.value, entry.value_len, "v");
    kv_value_free(&value);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_cursor_close(outer, &error), KV_OK);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    EXPECT(kv_watch_close(others, &error), KV_OK);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    EXPECT(kv_exists(whole, "ends:g", 6, "j", 1, &error), KV_NOT_FOUND);
}

static kv_store shared;

/* Writes in a namespace of its own, and in one that all share until somebody closes it. */
static void *write_in_scopes(void *seed)
{
    char name[32];
    snprintf(name, sizeof name, "own-%d", (int)*(uint64_t *)seed);
    kv_store own = scope(whole, name);
    wait_to_go();
    for (int i = 0; i < check_times(200); i++) {
        EXPECT(kv_set(own, "g", 1, &i, sizeof i, name, KV_NUL, &error), KV_OK);
        kv_status status = kv_increment(shared, "g", 1, "n", 1, 1, 0, NULL, &error);
        if (status != KV_OK && status != KV_ERR_HANDLE) FAIL("increment: %d", status);
    }
    CHECK_EQUAL(count(own, ""), check_times(200));
    EXPECT(kv_close(own, &error), KV_OK);
    return NULL;
}

static void close_shared(void)
{
    while (kv_exists(shared, "g", 1, "n", 1, &error) == KV_NOT_FOUND) sched_yield();
    EXPECT(kv_close(shared, &error), KV_OK);
}

static void threads_have_namespaces_of_their_own_and_share_one_until_it_is_closed(void)
{
    shared = scope(whole, "shared");
    together(THREADS, write_in_scopes, close_shared);
    CHECK_EQUAL(count(whole, "own-"), THREADS * check_times(200));
    EXPECT(kv_exists(whole, "shared:g", 8, "n", 1, &error), KV_OK);
}

static void walk(const char *at, const char *name)
{
    check_program = name;
    location = at;
    whole = check_open(location);
    RUN(only_names_of_letters_digits_and_hyphens_are_taken);
    RUN(a_name_ends_at_its_nul);
    RUN(group_names_have_room_for_the_namespace);
    RUN(one_within_another_is_narrower_still);
    RUN(what_belongs_to_the_whole_is_not_to_be_had);
    RUN(it_stays_open_when_the_whole_is_closed);
    RUN(its_close_ends_what_was_opened_through_it_and_no_more);
    RUN(threads_have_namespaces_of_their_own_and_share_one_until_it_is_closed);
    EXPECT(kv_check(whole, &error), KV_OK);
    EXPECT(kv_close(whole, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "scope_life");
    walk(check_path("scope_life.db"), "scope_life in a file");
    walk("memory:", "scope_life in memory");
    return check_end();
}
