/* Transactions: the calls on one key that count, append, and read or change an expiry. */

#include "transaction.h"

/* A ttl is as it was given, less what the test took; KV_TTL_NEVER is none. */
static bool is_ttl(int64_t ttl, int64_t given)
{
    return given == KV_TTL_NEVER ? ttl == KV_TTL_NEVER : ttl > given - 60000 && ttl <= given;
}

/* A transaction sees a ttl. */
static void check_ttl_seen(kv_txn txn, const char *key, int64_t given)
{
    int64_t ttl = 0;
    EXPECT(kv_txn_ttl(txn, "t", 1, key, KV_NUL, &ttl, &error), KV_OK);
    CHECK(is_ttl(ttl, given));
}

/* A key of a store has a value and a ttl. */
static void check_stored(kv_store at, const char *key, const char *text, int64_t given)
{
    int64_t ttl = 0;
    CHECK(check_value_is(at, "t", key, text));
    EXPECT(kv_ttl(at, "t", 1, key, KV_NUL, &ttl, &error), KV_OK);
    CHECK(is_ttl(ttl, given));
}

static void it_counts_and_appends_what_it_sees(void)
{
    kv_txn txn = begin();
    int64_t sum = 0;
    size_t len = 0;
    set("count", "5");
    set("text", "ab");
    EXPECT(kv_txn_increment(txn, "t", 1, "count", 5, 2, 0, &sum, &error), KV_OK);
    CHECK_EQUAL(sum, 7);
    EXPECT(kv_txn_increment(txn, "t", 1, "count", 5, -10, 0, &sum, &error), KV_OK);
    CHECK_EQUAL(sum, -3);
    EXPECT(kv_txn_append(txn, "t", 1, "text", 4, "cd", 2, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 4);
    EXPECT(kv_txn_append(txn, "t", 1, "text", 4, NULL, 0, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 4);
    EXPECT(kv_txn_set(txn, "t", 1, "own", 3, "41", 2, NULL, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "own", 3, 1, 0, &sum, &error), KV_OK);
    CHECK_EQUAL(sum, 42);
    EXPECT(kv_txn_append(txn, "t", 1, "own", 3, "0", 1, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 3);
    EXPECT(kv_txn_delete(txn, "t", 1, "text", 4, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "text", 4, "x", 1, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 1);
    check_seen(txn, "count", "-3");
    check_seen(txn, "own", "420");
    CHECK(check_value_is(store, "t", "count", "5"));
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "count", "-3"));
    CHECK(check_value_is(store, "t", "own", "420"));
    CHECK(check_value_is(store, "t", "text", "x"));
}

static void it_tells_whether_a_key_is_there_and_its_ttl(void)
{
    kv_txn txn = begin();
    kv_put_options brief = KV_PUT_OPTIONS_INIT;
    int64_t ttl = 7;
    brief.expiry = KV_EXPIRY_AFTER;
    brief.time_ms = 3600000;
    EXPECT(kv_set_ttl(store, "t", 1, "stored", 6, "v", 1, 7200000, &error), KV_OK);
    set("always", "v");
    EXPECT(kv_txn_exists(txn, "t", 1, "stored", 6, &error), KV_OK);
    EXPECT(kv_txn_exists(txn, "t", 1, "nothing", 7, &error), KV_NOT_FOUND);
    check_ttl_seen(txn, "stored", 7200000);
    check_ttl_seen(txn, "always", KV_TTL_NEVER);
    EXPECT(kv_txn_ttl(txn, "t", 1, "nothing", 7, &ttl, &error), KV_NOT_FOUND);
    EXPECT(kv_txn_set(txn, "t", 1, "nothing", 7, "v", 1, &brief, &error), KV_OK);
    EXPECT(kv_txn_exists(txn, "t", 1, "nothing", 7, &error), KV_OK);
    check_ttl_seen(txn, "nothing", 3600000);
    EXPECT(kv_txn_delete(txn, "t", 1, "stored", 6, &error), KV_OK);
    EXPECT(kv_txn_exists(txn, "t", 1, "stored", 6, &error), KV_NOT_FOUND);
    EXPECT(kv_txn_ttl(txn, "t", 1, "stored", 6, &ttl, &error), KV_NOT_FOUND);
    CHECK_EQUAL(ttl, 7);
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
}

/* The ttl of a call is that of an entry which it creates. */
static void a_live_entry_keeps_its_expiry_and_a_new_one_gets_the_ttl(void)
{
    kv_txn txn = begin();
    kv_store hourly = check_open("memory:?default_ttl=1h");
    EXPECT(kv_set_ttl(store, "t", 1, "timed", 5, "1", 1, 7200000, &error), KV_OK);
    set("timeless", "1");
    EXPECT(kv_txn_increment(txn, "t", 1, "timed", 5, 1, 1000, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "timed", 5, "0", 1, KV_TTL_NEVER, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "timeless", 8, "0", 1, 1000, NULL, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "timeless", 8, 1, 1000, NULL, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "counted", 7, 1, 3600000, NULL, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "counted", 7, 1, 1000, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "appended", 8, "a", 1, 3600000, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "appended", 8, "b", 1, 1000, NULL, &error), KV_OK);
    check_ttl_seen(txn, "timed", 7200000);
    check_ttl_seen(txn, "appended", 3600000);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_stored(store, "timed", "20", 7200000);
    check_stored(store, "timeless", "11", KV_TTL_NEVER);
    check_stored(store, "counted", "2", 3600000);
    check_stored(store, "appended", "ab", 3600000);
    EXPECT(kv_txn_begin(hourly, &txn, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "n", 1, 1, KV_TTL_DEFAULT, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "s", 1, "v", 1, KV_TTL_DEFAULT, NULL, &error), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "ever", 4, "v", 1, KV_TTL_NEVER, NULL, &error), KV_OK);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_stored(hourly, "n", "1", 3600000);
    check_stored(hourly, "s", "v", 3600000);
    check_stored(hourly, "ever", "v", KV_TTL_NEVER);
    EXPECT(kv_close(hourly, &error), KV_OK);
}

static void an_expiry_leaves_value_and_version(void)
{
    kv_txn txn = begin();
    kv_value before, after;
    set("e", "5");
    EXPECT(kv_get(store, "t", 1, "e", 1, &before, &error), KV_OK);
    EXPECT(kv_txn_expire(txn, "t", 1, "e", 1, 3600000, 0, &error), KV_OK);
    EXPECT(kv_txn_get(txn, "t", 1, "e", 1, &after, &error), KV_OK);
    CHECK(after.version == before.version && after.expires_at_ms > 0);
    CHECK_BYTES(after.data, after.len, "5");
    kv_value_free(&after);
    EXPECT(kv_txn_set(txn, "t", 1, "written", 7, "w", 1, NULL, &error), KV_OK);
    EXPECT(kv_txn_expire(txn, "t", 1, "written", 7, 3600000, 0, &error), KV_OK);
    check_ttl_seen(txn, "e", 3600000);
    check_ttl_seen(txn, "written", 3600000);
    check_stored(store, "e", "5", KV_TTL_NEVER);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_stored(store, "e", "5", 3600000);
    check_stored(store, "written", "w", 3600000);
    EXPECT(kv_get(store, "t", 1, "e", 1, &after, &error), KV_OK);
    CHECK_EQUAL(after.version, before.version);
    kv_value_free(&before);
    kv_value_free(&after);

    txn = begin();
    EXPECT(kv_txn_expire(txn, "t", 1, "e", 1, 7200000, 0, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "e", 1, 1, 0, NULL, &error), KV_OK);
    EXPECT(kv_txn_expire(txn, "t", 1, "written", 7, KV_TTL_NEVER, 0, &error), KV_OK);
    check_ttl_seen(txn, "written", KV_TTL_NEVER);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_stored(store, "e", "6", 7200000);
    check_stored(store, "written", "w", KV_TTL_NEVER);
}

static void flags_are_checked_on_what_it_sees(void)
{
    kv_txn txn = begin();
    set("f", "v");
    EXPECT(kv_txn_expire(txn, "t", 1, "none", 4, 1000, 0, &error), KV_NOT_FOUND);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 1000, KV_EXPIRE_XX, &error), KV_CONFLICT);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 1000, KV_EXPIRE_GT, &error), KV_CONFLICT);
    check_ttl_seen(txn, "f", KV_TTL_NEVER);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 3600000, KV_EXPIRE_NX, &error), KV_OK);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 7200000, KV_EXPIRE_NX, &error), KV_CONFLICT);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 7200000, KV_EXPIRE_LT, &error), KV_CONFLICT);
    check_ttl_seen(txn, "f", 3600000);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 7200000, KV_EXPIRE_XX | KV_EXPIRE_GT, &error), KV_OK);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 1000, KV_EXPIRE_NX | KV_EXPIRE_XX, &error),
           KV_ERR_ARGUMENT);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, 1000, 16, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_txn_expire(txn, "t", 1, "f", 1, -2, 0, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    check_stored(store, "f", "v", 7200000);
}

static void what_is_no_integer_is_refused_and_nothing_is_buffered(void)
{
    kv_txn txn = begin();
    int64_t sum = 7;
    set("word", "five");
    set("largest", "9223372036854775807");
    EXPECT(kv_txn_increment(txn, "t", 1, "word", 4, 1, 0, &sum, &error), KV_ERR_NOT_INTEGER);
    EXPECT(kv_txn_increment(txn, "t", 1, "largest", 7, 1, 0, &sum, &error), KV_ERR_NOT_INTEGER);
    EXPECT(kv_txn_set(txn, "t", 1, "own", 3, "", 0, NULL, &error), KV_OK);
    EXPECT(kv_txn_increment(txn, "t", 1, "own", 3, 1, 0, &sum, &error), KV_ERR_NOT_INTEGER);
    CHECK_EQUAL(sum, 7);
    check_seen(txn, "word", "five");
    check_seen(txn, "own", "");
    EXPECT(kv_txn_increment(txn, "t", 1, "largest", 7, -1, 0, &sum, &error), KV_OK);
    CHECK(sum == INT64_MAX - 1);
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "word", "five"));
    CHECK(check_value_is(store, "t", "largest", "9223372036854775806"));
}

static void a_sum_and_a_length_may_be_left_out_and_a_ttl_may_not(void)
{
    kv_txn txn = begin();
    EXPECT(kv_txn_increment(txn, "t", 1, "unasked", 7, 4, 0, NULL, NULL), KV_OK);
    EXPECT(kv_txn_append(txn, "t", 1, "unasked", 7, "2", 1, 0, NULL, NULL), KV_OK);
    EXPECT(kv_txn_ttl(txn, "t", 1, "unasked", 7, NULL, NULL), KV_ERR_ARGUMENT);
    EXPECT_MESSAGE(kv_txn_ttl(txn, "t", 1, "unasked", 7, NULL, &error), KV_ERR_ARGUMENT, "ttl_ms");
    EXPECT(kv_txn_commit(txn, &error), KV_OK);
    CHECK(check_value_is(store, "t", "unasked", "42"));
}

enum { READ_CALLS = 5 };

/* One of the calls that count as a read, on the key "read". */
static kv_status read_by(int call, kv_txn txn)
{
    int64_t ttl;
    switch (call) {
    case 0: return kv_txn_exists(txn, "t", 1, "read", 4, &error);
    case 1: return kv_txn_ttl(txn, "t", 1, "read", 4, &ttl, &error);
    case 2: return kv_txn_expire(txn, "t", 1, "read", 4, 3600000, 0, &error);
    case 3: return kv_txn_increment(txn, "t", 1, "read", 4, 1, 0, NULL, &error);
    default: return kv_txn_append(txn, "t", 1, "read", 4, "0", 1, 0, NULL, &error);
    }
}

static void each_call_counts_as_a_read(void)
{
    for (int call = 0; call < READ_CALLS; call++) {
        for (int is_there = 0; is_there <= 1; is_there++) {
            kv_txn txn = begin();
            kv_delete(store, "t", 1, "read", 4, NULL);
            if (is_there) set("read", "1");
            EXPECT(read_by(call, txn), is_there || call > 2 ? KV_OK : KV_NOT_FOUND);
            EXPECT(kv_txn_set(txn, "t", 1, "unwritten", 9, "v", 1, NULL, &error), KV_OK);
            set("read", "2");
            EXPECT(kv_txn_commit(txn, &error), KV_CONFLICT);
            check_stored(store, "read", "2", KV_TTL_NEVER);
            EXPECT(kv_exists(store, "t", 1, "unwritten", 9, &error), KV_NOT_FOUND);
        }
    }
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(it_counts_and_appends_what_it_sees);
    RUN(it_tells_whether_a_key_is_there_and_its_ttl);
    RUN(a_live_entry_keeps_its_expiry_and_a_new_one_gets_the_ttl);
    RUN(an_expiry_leaves_value_and_version);
    RUN(flags_are_checked_on_what_it_sees);
    RUN(what_is_no_integer_is_refused_and_nothing_is_buffered);
    RUN(a_sum_and_a_length_may_be_left_out_and_a_ttl_may_not);
    RUN(each_call_counts_as_a_read);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "transaction_keys");
    walk(check_path("transaction_keys.db"), "transaction_keys in a file");
    walk("memory:", "transaction_keys in memory");
    return check_end();
}
