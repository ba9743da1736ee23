// Steps that are applied together or not at all.
#include "fixture.hpp"

using Batch = StoreTest;

TEST_F(Batch, applies_every_kind_of_step) {
    store.set("g", "old", "1");
    store.set("g", "taken", "2");
    store.set("p", "pa", "3");
    store.set("p", "pb", "4");
    store.set("g", "there", "5", 1h);
    const std::uint64_t version = store.get<kv::value>("g", "there")->version();

    kv::batch batch;
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.check("g", "there", version), 0u);
    EXPECT_EQ(batch.check_present("g", "old"), 1u);
    EXPECT_EQ(batch.set("g", "new", "v"), 2u);
    EXPECT_EQ(batch.get("g", "new"), 3u);
    EXPECT_EQ(batch.erase("g", "old"), 4u);
    EXPECT_EQ(batch.take("g", "taken"), 5u);
    EXPECT_EQ(batch.increment("g", "n", 5, 1h), 6u);
    EXPECT_EQ(batch.append("g", "text", "abc"), 7u);
    EXPECT_EQ(batch.expire("g", "there", 9h, kv::expire_if::has_expiry), 8u);
    EXPECT_EQ(batch.erase_prefix("p", "p"), 9u);
    EXPECT_EQ(batch.erase("g", "absent"), 10u);
    EXPECT_EQ(batch.get("g", "absent"), 11u);
    EXPECT_EQ(batch.size(), 12u);
    ASSERT_TRUE(store.commit(batch));

    EXPECT_EQ(batch.result(3).value, "v");
    EXPECT_NE(batch.result(2).value.version(), 0u);
    EXPECT_EQ(batch.result(5).value, "2");
    EXPECT_EQ(batch.result(6).value, "5");
    EXPECT_TRUE(batch.result(4));
    EXPECT_EQ(batch.result(10).outcome, kv::outcome::not_found);
    EXPECT_FALSE(batch.result(11));
    EXPECT_EQ(store.get("g", "new"), "v");
    EXPECT_EQ(store.get("g", "text"), "abc");
    EXPECT_FALSE(store.exists("g", "old"));
    EXPECT_FALSE(store.exists("g", "taken"));
    EXPECT_EQ(store.count("p"), 0u);
    EXPECT_LE(remaining(store, "g", "n"), 1h);
    EXPECT_GT(remaining(store, "g", "there"), 8h);
    refused(kv::errc::argument, [&] { (void)batch.result(12); });
}

TEST_F(Batch, a_condition_that_does_not_hold_leaves_everything) {
    const std::uint64_t version = store.put("g", "k", "v").version;
    for (int kind = 0; kind < 4; ++kind) {
        kv::batch batch;
        batch.set("g", "other", "x");
        if (kind == 0) batch.check("g", "k", 0);
        if (kind == 1) batch.check("g", "k", version + 1);
        if (kind == 2) batch.check_present("g", "absent");
        if (kind == 3) batch.set("g", "k", "w", {kv::if_absent});
        EXPECT_FALSE(store.commit(batch));
        EXPECT_FALSE(store.exists("g", "other"));
        const kv::step_result failed = batch.result(1);
        EXPECT_EQ(failed.outcome, kv::outcome::conflict);
        EXPECT_EQ(failed.value.version(), kind == 2 ? 0 : version);
        refused(kv::errc::argument, [&] { (void)batch.result(0); });
    }
}

TEST_F(Batch, is_committed_again_changed_and_cleared) {
    kv::batch batch;
    refused(kv::errc::argument, [&] { (void)batch.result(0); });
    EXPECT_TRUE(store.commit(batch));
    batch.increment("g", "n");
    EXPECT_TRUE(store.commit(batch));
    EXPECT_TRUE(store.commit(batch));
    EXPECT_EQ(batch.result(0).value, "2");
    batch.get("g", "n");
    refused(kv::errc::argument, [&] { (void)batch.result(0); });
    batch.clear();
    EXPECT_EQ(batch.size(), 0u);
    EXPECT_TRUE(store.commit(batch));
    EXPECT_EQ(store.get("g", "n"), "2");
}

TEST_F(Batch, options_and_bytes_arrive_unchanged) {
    kv::batch batch;
    for (const std::string &bytes : awkward) {
        batch.set(bytes, bytes, bytes, {kv::if_absent, kv::expires_after(1h)});
        batch.append(bytes, bytes, bytes);
    }
    ASSERT_TRUE(store.commit(batch));
    for (const std::string &bytes : awkward) {
        EXPECT_EQ(store.get(bytes, bytes), bytes + bytes);
        EXPECT_LE(remaining(store, bytes, bytes), 1h);
    }
}

TEST_F(Batch, takes_steps_in_flat_form) {
    std::string steps = kv::detail::flat({kv::detail::step_kind::append, 0, 0, "g", "k", "one"});
    steps += kv::detail::flat({kv::detail::step_kind::take, 0, 0, "g", "k", ""});
    kv::batch batch;
    batch.increment("g", "n");
    EXPECT_EQ(batch.add_flat(steps), 1u);
    EXPECT_EQ(batch.add_flat(""), 3u);
    EXPECT_EQ(batch.size(), 3u);
    EXPECT_EQ(batch.get("g", "n"), 3u);
    ASSERT_TRUE(store.commit(batch));
    EXPECT_EQ(batch.result(2).value, "one");
    EXPECT_EQ(batch.result(3).value, "1");
}

TEST_F(Batch, steps_that_are_malformed_are_refused_whole) {
    const std::string good =
        kv::detail::flat({kv::detail::step_kind::append, 0, 0, "g", "k", "one"});
    kv::batch batch;
    refused(kv::errc::argument, [&] { batch.add_flat("x"); });
    for (std::size_t cut = 1; cut < good.size(); ++cut)
        refused(kv::errc::argument,
                [&] { batch.add_flat(good + good.substr(0, good.size() - cut)); });
    refused(kv::errc::too_large, [&] { batch.append("g", std::string(65536, 'x'), "v"); });
    refused(kv::errc::too_large, [&] { batch.take(std::string(65536, 'x'), "k"); });
    refused(kv::errc::argument, [&] { batch.expire("g", "k", -1ms); });
    refused(kv::errc::argument, [&] { batch.set("g", "k", "v", {.expiry = kv::expires_after(-1ms)}); });
    EXPECT_TRUE(batch.empty());
}

TEST_F(Batch, an_increment_of_text_fails_all) {
    store.set("g", "text", "x");
    kv::batch batch;
    batch.set("g", "k", "v");
    batch.increment("g", "text");
    refused(kv::errc::not_integer, [&] { store.commit(batch); });
    EXPECT_FALSE(store.exists("g", "k"));
}

TEST_F(Batch, moves_and_leaves_an_empty_one) {
    kv::batch first;
    first.set("g", "k", "v");
    kv::batch second = std::move(first);
    EXPECT_EQ(second.size(), 1u);
    EXPECT_EQ(first.size(), 0u);  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { first.get("g", "k"); });
    refused(kv::errc::handle, [&] { first.clear(); });
    refused(kv::errc::handle, [&] { store.commit(first); });
    refused(kv::errc::handle, [&] { (void)first.result(0); });
    first = std::move(second);
    EXPECT_TRUE(store.commit(first));
    kv::batch &itself = first;
    first = std::move(itself);
    EXPECT_TRUE(store.commit(first));
    EXPECT_EQ(store.get("g", "k"), "v");
}
