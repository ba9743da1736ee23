// Stores that a services file names.
#include <cerrno>
#include <fstream>

#include "fixture.hpp"

class Config : public testing::Test {
protected:
    const Directory directory;
    const std::string path = directory.file("services.yaml");

    // Writes a file with one service, "users", of this text.
    void write(std::string_view users) const {
        std::ofstream(path) << "services:\n  users: " << users << "\n";
    }
    std::string refusal(kv::errc code, std::string_view service = "users") const {
        return refused(code, [&] { (void)kv::store::open_config(path, service); });
    }
};

TEST_F(Config, a_service_is_opened_by_its_name) {
    const std::string file = directory.file("users.db");
    write("{type: kvstore_sqlite, config: {path: '" + file + "'}}");
    const kv::store users = kv::store::open_config(path, "users");
    users.set("g", "k", "v");
    EXPECT_EQ(kv::store::open_config(path, "users").get("g", "k"), "v");
    EXPECT_EQ(kv::store(file).get("g", "k"), "v");
    write("{type: kvstore_memory}");
    EXPECT_EQ(kv::store::open_config(path, "users").get("g", "k"), std::nullopt);
}

TEST_F(Config, an_error_names_its_place) {
    write("{type: kvstore_sqlite, config: {path: x.db, colour: blue}}");
    const std::string message = refusal(kv::errc::config);
    EXPECT_NE(message.find(path), std::string::npos) << message;
    EXPECT_NE(message.find("colour"), std::string::npos) << message;
    EXPECT_NE(message.find("2"), std::string::npos) << message;
    EXPECT_NE(refusal(kv::errc::config, "absent").find("absent"), std::string::npos);
    refusal(kv::errc::config, "");
    write("{type: kvstore_sqlite, config: {path: 7}}");
    refusal(kv::errc::config);
    write("{");
    refusal(kv::errc::config);
    write("{type: kvstore_memory, config: {path: \xff}}");
    refusal(kv::errc::config);
    // No server listens on the first port.
    write("{type: kvstore_redis, config: {addr: '127.0.0.1:1'}}");
    refusal(kv::errc::unavailable);
}

TEST_F(Config, files_that_cannot_be_read_and_names_with_a_nul_are_refused) {
    try {
        (void)kv::store::open_config(path, "users");
        FAIL() << "it was opened";
    } catch (const kv::error &error) {
        EXPECT_EQ(error.code(), kv::errc::io);
        EXPECT_EQ(error.os_error(), ENOENT);
    }
    write("{type: kvstore_memory}");
    EXPECT_EQ(refusal(kv::errc::argument, "users\0x"sv), "open config: the service holds a NUL");
    EXPECT_EQ(refused(kv::errc::argument,
                      [&] { (void)kv::store::open_config(path + "\0x"s, "users"); }),
              "open config: the path holds a NUL");
    refusal(kv::errc::argument, "\xff");
}

TEST_F(Config, opening_returns_results) {
    write("{type: kvstore_memory}");
    const auto opened = kv::store::try_open_config(path, "users");
    ASSERT_TRUE(opened);
    ASSERT_TRUE(opened->try_set("g", "k", "v"));
    EXPECT_EQ(kv::store::try_open_config(path, "absent").error().code(), kv::errc::config);
}
