/* Snapshots of a store, and scans of transactions: their handles, and the order of closing. */

#include "check.h"

static kv_store store;

static void set(const char *key, const char *value)
{
    EXPECT(kv_set(store, "g", 1, key, KV_NUL, value, KV_NUL, &error), KV_OK);
}

/* The entries of a cursor, as `key=value ` one after the other; closes it. */
static const char *entries(kv_cursor cursor)
{
    static char text[512];
    size_t len = 0;
    kv_entry entry;
    kv_status status;
    text[0] = '\0';
    while ((status = kv_cursor_next(cursor, &entry, &error)) == KV_OK)
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s=%.*s ", (int)entry.key_len,
                                (const char *)entry.key, (int)entry.value_len,
                                (const char *)entry.value);
    CHECK_EQUAL(status, KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    return text;
}

static kv_store snapshot_of(kv_store of)
{
    kv_store snapshot;
    EXPECT(kv_snapshot(of, &snapshot, &error), KV_OK);
    return snapshot;
}

static void a_snapshot_is_a_store_that_stays_as_it_is(void)
{
    set("a", "1");
    kv_store then = snapshot_of(store), again = snapshot_of(then);
    set("a", "2");
    CHECK(check_value_is(then, "g", "a", "1"));
    CHECK(check_value_is(again, "g", "a", "1"));
    CHECK(check_value_is(store, "g", "a", "2"));
    EXPECT_MESSAGE(kv_set(then, "g", 1, "a", 1, "3", 1, &error), KV_ERR_READ_ONLY, "store");
    EXPECT(kv_close(then, &error), KV_OK);
    EXPECT(kv_close(then, &error), KV_ERR_HANDLE);
    EXPECT(kv_exists(then, "g", 1, "a", 1, &error), KV_ERR_HANDLE);
    CHECK(check_value_is(again, "g", "a", "1"));
    EXPECT(kv_close(again, &error), KV_OK);
}

static void what_is_made_of_a_snapshot_ends_with_it(void)
{
    kv_store then = snapshot_of(store), bound;
    kv_cursor cursor, of_txn;
    kv_txn txn;
    kv_entry entry;
    kv_value value;
    EXPECT(kv_bind(then, &bound, &error), KV_OK);
    EXPECT(kv_scan(then, "g", 1, NULL, &cursor, &error), KV_OK);
    EXPECT(kv_txn_begin(then, &txn, &error), KV_OK);
    EXPECT(kv_txn_scan(txn, "g", 1, NULL, &of_txn, &error), KV_OK);
    EXPECT(kv_get(then, "g", 1, "a", 1, &value, &error), KV_OK);
    EXPECT(kv_close(then, &error), KV_OK);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_next(of_txn, &entry, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_get(txn, "g", 1, "a", 1, &value, &error), KV_ERR_CLOSED);
    EXPECT(kv_exists(bound, "g", 1, "a", 1, &error), KV_ERR_CLOSED);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_cursor_close(of_txn, &error), KV_OK);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_close(bound, &error), KV_OK);
}

static void a_value_outlives_its_snapshot(void)
{
    kv_value value;
    kv_store then = snapshot_of(store);
    EXPECT(kv_get(then, "g", 1, "a", 1, &value, &error), KV_OK);
    EXPECT(kv_close(then, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "2");
    kv_value_free(&value);
}

static void a_snapshot_outlives_its_store(void)
{
    kv_store scope;
    EXPECT(kv_scope(store, "tenant", &scope, &error), KV_OK);
    EXPECT(kv_set(scope, "g", 1, "k", 1, "1", 1, &error), KV_OK);
    kv_store then = snapshot_of(scope);
    EXPECT(kv_set(scope, "g", 1, "k", 1, "2", 1, &error), KV_OK);
    EXPECT(kv_close(scope, &error), KV_OK);
    CHECK(check_value_is(then, "g", "k", "1"));
    EXPECT(kv_close(then, &error), KV_OK);
}

static void a_scan_of_a_transaction_outlives_it(void)
{
    kv_txn txn;
    kv_cursor cursor;
    kv_scan_options options = KV_SCAN_OPTIONS_INIT;
    options.lower = "a";
    options.lower_len = 1;
    set("b", "1");
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "g", 1, "c", 1, "new", 3, NULL, &error), KV_OK);
    EXPECT(kv_txn_delete(txn, "g", 1, "b", 1, &error), KV_OK);
    EXPECT(kv_txn_scan(txn, "g", 1, &options, &cursor, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    EXPECT(kv_txn_scan(txn, "g", 1, NULL, &cursor, &error), KV_ERR_HANDLE);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_scan(txn, "g", 1, &options, &cursor, &error), KV_OK);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    CHECK(strcmp(entries(cursor), "a=2 c=new ") == 0);
    options.flags = 1u << 31;
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT_MESSAGE(kv_txn_scan(txn, "g", 1, &options, &cursor, &error), KV_ERR_ARGUMENT, "unknown");
    CHECK_EQUAL(cursor.id, 0);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
}

static void a_range_that_changed_is_a_conflict(void)
{
    kv_txn txn;
    kv_cursor cursor;
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    EXPECT(kv_txn_scan(txn, "g", 1, NULL, &cursor, &error), KV_OK);
    CHECK(strcmp(entries(cursor), "a=2 c=new ") == 0);
    EXPECT(kv_txn_set(txn, "sums", KV_NUL, "g", 1, "2", 1, NULL, &error), KV_OK);
    set("b", "added");
    EXPECT(kv_txn_commit(txn, &error), KV_CONFLICT);
    EXPECT(kv_exists(store, "sums", KV_NUL, "g", 1, &error), KV_NOT_FOUND);
}

static void run_on(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(a_snapshot_is_a_store_that_stays_as_it_is);
    RUN(what_is_made_of_a_snapshot_ends_with_it);
    RUN(a_value_outlives_its_snapshot);
    RUN(a_snapshot_outlives_its_store);
    RUN(a_scan_of_a_transaction_outlives_it);
    RUN(a_range_that_changed_is_a_conflict);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "snapshot");
    run_on("memory:", "snapshot in memory");
    char location[4200];
    snprintf(location, sizeof location, "sqlite:%s", check_path("snapshot.db"));
    run_on(location, "snapshot in a file");
    return check_end();
}
