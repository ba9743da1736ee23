// Operations that must not run twice.
#include <atomic>
#include <thread>

#include "fixture.hpp"

using kv::idempotency_state;
using kv::outcome;

static_assert(!std::is_copy_constructible_v<kv::attempt>);
static_assert(std::is_nothrow_move_constructible_v<kv::attempt>);

class Idempotency : public StoreTest {
protected:
    const kv::idempotency operations = store.idempotency();

    kv::attempt begin(std::string_view key, kv::ttl ttl = kv::never) const {
        return operations.begin(key, "request", ttl);
    }
};

TEST_F(Idempotency, one_starts_and_the_others_get_its_response) {
    const kv::attempt first = begin("pay");
    EXPECT_EQ(first.state(), idempotency_state::started);
    EXPECT_NE(first.token(), 0u);
    EXPECT_TRUE(first.response().empty());
    const kv::attempt second = begin("pay");
    EXPECT_EQ(second.state(), idempotency_state::in_progress);
    EXPECT_EQ(second.token(), 0u);
    EXPECT_EQ(operations.begin("pay", "another", 1h).state(), idempotency_state::mismatch);
    const auto running = operations.get("pay");
    EXPECT_EQ(running->state, idempotency_state::in_progress);
    EXPECT_TRUE(running->response.empty());

    EXPECT_EQ(first.complete("paid"), outcome::ok);
    EXPECT_EQ(first.complete("twice"), outcome::conflict);
    EXPECT_EQ(first.forget(), outcome::conflict);
    const kv::attempt third = begin("pay");
    EXPECT_EQ(third.state(), idempotency_state::completed);
    EXPECT_EQ(third.response(), "paid");
    const auto done = operations.get("pay");
    EXPECT_EQ(done->state, idempotency_state::completed);
    EXPECT_EQ(done->response, "paid");
    EXPECT_EQ(operations.begin("pay", "another", 1h).state(), idempotency_state::mismatch);
}

TEST_F(Idempotency, an_attempt_that_has_not_started_can_neither_complete_nor_forget) {
    const kv::attempt first = begin("pay");
    const kv::attempt second = begin("pay");
    refused(kv::errc::argument, [&] { (void)second.complete("x"); });
    EXPECT_EQ(refused(kv::errc::argument, [&] { second.forget(); }),
              "forget: this attempt has not started the operation");
    EXPECT_EQ(operations.complete("pay", first.token() + 1, "x"), outcome::conflict);
    EXPECT_EQ(operations.forget("pay", first.token() + 1), outcome::conflict);
    refused(kv::errc::argument, [&] { (void)operations.complete("pay", 0, "x"); });
    EXPECT_EQ(operations.complete("pay", first.token(), "paid"), outcome::ok);
}

TEST_F(Idempotency, a_failed_operation_is_given_up) {
    const kv::attempt failed = begin("pay");
    EXPECT_EQ(failed.forget(), outcome::ok);
    EXPECT_EQ(failed.forget(), outcome::not_found);
    EXPECT_EQ(failed.complete("late"), outcome::not_found);
    EXPECT_FALSE(operations.get("pay"));
    const kv::attempt again = begin("pay");
    EXPECT_EQ(again.state(), idempotency_state::started);
    EXPECT_EQ(failed.complete("late"), outcome::conflict);
    EXPECT_EQ(failed.forget(), outcome::conflict);
    EXPECT_EQ(operations.forget("pay"), outcome::ok);
    EXPECT_EQ(operations.forget("pay"), outcome::not_found);
}

TEST_F(Idempotency, an_attempt_that_goes_leaves_its_record) {
    std::uint64_t token = 0;
    {
        const kv::attempt attempt = begin("pay");
        token = attempt.token();
    }
    EXPECT_EQ(begin("pay").state(), idempotency_state::in_progress);
    EXPECT_EQ(operations.forget("pay", token), outcome::ok);
}

TEST_F(Idempotency, a_caller_after_the_expiry_takes_over) {
    const kv::attempt late = begin("pay", 1ms);
    while (operations.get("pay")) std::this_thread::yield();
    const kv::attempt next = begin("pay");
    EXPECT_EQ(next.state(), idempotency_state::started);
    EXPECT_EQ(late.complete("late"), outcome::conflict);
    EXPECT_EQ(next.complete("next"), outcome::ok);
}

TEST_F(Idempotency, all_bytes_are_data) {
    for (const std::string &bytes : awkward) {
        const kv::attempt attempt = operations.begin(bytes, bytes.substr(0, 1024), 1h);
        ASSERT_EQ(attempt.complete(bytes), outcome::ok);
        EXPECT_EQ(operations.get(bytes)->response, bytes);
        EXPECT_EQ(operations.begin(bytes, bytes.substr(0, 1024), 1h).response(), bytes);
    }
}

TEST_F(Idempotency, what_is_refused_starts_nothing) {
    refused(kv::errc::argument, [&] { (void)begin("pay", -1ms); });
    refused(kv::errc::too_large, [&] { (void)begin(std::string(65536, 'x')); });
    refused(kv::errc::too_large,
            [&] { (void)operations.begin("pay", std::string(1025, 'x'), 1h); });
    EXPECT_FALSE(operations.get("pay"));
    store.set("kv.idempotency", "junk", "junk");
    refused(kv::errc::corrupt, [&] { (void)begin("junk"); });
    refused(kv::errc::corrupt, [&] { (void)operations.get("junk"); });
    EXPECT_EQ(operations.forget("junk"), outcome::ok);
}

TEST_F(Idempotency, an_attempt_moves) {
    kv::attempt first = begin("pay");
    kv::attempt second = std::move(first);
    refused(kv::errc::handle, [&] { (void)first.complete("x"); });  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { first.forget(); });
    EXPECT_EQ(first.token(), 0u);
    first = std::move(second);
    EXPECT_EQ(first.complete("paid"), outcome::ok);
    kv::attempt third = begin("pay");
    first = std::move(third);
    EXPECT_EQ(first.response(), "paid");
    store.close();
    refused(kv::errc::handle, [&] { (void)begin("pay"); });
    refused(kv::errc::handle, [&] { (void)operations.get("pay"); });
    refused(kv::errc::handle, [&] { operations.forget("pay"); });
}

TEST_F(Idempotency, one_of_many_threads_starts) {
    for (int round = 0; round < 20; ++round) {
        const std::string key = std::to_string(round);
        std::atomic<int> started = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { started += begin(key).state() == idempotency_state::started; });
        for (std::thread &thread : threads) thread.join();
        EXPECT_EQ(started, 1);
    }
}

TEST_F(Idempotency, returns_results) {
    const kv::idempotency quiet = store.idempotency();
    kv::attempt attempt = *quiet.try_begin("pay", "r", 1h);
    EXPECT_EQ(quiet.try_begin("pay", "r", 1h)->try_forget().error().code(), kv::errc::argument);
    EXPECT_EQ(*attempt.try_complete("paid"), outcome::ok);
    EXPECT_EQ((*quiet.try_get("pay"))->response, "paid");
    EXPECT_FALSE(quiet.try_get("absent")->has_value());
    EXPECT_EQ(quiet.try_begin("pay", "r", -1ms).error().code(), kv::errc::argument);
    EXPECT_EQ(*quiet.try_forget("pay"), outcome::ok);
}
