// Scans of transactions.
#include "fixture.hpp"

using TransactionScan = StoreTest;

// The keys and values of a walk, and the version 0 of what is not committed as an exclamation mark.
static std::string walked(kv::cursor cursor) {
    std::string text;
    for (const kv::entry &entry : cursor)
        text += std::string(entry.key) + std::string(entry.value) + (entry.version ? " " : "! ");
    return text;
}

TEST_F(TransactionScan, has_its_own_writes_among_the_stored_entries) {
    for (const char *key : {"b", "d", "f"}) store.set("g", key, "1");
    kv::transaction txn = store.transaction();
    txn.set("g", "a", "2");
    txn.set("g", "d", "2");
    txn.erase("g", "f");
    EXPECT_EQ(walked(txn.scan("g")), "a2! b1 d2! ");
    EXPECT_EQ(walked(txn.scan("g", {.limit = 2, .reverse = true})), "d2! b1 ");
    EXPECT_EQ(walked(txn.scan("g", kv::prefix("d"))), "d2! ");
    EXPECT_EQ(walked(txn.scan("g", kv::glob("[ab]"))), "a2! b1 ");
    EXPECT_EQ(walked(txn.scan("g", kv::scan_options().with_after("a").with_upper("d"))), "b1 ");
    EXPECT_EQ(walked(txn.scan("g", {.offset = 1, .keys_only = true})), "b d! ");
    EXPECT_EQ(txn.scan("g", {.sizes = true}).next()->value_size, 1u);
    EXPECT_EQ(walked(txn.scan("none")), "");
    EXPECT_EQ(walked(store.scan("g")), "b1 d1 f1 ");
    EXPECT_TRUE(txn.commit());
    EXPECT_EQ(walked(store.scan("g")), "a2 b1 d2 ");
}

TEST_F(TransactionScan, a_change_in_the_range_is_a_conflict_and_one_outside_is_not) {
    const kv::scan_options below_m = kv::scan_options().with_upper("m");
    for (int change = 0; change < 5; ++change) {
        store.erase_all();
        store.set("g", "a", "1");
        store.set("g", "z", "1");
        kv::transaction txn = store.transaction();
        EXPECT_EQ(walked(txn.scan("g", below_m)), "a1 ");
        txn.set("sums", "g", "1");
        if (change == 0) store.set("g", "b", "1");
        if (change == 1) store.set("g", "a", "2");
        if (change == 2) store.erase("g", "a");
        if (change == 3) store.set("g", "z", "2");
        if (change == 4) store.set("h", "a", "2");
        EXPECT_EQ(txn.commit(), change >= 3) << change;
        EXPECT_EQ(store.exists("sums", "g"), change >= 3) << change;
    }
}

TEST_F(TransactionScan, a_walk_outlives_its_transaction_and_misses_later_writes) {
    store.set("g", "a", "1");
    store.set("g", "b", "1");
    std::optional<kv::transaction> txn = store.transaction();
    kv::cursor cursor = txn->scan("g");
    txn->set("g", "c", "2");
    EXPECT_EQ(cursor.next()->key, "a");
    EXPECT_TRUE(txn->commit());
    txn.reset();
    EXPECT_EQ(cursor.next()->key, "b");
    EXPECT_EQ(cursor.next(), std::nullopt);
    cursor.close();
    refused(kv::errc::handle, [&] { (void)cursor.next(); });
}

TEST_F(TransactionScan, an_update_runs_again_after_a_conflict) {
    store.set("g", "a", "1");
    int runs = 0;
    const int sum = store.update([&](kv::transaction &txn) {
        int total = 0;
        for (auto [key, value] : txn.scan("g")) total += std::stoi(std::string(value));
        if (++runs == 1) store.set("g", "b", "2");
        txn.set("sums", "g", std::to_string(total));
        return total;
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(store.get("sums", "g"), "3");
}

TEST_F(TransactionScan, is_refused_in_a_transaction_that_has_ended) {
    kv::transaction txn = store.transaction();
    kv::transaction moved = std::move(txn);
    refused(kv::errc::handle, [&] { (void)txn.scan("g"); });  // NOLINT: that is the test
    refused(kv::errc::too_large, [&] { (void)moved.scan(std::string(65536, 'g')); });
    EXPECT_EQ(moved.try_scan("g", kv::scan_options().with_lower("b").with_upper("a"))->next(),
              std::nullopt);
    EXPECT_TRUE(moved.commit());
    EXPECT_EQ(moved.try_scan("g").error().code(), kv::errc::handle);
    kv::transaction open = store.transaction();
    store.close();
    refused(kv::errc::closed, [&] { (void)open.scan("g"); });
}

TEST_F(TransactionScan, obeys_the_deadline_of_a_bound_store) {
    store.set("g", "a", "1");
    kv::bound_store bound(store);
    kv::transaction txn = bound.transaction();
    bound.arm(0ms);
    EXPECT_EQ(txn.try_scan("g").error().code(), kv::errc::deadline);
    bound.arm();
    EXPECT_EQ(walked(txn.scan("g")), "a1 ");
    EXPECT_TRUE(txn.commit());
}
