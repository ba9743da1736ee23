// Many keys: walks, pages, groups, counts.
#include "fixture.hpp"

class Scan : public StoreTest {
protected:
    Scan() {
        for (const char *key : {"a", "b1", "b2", "b3", "c"}) store.set("g", key, "v"s + key);
    }

    std::string keys(const kv::scan_options &options) const {
        std::string all;
        for (auto [key, value] : store.scan("g", options)) all.append(key).append(" ");
        return all;
    }
};

TEST_F(Scan, visits_entries_in_key_order) {
    std::string seen;
    for (auto [key, value] : store.scan("g")) seen.append(key).append("=").append(value).append(" ");
    EXPECT_EQ(seen, "a=va b1=vb1 b2=vb2 b3=vb3 c=vc ");
    for (const auto &entry : store.scan("nothing")) FAIL() << entry.key;
}

TEST_F(Scan, an_entry_has_group_version_and_expiry) {
    const std::uint64_t version = store.put("other", "k", "v", {.expiry = kv::expires_after(1h)}).version;
    kv::cursor cursor = store.scan("other");
    const kv::entry entry = cursor.next().value();
    EXPECT_EQ(entry.group, "other");
    EXPECT_EQ(entry.version, version);
    EXPECT_EQ(entry.expires_at, store.get<kv::value>("other", "k")->expires_at());
    EXPECT_FALSE(cursor.next());
    EXPECT_FALSE(cursor.next());
    EXPECT_FALSE(store.scan("g").next().value().expires_at);
}

TEST_F(Scan, obeys_its_options) {
    EXPECT_EQ(keys(kv::prefix("b")), "b1 b2 b3 ");
    EXPECT_EQ(keys(kv::prefix("")), "a b1 b2 b3 c ");
    EXPECT_EQ(keys(kv::prefix("b%")), "");
    EXPECT_EQ(keys(kv::glob("b[13]")), "b1 b3 ");
    EXPECT_EQ(keys(kv::glob("b[^1]")), "b2 b3 ");
    EXPECT_EQ(keys(kv::glob("\\b1", kv::match::redis_glob)), "b1 ");
    kv::scan_options options;
    options.limit = 2;
    EXPECT_EQ(keys(options), "a b1 ");
    options.reverse = true;
    EXPECT_EQ(keys(options), "c b3 ");
    options.after = "b3";
    EXPECT_EQ(keys(options), "b2 b1 ");
    options.lower = "b1";
    options.lower_exclusive = true;
    EXPECT_EQ(keys(options), "b2 ");
}

TEST_F(Scan, keys_only_leaves_the_values_out) {
    kv::scan_options options;
    options.keys_only = true;
    for (auto [key, value] : store.scan("g", options)) EXPECT_EQ(value, "") << key;
}

TEST_F(Scan, bounds_are_in_byte_order_whatever_the_direction) {
    kv::scan_options options;
    options.lower = "b1";
    options.upper = "b3";
    EXPECT_EQ(keys(options), "b1 b2 ");
    options.upper_inclusive = true;
    EXPECT_EQ(keys(options), "b1 b2 b3 ");
    options.lower_exclusive = true;
    EXPECT_EQ(keys(options), "b2 b3 ");
    options.reverse = true;
    options.snapshot = true;
    EXPECT_EQ(keys(options), "b3 b2 ");
    options.after = "b3";
    EXPECT_EQ(keys(options), "b2 ");
}

TEST_F(Scan, sizes_come_without_values) {
    kv::scan_options options;
    options.sizes = true;
    for (const kv::entry &entry : store.scan("g", options)) {
        EXPECT_EQ(entry.value, "");
        EXPECT_EQ(entry.value_size, store.get("g", entry.key)->size());
    }
}

TEST_F(Scan, many_keys_are_read_in_one_call) {
    const std::string large(100000, 'x');
    store.set("m", "large", large);
    store.set("m", "", "empty key");
    const std::vector<std::string> wanted{"large", "none", "", "large"};
    const auto found = store.get_many("m", wanted);
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0], large);
    EXPECT_EQ(found[1], std::nullopt);
    EXPECT_EQ(found[2], "empty key");
    EXPECT_EQ(found[3], large);
    EXPECT_TRUE(store.get_many("m", std::vector<std::string>{}).empty());
}

TEST_F(Scan, an_empty_bound_is_a_bound) {
    store.set("g", "", "empty");
    kv::scan_options options;
    EXPECT_EQ(keys(options), " a b1 b2 b3 c ");
    for (const std::string_view empty : {std::string_view(), std::string_view("")}) {
        options = {};
        options.after = empty;
        EXPECT_EQ(keys(options), "a b1 b2 b3 c ");
        options = {};
        options.upper = empty;
        EXPECT_EQ(keys(options), "");
    }
}

#if __cplusplus >= 202002L
TEST_F(Scan, options_are_named_in_place) {
    EXPECT_EQ(keys({.pattern = "b", .limit = 2, .reverse = true}), "b3 b2 ");
}
#endif

TEST_F(Scan, options_are_chained) {
    EXPECT_EQ(keys(kv::prefix("b").with_limit(2).with_reverse()), "b3 b2 ");
    EXPECT_EQ(keys(kv::scan_options().with_lower("b1", true).with_upper("c")), "b2 b3 ");
    EXPECT_EQ(keys(kv::scan_options().with_lower("b1").with_upper("b2", true)), "b1 b2 ");
    EXPECT_EQ(keys(kv::scan_options().with_after("b2").with_snapshot()), "b3 c ");
    EXPECT_EQ(keys(kv::scan_options().with_pattern("b[13]", kv::match::glob)), "b1 b3 ");
    for (const kv::entry &entry : store.scan("g", kv::scan_options().with_keys_only()))
        EXPECT_EQ(entry.value, "");
    for (const kv::entry &entry : store.scan("g", kv::scan_options().with_sizes()))
        EXPECT_EQ(entry.value_size, entry.key.size() + 1);
}

TEST_F(Scan, unknown_flags_are_refused) {
    refused(kv::errc::argument, [&] { (void)store.scan("g", kv::glob("*", kv::match(1 << 20))); });
    refused(kv::errc::argument, [&] { (void)store.scan("g", kv::glob("*", kv::match(12))); });
}

TEST_F(Scan, sees_one_snapshot_and_writing_in_it_is_safe) {
    EXPECT_TRUE(store.scan("g").is_snapshot());
    std::size_t seen = 0;
    for (auto [key, value] : store.scan("g")) {
        store.set("g", "new "s.append(key), value);
        store.erase("g", key);
        ++seen;
    }
    EXPECT_EQ(seen, 5u);
    EXPECT_EQ(keys(kv::prefix("new")), "new a new b1 new b2 new b3 new c ");
    EXPECT_EQ(store.count("g"), 5u);
}

TEST_F(Scan, a_walk_that_was_left_goes_on) {
    kv::cursor cursor = store.scan("g");
    for (auto [key, value] : cursor) {
        if (key == "b1") break;
    }
    kv::cursor moved = std::move(cursor);
    EXPECT_EQ(moved.next()->key, "b2");
    std::string remaining;
    for (const auto &entry : moved) remaining += entry.key;
    EXPECT_EQ(remaining, "b3c");
    refused(kv::errc::handle, [&] { (void)cursor.next(); });  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { (void)cursor.begin(); });
    cursor = store.scan("g");
    EXPECT_EQ(cursor.next()->key, "a");
    moved = std::move(cursor);
    EXPECT_EQ(moved.next()->key, "b1");
    refused(kv::errc::handle, [&] { cursor.close(); });
}

TEST_F(Scan, pages_hold_what_fits) {
    kv::cursor cursor = store.scan("g");
    char small[30], buffer[100];
    const kv::page none = cursor.fill(small, sizeof small);
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.needed(), 28u + 1 + 1 + 2);
    std::string seen;
    int pages = 0;
    for (;;) {
        const kv::page page = cursor.fill(buffer, sizeof buffer);
        if (page.empty()) {
            EXPECT_EQ(page.needed(), 0u);
            break;
        }
        EXPECT_LE(page.used(), sizeof buffer);
        EXPECT_EQ(static_cast<std::size_t>(std::distance(page.begin(), page.end())), page.size());
        for (auto [key, value] : page) seen.append(key).append("=").append(value).append(" ");
        ++pages;
    }
    EXPECT_EQ(seen, "a=va b1=vb1 b2=vb2 b3=vb3 c=vc ");
    EXPECT_GT(pages, 1);
}

TEST_F(Scan, a_page_has_what_a_cursor_returns) {
    for (const std::string &bytes : awkward)
        store.put(bytes, bytes, bytes, {.expiry = kv::expires_after(1h)});
    std::vector<char> buffer(1 << 20);
    for (const std::string &bytes : awkward) {
        kv::cursor cursor = store.scan(bytes), filled = store.scan(bytes);
        const kv::entry entry = cursor.next().value();
        const kv::entry flat = *filled.fill(buffer.data(), buffer.size()).begin();
        EXPECT_EQ(flat.group, bytes);
        EXPECT_EQ(flat.key, bytes);
        EXPECT_EQ(flat.value, bytes);
        EXPECT_EQ(flat.version, entry.version);
        EXPECT_EQ(flat.expires_at, entry.expires_at);
        EXPECT_TRUE(flat.expires_at);
    }
}

TEST_F(Scan, groups_are_listed_in_order) {
    store.set("", "k", "v");
    store.set("tenant:b", "k", "v");
    store.set("tenant:a", "k", "v");
    std::vector<std::string> names;
    for (std::string_view name : store.groups()) names.emplace_back(name);
    EXPECT_EQ(names, (std::vector<std::string>{"", "g", "tenant:a", "tenant:b"}));
    names.clear();
    kv::group_names tenants = store.groups("tenant:");
    EXPECT_EQ(tenants.next(), "tenant:a");
    for (std::string_view name : tenants) names.emplace_back(name);
    EXPECT_EQ(names, std::vector<std::string>{"tenant:b"});
    EXPECT_FALSE(tenants.next());
    EXPECT_NE(tenants.native().id, 0u);
    tenants.close();
    refused(kv::errc::handle, [&] { (void)tenants.next(); });
}

TEST_F(Scan, many_are_counted_and_deleted) {
    store.set("h", "k", "v");
    EXPECT_EQ(store.count("g"), 5u);
    EXPECT_EQ(store.count_all(), 6u);
    EXPECT_EQ(store.count_all("h"), 1u);
    EXPECT_EQ(store.erase_prefix("g", "b"), 3u);
    EXPECT_EQ(store.erase_group("g"), 2u);
    EXPECT_EQ(store.erase_group("g"), 0u);
    EXPECT_EQ(store.count_all(), 1u);
}
