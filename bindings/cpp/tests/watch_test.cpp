// Changes: watches, callbacks, the log.
#include <poll.h>

#include <atomic>
#include <exception>
#include <memory>
#include <thread>

#include "fixture.hpp"

using kv::event_type;

static_assert(!std::is_copy_constructible_v<kv::watch>);
static_assert(!std::is_copy_constructible_v<kv::subscription>);
static_assert(!std::is_copy_constructible_v<kv::change_cursor>);

class Watch : public StoreTest {
protected:
    // The waiting events, as text.
    static std::string waiting(kv::watch &watch) {
        std::string all;
        while (const auto event = watch.poll(0ms)) all += text(*event);
        return all;
    }
    static std::string text(const kv::event &event) {
        static const char *const names[] = {"?", "set", "erase", "erase_group", "expire", "synced",
                                            "lagged", "set_large"};
        std::string all = names[static_cast<int>(event.type)];
        return all.append(" ").append(event.key).append("=").append(event.value).append("; ");
    }
};

TEST_F(Watch, has_each_change_before_the_write_returns) {
    kv::watch watch = store.watch("g", "k");
    EXPECT_FALSE(watch.poll(0ms));
    EXPECT_FALSE(watch.poll(-1h));
    const std::uint64_t version = store.put("g", "k", "v").version;
    store.set("g", "other", "v");
    store.set("other", "k", "v");
    const kv::event set = watch.poll(0ms).value();
    EXPECT_EQ(set.type, event_type::set);
    EXPECT_EQ(set.group, "g");
    EXPECT_EQ(set.key, "k");
    EXPECT_EQ(set.value, "v");
    EXPECT_EQ(set.version, version);
    EXPECT_TRUE(set.time);
    EXPECT_EQ(set.lost, 0u);
    store.erase("g", "k");
    EXPECT_EQ(watch.poll()->type, event_type::erase);
    store.erase("g", "k");
    EXPECT_EQ(waiting(watch), "");
    store.erase_group("g");
    const kv::event group = watch.poll(0ms).value();
    EXPECT_EQ(group.type, event_type::erase_group);
    EXPECT_EQ(group.key, "");
    store.put("g", "k", "v", {.expiry = kv::expires_at(kv::time_point(1ms))});
    store.purge_expired();
    EXPECT_EQ(waiting(watch), "set k=v; expire k=; ");
}

TEST_F(Watch, a_loop_over_the_queued_events_never_waits) {
    kv::watch watch = store.watch("g");
    for (const kv::event &event : watch.queued()) ADD_FAILURE() << text(event);
    store.set("g", "a", "1");
    store.erase("g", "a");
    std::string seen;
    for (const kv::event &event : watch.queued()) seen += text(event);
    EXPECT_EQ(seen, "set a=1; erase a=; ");
    kv::queued_events queued = watch.queued();
    EXPECT_FALSE(queued.next());
    store.set("g", "b", "2");
    EXPECT_EQ(queued.next()->key, "b");
    store.set("g", "c", "3");
    for (const kv::result<kv::event> &event : queued.results()) EXPECT_EQ(event->key, "c");
    store.close();
    refused(kv::errc::closed, [&] { (void)queued.begin(); });
    int failures = 0;
    for (const kv::result<kv::event> &event : queued.results()) {
        EXPECT_EQ(event.error().code(), kv::errc::closed);
        ++failures;
    }
    EXPECT_EQ(failures, 1);
}

TEST_F(Watch, names_are_exact_prefixes_or_any) {
    kv::watch_options prefixes;
    prefixes.groups = prefixes.keys = kv::watched::prefix;
    kv::watch all = store.watch(), group = store.watch("g"), literal = store.watch("g", "*"),
              some = store.watch("g", "a", prefixes);
    store.set("g", "a1", "1");
    store.set("g", "*", "2");
    store.set("g2", "a2", "3");
    store.set("h", "a3", "4");
    EXPECT_EQ(waiting(all), "set a1=1; set *=2; set a2=3; set a3=4; ");
    EXPECT_EQ(waiting(group), "set a1=1; set *=2; ");
    EXPECT_EQ(waiting(literal), "set *=2; ");
    EXPECT_EQ(waiting(some), "set a1=1; set a2=3; ");
}

TEST_F(Watch, begins_with_what_there_is) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    kv::watch_options options;
    options.existing = true;
    options.keys = kv::watched::any;
    kv::watch watch = store.watch("g", "", options);
    store.set("g", "c", "3");
    EXPECT_EQ(waiting(watch), "set a=1; set b=2; synced =; set c=3; ");
}

TEST_F(Watch, a_full_queue_says_what_is_missing) {
    kv::watch_options options;
    options.keys = kv::watched::any;
    options.capacity = 16;
    kv::watch watch = store.watch("g", "", options);
    for (int i = 0; i < 40; ++i) store.increment("g", "n");
    std::uint64_t received = 0, lost = 0;
    while (const auto event = watch.poll(0ms)) {
        if (event->type == event_type::lagged) {
            EXPECT_FALSE(event->time);
            lost += event->lost;
        } else {
            ++received;
        }
    }
    EXPECT_GT(lost, 0u);
    EXPECT_EQ(received + lost, 40u);
}

TEST_F(Watch, options_that_contradict_are_refused) {
    kv::watch_options options;
    options.capacity = 1;
    refused(kv::errc::argument, [&] { (void)store.watch("g", "k", options); });
    options.capacity = 0;
    options.since = 0;
    refused(kv::errc::unsupported, [&] { (void)store.watch("g", "k", options); });
}

TEST_F(Watch, events_come_in_pages) {
    kv::watch watch = store.watch();
    char small[40], buffer[200];
    EXPECT_TRUE(watch.fill(buffer, sizeof buffer).empty());
    for (const char *key : {"a", "b", "c", "d", "e"}) store.set("g", key, "v");
    const kv::event_page none = watch.fill(small, sizeof small);
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.needed(), 43u);
    std::string all;
    int pages = 0;
    for (;;) {
        const kv::event_page page = watch.fill(buffer, sizeof buffer);
        if (page.empty()) break;
        EXPECT_EQ(page.used(), 43 * page.size());
        for (const kv::event &event : page) {
            EXPECT_EQ(event.group, "g");
            EXPECT_NE(event.version, 0u);
            EXPECT_TRUE(event.time);
            all += text(event);
        }
        ++pages;
    }
    EXPECT_EQ(all, "set a=v; set b=v; set c=v; set d=v; set e=v; ");
    EXPECT_EQ(pages, 2);
}

TEST_F(Watch, a_descriptor_is_readable_while_events_wait) {
    kv::watch watch = store.watch();
    pollfd waits{watch.fd(), POLLIN, 0};
    EXPECT_EQ(watch.fd(), waits.fd);
    EXPECT_EQ(::poll(&waits, 1, 0), 0);
    store.set("g", "k", "v");
    EXPECT_EQ(::poll(&waits, 1, 0), 1);
    waiting(watch);
    EXPECT_EQ(::poll(&waits, 1, 0), 0);
    store.close();
    EXPECT_EQ(::poll(&waits, 1, 0), 1);
}

TEST_F(Watch, a_loop_ends_when_the_store_is_closed) {
    kv::watch watch = store.watch("g");
    std::thread writer([&] {
        for (int i = 0; i < 10; ++i) store.increment("g", "n");
        store.set("g", "last", "");
    });
    int seen = 0;
    for (const kv::event &event : watch) {
        ++seen;
        if (event.key == "last") {
            writer.join();
            store.close();
        }
    }
    EXPECT_EQ(seen, 11);
    EXPECT_FALSE(watch.next());
    refused(kv::errc::closed, [&] { (void)watch.poll(); });
}

TEST_F(Watch, closing_wakes_the_thread_that_waits) {
    kv::watch watch = store.watch();
    store.set("g", "k", "v");
    std::atomic<bool> has_begun = false;
    std::thread waiter([&] {
        EXPECT_TRUE(watch.poll());
        has_begun = true;
        EXPECT_FALSE(watch.next());
    });
    while (!has_begun) std::this_thread::yield();
    watch.close();
    waiter.join();
    refused(kv::errc::handle, [&] { watch.close(); });
}

TEST_F(Watch, moves_and_leaves_an_empty_one) {
    kv::watch first = store.watch();
    store.set("g", "k", "v");
    kv::watch second = std::move(first);
    refused(kv::errc::handle, [&] { (void)first.poll(0ms); });  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { (void)first.fd(); });
    refused(kv::errc::handle, [&] { (void)first.next(); });
    first = std::move(second);
    EXPECT_EQ(waiting(first), "set k=v; ");
}

TEST_F(Watch, a_callback_runs_in_the_thread_that_writes) {
    std::string log;
    kv::subscription subscription = store.on_change([&](const kv::event &event) {
        log += text(event);
        if (event.key == "k") store.set("g", "echo", event.value);
        refused(kv::errc::busy, [&] { store.close(); });
    });
    store.set("g", "k", "v");
    EXPECT_EQ(log, "set k=v; set echo=v; ");
    subscription.close();
    store.set("g", "k", "w");
    EXPECT_EQ(log, "set k=v; set echo=v; ");
    refused(kv::errc::handle, [&] { subscription.close(); });
}

TEST_F(Watch, a_callback_is_kept_as_long_as_it_is_needed) {
    const auto token = std::make_shared<int>(0);
    const auto count = [token](const kv::event &) { ++*token; };
    {
        kv::subscription first = store.on_change(count);
        kv::subscription second = std::move(first);
        refused(kv::errc::handle, [&] { first.close(); });  // NOLINT: that is the test
        store.set("g", "k", "v");
        EXPECT_EQ(*token, 1);
        EXPECT_EQ(token.use_count(), 3);
    }
    EXPECT_EQ(token.use_count(), 2);
    store.set("g", "k", "v");
    EXPECT_EQ(*token, 1);
    store.on_change(count).release();
    store.set("g", "k", "v");
    EXPECT_EQ(*token, 2);
    store.close();
    EXPECT_EQ(token.use_count(), 2);
    refused(kv::errc::handle, [&] { (void)store.on_change(count); });
    EXPECT_EQ(token.use_count(), 2);
}

TEST_F(Watch, what_a_callback_throws_goes_to_its_handler) {
    std::string caught;
    int calls = 0;
    const auto subscription = store.on_change(
        [&](const kv::event &) {
            ++calls;
            throw std::runtime_error("mine");
        },
        [&](std::exception_ptr thrown) {
            try {
                std::rethrow_exception(thrown);
            } catch (const std::runtime_error &error) {
                caught.append(error.what()).append(";");
            }
        });
    std::string other;
    const auto second = store.on_change([&](const kv::event &event) { other += event.key; });
    store.set("g", "k", "v");
    EXPECT_EQ(store.get("g", "k"), "v");
    store.set("g", "l", "w");
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(caught, "mine;mine;");
    EXPECT_EQ(other, "kl");
}

TEST_F(Watch, without_a_handler_it_is_printed) {
    const auto subscription = store.on_change([](const kv::event &event) {
        if (event.key == "int") throw 7;
        throw std::runtime_error("mine");
    });
    testing::internal::CaptureStderr();
    store.set("g", "k", "v");
    store.set("g", "int", "v");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "kv: a callback of on_change has thrown: mine\n"
              "kv: a callback of on_change has thrown what is no std::exception\n");
}

TEST(WatchDeathTest, what_a_handler_throws_ends_the_program) {
    const auto write = [] {
        const kv::store store("memory:");
        const auto subscription =
            store.on_change([](const kv::event &) { throw std::runtime_error("mine"); },
                            [](std::exception_ptr thrown) { std::rethrow_exception(thrown); });
        store.set("g", "k", "v");
    };
    EXPECT_DEATH(write(), "mine");
}

TEST_F(Watch, options_are_chained) {
    store.set("g", "a", "1");
    kv::watch watch = store.watch(
        "", "", kv::watch_options().with_groups(kv::watched::any).with_keys(kv::watched::any)
                    .with_existing().with_capacity(16));
    EXPECT_EQ(waiting(watch), "set a=1; synced =; ");
    refused(kv::errc::unsupported,
            [&] { (void)store.watch("g", "k", kv::watch_options().with_since(0)); });
}

TEST_F(Watch, the_longest_timeout_is_a_timeout) {
    kv::watch watch = store.watch();
    store.set("g", "k", "v");
    EXPECT_EQ(watch.poll(std::chrono::milliseconds::max())->key, "k");
}

TEST_F(Watch, the_change_log_is_walked) {
    refused(kv::errc::unsupported, [&] { (void)store.changes(); });
    refused(kv::errc::unsupported, [&] { (void)store.changes_oldest(); });
    kv::store logged("sqlite:" + directory.file("logged.db") + "?changes=on");
    const std::uint64_t oldest = logged.changes_oldest();
    const std::uint64_t version = logged.put("g", "a", "1").version;
    logged.set("g", "b", "2");
    logged.erase("g", "a");

    kv::change_cursor cursor = logged.changes(oldest);
    std::string all;
    for (const kv::event &event : cursor) all += text(event);
    EXPECT_EQ(all, "set a=1; set b=2; erase a=; ");
    EXPECT_FALSE(cursor.next());
    logged.set("g", "c", "3");
    EXPECT_EQ(cursor.next()->key, "c");

    char buffer[1000];
    kv::change_cursor later = logged.changes(version);
    const kv::event_page page = later.fill(buffer, sizeof buffer);
    EXPECT_EQ(page.size(), 3u);
    EXPECT_EQ((*page.begin()).key, "b");
    EXPECT_TRUE(later.fill(buffer, sizeof buffer).empty());

    kv::watch_options options;
    options.keys = kv::watched::any;
    options.since = version;
    kv::watch watch = logged.watch("g", "", options);
    EXPECT_EQ(watch.poll()->key, "b");

    kv::change_cursor moved = std::move(cursor);
    refused(kv::errc::handle, [&] { (void)cursor.next(); });  // NOLINT: that is the test
    EXPECT_FALSE(moved.next());
    cursor = std::move(moved);
    logged.close();
    refused(kv::errc::closed, [&] { (void)cursor.next(); });
    cursor.close();
    refused(kv::errc::handle, [&] { cursor.close(); });
}

TEST_F(Watch, returns_results) {
    kv::watch watch = *store.try_watch("g");
    int calls = 0;
    const auto subscription = store.try_on_change([&](const kv::event &) { ++calls; });
    ASSERT_TRUE(subscription);
    store.set("g", "k", "v");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ((*watch.try_poll())->key, "k");
    EXPECT_FALSE(watch.try_poll(0ms)->has_value());
    EXPECT_EQ(store.try_changes().error().code(), kv::errc::unsupported);
    store.set("g", "k", "v");
    int seen = 0;
    for (kv::result<kv::event> &event : watch.results()) {
        EXPECT_TRUE(event);
        ++seen;
        store.close();
    }
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(watch.try_poll().error().code(), kv::errc::closed);
    EXPECT_EQ(store.try_watch().error().code(), kv::errc::handle);
    ASSERT_TRUE(watch.try_close());
    EXPECT_EQ(watch.try_poll().error().code(), kv::errc::handle);
}
