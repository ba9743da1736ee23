// Values in pieces as streams of the standard library.
#include <algorithm>
#include <iterator>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "stream_fixture.hpp"

static_assert(!std::is_copy_constructible_v<kv::write_stream>);
static_assert(!std::is_copy_constructible_v<kv::read_stream>);
static_assert(!std::is_copy_constructible_v<kv::write_buffer>);
static_assert(!std::is_copy_constructible_v<kv::read_buffer>);
static_assert(std::is_nothrow_move_constructible_v<kv::write_buffer>);
static_assert(std::is_nothrow_move_assignable_v<kv::read_buffer>);
static_assert(std::is_move_constructible_v<kv::write_stream>);
static_assert(std::is_move_assignable_v<kv::read_stream>);

static constexpr std::size_t buffered = kv::read_buffer::capacity;
static_assert(buffered == kv::write_buffer::capacity);

static kv::write_stream output(const kv::store &store, std::string_view key) {
    return kv::write_stream(store.writer("g", key));
}

static kv::read_stream input(const kv::store &store, std::string_view key) {
    return kv::read_stream(store.reader("g", key).value());
}

static std::string rest_of(std::istream &in) {
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST_P(Stream, carries_five_mebibytes_both_ways) {
    const std::string bytes = sample(5 << 20);
    std::istringstream file(bytes);
    kv::write_stream copied = output(store, "file");
    copied << file.rdbuf();
    EXPECT_TRUE(copied.commit());
    kv::write_stream iterated = output(store, "iterated");
    std::copy(bytes.begin(), bytes.end(), std::ostreambuf_iterator<char>(iterated));
    EXPECT_TRUE(iterated.commit());
    kv::write_stream whole = output(store, "whole");
    whole.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    EXPECT_EQ(whole.tellp(), std::streamoff{5 << 20});
    EXPECT_TRUE(whole.commit());
    for (const char *key : {"file", "iterated", "whole"}) {
        kv::read_stream in = input(store, key);
        ASSERT_TRUE(rest_of(in) == bytes) << key;
        std::ostringstream to;
        in.seekg(0);
        to << in.rdbuf();
        ASSERT_TRUE(to.str() == bytes) << key;
        in.seekg(0);
        std::string read(bytes.size(), '\0');
        EXPECT_TRUE(in.read(read.data(), static_cast<std::streamsize>(read.size())));
        ASSERT_TRUE(read == bytes) << key;
        EXPECT_EQ(in.get(), std::char_traits<char>::eof());
        EXPECT_TRUE(in.eof() && !in.bad());
    }
}

TEST_P(Stream, carries_every_length_in_every_block) {
    for (const std::size_t len : lengths_around({0, buffered, 2 * buffered, piece, 2 * piece})) {
        const std::string bytes = sample(len);
        for (const std::size_t block : {std::size_t{1}, std::size_t{1000}, buffered - 1, buffered,
                                        buffered + 1, 3 * buffered, len + 1}) {
            kv::write_stream out = output(store, "k");
            for (std::size_t at = 0; at < len; at += block) {
                const std::size_t part = std::min(block, len - at);
                if (block == 1) {
                    out.put(bytes[at]);
                } else {
                    out.write(bytes.data() + at, static_cast<std::streamsize>(part));
                }
                ASSERT_EQ(out.tellp(), static_cast<std::streamoff>(at + part));
            }
            EXPECT_TRUE(out.good() && out.commit());
            ASSERT_TRUE(store.get("g", "k") == bytes) << len << " in blocks of " << block;
            kv::read_stream in = input(store, "k");
            std::string all, part(block, '\0');
            while (in.read(part.data(), static_cast<std::streamsize>(block)) || in.gcount() > 0) {
                all.append(part, 0, static_cast<std::size_t>(in.gcount()));
                if (!in.eof()) { EXPECT_EQ(in.tellg(), static_cast<std::streamoff>(all.size())); }
            }
            ASSERT_TRUE(all == bytes) << len << " read in blocks of " << block;
        }
    }
}

TEST_P(Stream, formats_and_parses_text) {
    const int lines = 20000;
    kv::write_stream out = output(store, "text");
    for (int i = 0; i < lines; ++i) out << "line " << i << (i % 1000 == 0 ? "\r\n" : "\n");
    out << std::flush << 7 << std::endl;
    EXPECT_TRUE(out.commit());
    kv::read_stream in = input(store, "text");
    std::string word;
    int number = 0, count = 0;
    while (count < lines && in >> word >> number) {
        ASSERT_EQ(word, "line");
        ASSERT_EQ(number, count++);
    }
    EXPECT_EQ(count, lines);
    EXPECT_TRUE(in >> number && number == 7);
    std::string line;
    EXPECT_TRUE(std::getline(in, line) && line.empty());
    EXPECT_FALSE(std::getline(in, line));
    EXPECT_TRUE(in.eof() && !in.bad());
    EXPECT_FALSE(in.last_failure());
}

TEST_P(Stream, seeks_to_any_place_and_tells_it) {
    const std::size_t len = 2 * piece + 100;
    const std::string bytes = sample(len);
    write(store, "g", "k", bytes);
    kv::read_stream in = input(store, "k");
    const auto at = [&](std::size_t place) {
        ASSERT_EQ(in.tellg(), static_cast<std::streamoff>(place));
        if (place < len) {
            ASSERT_EQ(in.get(), std::char_traits<char>::to_int_type(bytes[place])) << place;
        }
    };
    const auto last = static_cast<std::streamoff>(len);
    for (const std::size_t place : lengths_around({1, buffered, len - 1, piece, 5, 3 * buffered, 9})) {
        const auto offset = static_cast<std::streamoff>(place);
        at((in.seekg(offset), place));
        if (place < len) at(place + 1);
        at((in.seekg(offset - last, std::ios::end), place));
        at((in.seekg(offset - in.tellg(), std::ios::cur), place));
    }
    const std::streamoff most = std::numeric_limits<std::streamoff>::max(), least = -most - 1;
    const auto refuses = [&](std::ios::seekdir from, std::initializer_list<std::streamoff> offsets) {
        for (const std::streamoff offset : offsets) {
            in.seekg(7);
            EXPECT_FALSE(in.seekg(offset, from)) << offset;
            EXPECT_FALSE(in.bad());
            in.clear();
            at(7);
        }
    };
    refuses(std::ios::beg, {-1, last + 1, most, least});
    refuses(std::ios::cur, {-8, last - 6, most, least});
    refuses(std::ios::end, {1, -last - 1, most, least});
    EXPECT_EQ(in.rdbuf()->pubseekoff(0, std::ios::beg, std::ios::out), std::streamoff{-1});
    in.seekg(0, std::ios::end);
    EXPECT_EQ(in.get(), std::char_traits<char>::eof());
    in.clear();
    at((in.seekg(3), 3));
    EXPECT_FALSE(in.last_failure());
}

TEST_P(Stream, puts_bytes_back_and_knows_how_many_are_left) {
    const std::string bytes = sample(2 * buffered);
    write(store, "g", "k", bytes);
    kv::read_stream in = input(store, "k");
    EXPECT_EQ(in.rdbuf()->in_avail(), static_cast<std::streamsize>(2 * buffered));
    EXPECT_FALSE(in.unget());
    in.clear();
    for (const std::size_t place : {std::size_t{1}, buffered, buffered + 1}) {
        in.seekg(static_cast<std::streamoff>(place));
        EXPECT_TRUE(in.unget()) << place;
        EXPECT_EQ(in.get(), std::char_traits<char>::to_int_type(bytes[place - 1]));
        EXPECT_TRUE(in.putback(bytes[place - 1]));
        in.get();
        EXPECT_FALSE(in.putback(static_cast<char>(bytes[place - 1] + 1)));
        in.clear();
        EXPECT_EQ(in.tellg(), static_cast<std::streamoff>(place));
        EXPECT_EQ(in.peek(), std::char_traits<char>::to_int_type(bytes[place]));
    }
    std::string rest(2 * buffered, '\0');
    std::streamsize done = 0;
    while (const std::streamsize len = in.readsome(&rest[static_cast<std::size_t>(done)], 50000))
        done += len;
    EXPECT_EQ(done, static_cast<std::streamsize>(buffered) - 1);
    EXPECT_TRUE(bytes.compare(buffered + 1, std::string::npos, rest, 0,
                              static_cast<std::size_t>(done)) == 0);
    EXPECT_TRUE(in.eof() || in.rdbuf()->in_avail() == -1);
}

TEST_P(Stream, large_blocks_and_flushes_pass_the_buffer_by) {
    kv::writer writer = store.writer("g", "k");
    const kv_writer handle = writer.native();
    const auto passed = [&] {
        std::uint64_t size = 0;
        EXPECT_EQ(kv_writer_size(handle, &size, nullptr), KV_OK);
        return size;
    };
    kv::write_stream out(std::move(writer));
    out << "0123456789";
    EXPECT_EQ(passed(), 0u);
    EXPECT_EQ(out.tellp(), std::streamoff{10});
    out.flush();
    EXPECT_EQ(passed(), 10u);
    out << "abc";
    const std::string large = sample(buffered);
    out << large;
    EXPECT_EQ(passed(), 13 + buffered);
    out << "tail";
    EXPECT_EQ(passed(), 13 + buffered);
    EXPECT_FALSE(store.exists("g", "k"));
    EXPECT_FALSE(out.seekp(0));
    out.clear();
    EXPECT_TRUE(out.commit());
    EXPECT_TRUE(store.get("g", "k") == "0123456789abc" + large + "tail");
}
