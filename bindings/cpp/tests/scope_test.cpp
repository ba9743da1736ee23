// Namespaces: stores narrowed to one, and what it may hold.
#include <limits>

#include "fixture.hpp"

using Scope = StoreTest;

namespace {

kv::quota keys_at_most(std::int64_t keys) {
    kv::quota quota;
    quota.max_keys = keys;
    return quota;
}

}  // namespace

TEST_F(Scope, is_a_store_of_its_own) {
    const kv::store acme = store.scope("acme"), other = store.scope("other");
    acme.set("users", "ada", "1");
    other.set("users", "ada", "2");
    store.set("users", "ada", "3");
    EXPECT_EQ(acme.get("users", "ada"), "1");
    EXPECT_EQ(other.get("users", "ada"), "2");
    EXPECT_EQ(store.get("users", "ada"), "3");
    EXPECT_EQ(store.get("acme:users", "ada"), "1");
    EXPECT_EQ(acme.count_all(), 1u);
    EXPECT_EQ(acme.usage().entries, 1u);
    std::string names;
    for (std::string_view name : acme.groups()) names.append(name).append(";");
    EXPECT_EQ(names, "users;");
    EXPECT_EQ(acme.erase_group("users"), 1u);
    EXPECT_EQ(store.count_all(), 2u);
}

TEST_F(Scope, has_every_kind_of_operation_and_no_way_out) {
    const kv::store acme = store.scope("acme");
    kv::watch watch = acme.watch();
    acme.update([](kv::transaction &txn) { txn.set("g", "k", "a b"); });
    store.set("g", "outside", "x");
    const kv::event event = watch.poll(0ms).value();
    EXPECT_EQ(event.group, "g");
    EXPECT_EQ(event.key, "k");
    EXPECT_FALSE(watch.poll(0ms));
    kv::batch batch;
    batch.increment("g", "n");
    ASSERT_TRUE(acme.commit(batch));
    EXPECT_EQ(store.get("acme:g", "n"), "1");
    std::string parts;
    for (std::string_view part : acme.get_fields("g", "k")) parts.append(part).append(";");
    EXPECT_EQ(parts, "a;b;");
    EXPECT_EQ(acme.render("g", "{{ k }}"), "a b");
    const auto attempt = acme.idempotency().begin("k", "r", 1h);
    EXPECT_EQ(attempt.state(), kv::idempotency_state::started);
    EXPECT_FALSE(store.idempotency().get("k"));
    refused(kv::errc::unsupported, [&] { acme.backup(directory.file("copy.db")); });
    refused(kv::errc::unsupported, [&] { acme.restore(directory.file("copy.db")); });
    refused(kv::errc::unsupported, [&] { acme.set_quota("acme", {}); });
    refused(kv::errc::unsupported, [&] { (void)acme.quota("acme"); });
}

TEST_F(Scope, names_are_letters_digits_and_hyphens) {
    EXPECT_NO_THROW((void)store.scope("A-0"));
    EXPECT_NO_THROW((void)store.scope(std::string(255, 'a')));
    for (const std::string &name : {""s, "a b"s, "a:b"s, "a\n"s, "a\0b"s, "\xff"s, "\xc3\xa9"s,
                                    "a_b"s, std::string(256, 'a')}) {
        refused(kv::errc::argument, [&] { (void)store.scope(name); });
        refused(kv::errc::argument, [&] { store.set_quota(name, {}); });
        refused(kv::errc::argument, [&] { (void)store.quota(name); });
    }
    EXPECT_EQ(refused(kv::errc::argument, [&] { (void)store.scope("a\0b"sv); }),
              "scope: the namespace holds a NUL");
}

TEST_F(Scope, stays_open_when_its_store_is_closed) {
    kv::store acme = store.scope("acme");
    store.close();
    acme.set("g", "k", "v");
    EXPECT_EQ(acme.get("g", "k"), "v");
    acme.close();
    refused(kv::errc::handle, [&] { (void)acme.get("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.scope("acme"); });
    refused(kv::errc::handle, [&] { store.set_quota("acme", {}); });
    refused(kv::errc::handle, [&] { (void)store.quota("acme"); });
}

TEST_F(Scope, a_quota_holds_in_every_store) {
    store.set_quota("acme", keys_at_most(2));
    const kv::store acme = store.scope("acme");
    acme.set("g", "a", "1");
    store.set("acme:g", "b", "2");
    refused(kv::errc::quota, [&] { acme.set("g", "c", "3"); });
    refused(kv::errc::quota, [&] { store.set("acme:g", "c", "3"); });
    refused(kv::errc::quota, [&] { acme.increment("g", "c"); });
    refused(kv::errc::quota, [&] {
        acme.update([](kv::transaction &txn) { txn.set("g", "c", "3"); });
    });
    acme.set("g", "a", "other");
    store.set("g", "c", "outside");
    EXPECT_EQ(acme.count("g"), 2u);
    acme.erase("g", "a");
    acme.set("g", "c", "3");
}

TEST_F(Scope, a_quota_is_read_with_its_usage) {
    const kv::quota_usage unlimited = store.quota("acme");
    EXPECT_EQ(unlimited.quota.max_keys, 0);
    EXPECT_EQ(unlimited.keys, 0u);
    store.set("acme:g", "key", "value");
    kv::quota quota;
    quota.max_keys = 10;
    quota.max_groups = 20;
    quota.max_bytes = std::numeric_limits<std::int64_t>::max();
    store.set_quota("acme", quota);
    const kv::quota_usage usage = store.quota("acme");
    EXPECT_EQ(usage.quota.max_keys, 10);
    EXPECT_EQ(usage.quota.max_groups, 20);
    EXPECT_EQ(usage.quota.max_bytes, quota.max_bytes);
    EXPECT_EQ(usage.keys, 1u);
    EXPECT_EQ(usage.groups, 1u);
    EXPECT_EQ(usage.bytes, "acme:gkeyvalue"sv.size());
    store.set_quota("acme", {});
    EXPECT_EQ(store.quota("acme").quota.max_keys, 0);
    EXPECT_EQ(store.quota("acme").keys, 0u);
}

TEST_F(Scope, groups_and_bytes_are_limited_as_well) {
    const kv::store acme = store.scope("acme");
    kv::quota quota;
    quota.max_groups = 1;
    quota.max_bytes = 20;
    store.set_quota("acme", quota);
    acme.set("g", "k", "v");
    refused(kv::errc::quota, [&] { acme.set("h", "k", "v"); });
    refused(kv::errc::quota, [&] { acme.set("g", "k", std::string(20, 'x')); });
    EXPECT_EQ(acme.get("g", "k"), "v");
    for (int limit = 0; limit < 3; ++limit) {
        kv::quota negative;
        (limit == 0 ? negative.max_keys : limit == 1 ? negative.max_groups : negative.max_bytes) = -1;
        refused(kv::errc::argument, [&] { store.set_quota("acme", negative); });
    }
    EXPECT_EQ(store.quota("acme").quota.max_bytes, 20);
}

TEST_F(Scope, returns_results) {
    ASSERT_TRUE(store.try_set_quota("acme", keys_at_most(1)));
    const kv::store acme = *store.try_scope("acme");
    ASSERT_TRUE(acme.try_set("g", "k", "v"));
    EXPECT_EQ(acme.try_set("g", "l", "v").error().code(), kv::errc::quota);
    EXPECT_EQ(store.try_quota("acme")->keys, 1u);
    EXPECT_EQ(store.try_scope("a b").error().code(), kv::errc::argument);
    EXPECT_EQ(store.try_scope("a\0b"sv).error().code(), kv::errc::argument);
    EXPECT_EQ(acme.try_quota("acme").error().code(), kv::errc::unsupported);
}
