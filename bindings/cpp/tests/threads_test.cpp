// Objects that several threads share, and those that they hand on.
#include <atomic>
#include <thread>

#include "fixture.hpp"

using Threads = StoreTest;

TEST_F(Threads, a_store_is_used_by_many) {
    constexpr int threads_count = 8, calls = 200;
    Meeting meeting;
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_count; ++i)
        threads.emplace_back([&] {
            for (int call = 0; call < calls; ++call)
                meeting([&] { return store.increment("g", "n"); });
        });
    for (std::thread &thread : threads) thread.join();
    EXPECT_TRUE(meeting.happened());
    EXPECT_EQ(store.get("g", "n"), std::to_string(threads_count * calls));
}

TEST_F(Threads, one_of_many_takes_a_typed_value) {
    const kv::typed<std::string, kv::bytes> codes(store, "codes");
    Meeting meeting;
    for (int round = 0; round < 1000 && (round < 20 || !meeting.happened()); ++round) {
        codes.set("k", "v");
        std::atomic<int> taken = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                taken += meeting([&] { return codes.take("k").has_value(); });
            });
        for (std::thread &thread : threads) thread.join();
        EXPECT_EQ(taken, 1);
    }
    EXPECT_TRUE(meeting.happened());
}

TEST_F(Threads, a_store_is_closed_under_those_who_use_it) {
    std::atomic<int> working = 0;
    std::vector<std::thread> threads;
    std::atomic<int> refusals = 0;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            bool is_first = true;
            for (;;) {
                const auto done = store.try_set("g", "k", "v");
                if (!done) {
                    refusals += done.error().code() == kv::errc::handle;
                    return;
                }
                if (std::exchange(is_first, false)) ++working;
            }
        });
    while (working < 4) std::this_thread::yield();
    store.close();
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(refusals, 4);
}

TEST_F(Threads, a_cursor_and_a_batch_move_between_threads) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    kv::cursor cursor = store.scan("g");
    kv::batch batch;
    EXPECT_EQ(cursor.next()->key, "a");
    std::thread([&, cursor = std::move(cursor), batch = std::move(batch)]() mutable {
        EXPECT_EQ(cursor.next()->key, "b");
        batch.set("g", "c", "3");
        EXPECT_TRUE(store.commit(batch));
    }).join();
    EXPECT_EQ(store.get("g", "c"), "3");
}
