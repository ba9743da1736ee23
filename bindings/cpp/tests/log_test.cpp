// The log of the process.
#include "fixture.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace {

// A record that is kept.
struct Kept {
    kv::log_level level;
    std::string topic, store, message;
};

// Keeps the records of a log, which it ends with itself.
class Records {
public:
    explicit Records(kv::log_level level) {
        kv::set_log(level, [this](const kv::log_record &record) {
            const std::lock_guard guard(mutex_);
            kept_.push_back({record.level, std::string(record.topic), std::string(record.store),
                             std::string(record.message)});
        });
    }
    ~Records() { (void)kv::try_end_log(); }

    // Ends the log, so that no record is missing; returns those of a topic.
    std::vector<Kept> of(std::string_view topic) {
        kv::end_log();
        std::vector<Kept> found;
        for (const Kept &record : kept_)
            if (record.topic == topic) found.push_back(record);
        return found;
    }
    std::size_t count() {
        kv::end_log();
        return kept_.size();
    }

private:
    std::mutex mutex_;
    std::vector<Kept> kept_;
};

void open_and_close() {
    kv::store("memory:").close();
}

class Log : public StoreTest {};

TEST_F(Log, has_the_openings_and_the_closes) {
    const auto before = std::chrono::system_clock::now();
    kv::time_point time;
    kv::set_log(kv::log_level::info, [&](const kv::log_record &record) { time = record.time; });
    open_and_close();
    kv::end_log();
    EXPECT_GE(time + 1ms, before);
    EXPECT_LE(time, std::chrono::system_clock::now());

    Records records(kv::log_level::info);
    { const kv::store other(directory.file("other.db")); }
    const auto opened = records.of("open"), closed = records.of("close");
    ASSERT_EQ(opened.size(), 1u);
    ASSERT_EQ(closed.size(), 1u);
    EXPECT_EQ(opened[0].level, kv::log_level::info);
    EXPECT_NE(opened[0].store.find("other.db"), std::string::npos);
    EXPECT_EQ(opened[0].message.substr(0, 10), "opened in ");
    EXPECT_EQ(closed[0].message, "closed");
}

TEST_F(Log, of_a_level_has_none_below_it) {
    Records records(kv::log_level::warn);
    open_and_close();
    EXPECT_EQ(records.count(), 0u);
    Records off(kv::log_level::off);
    open_and_close();
    EXPECT_EQ(off.count(), 0u);
}

TEST_F(Log, has_slow_calls_without_their_keys) {
    const kv::store slow("sqlite:" + directory.file("slow.db") + "?slow=4ms");
    const auto subscription =
        slow.on_change([](const kv::event &) { std::this_thread::sleep_for(5ms); });
    Records records(kv::log_level::warn);
    slow.set("users", "ada", "Lovelace");
    const auto found = records.of("slow");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].level, kv::log_level::warn);
    EXPECT_NE(found[0].message.find("set in group \"users\" took "), std::string::npos);
    EXPECT_EQ(found[0].message.find("ada"), std::string::npos);
    EXPECT_EQ(found[0].message.find("Lovelace"), std::string::npos);
}

TEST_F(Log, has_no_password) {
    Records records(kv::log_level::debug);
    EXPECT_FALSE(kv::store::try_open("redis://ada:sesame@127.0.0.1:1/0?prefix=app"));
    const auto found = records.of("connection");
    ASSERT_FALSE(found.empty());
    for (const Kept &record : found) {
        EXPECT_EQ((record.store + record.message).find("sesame"), std::string::npos);
        EXPECT_EQ((record.store + record.message).find("ada"), std::string::npos);
    }
}

TEST_F(Log, drops_the_exceptions_of_its_callback) {
    int calls = 0;
    kv::set_log(kv::log_level::info, [&](const kv::log_record &) {
        ++calls;
        throw std::runtime_error("dropped");
    });
    open_and_close();
    kv::end_log();
    EXPECT_EQ(calls, 2);
}

TEST_F(Log, cannot_be_set_by_its_callback) {
    std::error_code set, ended;
    int calls = 0;
    kv::set_log(kv::log_level::info, [&](const kv::log_record &) {
        ++calls;
        set = kv::try_set_log(kv::log_level::debug, [](const kv::log_record &) {}).error().code();
        ended = kv::try_end_log().error().code();
        open_and_close();  // and its calls are not logged
    });
    open_and_close();
    kv::end_log();
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(set, kv::errc::busy);
    EXPECT_EQ(ended, kv::errc::busy);
}

TEST_F(Log, destroys_its_callback_once_and_in_time) {
    const auto owned = std::make_shared<int>(7);
    kv::set_log(kv::log_level::info, [owned](const kv::log_record &) {});
    EXPECT_EQ(owned.use_count(), 2);
    kv::set_log(kv::log_level::info, [owned](const kv::log_record &) {});
    EXPECT_EQ(owned.use_count(), 2);
    kv::end_log();
    EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(Log, stays_as_it_is_if_a_level_is_refused) {
    const auto owned = std::make_shared<int>(7);
    Records records(kv::log_level::info);
    const auto unknown = static_cast<kv::log_level>(5);
    refused(kv::errc::argument,
            [&] { kv::set_log(unknown, [owned](const kv::log_record &) {}); });
    EXPECT_EQ(owned.use_count(), 1);
    open_and_close();
    EXPECT_EQ(records.count(), 2u);
}

TEST_F(Log, takes_functions_and_callables_that_only_move) {
    int calls = 0;
    const std::function<void(const kv::log_record &)> function = [&](const kv::log_record &) { ++calls; };
    kv::set_log(kv::log_level::info, function);
    open_and_close();
    kv::set_log(kv::log_level::info,
                [owned = std::make_unique<int>(1), &calls](const kv::log_record &) { calls += *owned; });
    open_and_close();
    kv::end_log();
    EXPECT_EQ(calls, 4);
}

TEST_F(Log, does_not_make_calls_wait) {
    std::mutex gate;
    std::vector<kv::store> stores;
    std::size_t records = 0;
    {
        const std::lock_guard closed(gate);  // the callback waits, and no opening does
        kv::set_log(kv::log_level::info, [&](const kv::log_record &) {
            const std::lock_guard guard(gate);
            ++records;
        });
        for (int i = 0; i < 100; ++i) stores.emplace_back("memory:log?purge_interval=0");
    }
    kv::end_log();
    EXPECT_EQ(records, 100u);
}

TEST_F(Log, may_be_set_by_many_threads) {
    std::atomic<int> destroyed{0};
    struct Counted {
        explicit Counted(std::atomic<int> &count) : count_(&count) {}
        Counted(Counted &&other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
        ~Counted() {
            if (count_ != nullptr) ++*count_;
        }
        void operator()(const kv::log_record &) {}
        std::atomic<int> *count_;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int turn = 0; turn < 25; ++turn) {
                kv::set_log(kv::log_level::info, Counted(destroyed));
                open_and_close();
            }
        });
    for (std::thread &thread : threads) thread.join();
    kv::end_log();
    EXPECT_EQ(destroyed, 100);
}

}  // namespace
