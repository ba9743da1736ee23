// Copies from a store into another.
#include "fixture.hpp"

namespace {

constexpr int many = 600;

struct Copy : testing::Test {
    kv::store from{"memory:"};
    kv::store to{"memory:"};

    Copy() {
        for (int i = 0; i < many; i++) from.set("g", "key " + std::to_string(1000 + i), "v");
        from.set("", "\0"sv, "\0"sv);
    }
};

TEST_F(Copy, everything_arrives) {
    const kv::copy_state state = from.copy(to);
    EXPECT_EQ(state.entries, many + 1u);
    EXPECT_EQ(state.total, many + 1u);
    EXPECT_EQ(state.skipped + state.expired + state.missing, 0u);
    EXPECT_EQ(state.bytes, many * 10u + 2);
    ASSERT_TRUE(state.position);
    EXPECT_EQ(state.position->group, "g");
    EXPECT_EQ(state.position->key, "key 1599");
    EXPECT_EQ(to.count("g"), static_cast<std::uint64_t>(many));
    EXPECT_EQ(to.get("", "\0"sv), "\0"sv);
    EXPECT_FALSE(kv::store("memory:").copy(to).position);
}

TEST_F(Copy, what_is_there_is_overwritten_kept_or_refused) {
    to.set("g", "key 1000", "mine");
    kv::copy_options options;
    options.existing = kv::existing::refuse;
    refused(kv::errc::argument, [&] { from.copy(to, options); });
    options.existing = kv::existing::keep;
    EXPECT_EQ(from.copy(to, options).skipped, 1u);
    EXPECT_EQ(to.get("g", "key 1000"), "mine");
    EXPECT_EQ(from.copy(to).entries, many + 1u);
    EXPECT_EQ(to.get("g", "key 1000"), "v");
}

TEST_F(Copy, its_progress_can_end_it_and_a_later_copy_goes_on) {
    kv::copy_options options;
    std::uint64_t written = 0;
    int calls = 0;
    bool ended = true;
    while (ended && calls++ < 10) {
        std::uint64_t entries = 0;
        const auto state = from.try_copy(to, options, [&](const kv::copy_state &at) {
            from.get("g", "key 1000");
            refused(kv::errc::busy, [&] { to.close(); });
            options.after = at.position;
            entries = at.entries;
            return false;
        });
        ended = !state;
        if (ended) {
            EXPECT_EQ(state.error().code(), kv::errc::cancelled);
        }
        written += entries;
        EXPECT_EQ(to.count_all(), written);
    }
    EXPECT_EQ(written, many + 1u);
    EXPECT_EQ(calls, 5);
}

TEST_F(Copy, what_a_progress_throws_goes_on_to_the_caller) {
    auto fails = [](const kv::copy_state &) { throw std::runtime_error("enough"); };
    EXPECT_THROW(from.copy(to, {}, fails), std::runtime_error);
    EXPECT_THROW((void)from.try_copy(to, {}, fails), std::runtime_error);
    EXPECT_EQ(from.copy(to).entries, many + 1u);
}

TEST_F(Copy, a_store_is_not_copied_into_itself_or_into_a_closed_one) {
    kv::store scope = from.scope("a"), closed("memory:");
    closed.close();
    refused(kv::errc::argument, [&] { from.copy(from); });
    refused(kv::errc::argument, [&] { from.copy(scope); });
    refused(kv::errc::handle, [&] { from.copy(closed); });
    refused(kv::errc::handle, [&] { closed.copy(from); });
    EXPECT_EQ(scope.copy(to).entries, 0u);
}

}  // namespace
