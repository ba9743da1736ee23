/*
 * One key at a time: what is written is read back, with the documented results, whatever the
 * bytes. Runs on a file and in memory: the rules are the same.
 */

#define _DEFAULT_SOURCE
#include <time.h>
#include <unistd.h>

#include "check.h"

static kv_store store;

static void check_get(const void *key, size_t key_len, const void *expected, size_t len)
{
    kv_value value;
    EXPECT(kv_get(store, "data", KV_NUL, key, key_len, &value, &error), KV_OK);
    CHECK(value.data != NULL && value.version != 0 && value.owner != 0);
    CHECK(value.len == len && (len == 0 || memcmp(value.data, expected, len) == 0));
    kv_value_free(&value);
    CHECK(value.data == NULL && value.len == 0 && value.owner == 0);
    unsigned char *buffer = malloc(len + 1);
    size_t found = 0;
    EXPECT(kv_get_into(store, "data", 4, key, key_len, buffer, len, &found, &error), KV_OK);
    CHECK(found == len && (len == 0 || memcmp(buffer, expected, len) == 0));
    if (len > 0) {
        found = 0;
        memset(buffer, 0x5A, len);
        EXPECT(kv_get_into(store, "data", 4, key, key_len, buffer, len - 1, &found, &error),
               KV_TOO_SMALL);
        CHECK(found == len && buffer[0] == 0x5A);
    }
    free(buffer);
}

static void set_and_get(const void *key, size_t key_len, const void *value, size_t len)
{
    EXPECT(kv_set(store, "data", 4, key, key_len, value, len, &error), KV_OK);
    EXPECT(kv_exists(store, "data", 4, key, key_len, &error), KV_OK);
    check_get(key, key_len, value, len);
}

static void empty_nul_and_arbitrary_bytes_round_trip(void)
{
    unsigned char all[256];
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
    set_and_get(NULL, 0, NULL, 0);
    set_and_get("", 0, "with an empty key", 17);
    set_and_get("empty value", KV_NUL, NULL, 0);
    set_and_get("a\0b", 3, "\0\0\0", 3);
    set_and_get("a\0c", 3, "another", 7);
    set_and_get("a", 1, "a third", 7);
    set_and_get(all, sizeof all, all, sizeof all);
    set_and_get("\xff\xfe not UTF-8", 13, "\xc3\x28", 2);
    check_get("a\0b", 3, "\0\0\0", 3);
    EXPECT(kv_set(store, NULL, 0, "k", 1, "default group", KV_NUL, &error), KV_OK);
    CHECK(check_value_is(store, "", "k", "default group"));
    EXPECT(kv_exists(store, "data", 4, "k", 1, &error), KV_NOT_FOUND);
}

static void limits_are_kept_to_the_byte(void)
{
    char *name = malloc(65536);
    memset(name, 'n', 65536);
    set_and_get(name, 65535, "longest key", 11);
    EXPECT(kv_set(store, name, 65535, "k", 1, "longest group", 13, &error), KV_OK);
    EXPECT(kv_exists(store, name, 65535, "k", 1, &error), KV_OK);
    EXPECT(kv_exists(store, name, 65534, "k", 1, &error), KV_NOT_FOUND);
    EXPECT_MESSAGE(kv_set(store, "data", 4, name, 65536, "v", 1, &error), KV_ERR_TOO_LARGE,
                   "65535");
    EXPECT_MESSAGE(kv_set(store, name, 65536, "k", 1, "v", 1, &error), KV_ERR_TOO_LARGE, "65536");
    free(name);
    /* The pages of a fresh calloc are not there until they are touched. */
    size_t max = (size_t)512 << 20;
    void *value = calloc(1, max + 1);
    if (value == NULL) return;
    EXPECT_MESSAGE(kv_set(store, "data", 4, "huge", 4, value, max + 1, &error), KV_ERR_TOO_LARGE,
                   "536870912");
    EXPECT(kv_exists(store, "data", 4, "huge", 4, &error), KV_NOT_FOUND);
    free(value);
}

static void large_values_round_trip_and_shrink_again(void)
{
    const size_t lens[] = {100, 1000, 4096, 100 * 1000, 20 * 1000 * 1000, 10, 100 * 1000};
    uint64_t seed = 7;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        size_t len = lens[i] > 1000000 ? (size_t)check_times((int)lens[i]) : lens[i];
        unsigned char *value = malloc(len);
        for (size_t at = 0; at < len; at++) value[at] = (unsigned char)check_random(&seed);
        set_and_get("large", 5, value, len);
        free(value);
    }
}

static void a_pinned_value_stays_whatever_is_written(void)
{
    kv_value small, large;
    char *text = malloc(100000);
    memset(text, 'x', 100000);
    set_and_get("small", 5, "before", 6);
    set_and_get("big", 3, text, 100000);
    EXPECT(kv_get(store, "data", 4, "small", 5, &small, &error), KV_OK);
    EXPECT(kv_get(store, "data", 4, "big", 3, &large, &error), KV_OK);
    set_and_get("small", 5, "after", 5);
    EXPECT(kv_delete_group(store, "data", 4, NULL, &error), KV_OK);
    CHECK_BYTES(small.data, small.len, "before");
    CHECK(large.len == 100000 && memcmp(large.data, text, 100000) == 0);
    kv_value_free(&small);
    kv_value_free(&large);
    free(text);
}

static void put_keeps_its_conditions_and_tells_versions(void)
{
    kv_put_options absent = KV_PUT_OPTIONS_INIT, present = absent, at = absent;
    absent.condition = KV_IF_ABSENT;
    present.condition = KV_IF_PRESENT;
    at.condition = KV_IF_VERSION;
    uint64_t first = 9, second = 9, version = 9;
    EXPECT(kv_put(store, "put", 3, "k", 1, "0", 1, &present, &version, &error), KV_CONFLICT);
    CHECK_EQUAL(version, 0);
    EXPECT(kv_put(store, "put", 3, "k", 1, "1", 1, &absent, &first, &error), KV_OK);
    CHECK(first != 0);
    EXPECT(kv_put(store, "put", 3, "k", 1, "2", 1, &absent, &version, &error), KV_CONFLICT);
    CHECK(version == first);
    at.version = first;
    EXPECT(kv_put(store, "put", 3, "k", 1, "3", 1, &at, &second, &error), KV_OK);
    CHECK(second > first);
    EXPECT(kv_put(store, "put", 3, "k", 1, "4", 1, &at, &version, &error), KV_CONFLICT);
    CHECK(version == second);
    EXPECT(kv_put(store, "put", 3, "k", 1, "5", 1, &present, NULL, &error), KV_OK);
    CHECK(check_value_is(store, "put", "k", "5"));
    at.version = 0;
    EXPECT(kv_put(store, "put", 3, "k", 1, "6", 1, &at, NULL, &error), KV_CONFLICT);
    EXPECT(kv_put(store, "put", 3, "new", 3, "6", 1, &at, NULL, &error), KV_OK);
    EXPECT(kv_put(store, "put", 3, "k", 1, "7", 1, NULL, &version, &error), KV_OK);
    EXPECT(kv_delete_version(store, "put", 3, "k", 1, first, &error), KV_CONFLICT);
    EXPECT(kv_delete_version(store, "put", 3, "k", 1, version, &error), KV_OK);
    EXPECT(kv_delete_version(store, "put", 3, "k", 1, version, &error), KV_NOT_FOUND);
}

static void check_info(const char *key, uint64_t size, uint64_t version, int64_t expires_at_ms)
{
    kv_value value;
    memset(&value, 0x5A, sizeof value);
    EXPECT(kv_get_info(store, "info", 4, key, KV_NUL, &value, &error), KV_OK);
    CHECK(value.data == NULL && value.len == 0 && value.owner == 0);
    CHECK(value.flags == 0 && value.reserved == 0);
    CHECK_EQUAL(value.value_size, size);
    CHECK_EQUAL(value.version, version);
    CHECK_EQUAL(value.expires_at_ms, expires_at_ms);
    kv_value_free(&value);
}

/* The call finds no entry, and the structure is zeroed. */
static void check_no_info(kv_store of, const char *key, kv_status expected)
{
    const kv_value zeroed = {0};
    kv_value value;
    memset(&value, 0x5A, sizeof value);
    EXPECT(kv_get_info(of, "info", 4, key, KV_NUL, &value, &error), expected);
    CHECK(memcmp(&value, &zeroed, sizeof value) == 0);
}

static void info_tells_all_but_the_value(void)
{
    const size_t sizes[] = {0, 1, 960, 5000, 3 * 1000 * 1000};
    const int64_t expiry = 4102444800000, past = 1000;
    kv_put_options until = KV_PUT_OPTIONS_INIT;
    uint64_t version = 0;
    char *text = calloc(1, 3 * 1000 * 1000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        until.expiry = KV_EXPIRY_AT;
        until.time_ms = expiry;
        EXPECT(kv_put(store, "info", 4, "k", 1, text, sizes[i], &until, &version, &error), KV_OK);
        check_info("k", sizes[i], version, expiry);
        EXPECT(kv_put(store, "info", 4, "k", 1, text, sizes[i], NULL, &version, &error), KV_OK);
        check_info("k", sizes[i], version, KV_TTL_NEVER);
    }
    until.time_ms = past;
    EXPECT(kv_put(store, "info", 4, "k", 1, "v", 1, &until, NULL, &error), KV_OK);
    check_no_info(store, "k", KV_NOT_FOUND);
    check_no_info(store, "absent", KV_NOT_FOUND);
    EXPECT_MESSAGE(kv_get_info(store, "info", 4, "k", 1, NULL, &error), KV_ERR_ARGUMENT, "value");
    memset(text, 'k', 65536);
    kv_value value;
    EXPECT(kv_get_info(store, "info", 4, text, 65536, &value, &error), KV_ERR_TOO_LARGE);
    free(text);
    kv_store closed = check_open("memory:");
    EXPECT(kv_close(closed, &error), KV_OK);
    check_no_info(closed, "k", KV_ERR_HANDLE);
}

static void a_write_has_a_durability_of_its_own(void)
{
    kv_put_options options = KV_PUT_OPTIONS_INIT;
    const char *const values[] = {"0", "1", "2"};
    for (uint32_t i = KV_DURABILITY_DEFAULT; i <= KV_DURABILITY_FULL; i++) {
        options.durability = i;
        options.condition = KV_IF_ANY;
        EXPECT(kv_put(store, "put", 3, "d", 1, values[i], 1, &options, NULL, &error), KV_OK);
        CHECK(check_value_is(store, "put", "d", values[i]));
        options.condition = KV_IF_ABSENT;
        EXPECT(kv_put(store, "put", 3, "d", 1, "x", 1, &options, NULL, &error), KV_CONFLICT);
        CHECK(check_value_is(store, "put", "d", values[i]));
    }
    options.durability = KV_DURABILITY_FULL + 1;
    EXPECT_MESSAGE(kv_put(store, "put", 3, "d", 1, "x", 1, &options, NULL, &error),
                   KV_ERR_ARGUMENT, "durability");
    CHECK(check_value_is(store, "put", "d", "2"));
}

static void delete_and_take_tell_whether_it_was_there(void)
{
    kv_value value;
    EXPECT(kv_delete(store, "d", 1, "k", 1, &error), KV_NOT_FOUND);
    EXPECT(kv_take(store, "d", 1, "k", 1, &value, &error), KV_NOT_FOUND);
    CHECK(value.data == NULL && value.owner == 0);
    EXPECT(kv_set(store, "d", 1, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_delete(store, "d", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_set_ttl(store, "d", 1, "k", 1, "once", 4, 60000, &error), KV_OK);
    EXPECT(kv_take(store, "d", 1, "k", 1, &value, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "once");
    CHECK(value.version != 0 && value.expires_at_ms > (int64_t)time(NULL) * 1000);
    kv_value_free(&value);
    EXPECT(kv_exists(store, "d", 1, "k", 1, &error), KV_NOT_FOUND);
}

static void increment_counts_within_int64(void)
{
    int64_t sum = 99;
    EXPECT(kv_increment(store, "n", 1, "k", 1, 5, 0, &sum, &error), KV_OK);
    CHECK_EQUAL(sum, 5);
    EXPECT(kv_increment(store, "n", 1, "k", 1, -7, 0, &sum, &error), KV_OK);
    CHECK_EQUAL(sum, -2);
    CHECK(check_value_is(store, "n", "k", "-2"));
    const char *const ends[] = {"9223372036854775807", "-9223372036854775808"};
    for (int i = 0; i < 2; i++) {
        EXPECT(kv_set(store, "n", 1, "k", 1, ends[i], KV_NUL, &error), KV_OK);
        EXPECT(kv_increment(store, "n", 1, "k", 1, 0, 0, &sum, &error), KV_OK);
        CHECK(sum == (i == 0 ? INT64_MAX : INT64_MIN));
        sum = 99;
        EXPECT(kv_increment(store, "n", 1, "k", 1, i == 0 ? 1 : -1, 0, &sum, &error),
               KV_ERR_NOT_INTEGER);
        CHECK_EQUAL(sum, 99);
        CHECK(check_value_is(store, "n", "k", ends[i]));
    }
    const char *const not_integers[] = {"", " 1", "1 ", "1.0", "0x10", "one",
                                        "9223372036854775808", "1e3", "--1", "-"};
    for (size_t i = 0; i < sizeof not_integers / sizeof *not_integers; i++) {
        EXPECT(kv_set(store, "n", 1, "k", 1, not_integers[i], KV_NUL, &error), KV_OK);
        EXPECT(kv_increment(store, "n", 1, "k", 1, 1, 0, &sum, &error), KV_ERR_NOT_INTEGER);
        CHECK(check_value_is(store, "n", "k", not_integers[i]));
    }
    int64_t ttl = 0;
    EXPECT(kv_increment(store, "n", 1, "window", 6, 1, 60000, &sum, &error), KV_OK);
    EXPECT(kv_increment(store, "n", 1, "window", 6, 1, 900000, &sum, &error), KV_OK);
    EXPECT(kv_ttl(store, "n", 1, "window", 6, &ttl, &error), KV_OK);
    CHECK(sum == 2 && ttl > 0 && ttl <= 60000);
}

static void append_grows_a_value_and_keeps_its_expiry(void)
{
    size_t len = 0;
    int64_t ttl = 0;
    EXPECT(kv_append(store, "a", 1, "k", 1, "one", 3, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 3);
    EXPECT(kv_expire(store, "a", 1, "k", 1, 60000, 0, &error), KV_OK);
    EXPECT(kv_append(store, "a", 1, "k", 1, "\0two", 4, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 7);
    EXPECT(kv_append(store, "a", 1, "k", 1, NULL, 0, 0, &len, &error), KV_OK);
    CHECK_EQUAL(len, 7);
    EXPECT(kv_ttl(store, "a", 1, "k", 1, &ttl, &error), KV_OK);
    CHECK(ttl > 0 && ttl <= 60000);
    kv_value value;
    EXPECT(kv_get(store, "a", 1, "k", 1, &value, &error), KV_OK);
    CHECK(value.len == 7 && memcmp(value.data, "one\0two", 7) == 0);
    kv_value_free(&value);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(empty_nul_and_arbitrary_bytes_round_trip);
    RUN(limits_are_kept_to_the_byte);
    RUN(large_values_round_trip_and_shrink_again);
    RUN(a_pinned_value_stays_whatever_is_written);
    RUN(put_keeps_its_conditions_and_tells_versions);
    RUN(info_tells_all_but_the_value);
    RUN(a_write_has_a_durability_of_its_own);
    RUN(delete_and_take_tell_whether_it_was_there);
    RUN(increment_counts_within_int64);
    RUN(append_grows_a_value_and_keeps_its_expiry);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "data");
    walk(check_path("data.db"), "data in a file");
    walk("memory:", "data in memory");
    return check_end();
}
