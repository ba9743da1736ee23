/*
 * A handle that is zero, stale, forged or of another kind is a status, never a crash, and never
 * somebody else's store.
 */

#include "calls.h"

#define HANDLE(call) REFUSED_WITH(call, KV_ERR_HANDLE)

static kv_store live_store;
static kv_batch live_batch;
static kv_cursor live_cursor;
static kv_txn live_txn;

static void open_all(void)
{
    live_store = check_open("memory:");
    EXPECT(kv_batch_new(&live_batch, &error), KV_OK);
    EXPECT(kv_set(live_store, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_scan(live_store, "g", 1, NULL, &live_cursor, &error), KV_OK);
    EXPECT(kv_txn_begin(live_store, &live_txn, &error), KV_OK);
}

/* No call takes `id`, whatever kind of handle it wants. */
static void every_call_refuses(uint64_t id)
{
    store.id = id;
    batch.id = id;
    cursor.id = id;
    txn.id = id;
    ALL_STORE_CALLS(HANDLE)
    ALL_BATCH_CALLS(HANDLE)
    ALL_TXN_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    END_CALLS(HANDLE)
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
        if (i % 2 == 0) id = (id >> 8) | (uint64_t)(1 + i / 2 % 8) << 56;
        kv_store some_store = {id};
        kv_cursor some_cursor = {id};
        kv_batch some_batch = {id};
        kv_txn some_txn = {id};
        kv_entry entry;
        kv_value some_value;
        if (kv_exists(some_store, "g", 1, "k", 1, NULL) != KV_ERR_HANDLE ||
            kv_close(some_store, NULL) != KV_ERR_HANDLE ||
            kv_cursor_next(some_cursor, &entry, NULL) != KV_ERR_HANDLE ||
            kv_cursor_close(some_cursor, NULL) != KV_ERR_HANDLE ||
            kv_batch_clear(some_batch, NULL) != KV_ERR_HANDLE ||
            kv_batch_free(some_batch, NULL) != KV_ERR_HANDLE ||
            kv_txn_get(some_txn, "g", 1, "k", 1, &some_value, NULL) != KV_ERR_HANDLE ||
            kv_txn_commit(some_txn, NULL) != KV_ERR_HANDLE ||
            kv_txn_abort(some_txn, NULL) != KV_ERR_HANDLE)
            FAIL("%#" PRIx64 " was taken for a handle", id);
        some_value.owner = id;
        kv_value_free(&some_value);
    }
}

static void a_handle_with_one_bit_changed_is_none(void)
{
    const uint64_t ids[] = {live_store.id, live_batch.id, live_cursor.id, live_txn.id};
    for (size_t i = 0; i < 4; i++)
        for (int bit = 0; bit < 64; bit++) {
            uint64_t id = ids[i] ^ (uint64_t)1 << bit;
            /* The kind is in the number: one handle may be a bit away from another. */
            if (id != ids[0] && id != ids[1] && id != ids[2] && id != ids[3])
                every_call_refuses(id);
        }
}

static void a_handle_of_another_kind_is_refused(void)
{
    store.id = live_batch.id;
    ALL_STORE_CALLS(HANDLE)
    HANDLE(kv_close(store, at))
    store.id = live_cursor.id;
    ALL_STORE_CALLS(HANDLE)
    HANDLE(kv_close(store, at))
    batch.id = live_store.id;
    cursor.id = live_store.id;
    ALL_BATCH_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    HANDLE(kv_batch_free(batch, at))
    HANDLE(kv_cursor_close(cursor, at))
    batch.id = live_cursor.id;
    cursor.id = live_batch.id;
    ALL_BATCH_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    HANDLE(kv_batch_free(batch, at))
    HANDLE(kv_cursor_close(cursor, at))
    const uint64_t others[] = {live_store.id, live_cursor.id, live_batch.id};
    for (size_t i = 0; i < 3; i++) {
        txn.id = others[i];
        ALL_TXN_CALLS(HANDLE)
        HANDLE(kv_txn_commit(txn, at))
        HANDLE(kv_txn_abort(txn, at))
    }
    store.id = live_txn.id;
    batch.id = live_txn.id;
    cursor.id = live_txn.id;
    ALL_STORE_CALLS(HANDLE)
    HANDLE(kv_close(store, at))
    ALL_BATCH_CALLS(HANDLE)
    HANDLE(kv_batch_free(batch, at))
    CURSOR_CALLS(HANDLE)
    HANDLE(kv_cursor_close(cursor, at))
    store = live_store;
    HANDLE(kv_batch_commit(store, batch, at))
}

static void failure_zeroes_handles_and_values(void)
{
    kv_store nobody = {0};
#define ZEROED(call, field)                                           \
    fill_outputs();                                                   \
    CHECK((call) != KV_OK);                                           \
    if (!all_bytes_are(&out.field, sizeof out.field, 0))              \
        FAIL("%s left " #field " as it was", #call);
    ZEROED(kv_open("nonsense:x", &out.store, NULL), store)
    ZEROED(kv_open(NULL, &out.store, NULL), store)
    ZEROED(kv_get(nobody, GOOD, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_get(live_store, NULL, 1, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_get(live_store, GOOD, "none", 4, &out.value, NULL), value)
    ZEROED(kv_take(nobody, GOOD, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_take(live_store, GOOD, NULL, 1, &out.value, NULL), value)
    ZEROED(kv_take(live_store, GOOD, "none", 4, &out.value, NULL), value)
    ZEROED(kv_scan(nobody, GOOD, NULL, &out.cursor, NULL), cursor)
    ZEROED(kv_scan(live_store, NULL, 1, NULL, &out.cursor, NULL), cursor)
    ZEROED(kv_groups(nobody, GOOD, &out.cursor, NULL), cursor)
    ZEROED(kv_groups(live_store, NULL, 1, &out.cursor, NULL), cursor)
    ZEROED(kv_get_split(nobody, GOOD, GOOD_KEY, ",", 1, &out.cursor, NULL), cursor)
    ZEROED(kv_get_split(live_store, GOOD, "none", 4, ",", 1, &out.cursor, NULL), cursor)
    ZEROED(kv_get_fields(nobody, GOOD, GOOD_KEY, &out.cursor, NULL), cursor)
    ZEROED(kv_get_fields(live_store, GOOD, "none", 4, &out.cursor, NULL), cursor)
    ZEROED(kv_render(nobody, GOOD, "", &out.value, NULL), value)
    ZEROED(kv_render(live_store, GOOD, "{{ missing }}", &out.value, NULL), value)
    ZEROED(kv_get_json(nobody, GOOD, GOOD_KEY, "", &out.value, NULL), value)
    ZEROED(kv_get_json(live_store, GOOD, GOOD_KEY, "", &out.value, NULL), value)
    ZEROED(kv_idempotency_begin(nobody, GOOD_KEY, "h", 1, 0, &out.state, &out.number, &out.value,
                                NULL), value)
    ZEROED(kv_idempotency_get(live_store, GOOD_KEY, &out.state, &out.value, NULL), value)
    ZEROED(kv_txn_begin(nobody, &out.txn, NULL), txn)
    ZEROED(kv_txn_get((kv_txn){0}, GOOD, GOOD_KEY, &out.value, NULL), value)
    ZEROED(kv_txn_get(live_txn, GOOD, "none", 4, &out.value, NULL), value)
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
    store = live_store;
    batch = live_batch;
    cursor = live_cursor;
    txn = live_txn;
    EXPECT(kv_txn_abort(txn, &error), KV_OK);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    EXPECT(kv_batch_free(batch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    ALL_STORE_CALLS(HANDLE)
    ALL_BATCH_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    ALL_TXN_CALLS(HANDLE)
    END_CALLS(HANDLE)
    /* New handles take the slots, the old numbers still lead nowhere. */
    open_all();
    CHECK(live_store.id != store.id && live_batch.id != batch.id && live_cursor.id != cursor.id);
    CHECK(live_txn.id != txn.id);
    ALL_STORE_CALLS(HANDLE)
    ALL_BATCH_CALLS(HANDLE)
    CURSOR_CALLS(HANDLE)
    ALL_TXN_CALLS(HANDLE)
    END_CALLS(HANDLE)
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
    for (int i = 0; i < made; i++) EXPECT(kv_batch_free(batches[i], &error), KV_OK);
    EXPECT(kv_batch_new(&batches[0], &error), KV_OK);
    EXPECT(kv_batch_free(batches[0], &error), KV_OK);
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
    EXPECT(kv_txn_abort(live_txn, &error), KV_OK);
    EXPECT(kv_cursor_close(live_cursor, &error), KV_OK);
    EXPECT(kv_batch_free(live_batch, &error), KV_OK);
    EXPECT(kv_close(live_store, &error), KV_OK);
    return check_end();
}
