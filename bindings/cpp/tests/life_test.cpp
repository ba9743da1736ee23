// Opening, closing, moving, borrowing, care.
#include <type_traits>

#include "fixture.hpp"

using Life = StoreTest;

static_assert(!std::is_copy_constructible_v<kv::store> && !std::is_copy_assignable_v<kv::store>);
static_assert(!std::is_copy_constructible_v<kv::cursor> && !std::is_copy_assignable_v<kv::cursor>);
static_assert(!std::is_copy_constructible_v<kv::batch> && !std::is_copy_assignable_v<kv::batch>);
static_assert(!std::is_copy_constructible_v<kv::value> && !std::is_copy_assignable_v<kv::value>);
static_assert(std::is_nothrow_move_constructible_v<kv::store>);
static_assert(std::is_nothrow_move_assignable_v<kv::store>);
static_assert(std::is_nothrow_move_constructible_v<kv::cursor>);
static_assert(std::is_nothrow_move_constructible_v<kv::batch>);
static_assert(std::is_nothrow_move_constructible_v<kv::value>);
static_assert(std::is_copy_constructible_v<kv::store_ref>);
static_assert(!std::is_convertible_v<const char *, kv::store>);
static_assert(std::is_base_of_v<kv::store, kv::bound_store>);
static_assert(!std::is_copy_constructible_v<kv::bound_store>);
// A reference and a const store can do everything but close.
template <class Store, class = void>
constexpr bool can_close = false;
template <class Store>
constexpr bool can_close<Store, std::void_t<decltype(std::declval<Store &>().close())>> = true;
static_assert(can_close<kv::store> && !can_close<const kv::store>);
static_assert(!can_close<decltype(*std::declval<kv::store_ref>())>);
static_assert(!std::is_default_constructible_v<kv::store>);

TEST(Bound, calls_end_by_a_deadline_or_a_cancel) {
    kv::store store("memory:");
    store.set("g", "k", "v");
    kv::bound_store bound(store);
    EXPECT_EQ(bound.get("g", "k"), "v");
    const std::uint64_t first = bound.arm(std::chrono::milliseconds(0));
    EXPECT_EQ(bound.try_count("g").error().code(), kv::errc::deadline);
    const std::uint64_t second = bound.arm();
    EXPECT_NE(first, second);
    bound.cancel(first);
    EXPECT_EQ(bound.count("g"), 1u);
    bound.cancel(second);
    EXPECT_EQ(bound.try_count("g").error().code(), kv::errc::cancelled);
    EXPECT_EQ(bound.try_set("g", "k", "new").error().code(), kv::errc::cancelled);
    bound.arm();
    bound.arm_poll([](void *) -> std::int32_t { return 0; });
    EXPECT_EQ(bound.count("g"), 1u);
    bound.arm_poll(nullptr);
    auto rebound = kv::bound_store::try_bind(bound);
    kv::bound_store other = std::move(*rebound);
    EXPECT_EQ(other.get("g", "k"), "v");
    store.close();
    EXPECT_EQ(other.try_get("g", "k").error().code(), kv::errc::closed);
    EXPECT_EQ(bound.try_get("g", "k").error().code(), kv::errc::closed);
}

#if defined(__cpp_lib_jthread)
TEST(Bound, a_stop_ends_the_calls_of_its_arming) {
    kv::store store("memory:");
    kv::bound_store bound(store);
    const std::uint64_t arming = bound.arm();
    kv::watch watch = bound.watch();
    std::jthread waiting([&](std::stop_token token) {
        const auto stopping = bound.cancel_on(token, arming);
        EXPECT_EQ(watch.try_poll().error().code(), kv::errc::cancelled);
    });
    waiting.request_stop();
    waiting.join();
    std::stop_source source;
    const auto stopping = bound.cancel_on(source.get_token(), bound.arm());
    bound.arm();
    source.request_stop();
    EXPECT_EQ(bound.count("g"), 0u);
}
#endif

TEST_F(Life, values_are_there_after_reopening) {
    store.set("g", "k", "v");
    store.close();
    EXPECT_EQ(kv::store(directory.file("store.db")).get("g", "k"), "v");
}

TEST_F(Life, a_second_close_is_refused) {
    store.close();
    refused(kv::errc::handle, [&] { store.close(); });
}

TEST_F(Life, every_call_on_a_closed_store_is_refused) {
    store.set("g", "k", "v");
    store.close();
    kv::batch batch;
    char byte;
    refused(kv::errc::handle, [&] { (void)store.get("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.get_into("g", "k", &byte, 1); });
    refused(kv::errc::handle, [&] { (void)store.info("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.exists("g", "k"); });
    refused(kv::errc::handle, [&] { store.set("g", "k", "v"); });
    refused(kv::errc::handle, [&] { store.set("g", "k", "v", 1s); });
    refused(kv::errc::handle, [&] { store.put("g", "k", "v"); });
    refused(kv::errc::handle, [&] { store.erase("g", "k"); });
    refused(kv::errc::handle, [&] { store.erase_version("g", "k", 1); });
    refused(kv::errc::handle, [&] { (void)store.take("g", "k"); });
    refused(kv::errc::handle, [&] { store.increment("g", "k"); });
    refused(kv::errc::handle, [&] { store.append("g", "k", "v"); });
    refused(kv::errc::handle, [&] { (void)store.ttl("g", "k"); });
    refused(kv::errc::handle, [&] { store.expire("g", "k", 1s); });
    refused(kv::errc::handle, [&] { store.persist("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.scan("g"); });
    refused(kv::errc::handle, [&] { (void)store.groups(); });
    refused(kv::errc::handle, [&] { (void)store.count("g"); });
    refused(kv::errc::handle, [&] { (void)store.count_all(); });
    refused(kv::errc::handle, [&] { store.erase_group("g"); });
    refused(kv::errc::handle, [&] { store.erase_prefix("g", "k"); });
    refused(kv::errc::handle, [&] { store.erase_all(); });
    refused(kv::errc::handle, [&] { store.erase_many("g", std::vector<std::string>()); });
    refused(kv::errc::handle, [&] { store.purge_expired(); });
    refused(kv::errc::handle, [&] { store.commit(batch); });
    refused(kv::errc::handle, [&] { (void)store.transaction(); });
    refused(kv::errc::handle, [&] { (void)store.writer("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.reader("g", "k"); });
    refused(kv::errc::handle, [&] { (void)store.snapshot(); });
    refused(kv::errc::handle, [&] { (void)store.lock("job", 1h); });
    refused(kv::errc::handle, [&] { (void)store.lock_holder("job"); });
    refused(kv::errc::handle, [&] { (void)store.stats(); });
    refused(kv::errc::handle, [&] { store.backup(directory.file("copy.db")); });
    refused(kv::errc::handle, [&] { store.compact(); });
    refused(kv::errc::handle, [&] { store.check(); });
    refused(kv::errc::handle, [&] { store.flush(); });
}

TEST_F(Life, a_store_moves_and_leaves_an_empty_one) {
    store.set("g", "k", "v");
    kv::store moved = std::move(store);
    EXPECT_EQ(moved.get("g", "k"), "v");
    refused(kv::errc::handle, [&] { (void)store.get("g", "k"); });  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { store.close(); });

    kv::store other("memory:");
    const kv::store_ref replaced = other;
    other = std::move(moved);
    EXPECT_EQ(other.get("g", "k"), "v");
    refused(kv::errc::handle, [&] { (void)moved.get("g", "k"); });
    // The store that was assigned to has been closed, not put into the other.
    refused(kv::errc::handle, [&] { (void)replaced->get("g", "k"); });

    kv::store &itself = other;
    other = std::move(itself);
    EXPECT_EQ(other.get("g", "k"), "v");
    store = std::move(other);
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_F(Life, stores_live_in_containers) {
    std::vector<kv::store> stores;
    for (int i = 0; i < 5; ++i) {
        stores.emplace_back(directory.file(std::to_string(i)));
        stores.back().set("g", "k", std::to_string(i));
    }
    stores.erase(stores.begin());
    for (std::size_t i = 0; i < stores.size(); ++i)
        EXPECT_EQ(stores[i].get("g", "k"), std::to_string(i + 1));
}

TEST_F(Life, the_destructor_closes) {
    kv::store_ref borrowed = store;
    {
        const kv::store local("memory:");
        borrowed = kv::store_ref(local);
        borrowed->set("g", "k", "v");
        EXPECT_EQ(local.get("g", "k"), "v");
    }
    refused(kv::errc::handle, [&] { (void)borrowed->get("g", "k"); });
}

TEST_F(Life, a_reference_closes_nothing) {
    {
        kv::store_ref first = store, second = first;
        second = first;
        kv::store_ref &itself = second;
        second = itself;
        second->set("g", "k", "v");
        EXPECT_EQ(first->native().id, store.native().id);
        EXPECT_EQ((*first).get("g", "k"), "v");
    }
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST_F(Life, a_handle_can_be_released_and_taken_over) {
    const kv_store handle = store.release();
    refused(kv::errc::handle, [&] { (void)store.get("g", "k"); });
    kv_error error;
    ASSERT_EQ(kv_set(handle, "g", 1, "k", 1, "v", 1, &error), KV_OK);
    const kv::store again(handle);
    EXPECT_EQ(again.get("g", "k"), "v");
    EXPECT_EQ(again.native().id, handle.id);
}

TEST_F(Life, a_cursor_may_outlive_its_store) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    kv::cursor cursor = store.scan("g");
    ASSERT_TRUE(cursor.next());
    kv::cursor untouched = store.scan("g");
    store.close();
    refused(kv::errc::closed, [&] { (void)cursor.next(); });
    cursor.close();
    refused(kv::errc::handle, [&] { cursor.close(); });
    refused(kv::errc::handle, [&] { (void)cursor.next(); });
}

TEST_F(Life, a_batch_may_outlive_its_store) {
    kv::batch batch;
    const std::size_t step = batch.increment("g", "k");
    {
        kv::store local("memory:");
        EXPECT_TRUE(local.commit(batch));
    }
    EXPECT_EQ(batch.result(step).value, "1");
}

TEST_F(Life, locations_that_are_not_understood_are_refused) {
    EXPECT_NE(refused(kv::errc::argument, [] { kv::store("sqlite:x?colour=blue"); }).find("colour"),
              std::string::npos);
    refused(kv::errc::argument, [] { kv::store(""); });
    refused(kv::errc::argument, [] { kv::store("unknown://x"); });
    const std::string cut = directory.file("cut") + "\0.db"s;
    EXPECT_EQ(refused(kv::errc::argument, [&] { kv::store{cut}; }),
              "open: the location holds a NUL");
    EXPECT_FALSE(std::filesystem::exists(directory.file("cut")));
}

TEST_F(Life, a_backup_is_a_store) {
    store.set("g", "k", "v");
    const std::string copy = directory.file("copy.db");
    store.backup(copy);
    EXPECT_EQ(kv::store(copy).get("g", "k"), "v");
    refused(kv::errc::argument, [&] { store.backup(copy); });
    refused(kv::errc::argument, [&] { store.backup(directory.file("x\0y"sv)); });
    refused(kv::errc::unsupported, [&] { kv::store("memory:").backup(directory.file("m.db")); });
}

TEST_F(Life, a_restore_brings_back_what_a_backup_has) {
    const std::string copy = directory.file("from.db");
    store.set("g", "kept", "old");
    store.backup(copy);
    store.set("g", "kept", "new");
    refused(kv::errc::cancelled, [&] {
        store.restore(copy, [](std::uint64_t, std::uint64_t) { return false; });
    });
    EXPECT_EQ(store.get("g", "kept"), "new");
    store.restore(copy);
    EXPECT_EQ(store.get("g", "kept"), "old");
    refused(kv::errc::argument, [&] { store.restore(directory.file("x\0y"sv)); });
    refused(kv::errc::io, [&] { store.restore(directory.file("missing.db")); });
    refused(kv::errc::unsupported, [&] { kv::store("memory:").restore(copy); });
}

TEST_F(Life, a_backup_reports_its_progress_and_can_be_ended) {
    store.set("g", "k", std::string(1 << 20, 'x'));
    std::uint64_t last = 0, all = 0;
    store.backup(directory.file("one.db"), [&](std::uint64_t done, std::uint64_t total) {
        last = done;
        all = total;
        return true;
    });
    EXPECT_GT(all, 0u);
    EXPECT_EQ(last, all);
    refused(kv::errc::cancelled, [&] {
        store.backup(directory.file("two.db"), [](std::uint64_t, std::uint64_t) { return false; });
    });
    EXPECT_FALSE(std::filesystem::exists(directory.file("two.db")));
}

TEST_F(Life, what_a_progress_throws_reaches_the_caller) {
    store.set("g", "k", "v");
    const auto fails = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("mine"); };
    for (int way = 0; way < 2; ++way) {
        try {
            if (way == 0) {
                store.backup(directory.file("copy.db"), fails);
            } else {
                (void)store.try_backup(directory.file("copy.db"), fails);
            }
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error &error) {
            EXPECT_STREQ(error.what(), "mine");
        }
        EXPECT_FALSE(std::filesystem::exists(directory.file("copy.db")));
    }
}

TEST_F(Life, maintenance_and_figures) {
    store.set("g", "k", "v");
    store.put("g", "expired", "v", {.expiry = kv::expires_at(kv::time_point(1ms))});
    EXPECT_EQ(store.purge_expired(), 1u);
    store.compact();
    store.check();
    store.flush();
    (void)store.get("g", "k");
    (void)store.get("g", "absent");
    const kv::stats figures = store.stats();
    EXPECT_EQ(figures.expirations, 1u);
    EXPECT_EQ(figures.hits, 1u);
    EXPECT_EQ(figures.misses, 1u);
    EXPECT_EQ(figures.commits, 2u);
    EXPECT_GE(figures.transactions, 2u);
    EXPECT_GT(figures.file_bytes, 0u);
    EXPECT_EQ(figures.max_entries + figures.max_bytes + figures.evictions, 0u);
    EXPECT_EQ(figures.sqlite_version.substr(0, 2), "3.");
    EXPECT_EQ(store.try_stats()->commits, 2u);
    EXPECT_EQ(store.usage().entries, 1u);
    EXPECT_EQ(store.usage().bytes, 3u);
    EXPECT_EQ(store.usage().expired_entries, 0u);
}

TEST(Memory, a_named_store_is_one_for_all_its_handles) {
    kv::store first("memory:named"), second("memory:named");
    const kv::store other("memory:other");
    first.set("g", "k", "v");
    EXPECT_EQ(second.get("g", "k"), "v");
    EXPECT_FALSE(other.exists("g", "k"));
    const std::string said =
        refused(kv::errc::argument, [] { kv::store("memory:named?default_ttl=1h"); });
    EXPECT_NE(said.find("default_ttl"), std::string::npos) << said;
    refused(kv::errc::argument, [] { kv::store("memory:a/b"); });
    first.close();
    EXPECT_EQ(second.get("g", "k"), "v");
    second.close();
    EXPECT_FALSE(kv::store("memory:named?default_ttl=1h").exists("g", "k"));
}

TEST(Memory, has_nothing_to_flush_or_compact) {
    const kv::store store("memory:");
    store.set("g", "k", "v");
    store.flush();
    store.compact();
    EXPECT_EQ(store.get("g", "k"), "v");
}

TEST(Figures, of_a_cache_have_its_limits_and_evictions) {
    const kv::store cache("memory:?max_entries=2&max_bytes=1MiB&evict=lru");
    for (const char *key : {"a", "b", "c"}) cache.set("g", key, "v");
    const kv::stats figures = cache.stats();
    EXPECT_EQ(figures.max_entries, 2u);
    EXPECT_EQ(figures.max_bytes, 1u << 20);
    EXPECT_EQ(figures.evictions, 1u);
    EXPECT_EQ(cache.usage().entries, 2u);
}

TEST(Library, says_its_versions) {
    EXPECT_EQ(kv::version(), std::to_string(KV_VERSION_MAJOR) + "." +
                                 std::to_string(KV_VERSION_MINOR) + "." +
                                 std::to_string(KV_VERSION_PATCH));
    EXPECT_EQ(kv::version_number(), std::uint32_t{KV_VERSION_NUMBER});
    EXPECT_EQ(kv::abi_version(), std::uint32_t{KV_ABI_VERSION});
}

// The library has room for so many of each; one that is not freed would be missed.
TEST(Handles, are_all_freed) {
    for (int i = 0; i < 4200; ++i) kv::store("memory:");
    const Directory directory;
    kv::store store("sqlite:" + directory.file("store.db") + "?changes=on");
    store.set("g", "k", "v");
    for (int i = 0; i < 4200; ++i) store.scope("acme");
    for (int i = 0; i < 4200; ++i) store.snapshot();
    for (int i = 0; i < 4200; ++i) store.on_change([](const kv::event &) {});
    for (int i = 0; i < 66000; ++i) {
        kv::batch batch;
        kv::cursor cursor = store.scan("g");
        kv::group_names names = store.groups();
        kv::watch watch = store.watch("g");
        kv::change_cursor changes = store.changes();
        kv::transaction txn = store.transaction();
        kv::cursor own = txn.scan("g");
        kv::parts parts = store.get_fields("g", "k");
        // Assigning frees as well.
        txn = store.transaction();
        batch = kv::batch();
        watch = store.watch("g");
    }
    const kv::store locked("memory:");
    kv::lock held = *locked.lock("job", 1h);
    for (int i = 0; i < 66000; ++i) {
        ASSERT_FALSE(locked.lock("job", 1h));
        kv::lock other = *locked.lock("other", 1h);
        held = locked.adopt_lock("job", held.detach());
    }
    for (int i = 0; i < 1050000; ++i) ASSERT_EQ(*store.get<kv::value>("g", "k"), "v");
}
