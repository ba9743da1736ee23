/*
 * A handle that is zero, stale, forged or of another kind is a status, never a crash, and never
 * somebody else's store.
 */

#include "calls.h"

#define HANDLE(call) REFUSED_WITH(call, KV_ERR_HANDLE)

static kv_store live_store;
static kv_batch live_batch;
static kv_cursor live_cursor;
static kv_watch live_watch;
static kv_subscription live_subscription;
static kv_change_cursor live_walk;
static kv_txn live_txn;
static kv_writer live_writer;
static kv_reader live_reader;

enum { KINDS = 9 };

static void ignore_it(void *user_data, const kv_event *event)
{
    (void)user_data;
    (void)event;
}

static void open_all(void)
{
    char uri[4200];
    snprintf(uri, sizeof uri, "sqlite:%s?changes=on", check_path("handles.db"));
    live_store = check_open(uri);
    EXPECT(kv_batch_new(&live_batch, &error), KV_OK);
    EXPECT(kv_set(live_store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_scan(live_store, "g", 1, NULL, &live_cursor, &error), KV_OK);
    EXPECT(kv_watch_open(live_store, "g", 1, "k", 1, NULL, &live_watch, &error), KV_OK);
    EXPECT(kv_on_change(live_store, ignore_it, NULL, NULL, &live_subscription, &error), KV_OK);
    EXPECT(kv_changes(live_store, 0, &live_walk, &error), KV_OK);
    EXPECT(kv_txn_begin(live_store, &live_txn, &error), KV_OK);
    EXPECT(kv_writer_open(live_store, "g", 1, "w", 1, NULL, &live_writer, &error), KV_OK);
    EXPECT(kv_reader_open(live_store, "g", 1, "k", 1, &live_reader, &error), KV_OK);
}

static void close_all(void)
{
    EXPECT(kv_reader_close(live_reader, &error), KV_OK);
    EXPECT(kv_writer_abort(live_writer, &error), KV_OK);
    EXPECT(kv_txn_abort(live_txn, &error), KV_OK);
    EXPECT(kv_changes_close(live_walk, &error), KV_OK);
    EXPECT(kv_subscription_close(live_subscription, &error), KV_OK);
    EXPECT(kv_watch_close(live_watch, &error), KV_OK);
    EXPECT(kv_cursor_close(live_cursor, &error), KV_OK);
    EXPECT(kv_batch_close(live_batch, &error), KV_OK);
    EXPECT(kv_close(live_store, &error), KV_OK);
}

static void live_ids(uint64_t *ids)
{
    ids[0] = live_store.id;
    ids[1] = live_batch.id;
    ids[2] = live_cursor.id;
    ids[3] = live_watch.id;
    ids[4] = live_subscription.id;
    ids[5] = live_walk.id;
    ids[6] = live_txn.id;
    ids[7] = live_writer.id;
    ids[8] = live_reader.id;
}

/* No call takes what it is handed. */
static void every_call_is_refused(void)
{
    ALL_STORE_CALLS(HANDLE)
    ALL_BATCH_CALLS(HANDLE)
    ALL_TXN_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    STREAM_CALLS(HANDLE)
    WATCH_CALLS(HANDLE)
    CHANGES_CALLS(HANDLE)
    END_CALLS(HANDLE)
    CHECK_EQUAL(let_go_count, 0);
}

/* No call takes `id`, whatever kind of handle it wants. */
static void every_call_refuses(uint64_t id)
{
    store.id = batch.id = cursor.id = watch.id = subscription.id = walk.id = txn.id = id;
    writer.id = reader.id = id;
    every_call_is_refused();
}

static void zero_is_no_handle(void)
{
    every_call_refuses(0);
}

static void numbers_nobody_gave_are_no_handles(void)
{
    every_call_refuses(1);
    every_call_refuses(UINT64_MAX);
    every_call_refuses(UINT64_MAX >> 1);
    uint64_t seed = 20260722;
    for (int i = 0; i < check_times(100000); i++) {
        uint64_t id = check_random(&seed);
        /* Every other one has a kind that exists. */
        if (i % 2 == 0) id = (id >> 8) | (uint64_t)(1 + i / 2 % 11) << 56;
        kv_store some_store = {id};
        kv_cursor some_cursor = {id};
        kv_batch some_batch = {id};
        kv_watch some_watch = {id};
        kv_subscription some_subscription = {id};
        kv_change_cursor some_walk = {id};
        kv_value some_value = {.data = (const uint8_t *)"", .owner = id};
        kv_entry entry;
        kv_event event = KV_EVENT_INIT;
        kv_txn some_txn = {id};
        kv_writer some_writer = {id};
        kv_reader some_reader = {id};
        size_t len;
        if (kv_exists(some_store, "g", 1, "k", 1, NULL) != KV_ERR_HANDLE ||
            kv_close(some_store, NULL) != KV_ERR_HANDLE ||
            kv_cursor_next(some_cursor, &entry, NULL) != KV_ERR_HANDLE ||
            kv_cursor_close(some_cursor, NULL) != KV_ERR_HANDLE ||
            kv_batch_clear(some_batch, NULL) != KV_ERR_HANDLE ||
            kv_batch_close(some_batch, NULL) != KV_ERR_HANDLE ||
            kv_watch_poll(some_watch, -1, &event, NULL) != KV_ERR_HANDLE ||
            kv_watch_close(some_watch, NULL) != KV_ERR_HANDLE ||
            kv_subscription_close(some_subscription, NULL) != KV_ERR_HANDLE ||
            kv_changes_next(some_walk, &event, NULL) != KV_ERR_HANDLE ||
            kv_changes_close(some_walk, NULL) != KV_ERR_HANDLE ||
            kv_txn_get(some_txn, "g", 1, "k", 1, &some_value, NULL) != KV_ERR_HANDLE ||
            kv_txn_commit(some_txn, NULL) != KV_ERR_HANDLE ||
            kv_txn_abort(some_txn, NULL) != KV_ERR_HANDLE ||
            kv_writer_write(some_writer, "v", 1, NULL) != KV_ERR_HANDLE ||
            kv_writer_commit(some_writer, NULL, NULL) != KV_ERR_HANDLE ||
            kv_writer_abort(some_writer, NULL) != KV_ERR_HANDLE ||
            kv_reader_read(some_reader, 0, &id, sizeof id, &len, NULL) != KV_ERR_HANDLE ||
            kv_reader_close(some_reader, NULL) != KV_ERR_HANDLE)
            FAIL("%#" PRIx64 " was taken for a handle", id);
        some_value.owner = id;
        kv_value_free(&some_value);
    }
}

static void a_handle_with_one_bit_changed_is_none(void)
{
    uint64_t ids[KINDS];
    live_ids(ids);
    for (size_t i = 0; i < KINDS; i++)
        for (int bit = 0; bit < 64; bit++) {
            uint64_t id = ids[i] ^ (uint64_t)1 << bit;
            bool is_live = false;
            /* The kind is in the number: one handle may be a bit away from another. */
            for (size_t other = 0; other < KINDS; other++) is_live |= id == ids[other];
            if (!is_live) every_call_refuses(id);
        }
}

static void a_handle_of_another_kind_is_refused(void)
{
    uint64_t ids[KINDS];
    live_ids(ids);
    for (size_t shift = 1; shift < KINDS; shift++) {
        store.id = ids[shift];
        batch.id = ids[(1 + shift) % KINDS];
        cursor.id = ids[(2 + shift) % KINDS];
        watch.id = ids[(3 + shift) % KINDS];
        subscription.id = ids[(4 + shift) % KINDS];
        walk.id = ids[(5 + shift) % KINDS];
        txn.id = ids[(6 + shift) % KINDS];
        writer.id = ids[(7 + shift) % KINDS];
        reader.id = ids[(8 + shift) % KINDS];
        every_call_is_refused();
    }
    store = live_store;
    HANDLE(kv_batch_commit(store, batch, at))
}

static void failure_zeroes_handles_and_values(void)
{
    kv_store none = {0};
#define ZEROED(call, field)                                           \
    fill_outputs();                                                   \
    CHECK((call) != KV_OK);                                           \
    if (!all_bytes_are(&out.field, sizeof out.field, 0))              \
        FAIL("%s left " #field " as it was", #call);
    ZEROED(kv_open("nonsense:x", &out.store, NULL), store)
    ZEROED(kv_open(NULL, &out.store, NULL), store)
    ZEROED(kv_get(none, GOOD, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_get(live_store, NULL, 1, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_get(live_store, GOOD, "none", 4, &out.value, NULL), value)
    ZEROED(kv_take(none, GOOD, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_take(live_store, GOOD, NULL, 1, &out.value, NULL), value)
    ZEROED(kv_take(live_store, GOOD, "none", 4, &out.value, NULL), value)
    ZEROED(kv_scan(none, GOOD, NULL, &out.cursor, NULL), cursor)
    ZEROED(kv_scan(live_store, NULL, 1, NULL, &out.cursor, NULL), cursor)
    ZEROED(kv_groups(none, GOOD, &out.cursor, NULL), cursor)
    ZEROED(kv_groups(live_store, NULL, 1, &out.cursor, NULL), cursor)
    ZEROED(kv_watch_open(none, GOOD, GOOD_KEY, NULL, &out.watch, NULL), watch)
    ZEROED(kv_watch_open(live_store, GOOD, NULL, 1, NULL, &out.watch, NULL), watch)
    ZEROED(kv_on_change(none, call_none, NULL, NULL, &out.subscription, NULL), subscription)
    ZEROED(kv_on_change(live_store, NULL, NULL, NULL, &out.subscription, NULL), subscription)
    ZEROED(kv_changes(none, 0, &out.walk, NULL), walk)
    ZEROED(kv_writer_open(none, GOOD, GOOD_KEY, NULL, &out.writer, NULL), writer)
    ZEROED(kv_writer_open(live_store, GOOD, NULL, 1, NULL, &out.writer, NULL), writer)
    ZEROED(kv_reader_open(none, GOOD, GOOD_KEY, &out.reader, NULL), reader)
    ZEROED(kv_reader_open(live_store, GOOD, NULL, 1, &out.reader, NULL), reader)
    ZEROED(kv_reader_open(live_store, GOOD, "none", 4, &out.reader, NULL), reader)
    kv_reader no_reader = {0};
    ZEROED(kv_reader_info(no_reader, &out.value, NULL), value)
#undef ZEROED
}

static void a_value_is_freed_once_whoever_holds_a_copy(void)
{
    kv_value value, forged;
    EXPECT(kv_get(live_store, GOOD, GOOD_KEY, &value, &error), KV_OK);
    for (int bit = 0; bit < 64; bit++) {
        forged = value;
        forged.owner ^= (uint64_t)1 << bit;
        kv_value_free(&forged);
        CHECK_BYTES(value.data, value.len, "v");
    }
    kv_value copy = value;
    kv_value_free(&value);
    CHECK(all_bytes_are(&value, sizeof value, 0));
    kv_value_free(&value);
    /* The slot may be used again: the copy must not free the newcomer. */
    kv_value next;
    EXPECT(kv_get(live_store, GOOD, GOOD_KEY, &next, &error), KV_OK);
    kv_value_free(&copy);
    CHECK_BYTES(next.data, next.len, "v");
    kv_value_free(&next);
}

static void a_closed_handle_stays_closed(void)
{
    uint64_t old[KINDS], new[KINDS];
    live_ids(old);
    store = live_store;
    batch = live_batch;
    cursor = live_cursor;
    watch = live_watch;
    subscription = live_subscription;
    walk = live_walk;
    txn = live_txn;
    writer = live_writer;
    reader = live_reader;
    close_all();
    every_call_is_refused();
    /* New handles take the slots, the old numbers still lead nowhere. */
    open_all();
    live_ids(new);
    for (size_t i = 0; i < KINDS; i++) CHECK(new[i] != old[i]);
    every_call_is_refused();
    CHECK(check_value_is(live_store, "g", "k", "v"));
}

static void handles_run_out_with_a_status(void)
{
    enum { BATCHES = 65536 };
    static kv_batch batches[BATCHES];
    int made = 0;
    while (made < BATCHES && kv_batch_new(&batches[made], &error) == KV_OK) made++;
    CHECK_EQUAL(made, BATCHES - 1); /* One is open already. */
    REFUSED_WITH(kv_batch_new(&out.batch, at), KV_ERR_MEMORY)
    for (int i = 0; i < made; i++) EXPECT(kv_batch_close(batches[i], &error), KV_OK);
    EXPECT(kv_batch_new(&batches[0], &error), KV_OK);
    EXPECT(kv_batch_close(batches[0], &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "handles");
    open_all();
    RUN(zero_is_no_handle);
    RUN(numbers_nobody_gave_are_no_handles);
    RUN(a_handle_with_one_bit_changed_is_none);
    RUN(a_handle_of_another_kind_is_refused);
    RUN(failure_zeroes_handles_and_values);
    RUN(a_value_is_freed_once_whoever_holds_a_copy);
    RUN(a_closed_handle_stays_closed);
    RUN(handles_run_out_with_a_status);
    close_all();
    return check_end();
}
