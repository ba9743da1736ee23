// The fixture of all tests: a fresh directory and a store in it, and how to expect a refusal.
#ifndef KV_TESTS_FIXTURE_HPP
#define KV_TESTS_FIXTURE_HPP

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <kv.hpp>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

class Directory {
public:
    Directory() {
        std::string pattern = std::filesystem::temp_directory_path() / "kv-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        path_ = pattern;
    }
    Directory(const Directory &) = delete;
    Directory &operator=(const Directory &) = delete;
    ~Directory() { std::filesystem::remove_all(path_); }

    std::string file(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Counts how many threads are within its calls at once.
class Meeting {
public:
    template <class Call>
    auto operator()(Call call) {
        const int now = ++within_;
        int seen = most_;
        while (now > seen && !most_.compare_exchange_weak(seen, now)) {
        }
        auto result = call();
        --within_;
        return result;
    }

    bool happened() const { return most_ > 1; }

private:
    std::atomic<int> within_{0}, most_{0};
};

class StoreTest : public testing::Test {
protected:
    const Directory directory;
    kv::store store{directory.file("store.db")};
};

// Bytes that text would not survive.
inline const std::vector<std::string> awkward = {
    "", "\0"s, "a\0b"s, "\xff\xfe\x80", "\xe2\x82\xac", " ", "%_*?[", std::string(65535, 'x')};

// How long a key has to live; one that never expires fails the test.
inline std::chrono::milliseconds remaining(const kv::store &store, std::string_view group,
                                           std::string_view key) {
    return store.ttl(group, key).value().duration().value();
}

// Runs `call` and expects a kv::error of `code`; returns its message.
template <class Code, class Call>
std::string refused(Code code, Call &&call) {
    try {
        call();
    } catch (const kv::error &error) {
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_STRNE(error.what(), "");
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown where " << make_error_code(code).message();
    return {};
}

#endif
