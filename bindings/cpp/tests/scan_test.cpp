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
    EXPECT_EQ(keys(kv::glob("")), "");
    EXPECT_EQ(keys(kv::redis_glob("")), "");
    EXPECT_EQ(keys(kv::redis_glob("\\b1")), "b1 ");
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

TEST_F(Scan, an_offset_leaves_out_the_first_entries) {
    EXPECT_EQ(keys(kv::scan_options().with_offset(0)), "a b1 b2 b3 c ");
    EXPECT_EQ(keys(kv::scan_options().with_offset(3)), "b3 c ");
    EXPECT_EQ(keys(kv::scan_options().with_offset(3).with_limit(1)), "b3 ");
    EXPECT_EQ(keys(kv::scan_options().with_offset(3).with_reverse()), "b1 a ");
    EXPECT_EQ(keys(kv::prefix("b").with_offset(1)), "b2 b3 ");
    EXPECT_EQ(keys(kv::glob("b[13]").with_offset(1).with_limit(9)), "b3 ");
    EXPECT_EQ(keys(kv::scan_options().with_after("b1").with_offset(1)), "b3 c ");
    EXPECT_EQ(keys(kv::scan_options().with_offset(5)), "");
    EXPECT_EQ(keys(kv::scan_options().with_offset(UINT64_MAX)), "");
    EXPECT_EQ(keys(kv::scan_options().with_offset(UINT64_MAX).with_limit(UINT64_MAX)), "");
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
    const char *const texts[] = {"a", "none"};
    const std::vector<std::optional<std::string>> two = {"va", std::nullopt};
    EXPECT_EQ(store.get_many("g", {"a", "none"}), two);
    EXPECT_EQ(store.get_many("g", texts), two);
    EXPECT_EQ(store.try_get_many("g", {"a", "none"}).value(), two);
}

TEST_F(Scan, many_keys_are_deleted_and_each_says_whether_it_was_there) {
    using wanted = std::vector<std::string_view>;
    using found = std::vector<bool>;
    store.set("g", "", "empty key");
    EXPECT_EQ(store.erase_many("g", wanted{"c", "none", "", "c"}), (found{true, false, true, false}));
    EXPECT_EQ(keys({}), "a b1 b2 b3 ");
    EXPECT_EQ(store.erase_many("g", wanted{}), found{});
    EXPECT_EQ(store.erase_many("nothing", std::vector<std::string>{"a"}), found{false});
    EXPECT_EQ(store.erase_many("nothing", {"a", "b"}), (found{false, false}));
    EXPECT_EQ(*store.try_erase_many("nothing", {"a"}), found{false});
    // One that is refused leaves all of them.
    const std::string long_key(65536, 'x');
    refused(kv::errc::too_large, [&] { store.erase_many("g", wanted{"a", long_key}); });
    EXPECT_EQ(*store.try_erase_many("g", wanted{"a", "b1"}), (found{true, true}));
    EXPECT_EQ(keys({}), "b2 b3 ");
    std::vector<std::string> numbers;
    for (int i = 0; i < 1000; ++i) numbers.push_back(std::to_string(i));
    for (std::size_t i = 0; i < numbers.size(); i += 3) store.set("many", numbers[i], "v");
    const std::vector<bool> were_there = store.erase_many("many", numbers);
    ASSERT_EQ(were_there.size(), numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(were_there[i], i % 3 == 0);
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
    EXPECT_EQ(keys({.prefix = "b", .limit = 2, .reverse = true}), "b3 b2 ");
    EXPECT_EQ(keys({.prefix = "b", .limit = 1, .offset = 1}), "b2 ");
}
#endif

TEST_F(Scan, options_are_chained) {
    EXPECT_EQ(keys(kv::prefix("b").with_limit(2).with_reverse()), "b3 b2 ");
    EXPECT_EQ(keys(kv::scan_options().with_lower("b1", true).with_upper("c")), "b2 b3 ");
    EXPECT_EQ(keys(kv::scan_options().with_lower("b1").with_upper("b2", true)), "b1 b2 ");
    EXPECT_EQ(keys(kv::scan_options().with_after("b2").with_snapshot()), "b3 c ");
    EXPECT_EQ(keys(kv::scan_options().with_glob("b[13]")), "b1 b3 ");
    for (const kv::entry &entry : store.scan("g", kv::scan_options().with_keys_only()))
        EXPECT_EQ(entry.value, "");
    for (const kv::entry &entry : store.scan("g", kv::scan_options().with_sizes()))
        EXPECT_EQ(entry.value_size, entry.key.size() + 1);
}

TEST_F(Scan, two_patterns_are_refused) {
    const kv::scan_options both[] = {kv::prefix("b").with_glob("b*"),
                                     kv::prefix("b").with_redis_glob(""),
                                     kv::glob("").with_redis_glob("")};
    for (const kv::scan_options &options : both) {
        EXPECT_EQ(refused(kv::errc::argument, [&] { (void)store.scan("g", options); }),
                  "scan: prefix, glob and redis_glob exclude each other; set one of them");
        EXPECT_EQ(store.try_scan("g", options).error().code(), kv::errc::argument);
        kv::transaction txn = store.transaction();
        refused(kv::errc::argument, [&] { (void)txn.scan("g", options); });
    }
    EXPECT_EQ(keys(kv::prefix("").with_glob("b[13]")), "b1 b3 ");
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

TEST_F(Scan, all_groups_are_deleted_or_those_that_begin_alike) {
    for (const char *group : {"", "ga", "h", "\xff", "acme:x"}) store.set(group, "k", "v");
    EXPECT_EQ(store.erase_all("none"), 0u);
    EXPECT_EQ(store.erase_all("g"), 6u);
    EXPECT_EQ(store.erase_all("\xff"), 1u);
    const kv::store acme = store.scope("acme");
    EXPECT_EQ(acme.erase_all("acme:"), 0u);
    EXPECT_EQ(acme.erase_all(), 1u);
    EXPECT_EQ(store.count_all(), 2u);
    EXPECT_EQ(*store.try_erase_all(), 2u);
    EXPECT_EQ(store.erase_all(), 0u);
    refused(kv::errc::too_large, [&] { store.erase_all(std::string(65536, 'x')); });
}
