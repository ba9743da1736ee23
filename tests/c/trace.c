/* The trace: the begin and the end of each call of the thread that makes it. */

#include "check.h"

enum { SEEN_MAX = 4096 };

/* A call that a trace has shown. */
struct seen {
    int32_t phase, kind;
    kv_status status;
    char group[16], key[16];
    size_t group_len, key_len;
    bool has_group, has_key;
    uint64_t duration_ns, context;
};

static struct seen seen[SEEN_MAX];
static int count, ends;
static kv_store store;

static uint64_t keep_call(void *user_data, const kv_trace_call *call)
{
    CHECK(user_data == seen);
    CHECK_EQUAL(call->size, sizeof *call);
    if (count == SEEN_MAX) return 0;
    struct seen *it = &seen[count++];
    *it = (struct seen){.phase = call->phase, .kind = call->kind, .status = call->status,
                        .group_len = call->group_len, .key_len = call->key_len,
                        .has_group = call->group != NULL, .has_key = call->key != NULL,
                        .duration_ns = call->duration_ns, .context = call->context};
    if (call->group != NULL && call->group_len < sizeof it->group)
        memcpy(it->group, call->group, call->group_len);
    if (call->key != NULL && call->key_len < sizeof it->key)
        memcpy(it->key, call->key, call->key_len);
    return 1000 + (uint64_t)count;
}

static void count_end(void *user_data)
{
    CHECK(user_data == seen);
    ends++;
}

static void begin_trace(uint32_t flags)
{
    count = ends = 0;
    EXPECT(kv_set_trace(flags, keep_call, seen, count_end, &error), KV_OK);
}

static void end_trace(void)
{
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(ends, 1);
}

/* Two entries that began at `first` are the begin and the end of a call with this kind and status. */
static void expect_pair(int first, int32_t kind, kv_status status)
{
    CHECK(first + 2 <= count);
    const struct seen *begin = &seen[first], *end = begin + 1;
    CHECK(begin->phase == KV_TRACE_BEGIN && end->phase == KV_TRACE_END);
    CHECK_EQUAL(begin->kind, kind);
    CHECK_EQUAL(end->kind, kind);
    CHECK(begin->status == 0 && begin->duration_ns == 0 && begin->context == 0);
    CHECK_EQUAL(end->status, status);
    CHECK_EQUAL(end->context, 1000 + first + 1);
    CHECK(end->duration_ns > 0 && end->duration_ns < UINT64_C(60000000000));
    CHECK(begin->has_group == end->has_group && begin->has_key == end->has_key);
    CHECK(strcmp(begin->group, end->group) == 0 && strcmp(begin->key, end->key) == 0);
}

/* One call is traced, with this kind and status. */
#define TRACED(call, kind, expected)                                         \
    do {                                                                     \
        int first_of_call = count;                                           \
        EXPECT(call, expected);                                              \
        CHECK_EQUAL(count - first_of_call, 2);                               \
        expect_pair(first_of_call, kind, expected);                          \
    } while (0)

/* A call is not traced. */
#define UNTRACED(call, expected)                                             \
    do {                                                                     \
        int first_of_call = count;                                           \
        EXPECT(call, expected);                                              \
        CHECK_EQUAL(count - first_of_call, 0);                               \
    } while (0)

static void reads_and_writes_of_keys_are_traced(void)
{
    kv_value value;
    char buffer[8];
    size_t len;
    int64_t number;
    uint64_t version;
    TRACED(kv_set(store, "g", 1, "k", 1, "v", 1, &error), KV_CALL_SET, KV_OK);
    TRACED(kv_set_ttl(store, "g", 1, "t", 1, "v", 1, 60000, &error), KV_CALL_SET, KV_OK);
    TRACED(kv_put(store, "g", 1, "k", 1, "v", 1, NULL, &version, &error), KV_CALL_SET, KV_OK);
    TRACED(kv_get(store, "g", 1, "k", 1, &value, &error), KV_CALL_GET, KV_OK);
    UNTRACED((kv_value_free(&value), KV_OK), KV_OK);
    TRACED(kv_get(store, "g", 1, "none", 4, &value, &error), KV_CALL_GET, KV_NOT_FOUND);
    TRACED(kv_get_into(store, "g", 1, "k", 1, buffer, 0, &len, &error), KV_CALL_GET, KV_TOO_SMALL);
    TRACED(kv_get_info(store, "g", 1, "k", 1, &value, &error), KV_CALL_GET, KV_OK);
    TRACED(kv_exists(store, "g", 1, "k", 1, &error), KV_CALL_GET, KV_OK);
    TRACED(kv_ttl(store, "g", 1, "k", 1, &number, &error), KV_CALL_GET, KV_OK);
    TRACED(kv_append(store, "g", 1, "k", 1, "v", 1, 0, &len, &error), KV_CALL_APPEND, KV_OK);
    TRACED(kv_increment(store, "g", 1, "n", 1, 1, 0, &number, &error), KV_CALL_INCREMENT, KV_OK);
    TRACED(kv_increment(store, "g", 1, "k", 1, 1, 0, &number, &error), KV_CALL_INCREMENT,
           KV_ERR_NOT_INTEGER);
    TRACED(kv_expire(store, "g", 1, "k", 1, 60000, 0, &error), KV_CALL_EXPIRE, KV_OK);
    TRACED(kv_persist(store, "g", 1, "k", 1, &error), KV_CALL_EXPIRE, KV_OK);
    TRACED(kv_take(store, "g", 1, "t", 1, &value, &error), KV_CALL_TAKE, KV_OK);
    kv_value_free(&value);
    TRACED(kv_delete_version(store, "g", 1, "k", 1, 7, &error), KV_CALL_DELETE, KV_CONFLICT);
    TRACED(kv_delete(store, "g", 1, "k", 1, &error), KV_CALL_DELETE, KV_OK);
}

static void calls_on_ranges_are_traced(void)
{
    kv_cursor cursor;
    kv_entry entry;
    kv_store snapshot;
    char buffer[64];
    size_t len, found;
    uint64_t number;
    TRACED(kv_get_many(store, "\1\0\0\0\1\0\0\0gk", 10, buffer, sizeof buffer, &len, &found, &error),
           KV_CALL_GET_MANY, KV_OK);
    TRACED(kv_scan(store, "g", 1, NULL, &cursor, &error), KV_CALL_SCAN, KV_OK);
    UNTRACED(kv_cursor_next(cursor, &entry, &error), KV_OK);
    UNTRACED(kv_cursor_close(cursor, &error), KV_OK);
    TRACED(kv_groups(store, NULL, 0, &cursor, &error), KV_CALL_SCAN, KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    TRACED(kv_snapshot(store, &snapshot, &error), KV_CALL_SCAN, KV_OK);
    EXPECT(kv_close(snapshot, &error), KV_OK);
    TRACED(kv_count(store, "g", 1, &number, &error), KV_CALL_COUNT, KV_OK);
    TRACED(kv_count_all(store, NULL, 0, &number, &error), KV_CALL_COUNT, KV_OK);
    TRACED(kv_delete_prefix(store, "g", 1, "x", 1, &number, &error), KV_CALL_DELETE_RANGE, KV_OK);
    TRACED(kv_delete_group(store, "x", 1, &number, &error), KV_CALL_DELETE_RANGE, KV_OK);
    TRACED(kv_delete_all(store, "x", 1, &number, &error), KV_CALL_DELETE_RANGE, KV_OK);
    TRACED(kv_purge_expired(store, &number, &error), KV_CALL_DELETE_RANGE, KV_OK);
}

static void commits_are_traced(void)
{
    kv_batch batch;
    kv_txn txn;
    kv_writer writer;
    kv_reader reader;
    uint64_t version;
    UNTRACED(kv_batch_new(&batch, &error), KV_OK);
    UNTRACED(kv_batch_set(batch, "g", 1, "b", 1, "v", 1, NULL, &error), KV_OK);
    TRACED(kv_batch_commit(store, batch, &error), KV_CALL_BATCH, KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_txn_begin(store, &txn, &error), KV_OK);
    UNTRACED(kv_txn_set(txn, "g", 1, "t", 1, "v", 1, NULL, &error), KV_OK);
    TRACED(kv_txn_commit(txn, &error), KV_CALL_TRANSACTION, KV_OK);
    TRACED(kv_writer_open(store, "g", 1, "w", 1, NULL, &writer, &error), KV_CALL_STREAM, KV_OK);
    UNTRACED(kv_writer_write(writer, "w", 1, &error), KV_OK);
    TRACED(kv_writer_commit(writer, &version, &error), KV_CALL_STREAM, KV_OK);
    TRACED(kv_reader_open(store, "g", 1, "w", 1, &reader, &error), KV_CALL_STREAM, KV_OK);
    EXPECT(kv_reader_close(reader, &error), KV_OK);
}

static void call_none(void *user_data, const kv_event *event)
{
    (void)user_data, (void)event;
}

static void calls_on_other_things_are_traced(void)
{
    kv_watch watch;
    kv_subscription subscription;
    kv_event event = KV_EVENT_INIT;
    kv_lock lock;
    kv_value value;
    kv_store scope, other;
    kv_quota quota = KV_QUOTA_INIT;
    kv_stats stats = KV_STATS_INIT;
    kv_usage usage = KV_USAGE_INIT;
    int32_t state;
    uint64_t token;
    TRACED(kv_watch_open(store, "g", 1, "k", 1, NULL, &watch, &error), KV_CALL_WATCH, KV_OK);
    UNTRACED(kv_watch_poll(watch, 0, &event, &error), KV_TIMEOUT);
    EXPECT(kv_watch_close(watch, &error), KV_OK);
    TRACED(kv_on_change(store, call_none, NULL, NULL, &subscription, &error), KV_CALL_WATCH, KV_OK);
    UNTRACED(kv_subscription_close(subscription, &error), KV_OK);
    TRACED(kv_lock_acquire(store, "l", 1, "o", 1, 60000, 0, &lock, &error), KV_CALL_LOCK, KV_OK);
    TRACED(kv_lock_release(store, "l", 1, lock, &error), KV_CALL_LOCK, KV_OK);
    TRACED(kv_idempotency_begin(store, "i", 1, "r", 1, 0, &state, &token, &value, &error),
           KV_CALL_IDEMPOTENCY, KV_OK);
    TRACED(kv_set_json(store, "g", 1, "j", 1, "{}", 2, &error), KV_CALL_TEXT, KV_OK);
    TRACED(kv_render(store, "g", 1, "x", &value, &error), KV_CALL_TEXT, KV_OK);
    kv_value_free(&value);
    TRACED(kv_scope(store, "a", &scope, &error), KV_CALL_NAMESPACE, KV_OK);
    TRACED(kv_set(scope, "g", 1, "k", 1, "v", 1, &error), KV_CALL_SET, KV_OK);
    CHECK_BYTES(seen[count - 1].group, strlen(seen[count - 1].group), "g");
    EXPECT(kv_close(scope, &error), KV_OK);
    TRACED(kv_quota_set(store, "a", 0, 0, 0, &error), KV_CALL_NAMESPACE, KV_OK);
    TRACED(kv_quota_get(store, "a", &quota, &error), KV_CALL_NAMESPACE, KV_OK);
    UNTRACED(kv_open("memory:", &other, &error), KV_OK);
    TRACED(kv_copy(store, other, NULL, NULL, NULL, NULL, &error), KV_CALL_COPY, KV_OK);
    UNTRACED(kv_close(other, &error), KV_OK);
    UNTRACED(kv_set(other, "g", 1, "k", 1, "v", 1, &error), KV_ERR_HANDLE);
    TRACED(kv_stats_get(store, &stats, &error), KV_CALL_MAINTENANCE, KV_OK);
    TRACED(kv_usage_get(store, &usage, &error), KV_CALL_MAINTENANCE, KV_OK);
    TRACED(kv_flush(store, &error), KV_CALL_MAINTENANCE, KV_OK);
    TRACED(kv_backup(store, check_path("b"), NULL, NULL, &error), KV_CALL_MAINTENANCE,
           KV_ERR_UNSUPPORTED);
}

static void each_kind_of_calls_is_traced_with_its_status(void)
{
    bool kinds[KV_CALL_KINDS] = {false};
    store = check_open("memory:");
    begin_trace(0);
    reads_and_writes_of_keys_are_traced();
    calls_on_ranges_are_traced();
    commits_are_traced();
    calls_on_other_things_are_traced();
    end_trace();
    EXPECT(kv_close(store, &error), KV_OK);
    CHECK(count < SEEN_MAX);
    for (int i = 0; i < count; i++) {
        CHECK(!seen[i].has_key && seen[i].key_len == 0);
        CHECK(seen[i].kind >= 0 && seen[i].kind < KV_CALL_KINDS);
        kinds[seen[i].kind] = true;
    }
    for (int kind = 0; kind < KV_CALL_KINDS; kind++)
        if (!kinds[kind]) FAIL("no call was of the kind %s", kv_call_name(kind));
}

static void keys_are_there_with_the_flag_alone(void)
{
    kv_value value;
    store = check_open("memory:");
    begin_trace(KV_TRACE_KEYS);
    TRACED(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "v", 1, &error), KV_CALL_SET, KV_OK);
    CHECK(strcmp(seen[0].group, "users") == 0 && seen[0].group_len == 5);
    CHECK(strcmp(seen[0].key, "ada") == 0 && seen[0].key_len == 3);
    /* The empty group and key are names like any other; a count names no key. */
    TRACED(kv_get(store, NULL, 0, "", 0, &value, &error), KV_CALL_GET, KV_NOT_FOUND);
    CHECK(seen[2].group_len == 0 && seen[2].has_key && seen[2].key_len == 0);
    TRACED(kv_count(store, "g", 1, &(uint64_t){0}, &error), KV_CALL_COUNT, KV_OK);
    CHECK(seen[4].has_group && !seen[4].has_key);
    TRACED(kv_flush(store, &error), KV_CALL_MAINTENANCE, KV_OK);
    CHECK(!seen[6].has_group && !seen[6].has_key);
    end_trace();
    begin_trace(0);
    TRACED(kv_set(store, "users", KV_NUL, "ada", KV_NUL, "v", 1, &error), KV_CALL_SET, KV_OK);
    CHECK(seen[0].has_group && !seen[0].has_key);
    end_trace();
    EXPECT(kv_close(store, &error), KV_OK);
}

static void invalid_names_are_left_out(void)
{
    kv_value value;
    char *text = malloc(70000);
    memset(text, 'x', 70000);
    store = check_open("memory:");
    begin_trace(KV_TRACE_KEYS);
    TRACED(kv_get(store, NULL, 9, "k", 1, &value, &error), KV_CALL_GET, KV_ERR_ARGUMENT);
    CHECK(!seen[0].has_group && seen[0].group_len == 0 && seen[0].has_key);
    TRACED(kv_get(store, "g", 1, text, 70000, &value, &error), KV_CALL_GET, KV_ERR_TOO_LARGE);
    CHECK(seen[2].has_group && !seen[2].has_key && seen[2].key_len == 0);
    end_trace();
    EXPECT(kv_close(store, &error), KV_OK);
    free(text);
}

static void refused_flags_leave_the_trace_as_it_is(void)
{
    store = check_open("memory:");
    begin_trace(0);
    EXPECT_MESSAGE(kv_set_trace(2, keep_call, seen, count_end, &error), KV_ERR_ARGUMENT, "flags 2");
    EXPECT(kv_set_trace(UINT32_MAX, NULL, seen, count_end, &error), KV_ERR_ARGUMENT);
    CHECK_EQUAL(ends, 0);
    TRACED(kv_exists(store, "g", 1, "k", 1, &error), KV_CALL_GET, KV_NOT_FOUND);
    end_trace();
    UNTRACED(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void a_trace_may_have_no_end_of_its_user_data(void)
{
    store = check_open("memory:");
    count = ends = 0;
    EXPECT(kv_set_trace(0, keep_call, seen, NULL, &error), KV_OK);
    TRACED(kv_exists(store, "g", 1, "k", 1, &error), KV_CALL_GET, KV_NOT_FOUND);
    EXPECT(kv_set_trace(0, NULL, NULL, NULL, &error), KV_OK);
    CHECK_EQUAL(ends, 0);
    /* Data without a callback is of no use. */
    EXPECT(kv_set_trace(0, NULL, seen, count_end, &error), KV_OK);
    CHECK_EQUAL(ends, 1);
    EXPECT(kv_close(store, &error), KV_OK);
}

static void traced_calls_are_counted_as_others(void)
{
    kv_call_metrics gets = KV_CALL_METRICS_INIT;
    store = check_open("memory:");
    begin_trace(0);
    for (int i = 0; i < 640; i++) EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    end_trace();
    EXPECT(kv_call_metrics_get(store, KV_CALL_GET, &gets, &error), KV_OK);
    CHECK_EQUAL(gets.calls, 640);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "trace");
    RUN(each_kind_of_calls_is_traced_with_its_status);
    RUN(keys_are_there_with_the_flag_alone);
    RUN(invalid_names_are_left_out);
    RUN(refused_flags_leave_the_trace_as_it_is);
    RUN(a_trace_may_have_no_end_of_its_user_data);
    RUN(traced_calls_are_counted_as_others);
    return check_end();
}
