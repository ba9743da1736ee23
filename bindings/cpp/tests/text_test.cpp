// Values that are text: parts, templates, JSON.
#include "fixture.hpp"

static_assert(!std::is_copy_constructible_v<kv::parts>);
static_assert(std::is_nothrow_move_constructible_v<kv::parts>);

class Text : public StoreTest {
protected:
    static std::string text(kv::parts parts) {
        std::string all;
        for (std::string_view part : parts) all.append("[").append(part).append("]");
        return all;
    }
    std::string split(std::string_view separator) const {
        return text(store.get_split("g", "k", separator));
    }
    std::string fields() const { return text(store.get_fields("g", "k")); }
};

TEST_F(Text, is_cut_at_a_separator) {
    store.set("g", "k", "a, b,,c ");
    EXPECT_EQ(split(","), "[a][ b][][c ]");
    EXPECT_EQ(split(", "), "[a][b,,c ]");
    EXPECT_EQ(split(";"), "[a, b,,c ]");
    EXPECT_EQ(split(""), "[a][,][ ][b][,][,][c][ ]");
    store.set("g", "k", "");
    EXPECT_EQ(split(","), "[]");
    EXPECT_EQ(split(""), "");
    store.set("g", "k", "\0a\0\xff"sv);
    EXPECT_EQ(split("\0"sv), "[][a][\xff]");
}

TEST_F(Text, is_cut_at_white_space) {
    store.set("g", "k", " a,\tb\n\xe3\x80\x80" "c\xff ");
    EXPECT_EQ(fields(), "[a,][b][c\xff]");
    store.set("g", "k", " \n");
    EXPECT_EQ(fields(), "");
    EXPECT_TRUE(store.get_fields("g", "k").is_found());
}

TEST_F(Text, an_absent_key_has_no_parts_and_says_so) {
    store.put("g", "expired", "a b", {.expiry = kv::expires_at(kv::time_point(1ms))});
    for (const char *key : {"k", "expired"}) {
        kv::parts parts = store.get_split("g", key, ",");
        EXPECT_FALSE(parts.is_found());
        EXPECT_EQ(parts.native().id, 0u);
        EXPECT_FALSE(parts.next());
        kv::parts moved = std::move(parts);
        EXPECT_FALSE(moved.next());
        EXPECT_FALSE(store.get_fields("g", key).is_found());
        EXPECT_EQ(text(store.get_fields("g", key)), "");
    }
}

TEST_F(Text, parts_are_of_the_value_that_was_read) {
    store.set("g", "k", "a b c");
    kv::parts parts = store.get_fields("g", "k");
    EXPECT_EQ(parts.next(), "a");
    store.erase("g", "k");
    kv::parts moved = std::move(parts);
    EXPECT_EQ(moved.next(), "b");
    refused(kv::errc::handle, [&] { (void)parts.next(); });  // NOLINT: that is the test
    store.close();
    refused(kv::errc::closed, [&] { (void)moved.next(); });
    refused(kv::errc::handle, [&] { (void)store.get_split("g", "k", ","); });
    refused(kv::errc::handle, [&] { (void)store.get_fields("g", "k"); });
}

TEST_F(Text, fills_templates) {
    store.set("config", "host", "db.example");
    store.set("config", "log level", "<debug>");
    EXPECT_EQ(store.render("config", ""), "");
    EXPECT_EQ(store.render("config", "host = {{ host }}\n"), "host = db.example\n");
    EXPECT_EQ(store.render("config", "{{ group[\"log level\"]|escape }}"), "&lt;debug&gt;");
    EXPECT_EQ(store.render("config", "{% for part in host|split(\".\") %}[{{ part }}]{% endfor %}"),
              "[db][example]");
    const auto pinned = store.render<kv::value>("config", "{{ host }}");
    EXPECT_EQ(pinned, "db.example");
    EXPECT_EQ(pinned.version(), 0u);
    EXPECT_FALSE(pinned.expires_at());
}

TEST_F(Text, templates_that_are_not_understood_are_refused) {
    store.set("config", "host", "db.example");
    store.set("config", "binary", "\xff");
    EXPECT_NE(refused(kv::errc::argument, [&] { (void)store.render("config", "\n{{ port }}"); })
                  .find("line 2"),
              std::string::npos);
    refused(kv::errc::argument, [&] { (void)store.render("config", "{{ host"); });
    refused(kv::errc::argument, [&] { (void)store.render("config", "{{ binary }}"); });
    refused(kv::errc::argument, [&] { (void)store.render("config", "{% set a = host %}"); });
    refused(kv::errc::argument, [&] { (void)store.render("config", "\xff"); });
    EXPECT_EQ(refused(kv::errc::argument, [&] { (void)store.render("config", "a\0b"sv); }),
              "render: the template holds a NUL");
    refused(kv::errc::too_large, [&] { (void)store.render("config", std::string(300 << 10, 'x')); });
    store.close();
    refused(kv::errc::handle, [&] { (void)store.render("config", ""); });
}

TEST_F(Text, json_is_stored_as_it_is_and_read_by_a_pointer) {
    const std::string json =
        " {\"a\": [1.50, 18446744073709551617, {\"b/c\": null}], \"~\": \"x\"} ";
    store.set_json("g", "k", json);
    EXPECT_EQ(store.get("g", "k"), json);
    EXPECT_EQ(store.get_json("g", "k"), json.substr(1, json.size() - 2));
    EXPECT_EQ(store.get_json("g", "k", "/a/0"), "1.50");
    EXPECT_EQ(store.get_json("g", "k", "/a/1"), "18446744073709551617");
    EXPECT_EQ(store.get_json("g", "k", "/a/2/b~1c"), "null");
    EXPECT_EQ(store.get_json("g", "k", "/~0"), "\"x\"");
    EXPECT_EQ(store.get_json("g", "k", "/a/3"), std::nullopt);
    EXPECT_EQ(store.get_json("g", "absent"), std::nullopt);
    const auto pinned = store.get_json<kv::value>("g", "k", "/a/0");
    EXPECT_EQ(*pinned, "1.50");
    EXPECT_NE(pinned->version(), 0u);
}

TEST_F(Text, what_is_not_json_is_refused) {
    for (const std::string &wrong : {""s, "{"s, "nul"s, "[1,]"s, "01"s, "\"\xff\""s, "{} {}"s, "1\0"s})
        refused(kv::errc::not_json, [&] { store.set_json("g", "k", wrong); });
    refused(kv::errc::too_large, [&] {
        store.set_json("g", "k", std::string(513, '[') + std::string(513, ']'));
    });
    EXPECT_FALSE(store.exists("g", "k"));
    store.set("g", "k", "{");
    refused(kv::errc::not_json, [&] { (void)store.get_json("g", "k"); });
    store.set_json("g", "k", "[]");
    refused(kv::errc::argument, [&] { (void)store.get_json("g", "k", "a"); });
    refused(kv::errc::argument, [&] { (void)store.get_json("g", "k", "/~2"); });
    EXPECT_EQ(refused(kv::errc::argument, [&] { (void)store.get_json("g", "k", "/\0"sv); }),
              "get JSON: the pointer holds a NUL");
    store.close();
    refused(kv::errc::handle, [&] { store.set_json("g", "k", "[]"); });
    refused(kv::errc::handle, [&] { (void)store.get_json("g", "k"); });
}

TEST_F(Text, returns_results) {
    ASSERT_TRUE(store.try_set_json("g", "k", "[1, 2]"));
    EXPECT_EQ(*store.try_get_json("g", "k", "/1"), "2");
    EXPECT_EQ(store.try_set_json("g", "k", "[").error().code(), kv::errc::not_json);
    EXPECT_EQ(*store.try_render("g", "{{ k }}"), "[1, 2]");
    EXPECT_EQ(store.try_render("g", "{{ x }}").error().code(), kv::errc::argument);
    std::string all;
    kv::parts fields = *store.try_get_fields("g", "k");
    for (kv::result<std::string_view> &part : fields.results())
        all.append(*part).append(";");
    EXPECT_EQ(all, "[1,;2];");
    kv::parts parts = *store.try_get_fields("g", "k");
    store.close();
    EXPECT_EQ(parts.try_next().error().code(), kv::errc::closed);
    EXPECT_EQ(store.try_get_fields("g", "k").error().code(), kv::errc::handle);
}
