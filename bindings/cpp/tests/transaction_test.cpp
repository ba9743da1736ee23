// Transactions and updates.
#include <memory>
#include <stdexcept>
#include <thread>

#include "fixture.hpp"

using Transaction = StoreTest;

// Each call on a key is refused.
static void each_call_is_refused(kv::transaction &txn, kv::errc code) {
    refused(code, [&] { (void)txn.get("g", "k"); });
    refused(code, [&] { txn.exists("g", "k"); });
    refused(code, [&] { txn.ttl("g", "k"); });
    refused(code, [&] { (void)txn.scan("g"); });
    refused(code, [&] { txn.set("g", "k", "v"); });
    refused(code, [&] { txn.put("g", "k", "v"); });
    refused(code, [&] { txn.increment("g", "k"); });
    refused(code, [&] { txn.append("g", "k", "v"); });
    refused(code, [&] { (void)txn.expire("g", "k", 1h); });
    refused(code, [&] { txn.erase("g", "k"); });
}

static_assert(!std::is_copy_constructible_v<kv::transaction>);
static_assert(!std::is_copy_assignable_v<kv::transaction>);
static_assert(std::is_nothrow_move_constructible_v<kv::transaction>);
static_assert(std::is_nothrow_move_assignable_v<kv::transaction>);

TEST_F(Transaction, commits_what_it_has_written_and_reads_it_back) {
    store.set("g", "old", "1", 1h);
    kv::transaction txn = store.transaction();
    EXPECT_EQ(txn.get("g", "k"), std::nullopt);
    txn.set("g", "k", "v");
    txn.set("g", "short", "v", 1h);
    EXPECT_EQ(txn.get("g", "k"), "v");
    const auto own = txn.get<kv::value>("g", "short");
    EXPECT_EQ(own->version(), 0u);
    EXPECT_TRUE(own->expires_at());
    const auto stored = txn.get<kv::value>("g", "old");
    EXPECT_NE(stored->version(), 0u);
    EXPECT_TRUE(stored->expires_at());
    EXPECT_TRUE(txn.erase("g", "old"));
    EXPECT_FALSE(txn.erase("g", "old"));
    EXPECT_FALSE(txn.erase("g", "absent"));
    EXPECT_FALSE(store.exists("g", "k"));
    EXPECT_TRUE(store.exists("g", "old"));
    EXPECT_TRUE(txn.is_open());
    EXPECT_TRUE(txn.commit());
    EXPECT_FALSE(txn.is_open());
    EXPECT_EQ(store.get("g", "k"), "v");
    EXPECT_LE(remaining(store, "g", "short"), 1h);
    EXPECT_FALSE(store.exists("g", "old"));
}

TEST_F(Transaction, is_refused_when_what_it_read_has_changed) {
    store.set("g", "k", "1");
    for (const bool is_absent : {false, true}) {
        kv::transaction txn = store.transaction();
        (void)txn.get("g", is_absent ? "absent" : "k");
        txn.set("g", "mine", "v");
        store.set("g", is_absent ? "absent" : "k", "2");
        EXPECT_FALSE(txn.commit());
        EXPECT_FALSE(store.exists("g", "mine"));
        each_call_is_refused(txn, kv::errc::handle);
        refused(kv::errc::handle, [&] { (void)txn.commit(); });
    }
    kv::transaction reader = store.transaction();
    EXPECT_EQ(reader.get("g", "k"), "2");
    store.set("g", "k", "3");
    EXPECT_EQ(reader.get("g", "k"), "2");
    EXPECT_FALSE(reader.commit());
}

TEST_F(Transaction, counts_appends_and_tells_what_it_sees) {
    store.set("g", "n", "5", 2h);
    store.set("g", "text", "ab");
    kv::transaction txn = store.transaction();
    EXPECT_EQ(txn.increment("g", "n"), 6);
    EXPECT_EQ(txn.increment("g", "n", -10, 1s), -4);
    EXPECT_EQ(txn.increment("g", "new", 3, 1h), 3);
    EXPECT_EQ(txn.append("g", "text", "cd", 1s), 4u);
    EXPECT_EQ(txn.append("g", "more", "x", kv::never), 1u);
    EXPECT_EQ(txn.get("g", "n"), "-4");
    EXPECT_GT(txn.ttl("g", "n")->duration(), 1h);
    EXPECT_LE(txn.ttl("g", "new")->duration(), 1h);
    EXPECT_EQ(txn.ttl("g", "text"), kv::never);
    EXPECT_EQ(txn.ttl("g", "absent"), std::nullopt);
    EXPECT_TRUE(txn.exists("g", "new"));
    EXPECT_FALSE(txn.exists("g", "absent"));
    EXPECT_TRUE(txn.erase("g", "more"));
    EXPECT_FALSE(txn.exists("g", "more"));
    EXPECT_EQ(txn.ttl("g", "more"), std::nullopt);
    EXPECT_EQ(store.get("g", "n"), "5");
    EXPECT_TRUE(txn.commit());
    EXPECT_EQ(store.get("g", "n"), "-4");
    EXPECT_GT(remaining(store, "g", "n"), 1h);
    EXPECT_GT(remaining(store, "g", "new"), 59min);
    EXPECT_LE(remaining(store, "g", "new"), 1h);
    EXPECT_EQ(store.get("g", "text"), "abcd");
    EXPECT_EQ(store.ttl("g", "text"), kv::never);
    EXPECT_FALSE(store.exists("g", "more"));
}

TEST_F(Transaction, an_expiry_leaves_value_and_version) {
    const std::uint64_t version = store.put("g", "k", "v").version;
    kv::transaction txn = store.transaction();
    EXPECT_EQ(txn.expire("g", "absent", 1h), kv::outcome::not_found);
    EXPECT_EQ(txn.expire("g", "k", 1h, kv::expire_if::has_expiry), kv::outcome::conflict);
    EXPECT_EQ(txn.ttl("g", "k"), kv::never);
    EXPECT_EQ(txn.expire("g", "k", 1h, kv::expire_if::no_expiry), kv::outcome::ok);
    const auto later = kv::expire_if::has_expiry | kv::expire_if::later;
    EXPECT_EQ(txn.expire("g", "k", 30min, later), kv::outcome::conflict);
    EXPECT_EQ(txn.expire("g", "k", 2h, later), kv::outcome::ok);
    EXPECT_EQ(txn.get<kv::value>("g", "k")->version(), version);
    EXPECT_EQ(store.ttl("g", "k"), kv::never);
    EXPECT_TRUE(txn.commit());
    EXPECT_GT(remaining(store, "g", "k"), 1h);
    EXPECT_EQ(store.get<kv::value>("g", "k")->version(), version);
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_F(Transaction, each_call_on_a_key_counts_as_reading_it) {
    const std::vector<void (*)(kv::transaction &)> reads = {
        [](kv::transaction &txn) { txn.exists("g", "k"); },
        [](kv::transaction &txn) { txn.ttl("g", "k"); },
        [](kv::transaction &txn) { txn.increment("g", "k"); },
        [](kv::transaction &txn) { txn.append("g", "k", "0"); },
        [](kv::transaction &txn) { (void)txn.expire("g", "k", 1h); },
        [](kv::transaction &txn) { txn.erase("g", "k"); },
    };
    for (const auto read : reads) {
        for (const bool is_there : {false, true}) {
            store.erase("g", "k");
            if (is_there) store.set("g", "k", "1");
            kv::transaction txn = store.transaction();
            read(txn);
            store.set("g", "k", "2");
            EXPECT_FALSE(txn.commit());
            EXPECT_EQ(store.get("g", "k"), "2");
            EXPECT_EQ(store.ttl("g", "k"), kv::never);
        }
    }
}

TEST_F(Transaction, conditions_are_looked_at_at_once) {
    const std::uint64_t version = store.put("g", "k", "v", {.expiry = kv::expires_after(1h)}).version;
    kv::transaction txn = store.transaction();
    EXPECT_FALSE(txn.put("g", "k", "w", {kv::if_absent}));
    EXPECT_FALSE(txn.put("g", "k", "w", {kv::if_version(version + 1)}));
    EXPECT_FALSE(txn.put("g", "absent", "w", {kv::if_present}));
    EXPECT_TRUE(txn.put("g", "k", "w", {kv::if_version(version), kv::keep_expiry}));
    EXPECT_TRUE(txn.put("g", "new", "w", {kv::if_absent}));
    EXPECT_FALSE(txn.put("g", "new", "x", {kv::if_absent}));
    EXPECT_TRUE(txn.put("g", "any", "x"));
    EXPECT_TRUE(txn.commit());
    EXPECT_EQ(store.get("g", "k"), "w");
    EXPECT_GT(remaining(store, "g", "k"), 59min);
    EXPECT_LE(remaining(store, "g", "k"), 1h);
    EXPECT_EQ(store.get("g", "new"), "w");
}

TEST_F(Transaction, all_bytes_are_data) {
    kv::transaction txn = store.transaction();
    for (const std::string &bytes : awkward) txn.set(bytes, bytes, bytes);
    for (const std::string &bytes : awkward) EXPECT_EQ(txn.get(bytes, bytes), bytes);
    EXPECT_TRUE(txn.commit());
    for (const std::string &bytes : awkward) EXPECT_EQ(store.get(bytes, bytes), bytes);
}

TEST_F(Transaction, what_is_refused_leaves_it_open) {
    kv::transaction txn = store.transaction();
    txn.set("g", "k", "v");
    const std::string large(65536, 'x');
    refused(kv::errc::too_large, [&] { txn.set("g", large, "v"); });
    refused(kv::errc::too_large, [&] { (void)txn.get(large, "k"); });
    refused(kv::errc::too_large, [&] { txn.erase("g", large); });
    refused(kv::errc::too_large, [&] { txn.exists("g", large); });
    refused(kv::errc::too_large, [&] { txn.ttl("g", large); });
    refused(kv::errc::too_large, [&] { txn.increment("g", large); });
    refused(kv::errc::too_large, [&] { txn.append("g", large, "v"); });
    refused(kv::errc::too_large, [&] { (void)txn.expire("g", large, 1h); });
    refused(kv::errc::not_integer, [&] { txn.increment("g", "k"); });
    store.set("g", "largest", "9223372036854775807");
    refused(kv::errc::not_integer, [&] { txn.increment("g", "largest"); });
    refused(kv::errc::argument, [&] {
        (void)txn.expire("g", "k", 1h, kv::expire_if::no_expiry | kv::expire_if::has_expiry);
    });
    refused(kv::errc::argument, [&] { txn.set("g", "k", "v", -1ms); });
    EXPECT_TRUE(txn.commit());
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_F(Transaction, is_aborted_by_its_end) {
    {
        kv::transaction forgotten = store.transaction();
        forgotten.set("g", "k", "v");
    }
    kv::transaction aborted = store.transaction();
    aborted.set("g", "k", "v");
    aborted.abort();
    EXPECT_FALSE(aborted.is_open());
    refused(kv::errc::handle, [&] { aborted.abort(); });
    each_call_is_refused(aborted, kv::errc::handle);
    EXPECT_FALSE(store.exists("g", "k"));
}

TEST_F(Transaction, may_outlive_its_store) {
    kv::transaction txn = store.transaction();
    txn.set("g", "k", "v");
    store.close();
    each_call_is_refused(txn, kv::errc::closed);
    refused(kv::errc::closed, [&] { (void)txn.commit(); });
    EXPECT_TRUE(txn.is_open());
    txn.abort();
    refused(kv::errc::handle, [&] { (void)store.transaction(); });
    refused(kv::errc::handle, [&] { store.update([](kv::transaction &) {}); });
}

TEST_F(Transaction, moves_and_leaves_an_empty_one) {
    kv::transaction first = store.transaction();
    first.set("g", "k", "v");
    kv::transaction second = std::move(first);
    EXPECT_FALSE(first.is_open());  // NOLINT: that is the test
    each_call_is_refused(first, kv::errc::handle);
    refused(kv::errc::handle, [&] { (void)first.commit(); });
    first = std::move(second);
    kv::transaction &itself = first;
    first = std::move(itself);
    kv::transaction taken(first.release());
    EXPECT_FALSE(first.is_open());
    EXPECT_NE(taken.native().id, 0u);
    EXPECT_TRUE(taken.commit());
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_F(Transaction, an_update_runs_again_after_each_conflict) {
    int runs = 0;
    const std::string sum = store.update([&](kv::transaction &txn) {
        const std::string found = txn.get("g", "n").value_or("0");
        if (++runs < 4) store.increment("g", "n");
        txn.set("g", "n", found + "!");
        return found;
    });
    EXPECT_EQ(runs, 4);
    EXPECT_EQ(sum, "3");
    EXPECT_EQ(store.get("g", "n"), "3!");
}

TEST_F(Transaction, an_update_ends_after_so_many_tries) {
    int runs = 0;
    const auto always_late = [&](kv::transaction &txn) {
        ++runs;
        (void)txn.get("g", "n");
        txn.set("g", "mine", "v");
        store.increment("g", "n");
    };
    EXPECT_EQ(refused(kv::update_errc::conflict, [&] { store.update(always_late, 3); }),
              "update: other writers committed first, 3 times");
    EXPECT_EQ(runs, 3);
    runs = 0;
    refused(kv::update_errc::conflict, [&] { store.update(always_late); });
    EXPECT_EQ(runs, kv::update_tries);
    EXPECT_FALSE(store.exists("g", "mine"));
    for (const int tries : {0, -1})
        refused(kv::errc::argument, [&] { store.update([](kv::transaction &) {}, tries); });
}

TEST_F(Transaction, an_update_that_throws_refuses_or_aborts_writes_nothing) {
    EXPECT_THROW(store.update([](kv::transaction &txn) {
        txn.set("g", "k", "v");
        throw std::runtime_error("mine");
    }),
                 std::runtime_error);
    EXPECT_EQ(refused(kv::errc::full, [&] {
                  store.update([](kv::transaction &txn) -> kv::result<int> {
                      txn.set("g", "k", "v");
                      return kv::failure(kv::errc::full, "the account is empty");
                  });
              }),
              "the account is empty");
    store.update([](kv::transaction &txn) {
        txn.set("g", "k", "v");
        txn.abort();
    });
    EXPECT_FALSE(store.exists("g", "k"));
    refused(kv::errc::too_large, [&] {
        store.update([](kv::transaction &txn) {
            txn.set("g", "k", "v");
            txn.set("g", std::string(65536, 'x'), "v");
        });
    });
    EXPECT_FALSE(store.exists("g", "k"));
}

TEST_F(Transaction, an_update_returns_what_can_only_be_moved) {
    std::unique_ptr<int> moved =
        store.update([](kv::transaction &) { return std::make_unique<int>(7); });
    EXPECT_EQ(*moved, 7);
    const int plain = store.update([](kv::transaction &) -> kv::result<int> { return 8; });
    EXPECT_EQ(plain, 8);
}

TEST_F(Transaction, no_update_of_many_is_lost) {
    constexpr int threads_count = 4, calls = 25;
    store.set("accounts", "a", "100");
    store.set("accounts", "b", "0");
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_count; ++i)
        threads.emplace_back([&] {
            for (int call = 0; call < calls; ++call)
                store.update(
                    [](kv::transaction &txn) {
                        const int a = std::stoi(txn.get("accounts", "a").value());
                        const int b = std::stoi(txn.get("accounts", "b").value());
                        txn.set("accounts", "a", std::to_string(a - 1));
                        txn.set("accounts", "b", std::to_string(b + 1));
                    },
                    10000);
        });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(store.get("accounts", "a"), "0");
    EXPECT_EQ(store.get("accounts", "b"), "100");
}

TEST_F(Transaction, returns_results) {
    kv::transaction txn = *store.try_transaction();
    EXPECT_EQ(*txn.try_get("g", "k"), std::nullopt);
    ASSERT_TRUE(txn.try_set("g", "k", "v"));
    EXPECT_FALSE(*txn.try_put("g", "k", "w", {kv::if_absent}));
    EXPECT_TRUE(*txn.try_exists("g", "k"));
    EXPECT_EQ(*txn.try_ttl("g", "k"), kv::never);
    EXPECT_EQ(*txn.try_ttl("g", "absent"), std::nullopt);
    EXPECT_EQ(*txn.try_increment("g", "n"), 1);
    EXPECT_EQ(*txn.try_append("g", "n", "0"), 2u);
    EXPECT_EQ(*txn.try_expire("g", "n", 1h), kv::outcome::ok);
    EXPECT_EQ(txn.try_increment("g", "k").error().code(), kv::errc::not_integer);
    EXPECT_TRUE(*txn.try_erase("g", "k"));
    ASSERT_TRUE(txn.try_set("g", "k", "v"));
    EXPECT_TRUE(*txn.try_commit());
    EXPECT_EQ(txn.try_exists("g", "k").error().code(), kv::errc::handle);
    EXPECT_EQ(txn.try_abort().error().code(), kv::errc::handle);
    EXPECT_EQ(txn.try_commit().error().code(), kv::errc::handle);

    const kv::result<int> sum = store.try_update([](kv::transaction &txn) {
        return txn.try_get("g", "k")
            .and_then([&](const std::optional<std::string> &found) {
                return txn.try_set("g", "k", *found + "w");
            })
            .transform([] { return 7; });
    });
    ASSERT_TRUE(sum);
    EXPECT_EQ(*sum, 7);
    EXPECT_EQ(store.get("g", "k"), "vw");
    const auto failed = store.try_update([](kv::transaction &txn) {
        return txn.try_set("g", std::string(65536, 'x'), "v");
    });
    EXPECT_EQ(failed.error().code(), kv::errc::too_large);
    EXPECT_EQ(store.try_update([](kv::transaction &) {}, 0).error().code(),
              kv::errc::argument);
    const auto late = store.try_update(
        [&](kv::transaction &txn) {
            (void)txn.try_get("g", "k");
            store.append("g", "k", "x");
        },
        2);
    EXPECT_EQ(late.error().code(), kv::update_errc::conflict);
    store.close();
    EXPECT_EQ(store.try_transaction().error().code(), kv::errc::handle);
}
