// Snapshots over several calls.
#include <atomic>
#include <thread>

#include "fixture.hpp"

using Snapshot = StoreTest;

TEST_F(Snapshot, reads_what_was_there_whatever_is_written) {
    const std::uint64_t version = store.put("g", "a", "1", {{}, kv::expires_after(1h)}).version;
    store.set("g", "b", "2");
    const kv::store then = store.snapshot();
    store.set("g", "a", "new");
    store.erase("g", "b");
    store.set("h", "c", "3");

    const auto found = then.get<kv::value>("g", "a");
    EXPECT_EQ(found->view(), "1");
    EXPECT_EQ(found->version(), version);
    EXPECT_GT(remaining(then, "g", "a"), 59min);
    EXPECT_EQ(then.get_many("g", std::vector<std::string_view>{"b", "c"}),
              (std::vector<std::optional<std::string>>{"2", std::nullopt}));
    std::string walked;
    for (auto [key, value] : then.scan("g")) walked += std::string(key) + std::string(value);
    EXPECT_EQ(walked, "a1b2");
    EXPECT_EQ(then.count_all(), 2u);
    EXPECT_EQ(then.groups().next(), "g");
    EXPECT_EQ(store.get("g", "a"), "new");
}

TEST_F(Snapshot, writes_nothing) {
    store.set("g", "k", "1");
    const kv::store then = store.snapshot();
    kv::batch batch;
    batch.set("g", "k", "2");
    const auto read_only = [](auto call) { refused(kv::errc::read_only, call); };
    read_only([&] { then.set("g", "k", "2"); });
    read_only([&] { then.set("g", "k", "2", 1h); });
    read_only([&] { then.put("g", "k", "2"); });
    read_only([&] { then.erase("g", "k"); });
    read_only([&] { then.erase_version("g", "k", 1); });
    read_only([&] { (void)then.take("g", "k"); });
    read_only([&] { then.increment("g", "k"); });
    read_only([&] { then.append("g", "k", "2"); });
    read_only([&] { then.expire("g", "k", 1h); });
    read_only([&] { then.persist("g", "k"); });
    read_only([&] { then.erase_many("g", std::vector<std::string_view>{"k"}); });
    read_only([&] { then.erase_group("g"); });
    read_only([&] { then.erase_prefix("g", "k"); });
    read_only([&] { then.erase_all(); });
    read_only([&] { then.purge_expired(); });
    read_only([&] { then.commit(batch); });
    read_only([&] { then.update([](kv::transaction &txn) { txn.set("g", "k", "2"); }); });
    read_only([&] { (void)then.lock("job", 1h); });
    read_only([&] { (void)then.idempotency().begin("k", "request", 1h); });
    read_only([&] { then.set_json("g", "k", "2"); });
    EXPECT_EQ(store.get("g", "k"), "1");
    EXPECT_EQ(store.count_all(), 1u);
}

TEST_F(Snapshot, has_no_changes_figures_or_quotas) {
    const kv::store then = store.snapshot();
    const auto unsupported = [](auto call) { refused(kv::errc::unsupported, call); };
    unsupported([&] { (void)then.watch("g"); });
    unsupported([&] { (void)then.changes(); });
    unsupported([&] { (void)then.stats(); });
    unsupported([&] { then.check(); });
    unsupported([&] { then.backup(directory.file("copy.db")); });
    unsupported([&] { then.set_quota("acme", {}); });
    unsupported([&] { (void)then.quota("acme"); });
    EXPECT_FALSE(std::filesystem::exists(directory.file("copy.db")));
}

TEST_F(Snapshot, outlives_its_store_and_is_taken_of_snapshots_and_scopes) {
    const kv::store acme = store.scope("acme");
    acme.set("g", "k", "1");
    store.set("g", "k", "outside");
    kv::store first = store.snapshot();
    const kv::store again = first.snapshot(), within = acme.snapshot();
    acme.set("g", "k", "2");
    store.close();
    EXPECT_EQ(first.scope("acme").get("g", "k"), "1");
    EXPECT_EQ(within.get("g", "k"), "1");
    EXPECT_EQ(within.count_all(), 1u);
    first.close();
    refused(kv::errc::handle, [&] { (void)first.get("g", "k"); });
    refused(kv::errc::handle, [&] { (void)first.snapshot(); });
    refused(kv::errc::handle, [&] { (void)store.snapshot(); });
    EXPECT_EQ(again.get("g", "k"), "outside");
}

TEST_F(Snapshot, is_read_in_transactions_typed_stores_and_copies) {
    store.set("g", "k", "1");
    const kv::store then = store.snapshot();
    store.set("g", "k", "2");
    const kv::typed<std::string, kv::bytes> names(then, "g");
    EXPECT_EQ(names.get("k"), "1");
    refused(kv::errc::read_only, [&] { names.set("k", "3"); });
    kv::transaction txn = then.transaction();
    EXPECT_EQ(txn.get("g", "k"), "1");
    EXPECT_EQ(txn.scan("g").next()->value, "1");
    EXPECT_TRUE(txn.commit());
    const kv::store target("memory:");
    EXPECT_EQ(then.copy(target).entries, 1u);
    EXPECT_EQ(target.get("g", "k"), "1");
}

TEST_F(Snapshot, a_bound_one_has_deadlines) {
    kv::bound_store bound(store);
    bound.arm(0ms);
    EXPECT_EQ(bound.try_snapshot().error().code(), kv::errc::deadline);
    bound.arm();
    const kv::store then = bound.snapshot();
    kv::bound_store bound_then(then);
    bound_then.arm(0ms);
    EXPECT_EQ(bound_then.try_count_all().error().code(), kv::errc::deadline);
    EXPECT_EQ(then.count_all(), 0u);
}

TEST_F(Snapshot, is_read_by_many_threads) {
    for (int i = 0; i < 100; ++i) store.set("g", std::to_string(i), "old");
    const kv::store then = store.snapshot();
    std::atomic<int> wrong = 0, changes = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 20 || changes == 0; ++round) {
                int seen = 0;
                for (auto [key, value] : then.scan("g")) seen += value == "old";
                wrong += seen != 100;
            }
        });
    for (int i = 0; i < 100; ++i) changes += store.put("g", std::to_string(i), "new").is_written;
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(changes, 100);
}

TEST_F(Snapshot, one_that_is_not_used_ends) {
    const kv::store forgetful("sqlite:" + directory.file("idle.db") + "?snapshot_timeout=1s");
    forgetful.set("g", "k", "1");
    const kv::store then = forgetful.snapshot();
    EXPECT_EQ(then.get("g", "k"), "1");
    EXPECT_GT(forgetful.stats().oldest_snapshot_ms, 0u);
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (forgetful.stats().oldest_snapshot_ms != 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), until);
        std::this_thread::sleep_for(20ms);
    }
    const std::string said = refused(kv::errc::compacted, [&] { (void)then.get("g", "k"); });
    EXPECT_NE(said.find("snapshot_timeout"), std::string::npos) << said;
    EXPECT_EQ(forgetful.snapshot().get("g", "k"), "1");
}
