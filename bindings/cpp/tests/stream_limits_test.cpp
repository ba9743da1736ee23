// Values in pieces: quotas, deadlines, threads, snapshots, handles and changes.
#include <thread>

#include "stream_fixture.hpp"

TEST_P(Stream, a_quota_is_refused_as_soon_as_the_value_is_too_large) {
    const kv::store acme = store.scope("acme");
    store.set_quota("acme", kv::quota().with_max_bytes(std::int64_t{3} * piece));
    acme.set("g", "kept", "v");
    kv::writer writer = acme.writer("g", "k");
    int written = 0;
    kv::result<void> last;
    while (last && written < 100) {
        last = writer.try_write(sample(piece));
        ++written;
    }
    ASSERT_FALSE(last);
    EXPECT_GT(written, 2);
    EXPECT_LT(written, 7);
    EXPECT_EQ(last.error().code(), kv::errc::quota);
    EXPECT_NE(std::string(last.error().message()).find("acme"), std::string::npos);
    refused(kv::errc::quota, [&] { writer.write("more"); });
    refused(kv::errc::quota, [&] { writer.commit(); });
    EXPECT_TRUE(writer.is_open());
    writer.abort();
    EXPECT_FALSE(acme.exists("g", "k"));
    EXPECT_EQ(acme.count("g"), 1u);
    const std::uint64_t used = store.quota("acme").bytes;
    EXPECT_LT(used, 100u);
    write(acme, "g", "k", sample(2 * piece));
    EXPECT_GE(store.quota("acme").bytes, used + 2 * piece);
}

TEST_P(Stream, a_quota_is_refused_at_the_commit) {
    const kv::store acme = store.scope("acme");
    kv::writer first = acme.writer("g", "1"), second = acme.writer("g", "2");
    first.write(sample(2 * piece));
    second.write("v");
    store.set_quota("acme", kv::quota().with_max_keys(1));
    EXPECT_TRUE(first.commit());
    refused(kv::errc::quota, [&] { second.commit(); });
    EXPECT_TRUE(second.is_open());
    store.set_quota("acme", kv::quota().with_max_keys(2));
    EXPECT_TRUE(second.commit());
    EXPECT_EQ(acme.count("g"), 2u);
}

TEST_P(Stream, calls_end_by_a_deadline_or_a_cancel) {
    write(store, "g", "old", sample(2 * piece));
    kv::bound_store bound(store);
    kv::writer writer = bound.writer("g", "k");
    kv::reader reader = bound.reader("g", "old").value();
    writer.write("v");
    char bytes[4];
    for (const kv::errc code : {kv::errc::deadline, kv::errc::cancelled}) {
        kv::writer lost = bound.writer("g", "lost");
        const std::uint64_t arming = bound.arm(code == kv::errc::deadline ? 0ms : 1h);
        if (code == kv::errc::cancelled) bound.cancel(arming);
        refused(code, [&] { writer.commit(); });
        refused(code, [&] { reader.read(0, bytes, sizeof bytes); });
        refused(code, [&] { bound.writer("g", "k"); });
        refused(code, [&] { bound.reader("g", "old"); });
        refused(code, [&] { lost.write("bytes"); });
        bound.arm();
        EXPECT_EQ(reader.read(piece, bytes, sizeof bytes), sizeof bytes);
        // Its value has a gap.
        refused(code, [&] { lost.write("more"); });
        refused(code, [&] { lost.commit(); });
    }
    EXPECT_FALSE(store.exists("g", "k") || store.exists("g", "lost"));
    EXPECT_TRUE(writer.commit());
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_P(Stream, a_second_thread_is_refused) {
    const std::string block = sample(16 * piece);
    std::atomic<int> refusals{0};
    const auto is_busy = [&](const auto &result) {
        if (result) return false;
        EXPECT_EQ(result.error().code(), kv::errc::busy);
        ++refusals;
        return true;
    };
    std::uint64_t size = 0;
    for (int round = 0; round < 50 && refusals == 0; ++round) {
        kv::writer writer = store.writer("g", "k");
        std::atomic<bool> is_done{false};
        std::thread other([&] {
            while (!is_done) is_busy(writer.try_size());
        });
        for (int i = 0; i < 3; ++i) {
            while (is_busy(writer.try_write(block))) {
            }
        }
        is_done = true;
        other.join();
        size = writer.size();
        EXPECT_TRUE(writer.commit());
    }
    EXPECT_GT(refusals, 0);
    EXPECT_EQ(size, 3 * block.size());
    EXPECT_EQ(store.info("g", "k")->size, size);
}

TEST_P(Stream, a_snapshot_is_read_in_pieces_and_not_written) {
    const std::string bytes = sample(2 * piece);
    write(store, "g", "k", bytes);
    const kv::store then = store.snapshot();
    store.erase("g", "k");
    EXPECT_TRUE(read_all(then, "g", "k", piece) == bytes);
    refused(kv::errc::read_only, [&] { then.writer("g", "k"); });
}

TEST_P(Stream, handles_are_released_and_taken_over) {
    kv::writer writer = store.writer("g", "k");
    const kv_writer handle = writer.release();
    EXPECT_FALSE(writer.is_open());
    kv_error error;
    ASSERT_EQ(kv_writer_write(handle, "v", 1, &error), KV_OK);
    kv::writer again(handle);
    EXPECT_EQ(again.native().id, handle.id);
    EXPECT_TRUE(again.commit());
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_P(Stream, names_and_values_hold_any_bytes) {
    for (const std::string &name : awkward) {
        write(store, name.substr(0, 255), name, name);
        EXPECT_EQ(read_all(store, name.substr(0, 255), name, 100), name);
    }
    const std::string too_long(65536, 'x');
    refused(kv::errc::too_large, [&] { store.writer("g", too_long); });
    refused(kv::errc::too_large, [&] { store.reader("g", too_long); });
}

TEST_P(Stream, a_watch_tells_the_size_of_a_large_value) {
    kv::watch events = store.watch("g"), pages = store.watch("g");
    std::uint64_t seen = 0;
    const kv::subscription subscription = store.on_change([&](const kv::event &event) {
        if (event.type == kv::event_type::set_large) seen += event.value_size;
    });
    write(store, "g", "small", sample(piece));
    write(store, "g", "large", sample(piece + 1));
    write(store, "g", "empty", "");
    EXPECT_EQ(seen, piece + 1);
    std::string buffer(2 * piece, '\0');
    const kv::event_page page = pages.fill(buffer.data(), buffer.size());
    ASSERT_EQ(page.size(), 3u);
    auto paged = page.begin();
    for (const std::size_t size : {piece, piece + 1, std::size_t{0}}) {
        const kv::event event = events.poll(0ms).value();
        const bool is_large = size > piece;
        const auto type = is_large ? kv::event_type::set_large : kv::event_type::set;
        EXPECT_EQ(event.type, type);
        EXPECT_EQ(event.value_size, size);
        EXPECT_EQ(event.value.size(), is_large ? 0 : size);
        EXPECT_EQ(event.lost, 0u);
        EXPECT_EQ(event.version, store.info("g", event.key)->version);
        EXPECT_EQ(paged->type, type);
        EXPECT_EQ(paged->key, event.key);
        EXPECT_EQ(paged->value_size, size);
        EXPECT_EQ(paged->value.size(), event.value.size());
        EXPECT_EQ(paged->lost, 0u);
        ++paged;
    }
    EXPECT_FALSE(events.poll(0ms));
}
