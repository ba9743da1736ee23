/* Transactions: what they see, what stops them, how they end. */

#include "transaction.h"

/* The example of kv_txn_begin, word for word. */
static kv_status archive(kv_store store, const char *name, kv_error *error)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        kv_txn txn;
        kv_value value;
        kv_status status = kv_txn_begin(store, &txn, error);
        if (status != KV_OK) return status;
        status = kv_txn_get(txn, "users", KV_NUL, name, KV_NUL, &value, error);
        if (status == KV_OK) {
            status = kv_txn_set(txn, "archive", KV_NUL, name, KV_NUL, value.data, value.len,
                                NULL, error);
            kv_value_free(&value);
        }
        if (status == KV_OK) status = kv_txn_delete(txn, "users", KV_NUL, name, KV_NUL, error);
        if (status == KV_OK) status = kv_txn_commit(txn, error);
        if (status == KV_OK) return KV_OK;
        kv_txn_abort(txn, NULL);
        if (status != KV_CONFLICT) return status;
    }
    return KV_CONFLICT;
}

/* Each call on a key returns `expected` and leaves its output alone; a value is zeroed. */
static void check_each_call_returns(kv_txn txn, kv_status expected)
{
    kv_value value;
    int64_t number = 7;
    size_t len = 7;
    EXPECT(kv_txn_get(txn, "t", 1, "k", 1, &value, &error), expected);
    EXPECT(kv_txn_exists(txn, "t", 1, "k", 1, &error), expected);
    EXPECT(kv_txn_ttl(txn, "t", 1, "k", 1, &number, &error), expected);
    EXPECT(kv_txn_set(txn, "t", 1, "k", 1, "v", 1, NULL, &error), expected);
    EXPECT(kv_txn_delete(txn, "t", 1, "k", 1, &error), expected);
    EXPECT(kv_txn_increment(txn, "t", 1, "k", 1, 1, 0, &number, &error), expected);
    EXPECT(kv_txn_append(txn, "t", 1, "k", 1, "v", 1, 0, &len, &error), expected);
    EXPECT(kv_txn_expire(txn, "t", 1, "k", 1, 1000, 0, &error), expected);
    CHECK(value.data == NULL && value.owner == 0 && number == 7 && len == 7);
}

static void the_example_moves_an_entry_once(void)
{
    EXPECT(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "Ada", 3, &error), KV_OK);
    EXPECT(archive(store, "ada", &error), KV_OK);
    CHECK(check_value_is(store, "archive", "ada", "Ada"));
    EXPECT(kv_exists(store, "users", KV_NUL, "ada", KV_NUL, &error), KV_NOT_FOUND);
    EXPECT(archive(store, "ada", &error), KV_NOT_FOUND);
    EXPECT(archive((kv_store){0}, "ada", &error), KV_ERR_HANDLE);
}

static void it_sees_its_own_writes_and_others_do_not(void)
{
    kv_txn txn = begin();
    set("old", "1");
    EXPECT(kv_txn_set(txn, "t", 1, "new", 3, "2", 1, NULL, &error), KV_OK);
    EXPECT(kv_txn_delete(txn, "t", 1, "old", 3, &error), KV_OK);
    EXPECT(kv_txn_delete(txn, "t", 1, "old", 3, &error), KV_NOT_FOUND);
    check_seen(txn, "new", "2");
    check_seen(txn, "old", NULL);
    EXPECT(kv_exists(store, "t", 1, "new", 3, &error), KV_NOT_FOUND);
    CHECK(check_value_is(store, "t", "old", "1"));
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "new", "2"));
    EXPECT(kv_exists(store, "t", 1, "old", 3, &error), KV_NOT_FOUND);
}

static void a_conflict_writes_nothing_and_ends_it(void)
{
    kv_txn txn = begin();
    set("a", "1");
    check_seen(txn, "a", "1");
    EXPECT(kv_txn_set(txn, "t", 1, "b", 1, "2", 1, NULL, &error), KV_OK);
    set("a", "1");
    check_seen(txn, "a", "1");
    EXPECT(kv_txn_commit(txn, &error), KV_CONFLICT);
    EXPECT(kv_exists(store, "t", 1, "b", 1, &error), KV_NOT_FOUND);
    check_each_call_returns(txn, KV_ERR_HANDLE);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_HANDLE);
    EXPECT(kv_txn_abort(txn, &error), KV_ERR_HANDLE);
}

static void conditions_are_outcomes_of_the_call(void)
{
    kv_txn txn = begin();
    kv_put_options absent = KV_PUT_OPTIONS_INIT, brief = absent;
    int64_t ttl = 0;
    absent.condition = KV_IF_ABSENT;
    brief.expiry = KV_EXPIRY_AFTER;
    brief.time_ms = 60000;
    set("there", "1");
    EXPECT(kv_txn_set(txn, "t", 1, "there", 5, "x", 1, &absent, &error), KV_CONFLICT);
    EXPECT(kv_txn_set(txn, "t", 1, "fresh", 5, "x", 1, &absent, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "t", 1, "fresh", 5, "y", 1, &absent, &error), KV_CONFLICT);
    EXPECT(kv_txn_set(txn, "t", 1, "brief", 5, "z", 1, &brief, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "there", "1"));
    CHECK(check_value_is(store, "t", "fresh", "x"));
    EXPECT(kv_ttl(store, "t", 1, "brief", 5, &ttl, &error), KV_OK);
    CHECK(ttl > 0 && ttl <= 60000);
}

static void a_write_has_a_durability_for_the_whole_commit(void)
{
    kv_txn txn = begin();
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    options.durability = KV_DURABILITY_FULL;
    EXPECT(kv_txn_set(txn, "t", 1, "full", 4, "f", 1, &options, &error), KV_OK);
    options.durability = KV_DURABILITY_NORMAL;
    EXPECT(kv_txn_set(txn, "t", 1, "normal", 6, "n", 1, &options, &error), KV_OK);
    options.durability = KV_DURABILITY_FULL + 1;
    EXPECT_MESSAGE(kv_txn_set(txn, "t", 1, "wrong", 5, "w", 1, &options, &error), KV_ERR_ARGUMENT,
                   "durability");
    check_seen(txn, "wrong", NULL);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "full", "f"));
    CHECK(check_value_is(store, "t", "normal", "n"));
    EXPECT(kv_exists(store, "t", 1, "wrong", 5, &error), KV_NOT_FOUND);
}

static void an_abort_leaves_no_trace(void)
{
    kv_txn txn = begin();
    EXPECT(kv_txn_set(txn, "t", 1, "never", 5, "x", 1, NULL, &error), KV_OK);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    check_each_call_returns(txn, KV_ERR_HANDLE);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_HANDLE);
    EXPECT(kv_txn_abort(txn, &error), KV_ERR_HANDLE);
    EXPECT(kv_exists(store, "t", 1, "never", 5, &error), KV_NOT_FOUND);
}

static void a_committed_handle_is_none_any_more(void)
{
    kv_txn txn = begin();
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_each_call_returns(txn, KV_ERR_HANDLE);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_HANDLE);
    EXPECT(kv_txn_abort(txn, &error), KV_ERR_HANDLE);
}

static void bytes_are_copied_and_values_outlive_it(void)
{
    kv_txn txn = begin();
    kv_value value;
    char key[] = "copied", text[] = "as it was";
    EXPECT(kv_txn_set(txn, "t", 1, key, KV_NUL, text, KV_NUL, NULL, &error), KV_OK);
    memset(key, '?', sizeof key - 1);
    memset(text, '?', sizeof text - 1);
    EXPECT(kv_txn_get(txn, "t", 1, "copied", KV_NUL, &value, &error), KV_OK);
    CHECK(value.version == 0 && value.expires_at_ms == -1);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "as it was");
    kv_value_free(&value);
    CHECK(check_value_is(store, "t", "copied", "as it was"));
}

static void empty_keys_and_values_and_nul_bytes_are_data(void)
{
    kv_txn txn = begin();
    kv_value value;
    EXPECT(kv_txn_set(txn, NULL, 0, NULL, 0, NULL, 0, NULL, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "\0", 1, "\0\xff", 2, "\0", 1, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    EXPECT(kv_get(store, NULL, 0, NULL, 0, &value, &error), KV_OK);
    CHECK(value.len == 0 && value.data != NULL);
    kv_value_free(&value);
    EXPECT(kv_get(store, "\0", 1, "\0\xff", 2, &value, &error), KV_OK);
    CHECK(value.len == 1 && value.data[0] == 0);
    kv_value_free(&value);
}

static void after_its_store_was_closed_it_can_only_be_aborted(const char *location)
{
    kv_store brief = check_open(location);
    kv_txn txn;
    EXPECT(kv_txn_begin(brief, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "t", 1, "late", 4, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_close(brief, &error), KV_OK);
    check_each_call_returns(txn, KV_ERR_CLOSED);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_CLOSED);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_txn_abort(txn, &error), KV_ERR_HANDLE);
}

static void a_closed_store_closes_its_transactions_and_no_others(void)
{
    kv_txn other = begin();
    after_its_store_was_closed_it_can_only_be_aborted(check_path("brief.db"));
    after_its_store_was_closed_it_can_only_be_aborted("memory:");
    EXPECT(kv_txn_commit(other, &error), KV_OK);
    kv_store again = check_open(check_path("brief.db"));
    EXPECT(kv_exists(again, "t", 1, "late", 4, &error), KV_NOT_FOUND);
    EXPECT(kv_close(again, &error), KV_OK);
}

static void an_error_at_the_commit_leaves_it_to_be_aborted(void)
{
    char uri[4200];
    kv_txn txn;
    snprintf(uri, sizeof uri, "sqlite:%s?read_only=on", check_path("brief.db"));
    kv_store readable = check_open(uri);
    EXPECT(kv_txn_begin(readable, &txn, &error), KV_OK);
    EXPECT(kv_txn_set(txn, "t", 1, "k", 1, "v", 1, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_READ_ONLY);
    EXPECT(kv_txn_commit(txn, &error), KV_ERR_READ_ONLY);
    check_seen(txn, "k", "v");
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_close(readable, &error), KV_OK);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(the_example_moves_an_entry_once);
    RUN(it_sees_its_own_writes_and_others_do_not);
    RUN(a_conflict_writes_nothing_and_ends_it);
    RUN(conditions_are_outcomes_of_the_call);
    RUN(a_write_has_a_durability_for_the_whole_commit);
    RUN(an_abort_leaves_no_trace);
    RUN(a_committed_handle_is_none_any_more);
    RUN(bytes_are_copied_and_values_outlive_it);
    RUN(empty_keys_and_values_and_nul_bytes_are_data);
    RUN(a_closed_store_closes_its_transactions_and_no_others);
    RUN(an_error_at_the_commit_leaves_it_to_be_aborted);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "transaction");
    walk(check_path("transaction.db"), "transaction in a file");
    walk("memory:", "transaction in memory");
    return check_end();
}
