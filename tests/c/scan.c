/* Many keys: scans in both directions with all their bounds, groups, counts, deletes by prefix. */

#include "flat.h"
#include "check.h"

static kv_store store;

static kv_scan_options options(uint32_t flags, const char *pattern)
{
    kv_scan_options made = KV_SCAN_OPTIONS_INIT;
    made.flags = flags;
    made.pattern = pattern;
    made.pattern_len = pattern == NULL ? 0 : KV_NUL;
    return made;
}

/* Walks to the end and compares the keys, each followed by a blank. */
static void check_keys(const kv_scan_options *with, const char *expected)
{
    kv_cursor cursor;
    kv_entry entry;
    char keys[1024] = "";
    EXPECT(kv_scan(store, "s", 1, with, &cursor, &error), KV_OK);
    while (kv_cursor_next(cursor, &entry, &error) == KV_OK) {
        CHECK_BYTES(entry.group, entry.group_len, "s");
        CHECK(entry.version != 0 && entry.expires_at_ms == -1);
        bool keys_only = with != NULL && (with->flags & KV_SCAN_KEYS_ONLY) != 0;
        CHECK(entry.value_len == (keys_only ? 0 : entry.key_len));
        CHECK(keys_only || memcmp(entry.value, entry.key, entry.key_len) == 0);
        snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%.*s ", (int)entry.key_len,
                 (const char *)entry.key);
    }
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_next(cursor, &entry, &error), KV_DONE);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    if (strcmp(keys, expected) != 0) FAIL("the scan gives \"%s\", expected \"%s\"", keys, expected);
}

static void fill(void)
{
    const char *const keys[] = {"user:2", "user:1", "user:10", "user%", "User:1", "a", "zz",
                                "user_1", "[x]", "u*r"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        EXPECT(kv_set(store, "s", 1, keys[i], KV_NUL, keys[i], KV_NUL, &error), KV_OK);
        EXPECT(kv_set(store, "s2", 2, keys[i], KV_NUL, "other", 5, &error), KV_OK);
    }
}

static void a_scan_is_in_byte_order_both_ways(void)
{
    check_keys(NULL, "User:1 [x] a u*r user% user:1 user:10 user:2 user_1 zz ");
    kv_scan_options with = options(KV_SCAN_REVERSE, NULL);
    check_keys(&with, "zz user_1 user:2 user:10 user:1 user% u*r a [x] User:1 ");
    with = options(KV_SCAN_KEYS_ONLY, NULL);
    with.limit = 3;
    check_keys(&with, "User:1 [x] a ");
}

static void a_prefix_is_literal(void)
{
    const struct { const char *prefix, *expected; } rows[] = {
        {"user:", "user:1 user:10 user:2 "}, {"user%", "user% "}, {"user_", "user_1 "},
        {"u*", "u*r "}, {"[x", "[x] "},
        {"", "User:1 [x] a u*r user% user:1 user:10 user:2 user_1 zz "},
        {"USER", ""}, {"zzz", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_scan_options with = options(0, rows[i].prefix);
        check_keys(&with, rows[i].expected);
    }
    kv_scan_options with = options(KV_SCAN_REVERSE | KV_SCAN_KEYS_ONLY, "user:");
    check_keys(&with, "user:2 user:10 user:1 ");
}

static void globs_have_two_dialects(void)
{
    const struct { uint32_t flags; const char *glob, *expected; } rows[] = {
        {KV_SCAN_GLOB, "user:?", "user:1 user:2 "},
        {KV_SCAN_GLOB, "*1", "User:1 user:1 user_1 "},
        {KV_SCAN_GLOB, "user:[13]*", "user:1 user:10 "},
        {KV_SCAN_GLOB, "[^u]*", "User:1 [x] a zz "},
        {KV_SCAN_GLOB, "user", ""},
        {KV_SCAN_GLOB, "\\[x]", ""},
        {KV_SCAN_GLOB, "[[]x]", "[x] "},
        {KV_SCAN_GLOB_REDIS, "\\[x]", "[x] "},
        {KV_SCAN_GLOB_REDIS, "u\\*r", "u*r "},
        {KV_SCAN_GLOB_REDIS, "user:[1-2]", "user:1 user:2 "},
        {KV_SCAN_GLOB_REDIS, "?", "a "},
        {KV_SCAN_GLOB_REDIS, "", ""},
        {KV_SCAN_GLOB_REDIS, "u*r*:*", "user:1 user:10 user:2 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_scan_options with = options(rows[i].flags, rows[i].glob);
        check_keys(&with, rows[i].expected);
    }
}

static void bounds_are_in_byte_order_whatever_the_direction(void)
{
    const struct { uint32_t flags; const char *forwards, *backwards; } rows[] = {
        {0, "user% user:1 user:10 ", "user:10 user:1 user% "},
        {KV_SCAN_LOWER_EXCLUSIVE, "user:1 user:10 ", "user:10 user:1 "},
        {KV_SCAN_UPPER_INCLUSIVE, "user% user:1 user:10 user:2 ", "user:2 user:10 user:1 user% "},
        {KV_SCAN_LOWER_EXCLUSIVE | KV_SCAN_UPPER_INCLUSIVE, "user:1 user:10 user:2 ",
         "user:2 user:10 user:1 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_scan_options with = options(rows[i].flags, NULL);
        with.lower = "user%";
        with.lower_len = KV_NUL;
        with.upper = "user:2";
        with.upper_len = 6;
        check_keys(&with, rows[i].forwards);
        with.flags |= KV_SCAN_REVERSE;
        check_keys(&with, rows[i].backwards);
    }
    kv_scan_options with = options(KV_SCAN_LOWER_EXCLUSIVE, NULL);
    with.lower = "user:10";
    with.lower_len = KV_NUL;
    check_keys(&with, "user:2 user_1 zz ");
    with.limit = 1;
    check_keys(&with, "user:2 ");
    with = options(KV_SCAN_REVERSE, "user");
    with.upper = "user:2";
    with.upper_len = 6;
    check_keys(&with, "user:10 user:1 user% ");
    with.lower = "zzzz";
    with.lower_len = 4;
    check_keys(&with, "");
    /* The empty key is a bound, NULL is none; on one key both ends may meet. */
    with = options(KV_SCAN_UPPER_INCLUSIVE, NULL);
    with.upper = "";
    check_keys(&with, "");
    with.lower = with.upper = "a";
    with.lower_len = with.upper_len = 1;
    check_keys(&with, "a ");
}

static void an_offset_leaves_out_the_first_entries(void)
{
    const struct {
        uint32_t flags;
        const char *pattern;
        uint64_t offset, limit;
        const char *expected;
    } rows[] = {
        {0, "user:", 1, 0, "user:10 user:2 "},
        {0, "user:", 1, 1, "user:10 "},
        {0, "user:", 2, 9, "user:2 "},
        {0, "user:", 3, 0, ""},
        {0, NULL, 8, 0, "user_1 zz "},
        {0, NULL, 10, 0, ""},
        {0, NULL, UINT64_MAX, 0, ""},
        {0, NULL, UINT64_MAX, 1, ""},
        {0, NULL, UINT64_MAX, UINT64_MAX, ""},
        {0, NULL, 8, UINT64_MAX, "user_1 zz "},
        {KV_SCAN_REVERSE, NULL, 8, 0, "[x] User:1 "},
        {KV_SCAN_REVERSE, "user:", 1, 1, "user:10 "},
        {KV_SCAN_REVERSE, NULL, UINT64_MAX, 1, ""},
        {KV_SCAN_KEYS_ONLY, NULL, 9, 0, "zz "},
        {KV_SCAN_GLOB, "*1", 1, 0, "user:1 user_1 "},
        {KV_SCAN_GLOB, "*1", 1, 1, "user:1 "},
        {KV_SCAN_GLOB | KV_SCAN_REVERSE, "*1", 2, 5, "User:1 "},
        {KV_SCAN_GLOB_REDIS, "user:*", 2, 0, "user:2 "},
        {KV_SCAN_GLOB, "*1", UINT64_MAX, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kv_scan_options with = options(rows[i].flags, rows[i].pattern);
        with.offset = rows[i].offset;
        with.limit = rows[i].limit;
        check_keys(&with, rows[i].expected);
    }
    /* It counts from the bound at which the walk begins. */
    kv_scan_options with = options(KV_SCAN_LOWER_EXCLUSIVE, NULL);
    with.lower = "user%";
    with.lower_len = KV_NUL;
    with.offset = 1;
    check_keys(&with, "user:10 user:2 user_1 zz ");
    /* An entry that has expired is none to leave out. */
    kv_put_options past = KV_PUT_OPTIONS_INIT;
    past.expiry = KV_EXPIRY_AT;
    past.time_ms = 1000;
    EXPECT(kv_put(store, "s", 1, "user:0", KV_NUL, "", 0, &past, NULL, &error), KV_OK);
    with = options(0, "user:");
    with.offset = 1;
    check_keys(&with, "user:10 user:2 ");
    EXPECT(kv_purge_expired(store, NULL, &error), KV_OK);
}

static void sizes_come_without_values(void)
{
    const uint32_t flags[] = {0, KV_SCAN_SIZES, KV_SCAN_KEYS_ONLY, KV_SCAN_SIZES | KV_SCAN_KEYS_ONLY};
    static char large[70000];
    EXPECT(kv_set(store, "sizes", 5, "a", 1, "seven b", 7, &error), KV_OK);
    EXPECT(kv_set(store, "sizes", 5, "b", 1, large, sizeof large, &error), KV_OK);
    for (int i = 0; i < 4; i++) {
        kv_scan_options with = options(flags[i], NULL);
        kv_cursor cursor;
        kv_entry entry;
        unsigned char flat[128];
        size_t used = 0, count = 0;
        const size_t sizes[] = {7, sizeof large};
        EXPECT(kv_scan(store, "sizes", 5, &with, &cursor, &error), KV_OK);
        for (int k = 0; k < 2; k++) {
            EXPECT(kv_cursor_next(cursor, &entry, &error), KV_OK);
            CHECK_EQUAL(entry.value_len, i == 0 ? sizes[k] : 0);
            CHECK_EQUAL(entry.value_size, i == 2 ? 0 : sizes[k]);
            CHECK(entry.flags == 0 && entry.reserved == 0);
        }
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
        if (i != 1) continue;
        /* In flat form the value is the size. */
        EXPECT(kv_scan(store, "sizes", 5, &with, &cursor, &error), KV_OK);
        EXPECT(kv_cursor_fill(cursor, flat, sizeof flat, &used, &count, &error), KV_OK);
        CHECK_EQUAL(count, 2);
        CHECK_EQUAL(used, 2 * (FLAT_ENTRY_HEADER + 5 + 1 + 8));
        CHECK_EQUAL(flat_read(flat + 24, 4), 8);
        CHECK_EQUAL(flat_read(flat + FLAT_ENTRY_HEADER + 6, 8), 7);
        CHECK_EQUAL(flat_read(flat + used - 8, 8), sizeof large);
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    }
    EXPECT(kv_delete_group(store, "sizes", 5, NULL, &error), KV_OK);
}

static void many_keys_are_read_in_one_call(void)
{
    static const char keys[] = "\2\0\0\0\1\0\0\0mga" "\2\0\0\0\4\0\0\0mgnone" "\0\0\0\0\0\0\0\0"
                               "\2\0\0\0\1\0\0\0mga";
    enum { KEYS = sizeof keys - 1, NEEDED = 4 * FLAT_ENTRY_HEADER + 3 + 5 + 6 + 3 + 5 };
    unsigned char buffer[NEEDED];
    size_t used = 0, count = 0;
    EXPECT(kv_set_ttl(store, "mg", 2, "a", 1, "value", 5, 3600000, &error), KV_OK);
    for (size_t room = 0; room < NEEDED; room += 20) {
        memset(buffer, 0xA5, sizeof buffer);
        EXPECT(kv_get_many(store, keys, KEYS, room == 0 ? NULL : buffer, room, &used, &count, &error),
               KV_TOO_SMALL);
        CHECK_EQUAL(used, NEEDED);
        CHECK(buffer[0] == 0xA5);
    }
    EXPECT(kv_get_many(store, keys, KEYS, buffer, sizeof buffer, &used, &count, &error), KV_OK);
    CHECK_EQUAL(used, NEEDED);
    CHECK_EQUAL(count, 2);
    const unsigned char *at = buffer;
    for (int i = 0; i < 4; i++) {
        bool is_there = i == 0 || i == 3;
        CHECK((flat_read(at, 8) != 0) == is_there);
        CHECK(((int64_t)flat_read(at + 8, 8) == -1) == !is_there);
        CHECK_EQUAL(flat_read(at + 24, 4), is_there ? 5 : 0xFFFFFFFF);
        at += FLAT_ENTRY_HEADER + flat_read(at + 16, 4) + flat_read(at + 20, 4);
        if (is_there) CHECK(memcmp(at, "value", 5) == 0);
        if (is_there) at += 5;
    }
    CHECK(at == buffer + used);
    EXPECT(kv_delete_group(store, "mg", 2, NULL, &error), KV_OK);
    EXPECT(kv_get_many(store, NULL, 0, NULL, 0, &used, &count, &error), KV_OK);
    CHECK(used == 0 && count == 0);
    EXPECT_MESSAGE(kv_get_many(store, keys, 7, buffer, sizeof buffer, &used, &count, &error),
                   KV_ERR_ARGUMENT, "flat keys, key at byte 0");
    EXPECT_MESSAGE(kv_get_many(store, keys, 12, buffer, sizeof buffer, &used, &count, &error),
                   KV_ERR_ARGUMENT, "flat keys, key at byte 11");
}

static void pages_turn_by_the_last_key(void)
{
    char last[64] = "", all[256] = "";
    size_t last_len = 0;
    for (int page = 0; page < 10; page++) {
        kv_scan_options with = options(KV_SCAN_KEYS_ONLY, NULL);
        kv_cursor cursor;
        kv_entry entry;
        with.limit = 3;
        with.flags |= KV_SCAN_LOWER_EXCLUSIVE;
        with.lower = page == 0 ? NULL : last;
        with.lower_len = last_len;
        EXPECT(kv_scan(store, "s", 1, &with, &cursor, &error), KV_OK);
        while (kv_cursor_next(cursor, &entry, &error) == KV_OK) {
            memcpy(last, entry.key, entry.key_len);
            last_len = entry.key_len;
            snprintf(all + strlen(all), sizeof all - strlen(all), "%.*s ", (int)last_len, last);
        }
        EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    }
    CHECK_BYTES(all, strlen(all), "User:1 [x] a u*r user% user:1 user:10 user:2 user_1 zz ");
}

static void a_cursor_sees_one_snapshot_and_blocks_no_writer(void)
{
    kv_cursor cursor;
    kv_entry entry;
    int seen = 0;
    for (int i = 0; i < 1000; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%04d", i);
        EXPECT(kv_set(store, "snapshot", KV_NUL, key, KV_NUL, "old", 3, &error), KV_OK);
    }
    EXPECT(kv_scan(store, "snapshot", KV_NUL, NULL, &cursor, &error), KV_OK);
    int32_t is_snapshot = 0;
    EXPECT(kv_cursor_is_snapshot(cursor, &is_snapshot, &error), KV_OK);
    CHECK_EQUAL(is_snapshot, 1);
    while (kv_cursor_next(cursor, &entry, &error) == KV_OK) {
        CHECK_BYTES(entry.value, entry.value_len, "old");
        char key[16];
        snprintf(key, sizeof key, "k%04dnew", seen);
        EXPECT(kv_set(store, "snapshot", KV_NUL, key, KV_NUL, "new", 3, &error), KV_OK);
        EXPECT(kv_delete(store, "snapshot", KV_NUL, entry.key, entry.key_len, &error), KV_OK);
        seen++;
    }
    CHECK_EQUAL(seen, 1000);
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    uint64_t count = 0;
    EXPECT(kv_count(store, "snapshot", KV_NUL, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1000);
    EXPECT(kv_delete_group(store, "snapshot", KV_NUL, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1000);
}

static void groups_are_listed_and_counted_by_prefix(void)
{
    const char *const names[] = {"", "app", "app:b", "app:a", "b", "\xff"};
    char found[128] = "";
    kv_cursor cursor;
    kv_entry entry;
    uint64_t count = 0;
    for (size_t i = 0; i < 6; i++)
        EXPECT(kv_set(store, names[i], KV_NUL, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_groups(store, "app", KV_NUL, &cursor, &error), KV_OK);
    while (kv_cursor_next(cursor, &entry, &error) == KV_OK) {
        CHECK(entry.key_len == 0 && entry.value_len == 0 && entry.version == 0);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%.*s ",
                 (int)entry.group_len, (const char *)entry.group);
    }
    EXPECT(kv_cursor_close(cursor, &error), KV_OK);
    CHECK_BYTES(found, strlen(found), "app app:a app:b ");
    EXPECT(kv_count_all(store, "app:", 4, &count, &error), KV_OK);
    CHECK_EQUAL(count, 2);
    EXPECT(kv_count_all(store, "\xff", 1, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1);
    EXPECT(kv_count_all(store, NULL, 0, &count, &error), KV_OK);
    CHECK_EQUAL(count, 26);
    EXPECT(kv_count(store, NULL, 0, &count, &error), KV_OK);
    CHECK_EQUAL(count, 1);
}

static void deletes_take_what_they_name_and_no_more(void)
{
    uint64_t removed = 0, count = 0;
    EXPECT(kv_delete_prefix(store, "s", 1, "user_", KV_NUL, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 1);
    EXPECT(kv_delete_prefix(store, "s", 1, "user:", KV_NUL, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 3);
    check_keys(NULL, "User:1 [x] a u*r user% zz ");
    EXPECT(kv_delete_prefix(store, "s", 1, "", 0, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 6);
    EXPECT(kv_delete_group(store, "s", 1, &removed, &error), KV_OK);
    CHECK_EQUAL(removed, 0);
    EXPECT(kv_count(store, "s2", 2, &count, &error), KV_OK);
    CHECK_EQUAL(count, 10);
    EXPECT(kv_delete_group(store, "s2", 2, NULL, &error), KV_OK);
}

static uint64_t count_all(kv_store of, const char *prefix)
{
    uint64_t count = 99;
    EXPECT(kv_count_all(of, prefix, KV_NUL, &count, &error), KV_OK);
    return count;
}

static uint64_t delete_all(kv_store of, const char *prefix)
{
    uint64_t removed = 99;
    EXPECT(kv_delete_all(of, prefix, KV_NUL, &removed, &error), KV_OK);
    return removed;
}

static void all_groups_or_those_that_begin_alike_are_deleted(void)
{
    const char *const names[] = {"", "app", "app:b", "apq", "tenant:x", "\xff", "\xff\xff"};
    kv_store tenant;
    EXPECT(kv_delete_all(store, NULL, 0, NULL, &error), KV_OK);
    CHECK_EQUAL(count_all(store, ""), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (const char *key = "abc"; *key != '\0'; key++)
            EXPECT(kv_set(store, names[i], KV_NUL, key, 1, "v", 1, &error), KV_OK);
    CHECK_EQUAL(delete_all(store, "none"), 0);
    CHECK_EQUAL(delete_all(store, "app"), 6);
    CHECK_EQUAL(count_all(store, "ap"), 3);
    CHECK_EQUAL(delete_all(store, "\xff"), 6);
    EXPECT(kv_scope(store, "tenant", &tenant, &error), KV_OK);
    EXPECT(kv_set(tenant, "y", 1, "k", 1, "v", 1, &error), KV_OK);
    CHECK_EQUAL(delete_all(tenant, "tenant:"), 0);
    CHECK_EQUAL(delete_all(tenant, "y"), 1);
    CHECK_EQUAL(delete_all(tenant, ""), 3);
    EXPECT(kv_close(tenant, &error), KV_OK);
    EXPECT(kv_delete_all(tenant, "", 0, NULL, &error), KV_ERR_HANDLE);
    /* The default group and "apq" are left; an entry that has expired does not count. */
    kv_put_options past = KV_PUT_OPTIONS_INIT;
    past.expiry = KV_EXPIRY_AT;
    past.time_ms = 1000;
    EXPECT(kv_put(store, "apq", 3, "d", 1, "", 0, &past, NULL, &error), KV_OK);
    EXPECT(kv_delete_all(store, NULL, 1, NULL, &error), KV_ERR_ARGUMENT);
    CHECK_EQUAL(delete_all(store, ""), 6);
    CHECK_EQUAL(delete_all(store, ""), 0);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    fill();
    RUN(a_scan_is_in_byte_order_both_ways);
    RUN(a_prefix_is_literal);
    RUN(globs_have_two_dialects);
    RUN(bounds_are_in_byte_order_whatever_the_direction);
    RUN(an_offset_leaves_out_the_first_entries);
    RUN(sizes_come_without_values);
    RUN(many_keys_are_read_in_one_call);
    RUN(pages_turn_by_the_last_key);
    RUN(a_cursor_sees_one_snapshot_and_blocks_no_writer);
    RUN(groups_are_listed_and_counted_by_prefix);
    RUN(deletes_take_what_they_name_and_no_more);
    RUN(all_groups_or_those_that_begin_alike_are_deleted);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "scan");
    walk(check_path("scan.db"), "scan in a file");
    walk("memory:", "scan in memory");
    return check_end();
}
