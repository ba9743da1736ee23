// Values in pieces as streams of the standard library: failures, ends and moves.
#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "stream_fixture.hpp"

static kv::write_stream output_to(const kv::store &store, std::string_view key = "k") {
    return kv::write_stream(store.writer("g", key));
}

// A stream is bad, and keeps the failure.
template <class OfStream>
static void has_failed(const OfStream &stream, kv::errc code) {
    EXPECT_TRUE(stream.bad());
    ASSERT_TRUE(stream.last_failure());
    EXPECT_EQ(stream.last_failure()->code(), code) << stream.last_failure()->message();
}

TEST_P(Stream, a_destructor_commits_nothing) {
    store.set("g", "k", "kept");
    {
        kv::write_stream out = output_to(store);
        out << "half of " << std::flush;
    }
    try {
        kv::write_stream out = output_to(store);
        out << sample(2 * piece);
        throw std::runtime_error("mine");
    } catch (const std::runtime_error &) {
    }
    kv::write_stream out = output_to(store);
    out << "discarded";
    out.abort();
    refused(kv::errc::handle, [&] { out.commit(); });
    out << "more";
    has_failed(out, kv::errc::handle);
    EXPECT_EQ(store.get("g", "k"), "kept");
}

TEST_P(Stream, a_stream_ends_with_its_commit) {
    kv::write_stream out = output_to(store);
    out << "v";
    const kv::put_result written = out.commit();
    EXPECT_EQ(written.version, store.info("g", "k")->version);
    EXPECT_TRUE(out.flush());
    EXPECT_EQ(out.tellp(), std::streamoff{-1});
    refused(kv::errc::handle, [&] { out.commit(); });
    EXPECT_FALSE(out << "w");
    has_failed(out, kv::errc::handle);
    EXPECT_FALSE(out.write(sample(piece).data(), std::streamsize{piece}));
    kv::write_stream conflict(store.writer("g", "k", {kv::if_absent}));
    conflict << "other";
    EXPECT_EQ(conflict.try_commit()->version, written.version);
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_P(Stream, a_quota_sets_badbit_and_the_failure_says_so) {
    const kv::store acme = store.scope("acme");
    store.set_quota("acme", kv::quota().with_max_bytes(std::int64_t{2} * piece));
    const std::string line = sample(1000);
    kv::write_stream out = output_to(acme);
    int lines = 0;
    while (out << line) ASSERT_LT(++lines, 2000);
    EXPECT_GT(lines, 500);
    has_failed(out, kv::errc::quota);
    EXPECT_NE(std::string(out.last_failure()->message()).find("acme"), std::string::npos);
    refused(kv::errc::quota, [&] { out.commit(); });
    out.clear();
    EXPECT_FALSE(out << "x");
    EXPECT_FALSE((out.clear(), out.flush()));
    EXPECT_FALSE((out.clear(), out << sample(piece)));
    refused(kv::errc::quota, [&] { out.commit(); });
    EXPECT_EQ(acme.count("g"), 0u);
}

TEST_P(Stream, throws_the_failure_if_it_is_asked_to) {
    const kv::store acme = store.scope("acme");
    store.set_quota("acme", kv::quota().with_max_bytes(std::int64_t{2} * piece));
    kv::write_stream out = output_to(acme);
    out.exceptions(std::ios::badbit);
    const std::string large = sample(8 * piece);
    const std::string message = refused(kv::errc::quota, [&] { out << large; });
    EXPECT_EQ(message, out.last_failure()->message());
    EXPECT_TRUE(out.bad());
    // An iterator has no badbit.
    kv::write_buffer buffer(acme.writer("g", "k"));
    refused(kv::errc::quota, [&] {
        std::copy(large.begin(), large.end(), std::ostreambuf_iterator<char>(&buffer));
    });
    refused(kv::errc::quota, [&] { buffer.commit(); });
    EXPECT_FALSE(acme.exists("g", "k"));
}

TEST_P(Stream, a_failed_read_is_not_the_end) {
    const std::string bytes = sample(2 * piece);
    write(store, "g", "k", bytes);
    const auto open = [&] { return kv::read_stream(store.reader("g", "k").value()); };
    kv::read_stream by_line = open(), whole = open(), throwing = open(), iterated = open(),
                    sought = open();
    kv::write_stream out = output_to(store, "new");
    out << "v";
    by_line.get();
    throwing.exceptions(std::ios::badbit);
    store.close();
    std::string line, all(bytes.size(), '\0');
    while (std::getline(by_line, line)) {
    }
    has_failed(by_line, kv::errc::closed);
    EXPECT_FALSE(whole.read(all.data(), static_cast<std::streamsize>(all.size())));
    has_failed(whole, kv::errc::closed);
    EXPECT_FALSE(whole.eof());
    refused(kv::errc::closed, [&] { throwing.get(); });
    refused(kv::errc::closed, [&] { all.assign(std::istreambuf_iterator<char>(iterated), {}); });
    EXPECT_EQ(iterated.last_failure()->code(), kv::errc::closed);
    sought.seekg(0);
    has_failed(sought, kv::errc::closed);
    EXPECT_FALSE(out.flush());
    has_failed(out, kv::errc::closed);
    refused(kv::errc::closed, [&] { out.commit(); });
}

TEST_P(Stream, a_stream_that_is_bad_is_not_committed) {
    kv::write_stream out = output_to(store);
    out << "half";
    out.setstate(std::ios::badbit);
    refused(kv::errc::io, [&] { out.commit(); });
    EXPECT_FALSE(store.exists("g", "k"));
    out.clear();
    EXPECT_TRUE(out.commit());
}

TEST_P(Stream, a_commit_that_failed_can_be_repeated) {
    kv::bound_store bound(store);
    kv::write_stream out = output_to(bound);
    out << "kept" << std::flush;
    bound.arm(0ms);
    refused(kv::errc::deadline, [&] { out.commit(); });
    EXPECT_EQ(out.last_failure()->code(), kv::errc::deadline);
    bound.arm();
    EXPECT_TRUE(out.commit());
    EXPECT_EQ(store.get("g", "k"), "kept");
    // One whose bytes were not taken has a gap.
    kv::write_stream lost = output_to(bound, "lost");
    lost << "bytes";
    bound.arm(0ms);
    refused(kv::errc::deadline, [&] { lost.commit(); });
    bound.arm();
    refused(kv::errc::deadline, [&] { lost.commit(); });
    EXPECT_FALSE(store.exists("g", "lost"));
}

TEST_P(Stream, streams_move_with_what_they_hold) {
    const std::string bytes = sample(2 * piece);
    kv::write_stream first = output_to(store);
    first << bytes.substr(0, 10);
    kv::write_stream second = std::move(first);
    second << bytes.substr(10);
    kv::write_stream third = output_to(store, "other");
    third << "discarded";
    third = std::move(second);
    EXPECT_EQ(third.tellp(), static_cast<std::streamoff>(bytes.size()));
    EXPECT_TRUE(third.commit());
    EXPECT_FALSE(store.exists("g", "other"));
    for (kv::write_stream *moved : {&first, &second}) {
        EXPECT_FALSE(*moved << "x");
        has_failed(*moved, kv::errc::handle);
        refused(kv::errc::handle, [&] { moved->commit(); });
    }

    kv::read_stream in(store.reader("g", "k").value());
    std::string head(10, '\0');
    in.read(head.data(), 10);
    kv::read_stream rest = std::move(in);
    EXPECT_EQ(rest.tellg(), std::streamoff{10});
    kv::read_stream last(store.reader("g", "k").value());
    last.get();
    last = std::move(rest);
    EXPECT_EQ(last.reader().size(), bytes.size());
    EXPECT_TRUE(head + std::string(std::istreambuf_iterator<char>(last), {}) == bytes);
    for (kv::read_stream *moved : {&in, &rest}) {
        EXPECT_EQ(moved->get(), std::char_traits<char>::eof());
        has_failed(*moved, kv::errc::handle);
    }
}
