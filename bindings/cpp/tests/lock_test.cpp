// Locks: one owner, leases, tokens, and what releases them.
#include "fixture.hpp"

using Lock = StoreTest;

static_assert(!std::is_copy_constructible_v<kv::lock> && !std::is_copy_assignable_v<kv::lock>);
static_assert(!std::is_default_constructible_v<kv::lock>);
static_assert(std::is_nothrow_move_constructible_v<kv::lock>);
static_assert(std::is_nothrow_move_assignable_v<kv::lock>);
static_assert(std::is_nothrow_destructible_v<kv::lock>);

static bool is_free(const kv::store &store, std::string_view name) {
    return !store.lock_holder(name);
}

TEST_F(Lock, has_one_owner_until_it_is_released) {
    std::optional<kv::lock> first = store.lock("job", 1h, {.owner = "first"});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->name(), "job");
    EXPECT_FALSE(store.lock("job", 1h));
    const std::optional<kv::lock> other = store.lock("other", 1h);
    ASSERT_TRUE(other);
    EXPECT_GT(other->token(), first->token());
    EXPECT_TRUE(first->release());
    EXPECT_FALSE(first->release());
    EXPECT_FALSE(first->renew(1h));

    const std::optional<kv::lock> second = store.lock("job", 1h);
    ASSERT_TRUE(second);
    EXPECT_GT(second->token(), other->token());
    EXPECT_FALSE(first->release());
    EXPECT_FALSE(is_free(store, "job"));
}

TEST_F(Lock, says_who_holds_it_and_until_when) {
    EXPECT_FALSE(store.lock_holder("job"));
    const std::string owner = "a\0b"s;
    const auto before = std::chrono::system_clock::now();
    const auto lock = store.lock("job", 1h, kv::lock_options().with_owner(owner));
    const std::optional<kv::lock_holder> holder = store.lock_holder("job");
    ASSERT_TRUE(lock && holder);
    EXPECT_EQ(holder->owner, owner);
    EXPECT_GE(holder->expires_at.value(), before + 1h - 1ms);
    EXPECT_TRUE(lock->renew(2h));
    EXPECT_GE(store.lock_holder("job")->expires_at.value(), before + 2h - 1ms);
    EXPECT_EQ(store.lock_holder("job")->owner, owner);
    const auto unnamed = store.lock("other", 1h);
    EXPECT_EQ(store.lock_holder("other")->owner, "");
}

TEST_F(Lock, is_released_by_its_destructor_also_if_that_follows_an_exception) {
    { const auto lock = store.lock("job", 1h); }
    EXPECT_TRUE(is_free(store, "job"));
    try {
        const auto lock = store.lock("job", 1h);
        throw std::runtime_error("the job fails");
    } catch (const std::runtime_error &) {
        EXPECT_TRUE(is_free(store, "job"));
    }
}

TEST_F(Lock, a_destructor_leaves_the_lock_of_a_later_owner) {
    std::optional<kv::lock> late = store.lock("job", 1ms);
    ASSERT_TRUE(late);
    const auto next = store.lock("job", 1h, {.wait = 60s});
    ASSERT_TRUE(next);
    EXPECT_FALSE(late->renew(1h));
    late.reset();
    EXPECT_FALSE(is_free(store, "job"));
    EXPECT_TRUE(next->renew(1h));
}

TEST_F(Lock, moves_and_leaves_an_empty_one) {
    kv::lock first = *store.lock("first", 1h);
    const std::uint64_t token = first.token();
    kv::lock moved = std::move(first);
    EXPECT_EQ(moved.token(), token);
    EXPECT_EQ(first.token(), 0u);  // NOLINT: that is the test
    refused(kv::errc::handle, [&] { (void)first.renew(1h); });
    refused(kv::errc::handle, [&] { first.release(); });
    kv::batch batch;
    refused(kv::errc::argument, [&] { batch.check_lock(first); });
    EXPECT_TRUE(batch.empty());

    // The lock that was assigned to is released.
    kv::lock second = *store.lock("second", 1h);
    second = std::move(moved);
    EXPECT_TRUE(is_free(store, "second"));
    EXPECT_FALSE(is_free(store, "first"));
    kv::lock &itself = second;
    second = std::move(itself);
    EXPECT_EQ(second.name(), "first");
    EXPECT_TRUE(second.release());
}

TEST_F(Lock, a_batch_is_refused_once_the_lock_is_lost) {
    kv::lock first = *store.lock("job", 1h);
    kv::batch batch;
    EXPECT_EQ(batch.check_lock(first), 0u);
    EXPECT_EQ(batch.set("g", "k", "first"), 1u);
    EXPECT_TRUE(store.commit(batch));
    first.release();
    EXPECT_FALSE(store.commit(batch));
    const kv::lock second = *store.lock("job", 1h);
    EXPECT_FALSE(store.commit(batch));
    EXPECT_EQ(batch.result(0).outcome, kv::outcome::conflict);
    batch.clear();
    batch.check_lock(second);
    batch.set("g", "k", "second");
    EXPECT_TRUE(store.commit(batch));
    EXPECT_EQ(store.get("g", "k"), "second");
}

TEST_F(Lock, is_given_up_and_adopted) {
    kv::lock first = *store.lock("job", 1h, {.owner = "first"});
    const kv_lock kept = first.detach();
    refused(kv::errc::handle, [&] { (void)first.renew(1h); });
    EXPECT_EQ(first.native().version, 0u);
    {
        // Another process would open the file; a second handle of it is the same to the library.
        const kv::store other(directory.file("store.db"));
        const kv::lock adopted = other.adopt_lock("job", kept);
        EXPECT_EQ(adopted.token(), kept.token);
        EXPECT_TRUE(adopted.renew(1h));
        EXPECT_FALSE(is_free(store, "job"));
    }
    EXPECT_TRUE(is_free(store, "job"));
    EXPECT_FALSE(store.adopt_lock("job", kept).renew(1h));
    refused(kv::errc::argument, [&] { (void)store.adopt_lock("job", {}); });
    refused(kv::errc::argument, [&] { (void)store.adopt_lock("", kept); });
}

TEST_F(Lock, bad_arguments_are_refused_and_nothing_is_locked) {
    refused(kv::errc::argument, [&] { (void)store.lock("", 1h); });
    refused(kv::errc::argument, [&] { (void)store.lock("job", 0ms); });
    refused(kv::errc::argument, [&] { (void)store.lock("job", -1ms); });
    refused(kv::errc::argument, [&] { (void)store.lock("job", 1h, {.wait = -1ms}); });
    refused(kv::errc::too_large, [&] { (void)store.lock(std::string(65536, 'n'), 1h); });
    const std::string owner(1025, 'o');
    refused(kv::errc::too_large, [&] { (void)store.lock("job", 1h, {.owner = owner}); });
    refused(kv::errc::argument, [&] { (void)store.lock_holder(""); });
    EXPECT_TRUE(is_free(store, "job"));
    const kv::lock held = *store.lock("job", 1h, {.owner = std::string_view(owner).substr(1)});
    EXPECT_EQ(refused(kv::errc::argument, [&] { (void)held.renew(0ms); }),
              "renew lock \"job\": a lease of 0 ms; it is at least 1 ms");

    const kv::store cache("memory:?max_entries=10&evict=lru");
    refused(kv::errc::unsupported, [&] { (void)cache.lock("job", 1h); });
    refused(kv::errc::read_only, [&] { (void)store.snapshot().lock("other", 1h); });
    EXPECT_EQ(store.snapshot().lock_holder("job")->owner.size(), 1024u);
}

TEST_F(Lock, an_entry_that_is_no_lock_is_corrupt) {
    store.set("kv.lock", "job", "of another program");
    refused(kv::errc::corrupt, [&] { (void)store.lock_holder("job"); });
    EXPECT_FALSE(store.lock("job", 1h));
}

TEST_F(Lock, ends_with_its_store) {
    kv::lock held = *store.lock("job", 1h);
    store.close();
    refused(kv::errc::closed, [&] { (void)held.renew(1h); });
    refused(kv::errc::closed, [&] { held.release(); });
    refused(kv::errc::handle, [&] { (void)store.lock("job", 1h); });
    refused(kv::errc::handle, [&] { (void)store.adopt_lock("job", held.native()); });
    refused(kv::errc::handle, [&] { (void)store.lock_holder("job"); });
    { const kv::lock destroyed = std::move(held); }
    EXPECT_FALSE(is_free(kv::store(directory.file("store.db")), "job"));
}

TEST_F(Lock, is_one_of_its_scope) {
    const kv::store acme = store.scope("acme");
    const auto outside = store.lock("job", 1h), inside = acme.lock("job", 1h);
    EXPECT_TRUE(outside && inside);
    EXPECT_FALSE(acme.lock("job", 1h));
}

TEST_F(Lock, returns_results) {
    kv::result<std::optional<kv::lock>> lock = store.try_lock("job", 1h, {0ms, "worker"});
    ASSERT_TRUE(lock && *lock);
    EXPECT_FALSE(*store.try_lock("job", 1h));
    EXPECT_EQ(store.try_lock("job", 0ms).error().code(), kv::errc::argument);
    EXPECT_EQ((*store.try_lock_holder("job"))->owner, "worker");
    EXPECT_TRUE(*(*lock)->try_renew(1h));
    EXPECT_EQ((*lock)->try_renew(0ms).error().code(), kv::errc::argument);
    kv::batch batch;
    EXPECT_EQ(*batch.try_check_lock(**lock), 0u);
    EXPECT_TRUE(*store.try_commit(batch));
    kv::result<kv::lock> adopted = store.try_adopt_lock("job", (*lock)->detach());
    ASSERT_TRUE(adopted);
    EXPECT_TRUE(*adopted->try_release());
    EXPECT_FALSE(*adopted->try_release());
    EXPECT_EQ(store.try_adopt_lock("job", {}).error().code(), kv::errc::argument);
    EXPECT_EQ(batch.try_check_lock(*std::move(lock).value()).error().code(), kv::errc::argument);
    EXPECT_FALSE(*store.try_lock_holder("job"));
}
