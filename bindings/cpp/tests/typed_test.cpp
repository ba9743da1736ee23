// Values of a type: codecs, hooks, failures.
#include <memory>

#include "fixture.hpp"

using Typed = StoreTest;

namespace {

using strings = kv::typed<std::string, kv::bytes>;

// Refuses the text "bad" in both directions.
struct picky {
    static kv::result<std::string> encode(const std::string &text) {
        if (text == "bad") return kv::failure(kv::typed_errc::encode, "too bad");
        return "<" + text + ">";
    }
    static kv::result<std::string> decode(std::string_view stored) {
        if (stored.size() < 2 || stored == "<bad>")
            return kv::failure(kv::typed_errc::decode, "bad already");
        return std::string(stored.substr(1, stored.size() - 2));
    }
};

// Can only be moved.
struct move_only {
    std::unique_ptr<std::string> text;
};
struct move_only_codec {
    static kv::result<std::string> encode(const move_only &value) { return *value.text; }
    static kv::result<move_only> decode(std::string_view stored) {
        return move_only{std::make_unique<std::string>(stored)};
    }
};

}  // namespace

TEST_F(Typed, reads_what_it_writes) {
    const strings names(store, "names");
    EXPECT_EQ(names.get("k"), std::nullopt);
    EXPECT_FALSE(names.entry("k"));
    EXPECT_FALSE(names.exists("k"));
    EXPECT_EQ(names.take("k"), std::nullopt);
    EXPECT_FALSE(names.erase("k"));
    for (const std::string &bytes : awkward) {
        names.set(bytes, bytes);
        EXPECT_EQ(names.get(bytes), bytes);
        EXPECT_EQ(store.get("names", bytes), bytes);
    }
    EXPECT_EQ(names.count(), awkward.size());
    EXPECT_EQ(names.take(""), "");
    EXPECT_TRUE(names.erase(" "));
    EXPECT_EQ(names.clear(), awkward.size() - 2);
    EXPECT_EQ(names.group(), "names");
}

TEST_F(Typed, the_default_group_is_the_default) {
    const strings flat(store);
    flat.set("k", "v");
    EXPECT_EQ(store.get("", "k"), "v");
}

TEST_F(Typed, writes_with_ttl_and_conditions) {
    const strings names(store, "names");
    names.set("k", "v", 1h);
    EXPECT_LE(remaining(*names.store(), "names", "k"), 1h);
    const auto entry = names.entry("k").value();
    EXPECT_EQ(entry.key, "k");
    EXPECT_EQ(entry.value, "v");
    EXPECT_TRUE(entry.expires_at);
    EXPECT_FALSE(names.put("k", "w", {kv::if_absent}));
    EXPECT_TRUE(names.put("k", "w", {kv::if_version(entry.version), kv::keep_expiry}));
    EXPECT_FALSE(names.put("k", "x", {kv::if_version(entry.version)}));
    EXPECT_EQ(names.get("k"), "w");
    EXPECT_FALSE(names.entry("absent"));
    refused(kv::errc::argument, [&] { names.set("k", "v", -1ms); });
}

TEST_F(Typed, walks_over_values) {
    const strings names(store, "names");
    for (const char *key : {"a", "b1", "b2"}) names.set(key, "v"s + key);
    std::vector<std::string> values;
    for (auto &[key, value] : names.scan(kv::prefix("b"))) {
        EXPECT_EQ("v" + key, value);
        values.push_back(std::move(value));
    }
    EXPECT_EQ(values, (std::vector<std::string>{"vb1", "vb2"}));
    for (auto [key, value] : names.scan()) EXPECT_EQ("v" + key, value);
    kv::typed_cursor<std::string, kv::bytes> cursor = names.scan();
    EXPECT_EQ(cursor.next()->value, "va");
    EXPECT_NE(cursor.next()->version, 0u);
}

TEST_F(Typed, integers_are_what_increment_counts) {
    const kv::typed<std::int64_t, kv::decimal<std::int64_t>> counters(store, "counters");
    counters.set("k", INT64_MAX - 1);
    EXPECT_EQ(store.increment("counters", "k"), INT64_MAX);
    EXPECT_EQ(counters.get("k"), INT64_MAX);
    counters.set("k", INT64_MIN);
    EXPECT_EQ(counters.get("k"), INT64_MIN);
    const kv::typed<std::uint8_t, kv::decimal<std::uint8_t>> small(store, "counters");
    for (const char *wrong : {"", " 1", "1 ", "1x", "256", "-1", "0x1", "1.0"}) {
        store.set("counters", "wrong", wrong);
        refused(kv::typed_errc::decode, [&] { (void)small.get("wrong"); });
    }
    store.set("counters", "most", "255");
    EXPECT_EQ(small.get("most"), 255);
}

TEST_F(Typed, what_cannot_be_decoded_is_not_absent_and_stays) {
    const kv::typed<std::string, picky> texts(store, "texts");
    store.set("texts", "a\n\"", "<bad>");
    const std::string message = refused(kv::typed_errc::decode, [&] { (void)texts.get("a\n\""); });
    EXPECT_EQ(message, "load \"a\\x0a\\x22\" of group \"texts\": bad already");
    refused(kv::typed_errc::decode, [&] { (void)texts.entry("a\n\""); });
    refused(kv::typed_errc::decode, [&] { (void)texts.take("a\n\""); });
    EXPECT_TRUE(texts.exists("a\n\""));
    refused(kv::typed_errc::encode, [&] { texts.set("b", "bad"); });
    EXPECT_FALSE(texts.exists("b"));

    texts.set("z", "fine");
    auto cursor = texts.scan();
    refused(kv::typed_errc::decode, [&] { (void)cursor.next(); });
    EXPECT_EQ(cursor.next()->value, "fine");
    EXPECT_FALSE(cursor.next());
    EXPECT_EQ(texts.clear(), 2u);
}

TEST_F(Typed, values_may_be_of_a_type_that_only_moves) {
    const kv::typed<move_only, move_only_codec> texts(store, "texts");
    texts.set("k", {std::make_unique<std::string>("v")});
    EXPECT_EQ(*texts.get("k")->text, "v");
    for (auto &[key, value] : texts.scan()) EXPECT_EQ(*value.text, "v") << key;
    EXPECT_EQ(*texts.take("k")->text, "v");
}

TEST_F(Typed, hooks_are_called_in_their_place) {
    std::string log;
    kv::hooks<std::string> hooks;
    hooks.before_save = [&](std::string_view key, std::string &value) {
        log.append("before_save ").append(key).append("; ");
        value += "!";
    };
    hooks.after_save = [&](std::string_view, const std::string &value) {
        log.append("after_save ").append(value).append("; ");
    };
    hooks.after_load = [&](std::string_view, std::string &value) {
        log.append("after_load; ");
        value += "?";
    };
    hooks.before_delete = [&](std::string_view key) {
        log.append("before_delete ").append(key).append("; ");
    };
    hooks.after_delete = [&](std::string_view) { log.append("after_delete; "); };
    const strings names(store, "names", hooks);
    const auto logged = [&] { return std::exchange(log, {}); };

    names.set("k", "v");
    EXPECT_EQ(logged(), "before_save k; after_save v!; ");
    EXPECT_EQ(store.get("names", "k"), "v!");
    EXPECT_FALSE(names.put("k", "w", {kv::if_absent}));
    EXPECT_EQ(logged(), "before_save k; ");
    EXPECT_EQ(names.get("k"), "v!?");
    EXPECT_EQ(logged(), "after_load; ");
    for (auto [key, value] : names.scan()) EXPECT_EQ(value, "v!?");
    EXPECT_EQ(logged(), "after_load; ");
    EXPECT_EQ(names.take("k"), "v!?");
    EXPECT_EQ(logged(), "after_load; before_delete k; after_delete; ");
    EXPECT_FALSE(names.erase("k"));
    EXPECT_EQ(logged(), "before_delete k; ");
    EXPECT_EQ(names.get("k"), std::nullopt);
    EXPECT_FALSE(names.take("k"));
    EXPECT_EQ(logged(), "");
    names.set("k", "v");
    logged();
    EXPECT_TRUE(names.erase("k"));
    EXPECT_EQ(logged(), "before_delete k; after_delete; ");
}

TEST_F(Typed, hooks_refuse) {
    const auto no = [](auto &&...) -> kv::result<void> {
        return kv::failure(kv::typed_errc::refused, "not today");
    };
    using chosen = kv::hooks<std::string>;
    const strings plain(store, "names");
    const auto with = [&](const chosen &hooks) { return strings(store, "names", hooks); };

    const strings unsaved = with(chosen().with_before_save(no));
    EXPECT_EQ(refused(kv::typed_errc::refused, [&] { unsaved.set("k", "v"); }), "not today");
    EXPECT_FALSE(plain.exists("k"));
    refused(kv::typed_errc::refused, [&] { with(chosen().with_after_save(no)).set("k", "v"); });
    EXPECT_TRUE(plain.exists("k"));
    refused(kv::typed_errc::refused, [&] { (void)with(chosen().with_after_load(no)).get("k"); });
    const strings kept = with(chosen().with_before_delete(no));
    refused(kv::typed_errc::refused, [&] { kept.erase("k"); });
    refused(kv::typed_errc::refused, [&] { (void)kept.take("k"); });
    EXPECT_TRUE(plain.exists("k"));
    refused(kv::typed_errc::refused, [&] { with(chosen().with_after_delete(no)).erase("k"); });
    EXPECT_FALSE(plain.exists("k"));
}

TEST_F(Typed, hooks_are_set_once) {
    std::string loaded;
    const strings names(store, "names", {.after_load = [&](std::string_view key, std::string &) {
                            loaded += key;
                        }});
    const strings copy = names;
    names.set("k", "v");
    EXPECT_EQ(copy.get("k"), "v");
    EXPECT_EQ(loaded, "k");
    static_assert(std::is_aggregate_v<kv::hooks<std::string>>);
}

TEST_F(Typed, what_a_hook_throws_reaches_the_caller) {
    const strings names(store, "names", kv::hooks<std::string>().with_before_save([](auto &&...) {
        throw std::runtime_error("mine");
    }));
    EXPECT_THROW(names.set("k", "v"), std::runtime_error);
    EXPECT_THROW((void)names.try_set("k", "v"), std::runtime_error);
    EXPECT_FALSE(names.exists("k"));
}

TEST_F(Typed, take_meets_a_write_in_between_and_looks_again) {
    const strings plain(store, "names");
    plain.set("k", "first");
    bool is_first = true;
    const strings rewritten(store, "names", {.before_delete = [&](std::string_view key) {
                                if (std::exchange(is_first, false)) store.set("names", key, "second");
                            }});
    EXPECT_EQ(rewritten.take("k"), "second");
    plain.set("k", "third");
    const strings deleted(store, "names", {.before_delete = [&](std::string_view key) {
                              store.erase("names", key);
                          }});
    EXPECT_EQ(deleted.take("k"), std::nullopt);
}

TEST_F(Typed, returns_results) {
    const kv::typed<std::string, picky> texts(store, "texts");
    ASSERT_TRUE(texts.try_set("k", "v"));
    EXPECT_EQ(**texts.try_get("k"), "v");
    EXPECT_EQ((*texts.try_entry("k"))->key, "k");
    EXPECT_FALSE(*texts.try_put("k", "w", {kv::if_absent}));
    EXPECT_TRUE(*texts.try_exists("k"));
    EXPECT_EQ(texts.try_set("k", "bad").error().code(), kv::typed_errc::encode);
    store.set("texts", "a", "<bad>");
    EXPECT_EQ(texts.try_get("a").error().code(), kv::typed_errc::decode);
    EXPECT_FALSE(texts.try_get("absent")->has_value());
    int good = 0, bad = 0;
    auto cursor = *texts.try_scan();
    for (kv::result<kv::stored<std::string>> &text : cursor.results()) ++(text ? good : bad);
    EXPECT_EQ(good, 0);
    EXPECT_EQ(bad, 1);
    EXPECT_EQ(*texts.try_count(), 2u);
    EXPECT_EQ(*texts.try_clear(), 2u);
    store.close();
    EXPECT_EQ(texts.try_get("k").error().code(), kv::errc::handle);
    EXPECT_EQ(texts.try_scan().error().code(), kv::errc::handle);
    EXPECT_EQ(texts.try_take("k").error().code(), kv::errc::handle);
    EXPECT_EQ(texts.try_erase("k").error().code(), kv::errc::handle);
    EXPECT_EQ(texts.try_count().error().code(), kv::errc::handle);
}
