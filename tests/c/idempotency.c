/* Idempotency records: one caller runs the operation, the others get its answer. */

#define _DEFAULT_SOURCE
#include <unistd.h>

#include "together.h"

static kv_store store;

/* Begins an operation and expects a state; returns the token. */
static uint64_t begin(const char *key, const char *request, int64_t ttl_ms, int32_t expected)
{
    int32_t state = 99;
    uint64_t token = 99;
    kv_value response;
    EXPECT(kv_idempotency_begin(store, key, KV_NUL, request, KV_NUL, ttl_ms, &state, &token,
                                &response, &error), KV_OK);
    CHECK_EQUAL(state, expected);
    CHECK((token != 0) == (expected == KV_IDEMPOTENCY_STARTED));
    CHECK((response.data != NULL) == (expected == KV_IDEMPOTENCY_COMPLETED));
    kv_value_free(&response);
    return token;
}

static void check_response(const char *key, const char *text)
{
    int32_t state = 99;
    uint64_t token = 99;
    kv_value response;
    EXPECT(kv_idempotency_begin(store, key, KV_NUL, "h", 1, 1, &state, &token, &response, &error),
           KV_OK);
    CHECK(state == KV_IDEMPOTENCY_COMPLETED && token == 0);
    CHECK_BYTES(response.data, response.len, text);
    kv_value_free(&response);
    EXPECT(kv_idempotency_get(store, key, KV_NUL, &state, &response, &error), KV_OK);
    CHECK(state == KV_IDEMPOTENCY_COMPLETED && response.version != 0);
    CHECK_BYTES(response.data, response.len, text);
    kv_value_free(&response);
}

static void one_starts_and_the_others_get_its_answer(void)
{
    int32_t state = 99;
    kv_value response;
    uint64_t token = begin("pay", "h", 0, KV_IDEMPOTENCY_STARTED);
    begin("pay", "h", 0, KV_IDEMPOTENCY_IN_PROGRESS);
    begin("pay", "other", 0, KV_IDEMPOTENCY_MISMATCH);
    EXPECT(kv_idempotency_get(store, "pay", KV_NUL, &state, &response, &error), KV_OK);
    CHECK(state == KV_IDEMPOTENCY_IN_PROGRESS && response.data == NULL && response.owner == 0);
    EXPECT(kv_idempotency_complete(store, "pay", KV_NUL, token ^ 1, "x", 1, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_complete(store, "pay", KV_NUL, token, "paid", 4, &error), KV_OK);
    EXPECT(kv_idempotency_complete(store, "pay", KV_NUL, token, "x", 1, &error), KV_CONFLICT);
    begin("pay", "other", 0, KV_IDEMPOTENCY_MISMATCH);
    check_response("pay", "paid");
}

static void an_empty_response_is_one(void)
{
    uint64_t token = begin("", "h", 0, KV_IDEMPOTENCY_STARTED);
    EXPECT(kv_idempotency_complete(store, NULL, 0, token, NULL, 0, &error), KV_OK);
    check_response("", "");
}

static void a_failed_operation_is_given_up(void)
{
    uint64_t token = begin("fails", "h", 0, KV_IDEMPOTENCY_STARTED);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, token ^ 1, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, token, &error), KV_OK);
    EXPECT(kv_idempotency_complete(store, "fails", KV_NUL, token, "x", 1, &error), KV_NOT_FOUND);
    token = begin("fails", "another", 0, KV_IDEMPOTENCY_STARTED);
    EXPECT(kv_idempotency_complete(store, "fails", KV_NUL, token, "x", 1, &error), KV_OK);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, token, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, 0, &error), KV_OK);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, 0, &error), KV_NOT_FOUND);
    EXPECT(kv_idempotency_forget(store, "fails", KV_NUL, token, &error), KV_NOT_FOUND);
}

static void who_comes_after_the_expiry_takes_over(void)
{
    int32_t state;
    kv_value response;
    uint64_t late = begin("slow", "h", 1, KV_IDEMPOTENCY_STARTED);
    while (kv_idempotency_get(store, "slow", KV_NUL, &state, &response, &error) == KV_OK) usleep(100);
    EXPECT(kv_idempotency_complete(store, "slow", KV_NUL, late, "late", 4, &error), KV_NOT_FOUND);
    uint64_t next = begin("slow", "other", 0, KV_IDEMPOTENCY_STARTED);
    CHECK(next != late);
    EXPECT(kv_idempotency_complete(store, "slow", KV_NUL, late, "late", 4, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_forget(store, "slow", KV_NUL, late, &error), KV_CONFLICT);
    EXPECT(kv_idempotency_complete(store, "slow", KV_NUL, next, "next", 4, &error), KV_OK);
    EXPECT(kv_idempotency_forget(store, "slow", KV_NUL, 0, &error), KV_OK);
}

static void a_request_over_the_limit_is_refused(void)
{
    char request[1025];
    int32_t state;
    uint64_t token;
    kv_value response;
    memset(request, 'h', sizeof request);
    EXPECT_MESSAGE(kv_idempotency_begin(store, "long", 4, request, 1025, 0, &state, &token,
                                        &response, &error), KV_ERR_TOO_LARGE, "1025");
    EXPECT(kv_idempotency_begin(store, "long", 4, request, 1024, 0, &state, &token, &response,
                                &error), KV_OK);
    CHECK_EQUAL(state, KV_IDEMPOTENCY_STARTED);
}

static void what_is_no_record_is_told_as_such(void)
{
    int32_t state;
    uint64_t token;
    kv_value response;
    EXPECT(kv_set(store, "kv.idempotency", KV_NUL, "junk", 4, "junk", 4, &error), KV_OK);
    EXPECT_MESSAGE(kv_idempotency_begin(store, "junk", 4, "h", 1, 0, &state, &token, &response,
                                        &error), KV_ERR_CORRUPT, "junk");
    EXPECT(kv_idempotency_get(store, "junk", 4, &state, &response, &error), KV_ERR_CORRUPT);
    EXPECT(kv_idempotency_complete(store, "junk", 4, 7, "x", 1, &error), KV_ERR_CORRUPT);
    EXPECT(kv_idempotency_forget(store, "junk", 4, 7, &error), KV_ERR_CORRUPT);
    EXPECT(kv_idempotency_forget(store, "junk", 4, 0, &error), KV_OK);
}

static int64_t started;

static void *run_once(void *unused)
{
    (void)unused;
    wait_to_go();
    for (int i = 0; i < check_times(100); i++) {
        int32_t state = 0;
        uint64_t token = 0;
        kv_value response;
        do {
            EXPECT(kv_idempotency_begin(store, &i, sizeof i, "h", 1, 0, &state, &token, &response,
                                        &error), KV_OK);
            if (state == KV_IDEMPOTENCY_STARTED) {
                __atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
                EXPECT(kv_idempotency_complete(store, &i, sizeof i, token, &i, sizeof i, &error),
                       KV_OK);
            }
            /* Somebody else is at it, and may need the processor for that. */
            if (state == KV_IDEMPOTENCY_IN_PROGRESS) usleep(100);
        } while (state != KV_IDEMPOTENCY_COMPLETED);
        CHECK(response.len == sizeof i && memcmp(response.data, &i, sizeof i) == 0);
        kv_value_free(&response);
    }
    return NULL;
}

static void of_many_threads_one_runs_each_operation(void)
{
    started = 0;
    together(THREADS, run_once, NULL);
    CHECK_EQUAL(started, check_times(100));
}

static void walk(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(one_starts_and_the_others_get_its_answer);
    RUN(an_empty_response_is_one);
    RUN(a_failed_operation_is_given_up);
    RUN(who_comes_after_the_expiry_takes_over);
    RUN(a_request_over_the_limit_is_refused);
    RUN(what_is_no_record_is_told_as_such);
    RUN(of_many_threads_one_runs_each_operation);
    EXPECT(kv_check(store, &error), KV_OK);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "idempotency");
    walk(check_path("idempotency.db"), "idempotency in a file");
    walk("memory:", "idempotency in memory");
    return check_end();
}
