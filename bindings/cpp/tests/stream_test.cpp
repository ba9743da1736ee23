// Values in pieces: writers and readers.
#include <algorithm>
#include <stdexcept>
#include <thread>

#include "stream_fixture.hpp"

static_assert(!std::is_copy_constructible_v<kv::writer> && !std::is_copy_assignable_v<kv::writer>);
static_assert(!std::is_copy_constructible_v<kv::reader> && !std::is_copy_assignable_v<kv::reader>);
static_assert(std::is_nothrow_move_constructible_v<kv::writer>);
static_assert(std::is_nothrow_move_assignable_v<kv::writer>);
static_assert(std::is_nothrow_move_constructible_v<kv::reader>);
static_assert(std::is_nothrow_move_assignable_v<kv::reader>);
static_assert(!std::is_convertible_v<kv_writer, kv::writer>);

// Each call is refused, but abort().
static void each_call_is_refused(kv::writer &writer, kv::errc code) {
    refused(code, [&] { writer.write("more"); });
    refused(code, [&] { writer.write(""); });
    refused(code, [&] { writer.size(); });
    refused(code, [&] { writer.commit(); });
}

// Each call is refused, but close().
static void each_call_is_refused(kv::reader &reader, kv::errc code) {
    char byte;
    refused(code, [&] { reader.read(0, &byte, 1); });
    refused(code, [&] { reader.info(); });
    refused(code, [&] { reader.size(); });
    refused(code, [&] { reader.version(); });
    refused(code, [&] { reader.expires_at(); });
}

TEST_P(Stream, writes_and_reads_values_of_every_length) {
    for (const std::size_t len : lengths_around({0, 4096, piece, 2 * piece, 3 * piece + 5})) {
        const std::string bytes = sample(len);
        for (const std::size_t block : {std::size_t{4093}, piece - 1, piece, piece + 1, len + 1}) {
            kv::writer writer = store.writer("g", "k");
            for (std::size_t at = 0; at < len; at += block) {
                EXPECT_EQ(writer.size(), at);
                writer.write(std::string_view(bytes).substr(at, block));
            }
            EXPECT_EQ(writer.size(), len);
            EXPECT_TRUE(writer.commit());
            EXPECT_EQ(store.info("g", "k")->size, len);
            ASSERT_TRUE(store.get("g", "k") == bytes) << len << " in blocks of " << block;
            ASSERT_TRUE(read_all(store, "g", "k", block) == bytes) << len << " read by " << block;
        }
    }
}

TEST_P(Stream, reads_what_was_set_whole) {
    for (const std::size_t len : lengths_around({0, piece, 2 * piece})) {
        const std::string bytes = sample(len);
        store.set("g", "k", bytes);
        ASSERT_TRUE(read_all(store, "g", "k", piece - 7) == bytes) << len;
        EXPECT_EQ(store.reader("g", "k")->size(), len);
    }
}

TEST_P(Stream, reads_at_any_offset) {
    const std::size_t len = 2 * piece + 100;
    const std::string bytes = sample(len);
    write(store, "g", "k", bytes);
    kv::reader reader = store.reader("g", "k").value();
    std::string buffer(len + 1, '?');
    for (const std::size_t at : lengths_around({len, 2 * piece, 0, piece, len / 2})) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, piece, len + 1}) {
            std::fill(buffer.begin(), buffer.end(), '?');
            const std::size_t expected = at < len ? std::min(count, len - at) : 0;
            ASSERT_EQ(reader.read(at, buffer.data(), count), expected) << at << ", " << count;
            ASSERT_TRUE(bytes.compare(std::min(at, len), expected, buffer, 0, expected) == 0);
            ASSERT_EQ(buffer[expected], '?');
        }
    }
    for (const std::uint64_t at : {kv::writer::size_max, UINT64_MAX})
        EXPECT_EQ(reader.read(at, buffer.data(), buffer.size()), 0u);
    EXPECT_EQ(reader.read(0, nullptr, 0), 0u);
    refused(kv::errc::argument, [&] { reader.read(0, nullptr, 1); });
}

TEST_P(Stream, nothing_is_seen_before_the_commit) {
    const std::string bytes = sample(2 * piece);
    store.set("g", "old", "1");
    kv::writer added = store.writer("g", "new"), replaced = store.writer("g", "old");
    added.write(bytes);
    replaced.write(bytes);
    EXPECT_FALSE(store.exists("g", "new"));
    EXPECT_EQ(store.count("g"), 1u);
    EXPECT_EQ(store.get("g", "old"), "1");
    kv::reader before = store.reader("g", "old").value();
    EXPECT_TRUE(added.commit() && replaced.commit());
    EXPECT_TRUE(store.get("g", "old") == bytes);
    EXPECT_EQ(store.count("g"), 2u);
    char byte = 0;
    EXPECT_EQ(before.read(0, &byte, 1), 1u);
    EXPECT_EQ(byte, '1');
    EXPECT_EQ(before.size(), 1u);
    EXPECT_LT(before.version(), store.reader("g", "old")->version());
    EXPECT_FALSE(store.reader("g", "absent"));
}

TEST_P(Stream, a_reader_keeps_the_value_it_has_opened) {
    const std::string bytes = sample(2 * piece + 1);
    write(store, "g", "k", bytes);
    kv::reader reader = store.reader("g", "k").value();
    write(store, "g", "k", sample(3 * piece));
    store.erase("g", "k");
    std::string read(bytes.size() + 1, '?');
    EXPECT_EQ(reader.read(0, read.data(), read.size()), bytes.size());
    EXPECT_TRUE(read.compare(0, bytes.size(), bytes) == 0);
    EXPECT_FALSE(store.reader("g", "k"));
}

TEST_P(Stream, a_condition_that_does_not_hold_is_an_outcome) {
    for (const std::size_t len : {std::size_t{3}, 2 * piece}) {
        const std::string bytes = sample(len);
        store.erase("g", "k");
        kv::writer first = store.writer("g", "k", {kv::if_absent});
        kv::writer second = store.writer("g", "k", {kv::if_absent});
        first.write(bytes);
        second.write("other");
        const kv::put_result written = first.commit();
        EXPECT_TRUE(written.is_written);
        EXPECT_EQ(written.version, store.info("g", "k")->version);
        const kv::put_result conflict = second.commit();
        EXPECT_FALSE(conflict);
        EXPECT_EQ(conflict.version, written.version);
        EXPECT_FALSE(second.is_open());
        each_call_is_refused(second, kv::errc::handle);
        kv::writer third = store.writer("g", "k", {kv::if_version(written.version)});
        third.write(bytes);
        store.set("g", "k", "between");
        EXPECT_EQ(third.commit().version, store.info("g", "k")->version);
        EXPECT_EQ(store.get("g", "k"), "between");
        kv::writer fourth = store.writer("g", "absent", {kv::if_present});
        fourth.write(bytes);
        EXPECT_EQ(fourth.try_commit()->version, 0u);
    }
}

TEST_P(Stream, a_ttl_begins_at_the_commit) {
    const kv::put_options hour{{}, kv::expires_after(1h)};
    kv::writer writer = store.writer("g", "k", hour);
    writer.write(sample(2 * piece));
    std::this_thread::sleep_for(20ms);
    const auto before = std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
    EXPECT_TRUE(writer.commit());
    kv::reader reader = store.reader("g", "k").value();
    EXPECT_GE(reader.expires_at(), before + 1h);
    EXPECT_LE(remaining(store, "g", "k"), 1h);
    EXPECT_EQ(reader.info().expires_at, reader.expires_at());
    kv::writer kept = store.writer("g", "k", {{}, kv::keep_expiry});
    EXPECT_TRUE(kept.commit());
    EXPECT_EQ(store.reader("g", "k")->expires_at(), reader.expires_at());
    EXPECT_EQ(store.reader("g", "k")->size(), 0u);
    write(store, "g", "k", "v");
    EXPECT_FALSE(store.reader("g", "k")->expires_at());
    kv::writer past = store.writer("g", "k", {{}, kv::expires_at(kv::time_point(1ms))});
    past.write(sample(2 * piece));
    EXPECT_TRUE(past.commit());
    EXPECT_FALSE(store.reader("g", "k"));
    refused(kv::errc::argument, [&] { store.writer("g", "k", {{}, kv::expires_after(-1s)}); });
}

TEST_P(Stream, the_destructor_aborts) {
    store.set("g", "k", "kept");
    { store.writer("g", "k").write(sample(2 * piece)); }
    try {
        kv::writer writer = store.writer("g", "k");
        writer.write("half of ");
        throw std::runtime_error("mine");
    } catch (const std::runtime_error &) {
    }
    kv::writer aborted = store.writer("g", "k");
    aborted.write(sample(2 * piece));
    aborted.abort();
    EXPECT_FALSE(aborted.is_open());
    refused(kv::errc::handle, [&] { aborted.abort(); });
    each_call_is_refused(aborted, kv::errc::handle);
    EXPECT_EQ(store.get("g", "k"), "kept");
    EXPECT_EQ(store.count_all(), 1u);
}

TEST_P(Stream, ended_objects_and_those_moved_from_refuse) {
    kv::writer writer = store.writer("g", "k");
    writer.write("a");
    kv::writer moved = std::move(writer);
    EXPECT_FALSE(writer.is_open());  // NOLINT: that is the test
    each_call_is_refused(writer, kv::errc::handle);
    refused(kv::errc::handle, [&] { writer.abort(); });
    moved.write("b");
    kv::writer replaced = store.writer("g", "k");
    kv_writer left = replaced.native();
    replaced = std::move(moved);
    EXPECT_EQ(kv_writer_abort(left, nullptr), KV_ERR_HANDLE);
    EXPECT_TRUE(replaced.commit());
    EXPECT_EQ(store.get("g", "k"), "ab");
    each_call_is_refused(replaced, kv::errc::handle);
    refused(kv::errc::handle, [&] { replaced.abort(); });

    kv::reader reader = store.reader("g", "k").value();
    kv::reader other = std::move(reader);
    each_call_is_refused(reader, kv::errc::handle);  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { reader.close(); });
    EXPECT_EQ(other.size(), 2u);
    other.close();
    each_call_is_refused(other, kv::errc::handle);
    refused(kv::errc::handle, [&] { other.close(); });
    reader = store.reader("g", "k").value();
    const kv::reader again(reader.release());
    EXPECT_NE(again.native().id, 0u);
    EXPECT_EQ(reader.native().id, 0u);
}

TEST_P(Stream, a_closed_store_ends_them) {
    kv::writer writer = store.writer("g", "k");
    writer.write(sample(2 * piece));
    write(store, "g", "other", "v");
    kv::reader reader = store.reader("g", "other").value();
    store.close();
    each_call_is_refused(writer, kv::errc::closed);
    each_call_is_refused(reader, kv::errc::closed);
    EXPECT_TRUE(writer.is_open());
    writer.abort();
    reader.close();
    refused(kv::errc::handle, [&] { store.writer("g", "k"); });
    refused(kv::errc::handle, [&] { store.reader("g", "other"); });
}
