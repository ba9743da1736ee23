// The fixture of the tests of values in pieces: each engine that has them, and bytes to write.
#ifndef KV_TESTS_STREAM_FIXTURE_HPP
#define KV_TESTS_STREAM_FIXTURE_HPP

#include <initializer_list>

#include "fixture.hpp"

class Stream : public testing::TestWithParam<const char *> {
protected:
    static constexpr std::size_t piece = kv::writer::piece_size;

    std::string location() const {
        const std::string engine = GetParam();
        return engine == "memory" ? "memory:" : engine + ":" + directory.file("store");
    }

    const Directory directory;
    kv::store store{location()};
};

inline std::string engine_name(const testing::TestParamInfo<const char *> &engine) {
    return engine.param;
}

INSTANTIATE_TEST_SUITE_P(On, Stream, testing::Values("memory", "log", "sqlite"), engine_name);

// Bytes of which no part of a piece is like another.
inline std::string sample(std::size_t len) {
    std::string bytes(len, '\0');
    std::uint64_t state = len;
    for (char &byte : bytes) {
        state = state * 6364136223846793005 + 1442695040888963407;
        byte = static_cast<char>(state >> 56);
    }
    return bytes;
}

// Each number, the one below and the one above.
inline std::vector<std::size_t> lengths_around(std::initializer_list<std::size_t> numbers) {
    std::vector<std::size_t> all;
    for (const std::size_t number : numbers) {
        if (number > 0) all.push_back(number - 1);
        all.push_back(number);
        all.push_back(number + 1);
    }
    return all;
}

inline void write(const kv::store &store, std::string_view group, std::string_view key,
                  std::string_view bytes) {
    kv::writer writer = store.writer(group, key);
    writer.write(bytes);
    EXPECT_TRUE(writer.commit());
}

inline std::string read_all(const kv::store &store, std::string_view group, std::string_view key,
                            std::size_t block) {
    kv::reader reader = store.reader(group, key).value();
    std::string all, buffer(block, '\0');
    while (const std::size_t len = reader.read(all.size(), buffer.data(), block))
        all.append(buffer, 0, len);
    return all;
}

#endif
