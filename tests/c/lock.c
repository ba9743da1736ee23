/* Locks: their misuse, owners in several threads, and waits that end with their store. */

#include <pthread.h>
#include <sched.h>

#include "check.h"

static kv_store store;

static kv_status acquire(kv_store at, int64_t lease_ms, int64_t wait_ms, kv_lock *lock)
{
    return kv_lock_acquire(at, "job", KV_NUL, "me", KV_NUL, lease_ms, wait_ms, lock, &error);
}

static void a_lock_is_a_proof_that_can_be_passed_on(void)
{
    kv_lock lock, other;
    EXPECT(acquire(store, 60000, 0, &lock), KV_OK);
    CHECK(lock.token != 0 && lock.version != 0);
    EXPECT(acquire(store, 60000, 0, &other), KV_CONFLICT);
    CHECK(other.token == 0 && other.version == 0);
    kv_lock copy = lock;
    EXPECT(kv_lock_renew(store, "job", KV_NUL, copy, 60000, &error), KV_OK);
    EXPECT(kv_lock_release(store, "job", KV_NUL, copy, &error), KV_OK);
    EXPECT(kv_lock_release(store, "job", KV_NUL, lock, &error), KV_CONFLICT);
    EXPECT(acquire(store, 60000, 0, &other), KV_OK);
    CHECK(other.token > lock.token);
    EXPECT(kv_lock_release(store, "job", KV_NUL, other, &error), KV_OK);
}

static void what_is_no_lock_is_refused(void)
{
    kv_lock none = {0, 0}, lock;
    EXPECT(kv_lock_acquire(store, NULL, 0, NULL, 0, 1000, 0, &lock, &error), KV_ERR_ARGUMENT);
    EXPECT(acquire(store, 0, 0, &lock), KV_ERR_ARGUMENT);
    EXPECT(acquire(store, INT64_MIN, 0, &lock), KV_ERR_ARGUMENT);
    EXPECT(acquire(store, 1000, -1, &lock), KV_ERR_ARGUMENT);
    CHECK(strstr(error.message, "negative") != NULL);
    EXPECT(kv_lock_renew(store, "job", KV_NUL, none, 1000, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_lock_release(store, "job", KV_NUL, none, &error), KV_ERR_ARGUMENT);
    kv_batch batch;
    EXPECT(kv_batch_new(&batch, &error), KV_OK);
    EXPECT(kv_batch_check_lock(batch, "job", KV_NUL, none, &error), KV_ERR_ARGUMENT);
    EXPECT(kv_batch_commit(store, batch, &error), KV_OK);
    EXPECT(kv_batch_close(batch, &error), KV_OK);
    kv_value owner;
    EXPECT(kv_lock_get(store, "job", KV_NUL, &owner, &error), KV_NOT_FOUND);
    CHECK(owner.data == NULL && owner.owner == 0);
    // The longest lease is as long as the longest ttl.
    EXPECT(acquire(store, INT64_MAX, INT64_MAX, &lock), KV_OK);
    EXPECT(acquire(store, 1000, 10, &lock), KV_CONFLICT);
    EXPECT(kv_delete_group(store, "kv.lock", KV_NUL, NULL, &error), KV_OK);
}

enum { OWNERS = 4, ROUNDS = 25 };

static int inside;
static uint64_t last_token;

static void *own(void *arg)
{
    kv_error own_error;
    for (int round = 0; round < ROUNDS; round++) {
        kv_lock lock;
        CHECK(kv_lock_acquire(store, "shared", KV_NUL, arg, KV_NUL, 60000, 60000, &lock,
                              &own_error) == KV_OK);
        CHECK(__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) == 1);
        CHECK(__atomic_exchange_n(&last_token, lock.token, __ATOMIC_SEQ_CST) < lock.token);
        __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        CHECK(kv_lock_release(store, "shared", KV_NUL, lock, &own_error) == KV_OK);
    }
    return NULL;
}

static void owners_of_many_threads_take_turns(void)
{
    pthread_t threads[OWNERS];
    for (int i = 0; i < OWNERS; i++) CHECK(pthread_create(&threads[i], NULL, own, "thread") == 0);
    for (int i = 0; i < OWNERS; i++) pthread_join(threads[i], NULL);
    CHECK_EQUAL(inside, 0);
}

struct waiter {
    kv_store store;
    kv_status status;
};

static void *wait_for_it(void *arg)
{
    struct waiter *waiter = arg;
    kv_lock lock;
    waiter->status = kv_lock_acquire(waiter->store, "job", KV_NUL, NULL, 0, 1000,
                                     INT64_MAX, &lock, NULL);
    return NULL;
}

static uint64_t hits(void)
{
    kv_stats stats = KV_STATS_INIT;
    EXPECT(kv_stats_get(store, &stats, &error), KV_OK);
    return stats.hits;
}

/* A wait without a limit, which `end` ends. It has begun when it has looked at the lock. */
static kv_status end_a_wait(kv_store waits, void (*end)(kv_store))
{
    struct waiter waiter = {waits, KV_OK};
    uint64_t before = hits();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_it, &waiter) == 0);
    while (hits() == before) sched_yield();
    end(waits);
    pthread_join(thread, NULL);
    return waiter.status;
}

static void close_it(kv_store at) { EXPECT(kv_close(at, &error), KV_OK); }
static void cancel_it(kv_store at) { EXPECT(kv_cancel(at, 0, &error), KV_OK); }

static void a_store_that_is_closed_ends_the_waits_for_its_locks(void)
{
    kv_store scope, bound;
    kv_lock lock;
    EXPECT(kv_scope(store, "tenant", &scope, &error), KV_OK);
    EXPECT(acquire(scope, 600000, 0, &lock), KV_OK);
    EXPECT(kv_bind(scope, &bound, &error), KV_OK);
    CHECK_EQUAL(end_a_wait(bound, cancel_it), KV_ERR_CANCELLED);
    EXPECT(kv_arm(bound, -1, NULL, &error), KV_OK);
    CHECK_EQUAL(end_a_wait(bound, close_it), KV_ERR_CANCELLED);
    CHECK_EQUAL(end_a_wait(scope, close_it), KV_ERR_CLOSED);
    EXPECT(kv_delete_all(store, "tenant:", KV_NUL, NULL, &error), KV_OK);
}

static void run_on(const char *location, const char *name)
{
    check_program = name;
    store = check_open(location);
    RUN(a_lock_is_a_proof_that_can_be_passed_on);
    RUN(what_is_no_lock_is_refused);
    RUN(owners_of_many_threads_take_turns);
    RUN(a_store_that_is_closed_ends_the_waits_for_its_locks);
    EXPECT(kv_close(store, &error), KV_OK);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv, "lock");
    run_on("memory:", "lock in memory");
    char location[4200];
    snprintf(location, sizeof location, "sqlite:%s", check_path("lock.db"));
    run_on(location, "lock in a file");
    return check_end();
}
