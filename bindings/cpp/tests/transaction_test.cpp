// Transactions and updates.
#include <memory>
#include <stdexcept>
#include <thread>

#include "fixture.hpp"

using Transaction = StoreTest;

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
        refused(kv::errc::handle, [&] { (void)txn.commit(); });
    }
    kv::transaction reader = store.transaction();
    EXPECT_EQ(reader.get("g", "k"), "2");
    store.set("g", "k", "3");
    EXPECT_EQ(reader.get("g", "k"), "2");
    EXPECT_FALSE(reader.commit());
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
    refused(kv::errc::handle, [&] { (void)aborted.get("g", "k"); });
    refused(kv::errc::handle, [&] { aborted.set("g", "k", "v"); });
    refused(kv::errc::handle, [&] { aborted.erase("g", "k"); });
    EXPECT_FALSE(store.exists("g", "k"));
}

TEST_F(Transaction, may_outlive_its_store) {
    kv::transaction txn = store.transaction();
    txn.set("g", "k", "v");
    store.close();
    refused(kv::errc::closed, [&] { (void)txn.get("g", "k"); });
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
    refused(kv::errc::handle, [&] { (void)first.get("g", "k"); });
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
    EXPECT_TRUE(*txn.try_erase("g", "k"));
    ASSERT_TRUE(txn.try_set("g", "k", "v"));
    EXPECT_TRUE(*txn.try_commit());
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
