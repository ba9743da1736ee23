/* Batches: all or nothing, in order, with the result of every step. */

#include "check.h"

static kv_store store;
static kv_batch batch;

static uint64_t put(const char *key, const char *value)
{
    uint64_t version = 0;
    EXPECT(kv_put(store, "b", 1, key, KV_NUL, value, KV_NUL, NULL, &version, &error), KV_OK);
    return version;
}

static void steps_see_what_the_ones_before_them_did(void)
{
    kv_value value;
    put("k", "old");
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_get(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "k", 1, "new", 3, NULL, &error), KV_OK);
    EXPECT(kv_batch_get(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_delete(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_delete(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_get(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "b", 1, "n", 1, 41, 0, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "b", 1, "n", 1, 1, 0, &error), KV_OK);
    EXPECT(kv_batch_append(batch, "b", 1, "log", 3, "one", 3, 60000, &error), KV_OK);
    EXPECT(kv_batch_append(batch, "b", 1, "log", 3, "\0two", 4, KV_TTL_NEVER, &error), KV_OK);
    EXPECT(kv_batch_expire(batch, "b", 1, "log", 3, 90000, KV_EXPIRE_NX, &error), KV_OK);
    EXPECT(kv_batch_expire(batch, "b", 1, "none", 4, 90000, 0, &error), KV_OK);
    EXPECT(kv_batch_take(batch, "b", 1, "n", 1, &error), KV_OK);
    EXPECT(kv_batch_take(batch, "b", 1, "n", 1, &error), KV_OK);
    EXPECT(kv_batch_delete_prefix(batch, "b", 1, "lo", 2, &error), KV_OK);
    EXPECT(kv_batch_delete_prefix(batch, "b", 1, "lo", 2, &error), KV_OK);
    EXPECT(kv_batch_result(batch, 0, &value, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    const struct { kv_status status; const char *text; } expected[] = {
        {KV_OK, "old"}, {KV_OK, NULL}, {KV_OK, "new"}, {KV_OK, NULL}, {KV_NOT_FOUND, NULL},
        {KV_NOT_FOUND, NULL}, {KV_OK, "41"}, {KV_OK, "42"},
        {KV_OK, "3"}, {KV_OK, "7"}, {KV_CONFLICT, NULL}, {KV_NOT_FOUND, NULL}, {KV_OK, "42"},
        {KV_NOT_FOUND, NULL}, {KV_OK, "1"}, {KV_OK, "0"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        EXPECT(kv_batch_result(batch, i, &value, &error), expected[i].status);
        if (expected[i].text == NULL) {
            CHECK(value.data == NULL && value.len == 0 && value.owner == 0);
        } else {
            CHECK_BYTES(value.data, value.len, expected[i].text);
            CHECK((value.version != 0) == (i < 14));
            CHECK_EQUAL(value.value_size, value.len);
        }
        kv_value_free(&value);
    }
    EXPECT(kv_batch_result(batch, 1, &value, &error), KV_OK);
    CHECK(value.version != 0);
    EXPECT(kv_batch_result(batch, 16, &value, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_batch_result(batch, SIZE_MAX, &value, &error), KV_ERR_ARGUMENT);
}

static void a_failed_check_writes_nothing_and_names_its_step(void)
{
    kv_value value;
    uint64_t version = put("k", "1"), later = put("k", "2");
    EXPECT(kv_delete(store, "b", 1, "other", 5, &error), KV_NOT_FOUND);
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "other", 5, "x", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_check(batch, "b", 1, "absent", 6, 0, &error), KV_OK);
    EXPECT(kv_batch_check(batch, "b", 1, "k", 1, version, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "k", 1, "3", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_CONFLICT);
    EXPECT(kv_batch_result(batch, 2, &value, &error), KV_CONFLICT);
    CHECK(value.version == later && value.data == NULL);
    EXPECT_MESSAGE(kv_batch_result(batch, 0, &value, &error), KV_ERR_ARGUMENT, "2");
    EXPECT(kv_batch_result(batch, 3, &value, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_exists(store, "b", 1, "other", 5, &error), KV_NOT_FOUND);
    CHECK(check_value_is(store, "b", "k", "2"));
}

static void a_condition_in_a_set_is_one_of_the_whole_batch(void)
{
    kv_put_options absent = KV_PUT_OPTIONS_INIT;
    absent.condition = KV_IF_ABSENT;
    EXPECT(kv_delete_group(store, "b", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "k", 1, "1", 1, NULL, &error), KV_OK);
    /* It looks at the key as it is before the batch, so the set before it does not matter. */
    EXPECT(kv_batch_set(batch, "b", 1, "k", 1, "2", 1, &absent, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    CHECK(check_value_is(store, "b", "k", "2"));
    EXPECT(kv_batch_commit(store, batch, &error), KV_CONFLICT);
    EXPECT(kv_batch_result(batch, 1, NULL, &error), KV_CONFLICT);
}

static void a_step_that_fails_undoes_the_others(void)
{
    put("text", "not a number");
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "before", 6, "x", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_delete(batch, "b", 1, "k", 1, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "b", 1, "text", 4, 1, 0, &error), KV_OK);
    put("k", "1");
    EXPECT(kv_batch_commit(store, batch, &error), KV_ERR_NOT_INTEGER);
    EXPECT(kv_exists(store, "b", 1, "before", 6, &error), KV_NOT_FOUND);
    CHECK(check_value_is(store, "b", "k", "1"));
    EXPECT(kv_batch_result(batch, 0, NULL, &error), KV_ERR_ARGUMENT);
}

static void a_batch_serves_more_than_once_and_more_than_one_store(void)
{
    kv_store other = check_open("memory:");
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_increment(batch, "b", 1, "twice", 5, 1, 0, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_commit(other, batch, &error), KV_OK);
    CHECK(check_value_is(store, "b", "twice", "2"));
    CHECK(check_value_is(other, "b", "twice", "1"));
    EXPECT(kv_batch_get(batch, "b", 1, "twice", 5, &error), KV_OK);
    EXPECT(kv_batch_result(batch, 0, NULL, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_close(other, &error), KV_OK);
    EXPECT(kv_batch_commit(other, batch, &error), KV_ERR_HANDLE);
}

static void results_outlive_the_batch_and_its_bytes_were_copied(void)
{
    kv_batch brief;
    kv_value value;
    char key[] = "copied", text[] = "as it was";
    EXPECT(kv_batch_new(&brief, &error), KV_OK);
    EXPECT(kv_batch_set(brief, "b", 1, key, KV_NUL, text, KV_NUL, NULL, &error), KV_OK);
    EXPECT(kv_batch_get(brief, "b", 1, key, KV_NUL, &error), KV_OK);
    memset(key, '?', sizeof key - 1);
    memset(text, '?', sizeof text - 1);
    EXPECT(kv_batch_commit(store, brief, &error), KV_OK);
    EXPECT(kv_batch_result(brief, 1, &value, &error), KV_OK);
    EXPECT(kv_batch_close(brief, &error), KV_OK);
    CHECK_BYTES(value.data, value.len, "as it was");
    kv_value_free(&value);
    CHECK(check_value_is(store, "b", "copied", "as it was"));
}

static void a_step_has_a_durability_for_the_whole_batch(void)
{
    kv_put_options full = KV_PUT_OPTIONS_INIT, normal = full;
    full.durability = KV_DURABILITY_FULL;
    normal.durability = KV_DURABILITY_NORMAL;
    EXPECT(kv_delete_group(store, "b", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "n", 1, "1", 1, &normal, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "f", 1, "2", 1, &full, &error), KV_OK);
    EXPECT(kv_batch_set(batch, "b", 1, "d", 1, "3", 1, NULL, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    CHECK(check_value_is(store, "b", "n", "1"));
    CHECK(check_value_is(store, "b", "f", "2"));
    CHECK(check_value_is(store, "b", "d", "3"));
    /* The conditions are those of any batch. */
    full.condition = KV_IF_ABSENT;
    EXPECT(kv_batch_set(batch, "b", 1, "f", 1, "4", 1, &full, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_CONFLICT);
    EXPECT(kv_batch_result(batch, 3, NULL, &error), KV_CONFLICT);
    CHECK(check_value_is(store, "b", "f", "2"));
    /* A step that is refused is none. */
    full.durability = KV_DURABILITY_FULL + 1;
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    EXPECT_MESSAGE(kv_batch_set(batch, "b", 1, "f", 1, "5", 1, &full, &error), KV_ERR_ARGUMENT,
                   "durability");
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_result(batch, 0, NULL, &error), KV_ERR_ARGUMENT);
}

static void ten_thousand_steps_are_one_commit(void)
{
    kv_stats before = KV_STATS_INIT, after = before;
    kv_usage then = KV_USAGE_INIT, now = then;
    int steps = check_times(10000);
    EXPECT(kv_batch_clear(batch, &error), KV_OK);
    for (int i = 0; i < steps; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        EXPECT(kv_batch_set(batch, "many", 4, key, KV_NUL, key, KV_NUL, NULL, &error), KV_OK);
    }
    EXPECT(kv_stats_get(store, &before, &error), KV_OK);
    EXPECT(kv_usage_get(store, &then, &error), KV_OK);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_stats_get(store, &after, &error), KV_OK);
    EXPECT(kv_usage_get(store, &now, &error), KV_OK);
    CHECK_EQUAL(after.commits - before.commits, 1);
    CHECK_EQUAL(now.entries - then.entries, steps);
    EXPECT(kv_delete_group(store, "many", 4, NULL, &error), KV_OK);
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    RUN(steps_see_what_the_ones_before_them_did);
    RUN(a_failed_check_writes_nothing_and_names_its_step);
    RUN(a_condition_in_a_set_is_one_of_the_whole_batch);
    RUN(a_step_that_fails_undoes_the_others);
    RUN(a_batch_serves_more_than_once_and_more_than_one_store);
    RUN(results_outlive_the_batch_and_its_bytes_were_copied);
    RUN(a_step_has_a_durability_for_the_whole_batch);
    RUN(ten_thousand_steps_are_one_commit);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "batch");
    walk(check_path("batch.db"), "batch in a file");
    walk("memory:", "batch in memory");
    return check_end();
}
