// Typed stores in JSON.
#include <kv/json.hpp>

#include "fixture.hpp"

using Json = StoreTest;

namespace {

struct user {
    std::string name;
    std::int64_t id = 0;
    std::vector<std::string> roles;

    friend bool operator==(const user &left, const user &right) {
        return left.name == right.name && left.id == right.id && left.roles == right.roles;
    }
};

void to_json(nlohmann::json &json, const user &user) {
    json = {{"name", user.name}, {"id", user.id}, {"roles", user.roles}};
}
void from_json(const nlohmann::json &json, user &user) {
    json.at("name").get_to(user.name);
    json.at("id").get_to(user.id);
    json.at("roles").get_to(user.roles);
}

}  // namespace

TEST_F(Json, is_the_default_codec) {
    const kv::typed<user> users(store, "users");
    const user ada{"ada \u20ac", (std::int64_t{1} << 53) + 1, {"admin", ""}};
    users.set("ada", ada);
    EXPECT_EQ(users.get("ada"), ada);
    EXPECT_EQ(nlohmann::json::parse(store.get("users", "ada").value())["id"], ada.id);
    for (auto &[key, value] : users.scan()) EXPECT_EQ(value, ada) << key;

    const kv::typed<nlohmann::json> trees(store, "trees");
    trees.set("k", {{"a", {1, 2.5, nullptr}}, {"most", UINT64_MAX}});
    EXPECT_EQ((*trees.get("k"))["most"], UINT64_MAX);
    const kv::typed<std::vector<int>> lists(store, "lists");
    lists.set("k", {});
    EXPECT_EQ(lists.get("k"), std::vector<int>{});
    EXPECT_EQ(store.get("lists", "k"), "[]");
    const kv::typed<std::string> texts(store, "texts");
    texts.set("k", "v");
    EXPECT_EQ(store.get("texts", "k"), "\"v\"");
}

TEST_F(Json, of_another_shape_or_none_is_refused) {
    const kv::typed<user> users(store, "users");
    for (const std::string &wrong :
         {""s, "{"s, "nul"s, "[]"s, "{\"name\": 1}"s, "{} {}"s, "\"\xff\""s, "\0"s}) {
        store.set("users", "k", wrong);
        refused(kv::typed_errc::decode, [&] { (void)users.get("k"); });
    }
    refused(kv::typed_errc::encode, [&] { users.set("new", {"\xff", 0, {}}); });
    EXPECT_FALSE(users.exists("new"));
}
