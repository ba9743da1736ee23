// Waits for a lock: what ends them, and the locks of bound stores.
#include <atomic>
#include <thread>

#include "fixture.hpp"

using LockWait = StoreTest;

// Longer than a wait in a test takes, so that one which nothing ends is noticed.
constexpr std::chrono::milliseconds patience = 60s;

// A bound store that says when a call through it waits: the library then calls its poll.
class Waiting {
public:
    explicit Waiting(const kv::store &store) : bound(store) {
        bound.arm_poll(
            [](void *self) -> std::int32_t {
                static_cast<Waiting *>(self)->waits_ = true;
                return 0;
            },
            this);
    }

    void until_it_waits() const {
        while (!waits_) std::this_thread::yield();
    }

    kv::bound_store bound;

private:
    std::atomic<bool> waits_{false};
};

TEST_F(LockWait, a_release_wakes_the_waiter) {
    std::optional<kv::lock> first = store.lock("job", 1h);
    const std::uint64_t token = first->token();
    Waiting waiting(store);
    std::thread waiter([&] {
        const auto second = waiting.bound.lock("job", 1h, {.wait = patience});
        ASSERT_TRUE(second);
        EXPECT_GT(second->token(), token);
    });
    waiting.until_it_waits();
    first.reset();
    waiter.join();
    EXPECT_FALSE(store.lock_holder("job"));
}

TEST_F(LockWait, ends_in_time_without_the_lock_and_may_be_as_long_as_there_is) {
    const auto first = store.lock("job", 1h);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(store.lock("job", 1h, kv::lock_options().with_wait(30ms)));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
    EXPECT_TRUE(first->renew(1ms));
    EXPECT_TRUE(store.lock("job", 1h, {.wait = std::chrono::milliseconds::max()}));
}

TEST_F(LockWait, ends_with_the_deadline_of_a_bound_store) {
    const auto first = store.lock("job", 1h, {.owner = "first"});
    kv::bound_store bound(store);
    bound.arm(20ms);
    refused(kv::errc::deadline, [&] { (void)bound.lock("job", 1h, {.wait = patience}); });
    EXPECT_EQ(store.lock_holder("job")->owner, "first");
    refused(kv::errc::deadline, [&] { (void)bound.lock("other", 1h); });
    EXPECT_FALSE(store.lock_holder("other"));
}

TEST_F(LockWait, ends_with_a_cancel) {
    const auto first = store.lock("job", 1h, {.owner = "first"});
    Waiting waiting(store);
    std::thread waiter([&] {
        EXPECT_EQ(waiting.bound.try_lock("job", 1h, {.wait = patience}).error().code(),
                  kv::errc::cancelled);
    });
    waiting.until_it_waits();
    waiting.bound.cancel();
    waiter.join();
    EXPECT_EQ(store.lock_holder("job")->owner, "first");
}

#if defined(__cpp_lib_jthread)
TEST_F(LockWait, ends_with_the_stop_of_a_thread) {
    const auto first = store.lock("job", 1h);
    Waiting waiting(store);
    std::jthread waiter([&](std::stop_token token) {
        const auto stopping = waiting.bound.cancel_on(token, waiting.bound.arm());
        EXPECT_EQ(waiting.bound.try_lock("job", 1h, {.wait = patience}).error().code(),
                  kv::errc::cancelled);
    });
    waiting.until_it_waits();
    waiter.request_stop();
}
#endif

TEST_F(LockWait, ends_when_the_store_is_closed) {
    const auto first = store.lock("job", 1h);
    Waiting waiting(store);
    std::thread waiter([&] {
        EXPECT_EQ(waiting.bound.try_lock("job", 1h, {.wait = patience}).error().code(),
                  kv::errc::closed);
    });
    waiting.until_it_waits();
    store.close();
    waiter.join();
}

TEST_F(LockWait, a_lock_of_a_bound_store_outlives_it_and_has_no_deadline) {
    std::optional<kv::lock> lock;
    {
        kv::bound_store bound(store);
        lock = bound.lock("job", 1h);
        bound.arm(0ms);
        EXPECT_TRUE(lock->renew(1h));
        bound.arm();
        bound.cancel();
        EXPECT_TRUE(lock->renew(1h));
    }
    EXPECT_TRUE(lock->renew(1h));
    lock.reset();
    EXPECT_FALSE(store.lock_holder("job"));
}

TEST_F(LockWait, one_thread_renews_while_another_works) {
    const kv::lock lock = *store.lock("job", 1h);
    std::atomic<bool> is_done = false;
    std::atomic<int> renewals = 0;
    std::thread renewer([&] {
        while (!is_done) renewals += lock.renew(1h);
    });
    kv::batch batch;
    batch.check_lock(lock);
    batch.increment("g", "n");
    int commits = 0;
    while (renewals < 10 || commits < 10) {
        ASSERT_TRUE(store.commit(batch));
        ++commits;
    }
    is_done = true;
    renewer.join();
    EXPECT_EQ(store.get("g", "n"), std::to_string(commits));
}

TEST_F(LockWait, many_hold_it_one_after_the_other) {
    constexpr int threads_count = 4, calls = 10;
    std::atomic<int> inside = 0, met = 0;
    std::atomic<std::uint64_t> last = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_count; ++i)
        threads.emplace_back([&] {
            for (int call = 0; call < calls; ++call) {
                const auto lock = store.lock("job", 1h, {.wait = patience});
                met += !lock || ++inside != 1;
                met += last.exchange(lock->token()) >= lock->token();
                const int n = std::stoi(store.get("g", "n").value_or("0"));
                store.set("g", "n", std::to_string(n + 1));
                --inside;
            }
        });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(met, 0);
    EXPECT_EQ(store.get("g", "n"), std::to_string(threads_count * calls));
}
