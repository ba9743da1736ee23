// How long entries live: the same words in every call that writes.
#include "fixture.hpp"

using Ttl = StoreTest;

static_assert(std::is_default_constructible_v<kv::ttl>);
static_assert(std::is_convertible_v<kv::never_t, kv::ttl>);
static_assert(std::is_convertible_v<std::chrono::milliseconds, kv::ttl>);
static_assert(std::is_convertible_v<std::chrono::hours, kv::ttl>);
// A time that is not whole milliseconds, or has no unit.
static_assert(!std::is_convertible_v<std::chrono::microseconds, kv::ttl>);
static_assert(!std::is_convertible_v<std::chrono::duration<double>, kv::ttl>);
static_assert(!std::is_convertible_v<int, kv::ttl>);

namespace {

using strings = kv::typed<std::string, kv::bytes>;

// Writes a key by each call that takes a ttl, under the name of the call.
void write_with(const kv::store &store, kv::ttl ttl) {
    store.set("g", "set", "", ttl);
    store.put("g", "put", "", {.expiry = kv::expires_after(ttl)});
    store.increment("g", "increment", 1, ttl);
    store.append("g", "append", "", ttl);
    store.set("g", "expire", "", 5s);
    store.expire("g", "expire", ttl);
    const strings names(store, "g");
    names.set("typed set", "", ttl);
    names.put("typed put", "", {.expiry = kv::expires_after(ttl)});
    kv::batch batch;
    batch.set("g", "batch set", "", {.expiry = kv::expires_after(ttl)});
    batch.increment("g", "batch increment", 1, ttl);
    batch.append("g", "batch append", "", ttl);
    batch.set("g", "batch expire", "", {.expiry = kv::expires_after(5s)});
    batch.expire("g", "batch expire", ttl);
    ASSERT_TRUE(store.commit(batch));
    store.update([&](kv::transaction &txn) {
        txn.set("g", "transaction set", "", ttl);
        txn.put("g", "transaction put", "", {.expiry = kv::expires_after(ttl)});
    });
}

// The same by each call in which a ttl may be left out.
void write_without(const kv::store &store) {
    store.set("g", "set", "");
    store.put("g", "put", "");
    store.increment("g", "increment");
    store.append("g", "append", "");
    store.set_json("g", "set_json", "{}");
    store.put("g", "keep", "", {.expiry = kv::keep_expiry});
    const strings names(store, "g");
    names.set("typed set", "");
    names.put("typed put", "");
    kv::batch batch;
    batch.set("g", "batch set", "");
    batch.increment("g", "batch increment");
    batch.append("g", "batch append", "");
    ASSERT_TRUE(store.commit(batch));
    store.update([](kv::transaction &txn) {
        txn.set("g", "transaction set", "");
        txn.put("g", "transaction put", "");
    });
}

// Every key of the group has this long to live.
void expect_all(const kv::store &store, kv::ttl expected, std::size_t keys) {
    ASSERT_EQ(store.count("g"), keys);
    for (const kv::entry &entry : store.scan("g")) {
        const kv::ttl left = store.ttl("g", entry.key).value();
        EXPECT_EQ(left.is_never(), expected.is_never()) << entry.key;
        if (expected.is_never() || left.is_never()) continue;
        EXPECT_LE(left.duration().value(), expected.duration().value()) << entry.key;
        EXPECT_GT(left.duration().value(), expected.duration().value() - 30s) << entry.key;
    }
    store.erase_group("g");
}

}  // namespace

TEST(TtlWords, mean_the_same_in_every_call) {
    for (const bool has_default : {true, false}) {
        const kv::store store(has_default ? "memory:?default_ttl=1h" : "memory:");
        const kv::ttl by_default = has_default ? kv::ttl(1h) : kv::never;
        write_without(store);
        expect_all(store, by_default, 13);
        const std::pair<kv::ttl, kv::ttl> rows[] = {
            {{}, by_default}, {kv::never, kv::never}, {0ms, kv::never}, {0h, kv::never}, {1min, 1min}};
        for (const auto &[ttl, expected] : rows) {
            write_with(store, ttl);
            expect_all(store, expected, 13);
        }
    }
}

TEST(TtlWords, an_idempotency_record_takes_them_too) {
    for (const bool has_default : {true, false}) {
        const kv::store store(has_default ? "memory:?default_ttl=1h" : "memory:");
        const kv::ttl by_default = has_default ? kv::ttl(1h) : kv::never;
        const std::pair<kv::ttl, kv::ttl> rows[] = {
            {{}, by_default}, {kv::never, kv::never}, {0ms, kv::never}, {1min, 1min}};
        for (const auto &[ttl, expected] : rows) {
            (void)store.idempotency().begin("pay", "request", ttl);
            const kv::ttl left = store.ttl("kv.idempotency", "pay").value();
            EXPECT_EQ(left.is_never(), expected.is_never());
            if (!expected.is_never()) {
                EXPECT_LE(left.duration(), expected.duration());
            }
            store.idempotency().forget("pay");
        }
    }
}

TEST(TtlWords, are_distinct) {
    EXPECT_TRUE(kv::ttl().is_default());
    EXPECT_FALSE(kv::ttl().is_never());
    EXPECT_EQ(kv::ttl().duration(), std::nullopt);
    EXPECT_TRUE(kv::ttl(kv::never).is_never());
    EXPECT_FALSE(kv::ttl(kv::never).is_default());
    EXPECT_EQ(kv::ttl(kv::never).duration(), std::nullopt);
    EXPECT_EQ(kv::ttl(2s).duration(), 2000ms);
    EXPECT_EQ(kv::ttl(0s), kv::never);
    EXPECT_EQ(kv::ttl(1s), kv::ttl(1000ms));
    EXPECT_NE(kv::ttl(1s), kv::ttl(2s));
    EXPECT_NE(kv::ttl(), kv::never);
}

TEST(TtlWords, the_longest_and_the_shortest_duration_are_durations) {
    const kv::store store("memory:?default_ttl=1h");
    store.set("g", "longest", "", std::chrono::milliseconds::max());
    EXPECT_GT(remaining(store, "g", "longest"), std::chrono::hours(24 * 365 * 1000));
    refused(kv::errc::argument, [&] { store.set("g", "k", "", std::chrono::milliseconds::min()); });
    EXPECT_FALSE(store.exists("g", "k"));
}

TEST(TtlWords, what_was_read_means_the_same_when_it_is_written) {
    const kv::store store("memory:?default_ttl=1h");
    store.set("g", "never", "", kv::never);
    store.put("g", "once", "",
              {.expiry = kv::expires_at(kv::time_point(std::chrono::hours(24 * 365 * 230)))});
    for (const char *key : {"never", "once"}) {
        const auto before = store.get<kv::value>("g", key)->expires_at();
        store.put("g", key, "new", {.expiry = kv::expires_at(before)});
        EXPECT_EQ(store.get<kv::value>("g", key)->expires_at(), before);
        const kv::ttl left = store.ttl("g", key).value();
        store.set("g", key, "newer", left);
        EXPECT_EQ(store.ttl("g", key)->is_never(), left.is_never());
    }
    store.put("g", "past", "", {.expiry = kv::expires_at(kv::time_point(-1ms))});
    EXPECT_FALSE(store.exists("g", "past"));
}

TEST_F(Ttl, is_set_read_changed_and_removed) {
    store.set("g", "k", "v", 1h);
    EXPECT_GT(remaining(store, "g", "k"), 59min);
    EXPECT_LE(remaining(store, "g", "k"), 1h);
    EXPECT_EQ(store.expire("g", "k", 2h), kv::outcome::ok);
    EXPECT_GT(remaining(store, "g", "k"), 1h);
    EXPECT_TRUE(store.persist("g", "k"));
    EXPECT_EQ(store.ttl("g", "k"), kv::never);
    store.set("g", "k", "v", 1h);
    store.set("g", "k", "v");
    EXPECT_EQ(store.ttl("g", "k"), kv::never);
    EXPECT_EQ(store.ttl("g", "absent"), std::nullopt);
    EXPECT_EQ(*store.try_ttl("g", "k"), kv::never);
}

TEST_F(Ttl, a_negative_one_is_refused) {
    const strings names(store, "g");
    kv::batch batch;
    for (const auto negative : {-1ms, -2ms, -1000ms}) {
        refused(kv::errc::argument, [&] { store.set("g", "k", "v", negative); });
        refused(kv::errc::argument,
                [&] { store.put("g", "k", "v", {.expiry = kv::expires_after(negative)}); });
        refused(kv::errc::argument, [&] { store.increment("g", "k", 1, negative); });
        refused(kv::errc::argument, [&] { store.append("g", "k", "v", negative); });
        refused(kv::errc::argument, [&] { names.set("k", "v", negative); });
        refused(kv::errc::argument, [&] { batch.increment("g", "k", 1, negative); });
        refused(kv::errc::argument, [&] { batch.append("g", "k", "v", negative); });
        refused(kv::errc::argument, [&] {
            store.update([&](kv::transaction &txn) { txn.set("g", "k", "v", negative); });
        });
        kv::transaction txn = store.transaction();
        refused(kv::errc::argument, [&] { txn.increment("g", "k", 1, negative); });
        refused(kv::errc::argument, [&] { txn.append("g", "k", "v", negative); });
    }
    EXPECT_FALSE(store.exists("g", "k"));
    store.set("g", "k", "v");
    refused(kv::errc::argument, [&] { store.expire("g", "k", -1ms); });
    refused(kv::errc::argument, [&] { (void)store.transaction().expire("g", "k", -1ms); });
    EXPECT_EQ(store.ttl("g", "k"), kv::never);
}
