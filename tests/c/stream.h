/* Values in pieces: a store on each engine, bytes to write, and the calls of most cases. */

#ifndef STREAM_H
#define STREAM_H

#include "check.h"

enum { LEN = 2 * KV_PIECE_LEN + 5 };

static kv_store store;
static unsigned char bytes[LEN], copy[LEN + 1];

/* Runs `body` with a fresh store on each engine. */
static MAYBE_UNUSED void on_each(void (*body)(void))
{
    static int number;
    char locations[3][4200];
    snprintf(locations[0], sizeof locations[0], "memory:");
    snprintf(locations[1], sizeof locations[1], "log:%s/%d.log", check_directory, ++number);
    snprintf(locations[2], sizeof locations[2], "sqlite:%s/%d.db", check_directory, number);
    for (size_t i = 0; i < 3; i++) {
        int before = check_failures;
        store = check_open(locations[i]);
        body();
        kv_close(store, NULL);
        if (check_failures != before) fprintf(stderr, "    that was on %s\n", locations[i]);
    }
}

static MAYBE_UNUSED kv_writer open_writer(kv_store to, const char *key)
{
    kv_writer writer;
    EXPECT(kv_writer_open(to, "g", 1, key, KV_NUL, NULL, &writer, &error), KV_OK);
    return writer;
}

static MAYBE_UNUSED kv_reader open_reader(kv_store from, const char *key)
{
    kv_reader reader;
    EXPECT(kv_reader_open(from, "g", 1, key, KV_NUL, &reader, &error), KV_OK);
    return reader;
}

/* Writes the first `len` bytes under "k", `block` at a time; returns the version. */
static MAYBE_UNUSED uint64_t put(size_t len, size_t block)
{
    uint64_t size = 1, version = 0;
    kv_writer writer = open_writer(store, "k");
    for (size_t at = 0; at < len; at += block)
        EXPECT(kv_writer_write(writer, bytes + at, len - at < block ? len - at : block, &error),
               KV_OK);
    EXPECT(kv_writer_size(writer, &size, &error), KV_OK);
    CHECK_EQUAL(size, len);
    EXPECT(kv_writer_commit(writer, &version, &error), KV_OK);
    return version;
}

/* The value under "k" is the first `len` bytes, whole and in pieces of `block`. */
static MAYBE_UNUSED void expect_value(size_t len, size_t block)
{
    kv_value value;
    EXPECT(kv_get(store, "g", 1, "k", 1, &value, &error), KV_OK);
    CHECK(value.len == len && memcmp(value.data, bytes, len) == 0);
    kv_value_free(&value);
    kv_reader reader = open_reader(store, "k");
    size_t at = 0, got = 1;
    for (; got > 0; at += got) {
        got = 0;
        EXPECT(kv_reader_read(reader, at, copy, block, &got, &error), KV_OK);
        CHECK(at + got <= len && memcmp(copy, bytes + at, got) == 0);
        if (got < block) CHECK_EQUAL(at + got, len);
    }
    CHECK_EQUAL(at, len);
    EXPECT(kv_reader_close(reader, &error), KV_OK);
}

/* Each call on a writer returns a status. */
static MAYBE_UNUSED void expect_of_writer(kv_writer writer, kv_status expected, kv_status aborted)
{
    uint64_t number = 99;
    EXPECT(kv_writer_write(writer, "w", 1, &error), expected);
    EXPECT(kv_writer_commit(writer, &number, &error), expected);
    CHECK_EQUAL(number, 99);
    EXPECT(kv_writer_abort(writer, &error), aborted);
}

static MAYBE_UNUSED void expect_of_reader(kv_reader reader, kv_status expected, kv_status closed)
{
    size_t len = 99;
    kv_value info;
    EXPECT(kv_reader_read(reader, 0, copy, 1, &len, &error), expected);
    EXPECT(kv_reader_info(reader, &info, &error), expected);
    CHECK(len == 99 && info.version == 0);
    EXPECT(kv_reader_close(reader, &error), closed);
}

static MAYBE_UNUSED void fill_bytes(void)
{
    uint64_t seed = 20261129;
    for (size_t i = 0; i < LEN; i++) bytes[i] = (unsigned char)(check_random(&seed) >> 32);
}

#endif
