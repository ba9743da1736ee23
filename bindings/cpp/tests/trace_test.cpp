// The trace of all calls of the process.
#include "fixture.hpp"

#include <functional>
#include <mutex>
#include <thread>

namespace {

// A call that is kept.
struct Shown {
    kv::trace_phase phase;
    kv::call_kind kind;
    std::error_code code;
    std::optional<std::string> group, key;
    std::chrono::nanoseconds duration;
    std::uint64_t context;
};

std::optional<std::string> copied(std::optional<std::string_view> bytes) {
    return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

class Trace : public StoreTest {
protected:
    ~Trace() override { (void)kv::try_end_trace(); }

    void begin(const kv::trace_options &options = {}) {
        kv::set_trace(
            [this](const kv::trace_call &call) {
                calls.push_back({call.phase, call.kind, call.code(), copied(call.group),
                                 copied(call.key), call.duration, call.context});
                return calls.size();
            },
            options);
    }

    std::vector<Shown> calls;
};

TEST_F(Trace, shows_the_begin_and_the_end_of_each_call) {
    begin();
    store.set("users", "ada", "v");
    (void)store.get("users", "none");
    (void)store.try_increment("users", "ada");
    (void)store.count_all();
    kv::end_trace();
    store.set("users", "ada", "v");
    ASSERT_EQ(calls.size(), 8u);
    const kv::call_kind kinds[] = {kv::call_kind::set, kv::call_kind::get, kv::call_kind::increment,
                                   kv::call_kind::count};
    for (std::size_t i = 0; i < 4; ++i) {
        const Shown &first = calls[2 * i], &last = calls[2 * i + 1];
        EXPECT_EQ(first.phase, kv::trace_phase::begin);
        EXPECT_EQ(last.phase, kv::trace_phase::end);
        EXPECT_EQ(first.kind, kinds[i]);
        EXPECT_EQ(last.kind, kinds[i]);
        EXPECT_EQ(first.duration, 0ns);
        EXPECT_GT(last.duration, 0ns);
        EXPECT_EQ(first.context, 0u);
        EXPECT_EQ(last.context, 2 * i + 1);
        EXPECT_FALSE(first.code);
        EXPECT_EQ(first.group, last.group);
        EXPECT_FALSE(last.key);
    }
    EXPECT_EQ(calls[1].group, "users");
    EXPECT_FALSE(calls[3].code);
    EXPECT_EQ(calls[5].code, kv::errc::not_integer);
    EXPECT_FALSE(calls[7].group);
}

TEST_F(Trace, has_the_status_of_an_outcome) {
    kv_status status = KV_OK;
    kv::set_trace([&](const kv::trace_call &call) { status = call.status; });
    (void)store.get("g", "none");
    EXPECT_EQ(status, KV_NOT_FOUND);
}

TEST_F(Trace, has_keys_if_they_are_asked_for) {
    begin(kv::trace_options().with_keys());
    store.set("users", "a\0b"s, "v");
    store.set("", "", "v");
    (void)store.count("users");
    ASSERT_EQ(calls.size(), 6u);
    EXPECT_EQ(calls[0].key, "a\0b"s);
    EXPECT_EQ(calls[3].key, "");
    EXPECT_EQ(calls[5].group, "users");
    EXPECT_FALSE(calls[5].key);
    EXPECT_FALSE(kv::trace_options().keys);
    EXPECT_FALSE(kv::trace_options().with_keys(false).keys);
}

TEST_F(Trace, leaves_out_names_that_are_refused) {
    begin({.keys = true});
    (void)store.try_get("g", std::string(65536, 'k'));
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls[1].group, "g");
    EXPECT_FALSE(calls[1].key);
    EXPECT_EQ(calls[1].code, kv::errc::too_large);
}

TEST_F(Trace, drops_the_exceptions_of_its_callback) {
    std::vector<std::uint64_t> contexts;
    kv::set_trace([&](const kv::trace_call &call) -> int {
        contexts.push_back(call.context);
        throw 7;
    });
    store.set("g", "k", "v");
    EXPECT_EQ(store.get("g", "k"), "v");
    EXPECT_EQ(contexts, std::vector<std::uint64_t>(4, 0));
}

TEST_F(Trace, shows_the_calls_of_its_callback) {
    int depth = 0, shown = 0;
    kv::set_trace([&](const kv::trace_call &) {
        ++shown;
        if (depth > 0) return;
        ++depth;
        (void)store.exists("g", "k");
        --depth;
    });
    store.set("g", "k", "v");
    EXPECT_EQ(shown, 6);
}

TEST_F(Trace, destroys_its_callback) {
    const auto owned = std::make_shared<int>(7);
    kv::set_trace([owned](const kv::trace_call &) {});
    EXPECT_EQ(owned.use_count(), 2);
    kv::set_trace([owned](const kv::trace_call &) {});
    EXPECT_EQ(owned.use_count(), 2);
    kv::end_trace();
    EXPECT_EQ(owned.use_count(), 1);
    EXPECT_TRUE(kv::try_end_trace());
}

TEST_F(Trace, takes_functions_and_callables_that_only_move) {
    std::uint64_t calls_seen = 0;
    const std::function<std::uint64_t(const kv::trace_call &)> function =
        [&](const kv::trace_call &) { return ++calls_seen; };
    kv::set_trace(function);
    store.set("g", "k", "v");
    EXPECT_TRUE(kv::try_set_trace([owned = std::make_unique<int>(1), &calls_seen](
                                      const kv::trace_call &) { calls_seen += 10; }));
    store.set("g", "k", "v");
    EXPECT_EQ(calls_seen, 22u);
}

TEST_F(Trace, shows_no_call_of_a_closed_store) {
    begin();
    store.close();
    EXPECT_EQ(store.try_get("g", "k").error().code(), kv::errc::handle);
    EXPECT_TRUE(calls.empty());
}

TEST_F(Trace, shows_the_calls_of_all_threads) {
    std::atomic<int> begins{0}, ends{0};
    Meeting meeting;
    for (int tries = 0; tries < 100 && !meeting.happened(); ++tries) {
        begins = ends = 0;
        kv::set_trace([&](const kv::trace_call &call) {
            meeting([&] { return ++(call.phase == kv::trace_phase::begin ? begins : ends); });
        });
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int call = 0; call < 250; ++call) (void)store.exists("g", "k");
            });
        for (std::thread &thread : threads) thread.join();
        kv::end_trace();
        EXPECT_EQ(begins, 1000);
        EXPECT_EQ(ends, 1000);
    }
    EXPECT_TRUE(meeting.happened());
}

}  // namespace
