/* Copies between stores: what arrives, how far it has come, and what is refused. */

#include "check.h"

enum { MANY = 600 };

static kv_store from, to;

/* The states that a progress function got, and when it ends the copy. */
typedef struct progress {
    int calls;
    int end_at;
    kv_copy_state last;
    char group[16];
    unsigned char key[16];
} progress;

static int32_t on_progress(void *user_data, const kv_copy_state *state)
{
    progress *it = user_data;
    CHECK(state->size == sizeof *state && state->reserved == 0 && state->owner == 0);
    CHECK(state->entries > it->last.entries && state->group_len < 16 && state->key_len < 16);
    it->last = *state;
    memcpy(it->group, state->group, state->group_len);
    memcpy(it->key, state->key, state->key_len);
    return ++it->calls == it->end_at;
}

static int32_t show(void *user_data, const kv_copy_state *state)
{
    FILE *out = user_data;
    fprintf(out, "%" PRIu64 " entries, about %" PRIu64 " in all\n", state->entries, state->total);
    return 0; /* anything else ends the copy */
}

/* Goes on from where `state` is, at first nowhere, and leaves it where the copy has come to. */
static kv_status copy_on(kv_store from, kv_store to, kv_copy_state *state, kv_error *error)
{
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    options.after_group = state->group;
    options.after_group_len = state->group_len;
    options.after_key = state->key;
    options.after_key_len = state->key_len;
    kv_copy_state reached = KV_COPY_STATE_INIT;
    kv_status status = kv_copy(from, to, &options, show, stdout, &reached, error);
    kv_copy_state_free(state);
    *state = reached;
    return status;
}

static void fill(kv_store store, const char *group, int many)
{
    for (int i = 0; i < many; i++) {
        char key[16];
        snprintf(key, sizeof key, "%04d", i);
        EXPECT(kv_set(store, group, KV_NUL, key, KV_NUL, key, KV_NUL, &error), KV_OK);
    }
}

static uint64_t count(kv_store store)
{
    uint64_t many = 0;
    EXPECT(kv_count_all(store, NULL, 0, &many, &error), KV_OK);
    return many;
}

static void empty_the_target(void)
{
    EXPECT(kv_close(to, &error), KV_OK);
    to = check_open("memory:");
}

static void everything_arrives_with_its_expiry(void)
{
    kv_put_options at = KV_PUT_OPTIONS_INIT;
    at.expiry = KV_EXPIRY_AT;
    at.time_ms = 4102444800123;
    EXPECT(kv_put(from, "g\0h", 3, "", 0, "\0v", 2, &at, NULL, &error), KV_OK);
    kv_copy_state state = KV_COPY_STATE_INIT;
    EXPECT(kv_copy(from, to, NULL, NULL, NULL, &state, &error), KV_OK);
    CHECK_EQUAL(state.entries, 2 * MANY + 1);
    CHECK_EQUAL(state.bytes, 2 * MANY * 9 + 5);
    CHECK_EQUAL(state.total, 2 * MANY + 1);
    CHECK(state.skipped == 0 && state.expired == 0 && state.missing == 0);
    CHECK_BYTES(state.group, state.group_len, "h");
    CHECK_BYTES(state.key, state.key_len, "0599");
    kv_value value;
    EXPECT(kv_get(to, "g\0h", 3, "", 0, &value, &error), KV_OK);
    CHECK(value.len == 2 && memcmp(value.data, "\0v", 2) == 0);
    CHECK_EQUAL(value.expires_at_ms, 4102444800123);
    kv_value_free(&value);
    CHECK(check_value_is(to, "h", "0599", "0599"));
    CHECK_EQUAL(count(to), count(from));
    EXPECT(kv_delete(from, "g\0h", 3, "", 0, &error), KV_OK);

    kv_copy_state again = state;
    kv_copy_state_free(&state);
    CHECK(state.size == sizeof state && state.key == NULL && state.owner == 0);
    kv_copy_state_free(&state);
    kv_copy_state_free(&again);
    kv_copy_state_free(NULL);
}

static void a_progress_is_called_after_each_batch_and_all_outputs_may_be_null(void)
{
    empty_the_target();
    progress it = {0};
    EXPECT(kv_copy(from, to, NULL, on_progress, &it, NULL, NULL), KV_OK);
    CHECK_EQUAL(it.calls, 6);
    CHECK_EQUAL(it.last.entries, 2 * MANY);
    CHECK_BYTES(it.group, it.last.group_len, "h");
    CHECK_BYTES(it.key, it.last.key_len, "0599");
    kv_store empty = check_open("memory:");
    kv_copy_state state = KV_COPY_STATE_INIT;
    EXPECT(kv_copy(empty, to, NULL, on_progress, &it, &state, &error), KV_OK);
    CHECK(it.calls == 6 && state.key == NULL && state.group == NULL);
    kv_copy_state_free(&state);
    EXPECT(kv_close(empty, &error), KV_OK);
}

static void a_copy_that_was_ended_says_where_and_goes_on_there(void)
{
    empty_the_target();
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT;
    uint64_t written = 0;
    int calls = 0;
    kv_status status;
    do {
        progress it = {.end_at = 2};
        kv_copy_state reached = KV_COPY_STATE_INIT;
        status = kv_copy(from, to, &options, on_progress, &it, &reached, &error);
        kv_copy_state_free(&state);
        state = reached;
        CHECK(status == KV_OK || status == KV_ERR_CANCELLED);
        CHECK(state.entries == it.last.entries && state.key_len == 4);
        CHECK(it.calls == 0 || memcmp(state.key, it.key, 4) == 0);
        written += state.entries;
        CHECK_EQUAL(count(to), written);
        options.after_group = state.group;
        options.after_group_len = state.group_len;
        options.after_key = state.key;
        options.after_key_len = state.key_len;
    } while (status == KV_ERR_CANCELLED && ++calls < 10);
    CHECK_EQUAL(written, 2 * MANY);
    /* Behind the end there is nothing, and that is where it stays. */
    kv_copy_state end = KV_COPY_STATE_INIT;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &end, &error), KV_OK);
    CHECK_EQUAL(end.entries, 0);
    CHECK_BYTES(end.key, end.key_len, "0599");
    kv_copy_state_free(&end);
    kv_copy_state_free(&state);
    /* The first entry of all may have an empty group and an empty key. */
    options = (kv_copy_options)KV_COPY_OPTIONS_INIT;
    options.after_key = "";
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &end, &error), KV_OK);
    CHECK_EQUAL(end.entries, 2 * MANY);
    kv_copy_state_free(&end);
}

static void what_is_there_is_overwritten_kept_or_refused(void)
{
    empty_the_target();
    EXPECT(kv_set(to, "g", 1, "0001", 4, "mine", 4, &error), KV_OK);
    kv_copy_options options = KV_COPY_OPTIONS_INIT;
    kv_copy_state state = KV_COPY_STATE_INIT;
    options.existing = KV_COPY_REFUSE;
    EXPECT_MESSAGE(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_ARGUMENT, "empty");
    CHECK(state.entries == 0 && state.key == NULL);
    options.existing = KV_COPY_KEEP;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_OK);
    CHECK(state.entries == 2 * MANY - 1 && state.skipped == 1);
    CHECK(check_value_is(to, "g", "0001", "mine"));
    kv_copy_state_free(&state);
    options.existing = KV_COPY_OVERWRITE;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_OK);
    CHECK(state.entries == 2 * MANY && state.skipped == 0);
    CHECK(check_value_is(to, "g", "0001", "0001"));
    kv_copy_state_free(&state);
}

static void a_failure_on_the_way_says_how_far_it_came(void)
{
    kv_store full = check_open("memory:?max_entries=700");
    kv_copy_state state = KV_COPY_STATE_INIT;
    EXPECT(kv_copy(from, full, NULL, NULL, NULL, &state, &error), KV_ERR_FULL);
    /* As many as there is room for, those of the second group included. */
    CHECK_EQUAL(state.entries, 700);
    CHECK_BYTES(state.key, state.key_len, "0099");
    CHECK_EQUAL(count(full), 700);
    kv_copy_state_free(&state);
    EXPECT(kv_close(full, &error), KV_OK);
}

/* Ends a copy by returning something; before, it uses both stores. */
static int32_t use_both(void *user_data, const kv_copy_state *state)
{
    (void)state;
    int *calls = user_data;
    EXPECT(kv_set(from, "own", 3, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_set(to, "own", 3, "k", 1, "v", 1, &error), KV_OK);
    EXPECT(kv_close(from, &error), KV_ERR_BUSY);
    EXPECT(kv_close(to, &error), KV_ERR_BUSY);
    kv_store third = check_open("memory:");
    EXPECT(kv_copy(from, third, NULL, NULL, NULL, NULL, &error), KV_OK);
    EXPECT(kv_close(third, &error), KV_OK);
    ++*calls;
    return 0;
}

static void a_progress_may_use_both_stores_but_not_close_them(void)
{
    empty_the_target();
    int calls = 0;
    EXPECT(kv_copy(from, to, NULL, use_both, &calls, NULL, &error), KV_OK);
    CHECK_EQUAL(calls, 6);
    CHECK_EQUAL(count(to), 2 * MANY + 1);
    EXPECT(kv_delete_group(from, "own", 3, NULL, &error), KV_OK);
}

static void the_example_of_the_documentation_goes_on_where_a_limit_has_stopped_it(void)
{
    kv_store full = check_open("memory:?max_entries=700");
    kv_copy_state state = KV_COPY_STATE_INIT;
    EXPECT(copy_on(from, full, &state, &error), KV_ERR_FULL);
    EXPECT(copy_on(from, full, &state, &error), KV_ERR_FULL);
    EXPECT(kv_delete_group(full, "g", 1, NULL, &error), KV_OK);
    EXPECT(copy_on(from, full, &state, &error), KV_OK);
    CHECK_EQUAL(state.entries, 2 * MANY - 700);
    CHECK_EQUAL(count(full), MANY);
    kv_copy_state_free(&state);
    EXPECT(kv_close(full, &error), KV_OK);
}

static void what_cannot_be_meant_is_refused(void)
{
    kv_store closed = check_open("memory:"), none = {0}, scope;
    EXPECT(kv_close(closed, &error), KV_OK);
    kv_copy_state state = KV_COPY_STATE_INIT;
    EXPECT(kv_copy(closed, to, NULL, NULL, NULL, &state, &error), KV_ERR_HANDLE);
    EXPECT(kv_copy(from, closed, NULL, NULL, NULL, &state, &error), KV_ERR_HANDLE);
    EXPECT(kv_copy(none, none, NULL, NULL, NULL, &state, &error), KV_ERR_HANDLE);
    EXPECT(kv_copy(from, from, NULL, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_scope(from, "a", &scope, &error), KV_OK);
    EXPECT(kv_copy(from, scope, NULL, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_copy(scope, from, NULL, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_close(scope, &error), KV_OK);

    kv_copy_options options = KV_COPY_OPTIONS_INIT, fine = options;
    options.existing = 3;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    options = fine;
    options.size = 2;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    options = fine;
    options.after_group = "g";
    options.after_group_len = 1;
    EXPECT_MESSAGE(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_ARGUMENT,
                   "after_key");
    options = fine;
    options.after_key_len = 1;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    options.after_key = "k";
    options.after_key_len = 65536;
    EXPECT(kv_copy(from, to, &options, NULL, NULL, &state, &error), KV_ERR_TOO_LARGE);
    struct { kv_copy_options known; uint64_t newer; } longer = {fine, 1};
    longer.known.size = (uint32_t)sizeof longer;
    EXPECT(kv_copy(from, to, &longer.known, NULL, NULL, &state, &error), KV_ERR_ARGUMENT);
    CHECK(state.entries == 0 && state.key == NULL && state.owner == 0);

    kv_copy_state wrong;
    memset(&wrong, 0xA5, sizeof wrong);
    for (uint32_t size = 0; size <= 2048; size += 8) {
        wrong.size = size;
        if (size < sizeof wrong || size > 1024)
            EXPECT(kv_copy(from, to, NULL, NULL, NULL, &wrong, &error), KV_ERR_ARGUMENT);
    }
    kv_copy_state_free(&wrong);
    CHECK(wrong.owner == 0xA5A5A5A5A5A5A5A5);
    /* A newer program's longer structure: what this library does not know is 0. */
    struct { kv_copy_state known; uint64_t newer[2]; } big;
    memset(&big, 0xA5, sizeof big);
    big.known.size = (uint32_t)sizeof big;
    EXPECT(kv_copy(from, to, NULL, NULL, NULL, &big.known, &error), KV_OK);
    CHECK(big.newer[0] == 0 && big.newer[1] == 0 && big.known.entries == 2 * MANY);
    kv_copy_state_free(&big.known);
    CHECK(big.known.size == sizeof big);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "copy");
    from = check_open(check_path("from.db"));
    to = check_open("memory:");
    fill(from, "g", MANY);
    fill(from, "h", MANY);
    RUN(everything_arrives_with_its_expiry);
    RUN(a_progress_is_called_after_each_batch_and_all_outputs_may_be_null);
    RUN(a_copy_that_was_ended_says_where_and_goes_on_there);
    RUN(what_is_there_is_overwritten_kept_or_refused);
    RUN(a_failure_on_the_way_says_how_far_it_came);
    RUN(a_progress_may_use_both_stores_but_not_close_them);
    RUN(the_example_of_the_documentation_goes_on_where_a_limit_has_stopped_it);
    RUN(what_cannot_be_meant_is_refused);
    EXPECT(kv_close(from, &error), KV_OK);
    EXPECT(kv_close(to, &error), KV_OK);
    return check_end();
}
