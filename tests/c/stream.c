/*
 * Values in pieces, on each engine: lengths, offsets, conditions and failures. Arguments that are
 * wrong are in misuse.c.
 */

#include "stream.h"

static void lengths(void)
{
    const size_t all[] = {0, 1, 4096, KV_PIECE_LEN - 1, KV_PIECE_LEN, KV_PIECE_LEN + 1,
                          2 * KV_PIECE_LEN - 1, 2 * KV_PIECE_LEN, LEN};
    const size_t blocks[] = {4099, KV_PIECE_LEN - 1, KV_PIECE_LEN, KV_PIECE_LEN + 1, LEN};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t j = 0; j < sizeof blocks / sizeof *blocks; j++) {
            put(all[i], blocks[j]);
            expect_value(all[i], blocks[j]);
        }
    EXPECT(kv_set(store, "g", 1, "k", 1, bytes, LEN, &error), KV_OK);
    expect_value(LEN, 4099);
    EXPECT(kv_set(store, "g", 1, "k", 1, NULL, 0, &error), KV_OK);
    expect_value(0, 4099);
}

static void offsets(void)
{
    const uint64_t all[] = {0, 1, KV_PIECE_LEN - 1, KV_PIECE_LEN, LEN - 1, LEN, LEN + 1,
                            UINT32_MAX, KV_STREAM_LEN_MAX, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
    const size_t capacities[] = {0, 1, KV_PIECE_LEN, LEN + 1};
    size_t len = 1;
    put(LEN, LEN);
    kv_reader reader = open_reader(store, "k");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t j = 0; j < sizeof capacities / sizeof *capacities; j++) {
            uint64_t left = all[i] < LEN ? LEN - all[i] : 0;
            size_t expected = left < capacities[j] ? (size_t)left : capacities[j];
            memset(copy, 0xA5, sizeof copy);
            EXPECT(kv_reader_read(reader, all[i], copy, capacities[j], &len, &error), KV_OK);
            CHECK_EQUAL(len, expected);
            CHECK(expected == 0 || memcmp(copy, bytes + all[i], expected) == 0);
            CHECK(expected == sizeof copy || copy[expected] == 0xA5);
        }
    EXPECT(kv_reader_read(reader, 7, NULL, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 0);
    EXPECT(kv_reader_close(reader, &error), KV_OK);
}

static void readings(void)
{
    kv_value info;
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    uint64_t first = put(LEN, LEN);
    kv_reader reader = open_reader(store, "k");
    options.expiry = KV_EXPIRY_AT;
    options.time_ms = 4102444800000;
    EXPECT(kv_put(store, "g", 1, "k", 1, "new", 3, &options, NULL, &error), KV_OK);
    EXPECT(kv_reader_info(reader, &info, &error), KV_OK);
    CHECK(info.data == NULL && info.len == 0 && info.value_size == LEN && info.version == first);
    CHECK_EQUAL(info.expires_at_ms, KV_TTL_NEVER);
    kv_reader newer = open_reader(store, "k");
    EXPECT(kv_reader_info(newer, &info, &error), KV_OK);
    CHECK(info.value_size == 3 && info.version != first);
    CHECK_EQUAL(info.expires_at_ms, 4102444800000);
    EXPECT(kv_delete(store, "g", 1, "k", 1, &error), KV_OK);
    size_t len = 0;
    EXPECT(kv_reader_read(reader, 0, copy, sizeof copy, &len, &error), KV_OK);
    CHECK(len == LEN && memcmp(copy, bytes, LEN) == 0);
    EXPECT(kv_reader_read(newer, 0, copy, sizeof copy, &len, &error), KV_OK);
    CHECK_BYTES(copy, len, "new");
    EXPECT(kv_reader_close(reader, &error), KV_OK);
    EXPECT(kv_reader_close(newer, &error), KV_OK);
}

static void conflicts(void)
{
    kv_put_options absent = KV_PUT_OPTIONS_INIT;
    absent.condition = KV_IF_ABSENT;
    uint64_t version = put(3, 3), current = 0;
    for (size_t len = 1; len <= LEN; len += LEN - 1) {
        kv_writer writer;
        EXPECT(kv_writer_open(store, "g", 1, "k", 1, &absent, &writer, &error), KV_OK);
        EXPECT(kv_writer_write(writer, bytes, len, &error), KV_OK);
        EXPECT(kv_writer_commit(writer, &current, &error), KV_CONFLICT);
        CHECK_EQUAL(current, version);
        expect_of_writer(writer, KV_ERR_HANDLE, KV_ERR_HANDLE);
    }
    expect_value(3, 3);
}

static void write_too_much(void)
{
    kv_writer writer = open_writer(store, "k");
    EXPECT(kv_writer_write(writer, bytes, LEN, &error), KV_OK);
    size_t too_long = (size_t)KV_STREAM_LEN_MAX - LEN + 1;
    EXPECT(kv_writer_write(writer, bytes, too_long, &error), KV_ERR_TOO_LARGE);
    expect_of_writer(writer, KV_ERR_TOO_LARGE, KV_OK);
}

static void failures(void)
{
    /* No length of 32 bits is over the limit. */
    if (sizeof(size_t) == sizeof(uint64_t)) write_too_much();
    EXPECT(kv_quota_set(store, "a", 0, 0, KV_PIECE_LEN, &error), KV_OK);
    kv_store scope;
    EXPECT(kv_scope(store, "a", &scope, &error), KV_OK);
    kv_writer writer = open_writer(scope, "k");
    kv_status status = KV_OK;
    for (int i = 0; i < 10 && status == KV_OK; i++)
        status = kv_writer_write(writer, bytes, KV_PIECE_LEN, &error);
    CHECK_EQUAL(status, KV_ERR_QUOTA);
    expect_of_writer(writer, KV_ERR_QUOTA, KV_OK);
    EXPECT(kv_exists(scope, "g", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_close(scope, &error), KV_OK);
    EXPECT(kv_exists(store, "g", 1, "k", 1, &error), KV_NOT_FOUND);
}

static void a_value_of_any_length_is_written_and_read(void) { on_each(lengths); }
static void any_offset_and_capacity_is_read(void) { on_each(offsets); }
static void a_reader_keeps_its_value_and_its_information(void) { on_each(readings); }
static void a_conflict_ends_the_writer(void) { on_each(conflicts); }
static void a_failed_write_is_the_failure_of_the_commit(void) { on_each(failures); }

int main(int argc, char **argv)
{
    check_begin(argc, argv, "stream");
    fill_bytes();
    RUN(a_value_of_any_length_is_written_and_read);
    RUN(any_offset_and_capacity_is_read);
    RUN(a_reader_keeps_its_value_and_its_information);
    RUN(a_conflict_ends_the_writer);
    RUN(a_failed_write_is_the_failure_of_the_commit);
    return check_end();
}
