/*
 * Batches as one buffer: every kind of step does what it says, a malformed buffer is refused whole,
 * and no buffer at all brings the library down. Entries as one buffer are in fill.c.
 */

#include "flat.h"
#include "check.h"

static kv_store store;
static kv_batch batch;

static const struct flat_fields NONE = {0, 0, 0, 0};

/* One of each kind, with every condition and expiry. */
static struct flat every_kind(uint64_t version)
{
    struct flat flat = {{0}, 0};
    flat_step(&flat, FLAT_CHECK, (struct flat_fields){KV_IF_VERSION, version, 0, 0}, "g", "a", "");
    flat_step(&flat, FLAT_CHECK, (struct flat_fields){KV_IF_ABSENT, 0, 0, 0}, "g", "new", "");
    flat_step(&flat, FLAT_GET, NONE, "g", "a", "");
    flat_step(&flat, FLAT_SET, (struct flat_fields){KV_EXPIRY_AFTER << 4, 0, 60000, 0}, "g", "ttl",
              "soon");
    flat_step(&flat, FLAT_SET, (struct flat_fields){KV_IF_ABSENT | KV_EXPIRY_AT << 4, 0,
              4102444800000, 0}, "g", "new", "2100");
    flat_step(&flat, FLAT_SET, (struct flat_fields){KV_IF_PRESENT | KV_EXPIRY_KEEP << 4, 0, 0, 0},
              "g", "a", "A");
    flat_step(&flat, FLAT_DELETE, NONE, "g", "none", "");
    flat_step(&flat, FLAT_TAKE, NONE, "g", "taken", "");
    flat_step(&flat, FLAT_INCREMENT, (struct flat_fields){KV_EXPIRY_AFTER << 4, 0, 60000, -5}, "",
              "n", "");
    flat_step(&flat, FLAT_APPEND, NONE, "g", "a", "bc");
    flat_step(&flat, FLAT_EXPIRE, (struct flat_fields){KV_EXPIRY_AFTER << 4 | KV_EXPIRE_NX << 8, 0,
              60000, 0}, "g", "a", "");
    flat_step(&flat, FLAT_EXPIRE, (struct flat_fields){KV_EXPIRY_DEFAULT << 4, 0, 0, 0}, "g", "ttl",
              "");
    flat_step(&flat, FLAT_DELETE_PREFIX, NONE, "g", "old:", "");
    flat_step(&flat, FLAT_GET, NONE, "g", "a", "");
    return flat;
}

static uint64_t begin_anew(void)
{
    uint64_t version = 0;
    EXPECT(kv_delete_group(store, "g", KV_NUL, NULL, &error), KV_OK);
    EXPECT(kv_delete_group(store, NULL, 0, NULL, &error), KV_OK);
    EXPECT(kv_put(store, "g", 1, "a", 1, "1", 1, NULL, &version, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "taken", 5, "T", 1, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "old:1", 5, "", 0, &error), KV_OK);
    EXPECT(kv_set(store, "g", 1, "old:2", 5, "", 0, &error), KV_OK);
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    return version;
}

static void check_result(size_t index, kv_status expected, const char *text)
{
    kv_value value;
    EXPECT(kv_batch_result(batch, index, &value, &error), expected);
    if (text == NULL) {
        CHECK(value.data == NULL && value.len == 0);
    } else {
        CHECK_BYTES(value.data, value.len, text);
    }
    kv_value_free(&value);
}

static void every_kind_of_step_does_what_it_says(void)
{
    uint64_t version = begin_anew();
    struct flat flat = every_kind(version);
    EXPECT(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    check_result(0, KV_OK, NULL);
    check_result(2, KV_OK, "1");
    check_result(3, KV_OK, NULL);
    check_result(6, KV_NOT_FOUND, NULL);
    check_result(7, KV_OK, "T");
    check_result(8, KV_OK, "-5");
    check_result(9, KV_OK, "3");
    check_result(10, KV_OK, NULL);
    check_result(12, KV_OK, "2");
    check_result(13, KV_OK, "Abc");
    EXPECT(kv_batch_result(batch, 14, NULL, &error), KV_ERR_ARGUMENT);
    int64_t ttl = 0;
    EXPECT(kv_ttl(store, "g", 1, "ttl", 3, &ttl, &error), KV_OK);
    CHECK_EQUAL(ttl, KV_TTL_NEVER);
    EXPECT(kv_ttl(store, "g", 1, "a", 1, &ttl, &error), KV_OK);
    CHECK(ttl > 0 && ttl <= 60000);
    EXPECT(kv_ttl(store, "", 0, "n", 1, &ttl, &error), KV_OK);
    CHECK(ttl > 0 && ttl <= 60000);
    uint64_t count = 0;
    EXPECT(kv_count(store, "g", 1, &count, &error), KV_OK);
    CHECK_EQUAL(count, 3);
    /* The second time "new" is there. */
    EXPECT(kv_batch_commit(store, batch, &error), KV_CONFLICT);
}

static void fields_of_the_header_are_taken_in_all_their_meanings(void)
{
    const struct { uint32_t step; struct flat_fields fields; } taken[] = {
        {FLAT_CHECK, {KV_IF_ANY, 0, 0, 0}},
        {FLAT_CHECK, {KV_IF_VERSION, 0, 0, 0}}, /* 0: absent */
        {FLAT_SET, {KV_IF_VERSION, 0, 0, 0}},
        {FLAT_SET, {KV_EXPIRY_AFTER << 4, 0, 0, 0}}, /* 0: never */
        {FLAT_INCREMENT, {KV_EXPIRY_AFTER << 4, 0, 0, 1}},
        {FLAT_EXPIRE, {KV_EXPIRY_AFTER << 4, 0, 0, 0}},
        {FLAT_EXPIRE, {KV_EXPIRY_AT << 4, 0, 4102444800000, 0}},
    };
    const struct { uint32_t step; struct flat_fields fields; } refused[] = {
        {0, {0, 0, 0, 0}},
        {FLAT_DELETE_ALL, {0, 0, 0, 0}}, /* it has no key */
        {FLAT_DELETE_ALL + 1, {0, 0, 0, 0}},
        {UINT32_MAX, {0, 0, 0, 0}},
        {FLAT_CHECK, {4, 0, 0, 0}},
        {FLAT_GET, {KV_IF_ABSENT, 0, 0, 0}},
        {FLAT_SET, {1 << 12, 0, 0, 0}},
        {FLAT_SET, {KV_EXPIRE_NX << 8, 0, 0, 0}},
        {FLAT_SET, {0, 7, 0, 0}},
        {FLAT_SET, {0, 0, 7, 0}},
        {FLAT_SET, {0, 0, 0, 7}},
        {FLAT_SET, {KV_EXPIRY_AFTER << 4, 0, -2, 0}},
        {FLAT_SET, {4 << 4, 0, 0, 0}},
        {FLAT_EXPIRE, {KV_EXPIRY_AFTER << 4 | (KV_EXPIRE_NX | KV_EXPIRE_XX) << 8, 0, 1, 0}},
    };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct flat flat = {{0}, 0};
        begin_anew();
        flat_step(&flat, taken[i].step, taken[i].fields, "g", "fresh", "");
        if (kv_batch_add_flat(batch, flat.bytes, flat.len, &error) != KV_OK)
            FAIL("step %u flags %#x, which the header allows: %s", taken[i].step,
                 taken[i].fields.flags, error.message);
        else
            EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct flat flat = {{0}, 0};
        begin_anew();
        flat_step(&flat, refused[i].step, refused[i].fields, "g", "fresh", "");
        if (kv_batch_add_flat(batch, flat.bytes, flat.len, &error) != KV_ERR_ARGUMENT)
            FAIL("step %u flags %#x version %" PRIu64 " time %" PRId64 " delta %" PRId64
                 " was not refused", refused[i].step, refused[i].fields.flags,
                 refused[i].fields.version, refused[i].fields.time_ms, refused[i].fields.delta);
    }
}

static void a_step_deletes_all_groups_that_begin_alike(void)
{
    begin_anew();
    EXPECT(kv_set(store, "ga", 2, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set(store, "h", 1, "k", 1, "v", 1, &error), KV_OK);
    struct flat flat = {{0}, 0};
    flat_step(&flat, FLAT_DELETE_ALL, NONE, "g", "", "");
    flat_step(&flat, FLAT_SET, NONE, "g", "new", "n");
    flat_step(&flat, FLAT_DELETE_ALL, NONE, "h", "", "");
    EXPECT(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    check_result(0, KV_OK, "5");
    check_result(2, KV_OK, "1");
    CHECK(check_value_is(store, "g", "new", "n"));
    uint64_t count = 0;
    EXPECT(kv_count_all(store, "", 0, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1);
    flat.len = 0;
    flat_step(&flat, FLAT_DELETE_ALL, NONE, "g", "", "v");
    EXPECT(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_ERR_ARGUMENT);
}

static void a_truncated_buffer_is_refused_whole(void)
{
    struct flat flat = every_kind(begin_anew());
    /* The lengths at which a buffer happens to end between two steps. */
    size_t whole = 0;
    for (size_t len = 0; len < flat.len; len++) {
        /* A copy of exactly that length, so that a sanitizer sees a read beyond it. */
        unsigned char *cut = malloc(len + 1);
        memcpy(cut, flat.bytes, len);
        EXPECT(kv_batch_clear(batch, &error), KV_OK);
        kv_status status = kv_batch_add_flat(batch, cut, len, &error);
        free(cut);
        if (len == whole) {
            CHECK_EQUAL(status, KV_OK);
            const unsigned char *step = flat.bytes + whole;
            whole += FLAT_STEP_HEADER + flat_read(step + 32, 4) + flat_read(step + 36, 4) +
                     flat_read(step + 40, 4);
            continue;
        }
        CHECK_EQUAL(status, KV_ERR_ARGUMENT);
        EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
        EXPECT(kv_batch_result(batch, 0, NULL, &error), KV_ERR_ARGUMENT);
    }
}

static void a_refused_buffer_leaves_the_steps_before_it(void)
{
    begin_anew();
    struct flat flat = {{0}, 0};
    flat_step(&flat, FLAT_SET, NONE, "g", "one", "1");
    EXPECT(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_OK);
    flat.len = 0;
    flat_step(&flat, FLAT_SET, NONE, "g", "two", "2");
    flat_step(&flat, 99, NONE, "g", "three", "3");
    EXPECT_MESSAGE(kv_batch_add_flat(batch, flat.bytes, flat.len, &error), KV_ERR_ARGUMENT,
                   "step");
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    CHECK(check_value_is(store, "g", "one", "1"));
    EXPECT(kv_exists(store, "g", 1, "two", 3, &error), KV_NOT_FOUND);
}

static void random_changes_never_bring_it_down(void)
{
    uint64_t seed = 20260722;
    struct flat valid = every_kind(begin_anew());
    int accepted = 0, times = check_times(100000);
    for (int i = 0; i < times; i++) {
        size_t len = i % 4 == 0 ? check_random(&seed) % valid.len : valid.len;
        unsigned char *bytes = malloc(len + 1);
        memcpy(bytes, valid.bytes, len);
        for (uint64_t changes = 1 + check_random(&seed) % 4; changes > 0 && len > 0; changes--)
            bytes[check_random(&seed) % len] = (unsigned char)check_random(&seed);
        EXPECT(kv_batch_clear(batch, &error), KV_OK);
        kv_status status = kv_batch_add_flat(batch, bytes, len, &error);
        free(bytes);
        if (status == KV_OK) {
            accepted++;
            status = kv_batch_commit(store, batch, &error);
            if (status != KV_OK && status != KV_CONFLICT && status != KV_ERR_NOT_INTEGER)
                FAIL("commit of a mutated batch: %d %s", status, error.message);
        } else if (status != KV_ERR_ARGUMENT && status != KV_ERR_TOO_LARGE) {
            FAIL("mutated batch: %d %s", status, error.message);
        }
    }
    CHECK(accepted > 0 && accepted < times);
    EXPECT(kv_check(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "flat");
    store = check_open("memory:");
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    RUN(every_kind_of_step_does_what_it_says);
    RUN(fields_of_the_header_are_taken_in_all_their_meanings);
    RUN(a_step_deletes_all_groups_that_begin_alike);
    RUN(a_truncated_buffer_is_refused_whole);
    RUN(a_refused_buffer_leaves_the_steps_before_it);
    RUN(random_changes_never_bring_it_down);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
    return check_end();
}
