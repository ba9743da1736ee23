/* Namespaces: a store narrowed to one takes every call of a store, and nothing leads out of it. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "events.h"

static kv_store whole, tenant;

/* Groups as near to those of namespace "a" as names can come; none is in it. */
static const struct { const char *name; size_t len; } around[] = {
    {"", 0}, {"a", 1}, {"a;", 2}, {"a9", 2}, {"A:g", 3}, {"aa:g", 4}, {"b:g", 3}, {":a:g", 4},
    {"g", 1}, {"a%:g", 4}, {"*:g", 3}, {"a\0:g", 4}, {"\xff", 1},
};
enum { AROUND = sizeof around / sizeof *around };

/* Names that look like a way out of the namespace; all are names within it. */
static const char *const ways_out[] = {
    "", "a", "a:g", "aa:g", "b:g", ":g", "../b:g", "A:g", "a;", "%", "_", "*", "?:g", "[ab]:g",
    "\xff",
};
enum { WAYS = sizeof ways_out / sizeof *ways_out };

static kv_store scope(kv_store of, const char *name)
{
    kv_store scoped;
    EXPECT(kv_scope(of, name, &scoped, &error), KV_OK);
    return scoped;
}

static void set_around(void)
{
    EXPECT(kv_delete_group(whole, "a:g", 3, NULL, &error), KV_OK);
    for (int i = 0; i < AROUND; i++)
        EXPECT(kv_set(whole, around[i].name, around[i].len, "k", 1, "7", 1, &error), KV_OK);
}

static void check_around(void)
{
    for (int i = 0; i < AROUND; i++) {
        char value[8];
        size_t len = 0;
        EXPECT(kv_get_into(whole, around[i].name, around[i].len, "k", 1, value, 8, &len, &error),
               KV_OK);
        CHECK(len == 1 && value[0] == '7');
    }
}

static uint64_t count(kv_store store, const char *prefix)
{
    uint64_t number = 99;
    EXPECT(kv_count_all(store, prefix, KV_NUL, &number, &error), KV_OK);
    return number;
}

static void calls_on_one_key_stay_inside(void)
{
    kv_value value;
    size_t len = 0;
    int64_t number = 0;
    uint64_t version = 0;
    set_around();
    for (int i = 0; i < WAYS; i++) {
        const char *g = ways_out[i];
        EXPECT(kv_exists(tenant, g, KV_NUL, "k", 1, &error), KV_NOT_FOUND);
        EXPECT(kv_get(tenant, g, KV_NUL, "k", 1, &value, &error), KV_NOT_FOUND);
        EXPECT(kv_take(tenant, g, KV_NUL, "k", 1, &value, &error), KV_NOT_FOUND);
        EXPECT(kv_delete(tenant, g, KV_NUL, "k", 1, &error), KV_NOT_FOUND);
        EXPECT(kv_delete_version(tenant, g, KV_NUL, "k", 1, 1, &error), KV_NOT_FOUND);
        EXPECT(kv_ttl(tenant, g, KV_NUL, "k", 1, &number, &error), KV_NOT_FOUND);
        EXPECT(kv_expire(tenant, g, KV_NUL, "k", 1, 1, 0, &error), KV_NOT_FOUND);
        EXPECT(kv_persist(tenant, g, KV_NUL, "k", 1, &error), KV_NOT_FOUND);
        EXPECT(kv_get_json(tenant, g, KV_NUL, "k", 1, "", &value, &error), KV_NOT_FOUND);
        EXPECT(kv_increment(tenant, g, KV_NUL, "k", 1, 1, 0, &number, &error), KV_OK);
        CHECK_EQUAL(number, 1);
        EXPECT(kv_append(tenant, g, KV_NUL, "k", 1, "2", 1, 0, &len, &error), KV_OK);
        EXPECT(kv_put(tenant, g, KV_NUL, "j", 1, "v", 1, NULL, &version, &error), KV_OK);
        EXPECT(kv_set_ttl(tenant, g, KV_NUL, "t", 1, "v", 1, 60000, &error), KV_OK);
        EXPECT(kv_set_json(tenant, g, KV_NUL, "j", 1, "[1]", 3, &error), KV_OK);
        EXPECT(kv_get_json(tenant, g, KV_NUL, "j", 1, "/0", &value, &error), KV_OK);
        kv_value_free(&value);
        EXPECT(kv_render(tenant, g, KV_NUL, "{{ k }}", &value, &error), KV_OK);
        CHECK_BYTES(value.data, value.len, "12");
        kv_value_free(&value);
    }
    CHECK_EQUAL(count(tenant, ""), 3 * WAYS);
    CHECK_EQUAL(count(whole, "a:"), 3 * WAYS);
    CHECK(check_value_is(whole, "a:b:g", "k", "12"));
    check_around();
}

static void calls_on_many_keys_stay_inside_under_local_names(void)
{
    kv_cursor cursor;
    kv_entry entry;
    unsigned char buffer[4096];
    size_t used = 0, filled = 0;
    uint64_t removed = 0;
    set_around();
    for (int i = 0; i < WAYS; i++)
        EXPECT(kv_delete_group(tenant, ways_out[i], KV_NUL, NULL, &error), KV_OK);
    CHECK_EQUAL(count(tenant, ""), 0);
    EXPECT(kv_set(tenant, "", 0, "k", 1, "in", 2, &error), KV_OK);
    EXPECT(kv_set(tenant, "g", 1, "k", 1, "in", 2, &error), KV_OK);
    for (int i = 0; i < WAYS; i++) {
        const char *g = ways_out[i];
        bool is_there = g[0] == '\0';
        kv_scan_options any = KV_SCAN_OPTIONS_INIT;
        any.flags = KV_SCAN_GLOB;
        any.pattern = "*";
        any.pattern_len = 1;
        EXPECT(kv_scan(tenant, g, KV_NUL, &any, &cursor, &error), KV_OK);
        EXPECT(kv_cursor_fill(cursor, buffer, sizeof buffer, &used, &filled, &error),
               is_there ? KV_OK : KV_DONE);
        if (is_there) CHECK(filled == 1 && used == FLAT_ENTRY_HEADER + 3);
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
        EXPECT(kv_delete_prefix(tenant, g, KV_NUL, "", 0, &removed, &error), KV_OK);
        CHECK_EQUAL(removed, is_there ? 1 : 0);
        CHECK_EQUAL(count(tenant, g), is_there ? 1 : 0);
        if (is_there) continue;
        EXPECT(kv_delete_all(tenant, g, KV_NUL, &removed, &error), KV_OK);
        CHECK_EQUAL(removed, 0);
    }
    EXPECT(kv_groups(tenant, "", 0, &cursor, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
    CHECK_BYTES(entry.group, entry.group_len, "g");
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_delete_all(tenant, "", 0, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 1);
    check_around();
}

static void batches_and_transactions_stay_inside(void)
{
    kv_batch batch;
    kv_txn txn;
    kv_value value;
    struct flat flat = {{0}, 0};
    set_around();
    EXPECT(kv_set(tenant, "g", 1, "old", 3, "1", 1, &error), KV_OK);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_check(batch, "b:g", 3, "k", 1, 0, &error), KV_OK);
    EXPECT(kv_batch_get(batch, "g", 1, "old", 3, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b:g", 3, "k", 1, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "g", 1, "k", 1, 5, 0, &error), KV_OK);
    flat_step(&flat, FLAT_TAKE, (struct flat_fields){0, 0, 0, 0}, "A:g", "k", "");
    flat_step(&flat, FLAT_DELETE_PREFIX, (struct flat_fields){0, 0, 0, 0}, "aa:g", "", "");
    flat_step(&flat, FLAT_DELETE_ALL, (struct flat_fields){0, 0, 0, 0}, "A", "", "");
    EXPECT(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_OK);
    EXPECT(kv_batch_commit(tenant, batch, &error), KV_OK);
    EXPECT(kv_batch_result(batch, 1, &value, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "1");
    kv_value_free(&value);
    EXPECT(kv_batch_result(batch, 4, &value, &error), KV_NOT_FOUND);
    /* The same steps on the whole store mean other groups. */
    EXPECT(kv_batch_commit(whole, batch, &error), KV_CONFLICT);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    CHECK(check_value_is(whole, "a:b:g", "k", "v") && check_value_is(whole, "a:g", "k", "5"));

    EXPECT(kv_txn_begin(tenant, &txn, &error), KV_OK);
    EXPECT(kv_txn_get(txn, "aa:g", 4, "k", 1, &value, &error), KV_NOT_FOUND);
    EXPECT(kv_txn_get(txn, "g", 1, "k", 1, &value, &error), KV_OK);
    kv_value_free(&value);
    EXPECT(kv_txn_delete(txn, "A:g", 3, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_txn_set(txn, "aa:g", 4, "k", 1, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_set(whole, "aa:g", 4, "j", 1, "another's", 9, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    EXPECT(kv_txn_begin(tenant, &txn, &error), KV_OK);
    EXPECT(kv_txn_get(txn, "g", 1, "k", 1, &value, &error), KV_OK);
    kv_value_free(&value);
    EXPECT(kv_set(whole, "a:g", 3, "k", 1, "6", 1, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_CONFLICT);
    check_around();
}

static void an_operation_is_run_once_in_each_namespace(void)
{
    kv_store other = scope(whole, "b");
    const kv_store stores[] = {tenant, other, whole};
    uint64_t tokens[3];
    int32_t state = 0;
    kv_value response;
    for (int i = 0; i < 3; i++) {
        EXPECT(kv_idempotency_begin(stores[i], "pay", 3, "h", 1, 0, &state, &tokens[i], &response,
                                    &error), KV_OK);
        CHECK_EQUAL(state, KV_IDEMPOTENCY_STARTED);
    }
    EXPECT(kv_idempotency_complete(other, "pay", 3, tokens[0], "x", 1, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_complete(tenant, "pay", 3, tokens[0], "paid", 4, &error), KV_OK);
    EXPECT(kv_idempotency_get(other, "pay", 3, &state, &response, &error), KV_OK);
    CHECK_EQUAL(state, KV_IDEMPOTENCY_IN_PROGRESS);
    EXPECT(kv_idempotency_forget(tenant, "pay", 3, 0, &error), KV_OK);
    EXPECT(kv_idempotency_get(whole, "pay", 3, &state, &response, &error), KV_OK);
    EXPECT(kv_idempotency_forget(other, "pay", 3, 0, &error), KV_OK);
    EXPECT(kv_idempotency_forget(whole, "pay", 3, 0, &error), KV_OK);
    EXPECT(kv_close(other, &error), KV_OK);
}

static char received[64];

static void note(void *user_data, const kv_event *event)
{
    size_t len = strlen(received);
    CHECK(user_data == received);
    snprintf(received + len, sizeof received - len, "[%.*s %.*s]", (int)event->group_len,
             (const char *)event->group, (int)event->key_len, (const char *)event->key);
}

static void let_go(void *user_data)
{
    strcat(user_data, "let go");
}

static void watches_and_callbacks_hear_of_the_inside_alone(void)
{
    kv_store narrow = scope(whole, "a");
    kv_subscription subscription;
    received[0] = '\0';
    set_around();
    EXPECT(kv_delete_prefix(narrow, "g", 1, "", 0, NULL, &error), KV_OK);
    for (int i = 0; i < WAYS; i++)
        EXPECT(kv_delete_group(narrow, ways_out[i], KV_NUL, NULL, &error), KV_OK);
    EXPECT(kv_set(narrow, "g", 1, "there", 5, "1", 1, &error), KV_OK);
    kv_watch all = watch_all(narrow), one = watch_with(narrow, "g", "k", 0, 0);
    kv_watch out = watch_with(narrow, "b:", "", KV_WATCH_GROUP_PREFIX | KV_WATCH_ANY_KEY, 0);
    kv_watch there = watch_with(narrow, "", "",
                                KV_WATCH_ANY_GROUP | KV_WATCH_ANY_KEY | KV_WATCH_EXISTING, 0);
    EXPECT_EVENT(there, KV_EVENT_SET, "g", "there", "1");
    EXPECT_EVENT(there, KV_EVENT_SYNCED, "", "", "");
    EXPECT(kv_on_change(narrow, note, received, let_go, &subscription, &error), KV_OK);
    set_around();
    EXPECT(kv_set(whole, "a:g", 3, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set(whole, "b:g", 3, "k", 1, "7", 1, &error), KV_OK);
    EXPECT(kv_delete(narrow, "g", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_set(narrow, "", 0, "k", 1, "w", 1, &error), KV_OK);
    EXPECT(kv_delete_group(narrow, "", 0, NULL, &error), KV_OK);
    const kv_watch each[] = {all, there};
    for (int i = 0; i < 2; i++) {
        EXPECT_EVENT(each[i], KV_EVENT_DELETE_GROUP, "g", "", "");
        EXPECT_EVENT(each[i], KV_EVENT_SET, "g", "k", "v");
        EXPECT_EVENT(each[i], KV_EVENT_DELETE, "g", "k", "");
        EXPECT_EVENT(each[i], KV_EVENT_SET, "", "k", "w");
        EXPECT_EVENT(each[i], KV_EVENT_DELETE_GROUP, "", "", "");
        EXPECT_NOTHING(each[i]);
    }
    EXPECT_EVENT(one, KV_EVENT_DELETE_GROUP, "g", "", "");
    EXPECT_EVENT(one, KV_EVENT_SET, "g", "k", "v");
    EXPECT_EVENT(one, KV_EVENT_DELETE, "g", "k", "");
    EXPECT_NOTHING(one);
    EXPECT_NOTHING(out);
    EXPECT(kv_subscription_close(subscription, &error), KV_OK);
    CHECK_BYTES(received, strlen(received), "[g ][g k][g k][ k][ ]let go");
    EXPECT(kv_watch_close(all, &error), KV_OK);
    EXPECT(kv_watch_close(one, &error), KV_OK);
    EXPECT(kv_watch_close(out, &error), KV_OK);
    EXPECT(kv_watch_close(there, &error), KV_OK);
    EXPECT(kv_close(narrow, &error), KV_OK);
    check_around();
}

static void the_log_of_changes_tells_of_the_inside_alone(void)
{
    kv_store logged = open_with_log("log.db", ""), narrow = scope(logged, "a");
    kv_change_cursor walk;
    kv_event event = KV_EVENT_INIT;
    unsigned char buffer[256];
    size_t used = 0, filled = 0;
    EXPECT(kv_set(logged, "b:g", 3, "k", 1, "1", 1, &error), KV_OK);
    EXPECT(kv_set(logged, "g", 1, "k", 1, "2", 1, &error), KV_OK);
    EXPECT(kv_set(narrow, "g", 1, "k", 1, "3", 1, &error), KV_OK);
    EXPECT(kv_set(logged, "aa:g", 4, "k", 1, "4", 1, &error), KV_OK);
    EXPECT(kv_set(logged, "a:", 2, "k", 1, "5", 1, &error), KV_OK);
    EXPECT(kv_changes(narrow, 0, &walk, &error), KV_OK);
    EXPECT(kv_changes_next(walk, &event, &error), KV_OK);
    CHECK_EVENT(event, KV_EVENT_SET, "g", "k", "3");
    EXPECT(kv_changes_fill(walk, buffer, sizeof buffer, &used, &filled, &error), KV_OK);
    CHECK(filled == 1 && used == flat_event(buffer, &event));
    CHECK_EVENT(event, KV_EVENT_SET, "", "k", "5");
    EXPECT(kv_changes_next(walk, &event, &error), KV_DONE);
    EXPECT(kv_changes_close(walk, &error), KV_OK);
    EXPECT(kv_close(narrow, &error), KV_OK);
    EXPECT(kv_close(logged, &error), KV_OK);
}

static void purging_and_usage_are_of_the_inside(void)
{
    kv_usage usage = KV_USAGE_INIT;
    kv_store fresh = scope(whole, "fresh"), other = scope(whole, "other");
    uint64_t removed = 99;
    EXPECT(kv_set(fresh, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set_ttl(fresh, "g", 1, "brief", 5, "v", 1, 1, &error), KV_OK);
    EXPECT(kv_set_ttl(other, "g", 1, "brief", 5, "v", 1, 1, &error), KV_OK);
    while (kv_exists(other, "g", 1, "brief", 5, &error) == KV_OK) usleep(100);
    EXPECT(kv_usage_get(fresh, &usage, &error), KV_OK);
    CHECK(usage.entries == 1 && usage.bytes == strlen("fresh:g") + 2);
    CHECK_EQUAL(usage.expired_entries, 1);
    EXPECT(kv_purge_expired(fresh, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 1);
    EXPECT(kv_usage_get(other, &usage, &error), KV_OK);
    CHECK(usage.entries == 0 && usage.expired_entries == 1);
    EXPECT(kv_purge_expired(whole, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 1);
    EXPECT(kv_close(fresh, &error), KV_OK);
    EXPECT(kv_close(other, &error), KV_OK);
}

static void walk_all(const char *location, const char *name)
{
    check_program = name;
    whole = check_open(location);
    tenant = scope(whole, "a");
    RUN(calls_on_one_key_stay_inside);
    RUN(calls_on_many_keys_stay_inside_under_local_names);
    RUN(batches_and_transactions_stay_inside);
    RUN(an_operation_is_run_once_in_each_namespace);
    RUN(watches_and_callbacks_hear_of_the_inside_alone);
    RUN(purging_and_usage_are_of_the_inside);
    EXPECT(kv_check(tenant, &error), KV_OK);
    EXPECT(kv_close(tenant, &error), KV_OK);
    EXPECT(kv_close(whole, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "scope");
    walk_all(check_path("scope.db"), "scope in a file");
    walk_all("memory:", "scope in memory");
    check_program = "scope in a file with a log";
    RUN(the_log_of_changes_tells_of_the_inside_alone);
    return check_end();
}
