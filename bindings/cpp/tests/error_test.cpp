// What is thrown, what is returned, and what each says.
#include <cerrno>
#include <cstring>

#include "fixture.hpp"

using Errors = StoreTest;

static_assert(std::is_base_of_v<std::system_error, kv::error>);
static_assert(std::is_nothrow_copy_constructible_v<kv::failure>);
static_assert(std::is_error_code_enum_v<kv::errc>);

TEST(Error, carries_code_number_and_sentence) {
    const Directory directory;
    const auto missing = directory.file("missing/store.db");
    try {
        kv::store store(missing);
        FAIL() << "it was opened";
    } catch (const std::system_error &error) {
        EXPECT_EQ(error.code(), kv::errc::io);
        EXPECT_EQ(error.code(), std::errc::io_error);
        EXPECT_NE(error.code(), kv::errc::corrupt);
        EXPECT_NE(error.code(), kv::typed_errc::decode);
        EXPECT_EQ(&error.code().category(), &kv::category());
        EXPECT_NE(std::strstr(error.what(), missing.c_str()), nullptr);
        const auto &own = dynamic_cast<const kv::error &>(error);
        EXPECT_EQ(own.os_error(), ENOENT);
        EXPECT_STREQ(own.failure().message(), error.what());
        EXPECT_EQ(own.failure().os_error(), ENOENT);
    }
}

TEST(Error, messages_are_the_library_s) {
    EXPECT_STREQ(kv::category().name(), "kv");
    EXPECT_EQ(make_error_code(kv::errc::busy).message(), kv_strerror(KV_ERR_BUSY));
    EXPECT_EQ(kv::category().message(-9999), kv_strerror(-9999));
    for (int code = KV_ERR_DEADLINE; code <= KV_ERR_ARGUMENT; ++code)
        EXPECT_NE(kv::category().message(code), kv_strerror(-9999)) << code;
}

TEST(Error, typed_codes_are_of_a_category_of_their_own) {
    EXPECT_STREQ(kv::typed_category().name(), "kv typed");
    EXPECT_NE(kv::typed_category(), kv::category());
    for (const auto code :
         {kv::typed_errc::decode, kv::typed_errc::encode, kv::typed_errc::refused})
        EXPECT_NE(make_error_code(code).message(), kv::typed_category().message(99));
}

TEST(Error, compares_with_the_standard_s_conditions) {
    EXPECT_EQ(make_error_code(kv::errc::argument), std::errc::invalid_argument);
    EXPECT_EQ(make_error_code(kv::errc::handle), std::errc::bad_file_descriptor);
    EXPECT_EQ(make_error_code(kv::errc::busy), std::errc::device_or_resource_busy);
    EXPECT_EQ(make_error_code(kv::errc::full), std::errc::no_space_on_device);
    EXPECT_EQ(make_error_code(kv::errc::too_large), std::errc::value_too_large);
    EXPECT_EQ(make_error_code(kv::errc::read_only), std::errc::read_only_file_system);
    EXPECT_EQ(make_error_code(kv::errc::permission), std::errc::permission_denied);
    EXPECT_EQ(make_error_code(kv::errc::unsupported), std::errc::not_supported);
    EXPECT_EQ(make_error_code(kv::errc::unavailable), std::errc::host_unreachable);
    EXPECT_EQ(make_error_code(kv::errc::memory), std::errc::not_enough_memory);
    EXPECT_EQ(make_error_code(kv::errc::cancelled), std::errc::operation_canceled);
    EXPECT_EQ(make_error_code(kv::errc::deadline), std::errc::timed_out);
    EXPECT_NE(make_error_code(kv::errc::corrupt), std::errc::io_error);
}

TEST(Error, a_failure_of_the_program_s_is_cut_not_overrun) {
    const kv::failure cut(kv::typed_errc::refused, std::string(1000, 'x'));
    EXPECT_EQ(std::strlen(cut.message()), std::size_t{KV_ERROR_MESSAGE_LEN} - 1);
    EXPECT_EQ(cut.code(), kv::typed_errc::refused);
    EXPECT_EQ(cut.os_error(), 0);
    const kv::failure foreign(std::make_error_code(std::errc::timed_out), {});
    EXPECT_EQ(foreign.code(), std::errc::timed_out);
    EXPECT_STREQ(foreign.message(), "");
}

TEST_F(Errors, what_is_not_a_store_is_refused_and_left) {
    const std::string path = directory.file("text");
    std::FILE *file = std::fopen(path.c_str(), "w");
    std::fputs("this is not a database, however long it may be", file);
    std::fclose(file);
    try {
        kv::store opened(path);
        FAIL() << "it was opened";
    } catch (const kv::error &error) {
        EXPECT_TRUE(error.code() == kv::errc::format || error.code() == kv::errc::corrupt)
            << error.what();
    }
    EXPECT_EQ(std::filesystem::file_size(path), 46u);
}

TEST_F(Errors, the_same_store_answers_with_results) {
    const kv::nothrow::store_ref quiet = store.nothrow();
    ASSERT_TRUE(quiet.set("g", "k", "v"));
    const kv::result<std::optional<std::string>> found = quiet.get("g", "k");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, "v");
    EXPECT_EQ(store.get("g", "k"), "v");
    const kv::result<std::int64_t> sum = quiet.increment("g", "k");
    ASSERT_FALSE(sum);
    EXPECT_EQ(sum.error().code(), kv::errc::not_integer);
    EXPECT_STRNE(sum.error().message(), "");
    EXPECT_EQ(sum.value_or(-1), -1);
    // A result of bool: the call succeeded, the answer is no.
    const kv::result<bool> exists = quiet.exists("g", "absent");
    EXPECT_TRUE(exists);
    EXPECT_FALSE(*exists);
    const kv::store_ref loud(quiet);
    EXPECT_EQ(loud.get("g", "k"), "v");
}

TEST_F(Errors, a_store_changes_its_way_by_being_moved) {
    store.set("g", "k", "v");
    kv::nothrow::store quiet(std::move(store));
    EXPECT_EQ(*quiet.get("g", "k"), "v");
    ASSERT_TRUE(quiet.close());
    EXPECT_EQ(quiet.close().error().code(), kv::errc::handle);
    EXPECT_EQ(quiet.get("g", "k").error().code(), kv::errc::handle);
}

TEST_F(Errors, opening_answers_with_a_result) {
    const auto failed = kv::nothrow::store::open(directory.file("missing/store.db"));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().os_error(), ENOENT);
    EXPECT_EQ(kv::nothrow::store::open("a\0b"sv).error().code(), kv::errc::argument);
    auto opened = kv::nothrow::store::open("memory:");
    ASSERT_TRUE(opened);
    kv::nothrow::store quiet = *std::move(opened);
    ASSERT_TRUE(quiet.set("g", "k", "v"));
    EXPECT_EQ(quiet.backup(directory.file("m.db")).error().code(), kv::errc::unsupported);
    EXPECT_EQ(quiet.statistics()->entries, 1u);
}

TEST_F(Errors, a_walk_gives_its_failure_as_the_last_element) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    int seen = 0;
    // The range lives as long as the loop, though it comes out of a temporary.
    for (kv::result<kv::entry> &entry : *store.nothrow().scan("g")) {
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->key, seen == 0 ? "a" : "b");
        ++seen;
    }
    EXPECT_EQ(seen, 2);

    kv::nothrow::cursor cursor = *store.nothrow().scan("g");
    seen = 0;
    for (const kv::result<kv::entry> &entry : cursor) {
        ++seen;
        if (seen == 1) {
            EXPECT_TRUE(entry);
            store.close();
        } else {
            EXPECT_EQ(entry.error().code(), kv::errc::closed);
        }
    }
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(cursor.next().error().code(), kv::errc::closed);
    EXPECT_EQ(store.nothrow().scan("g").error().code(), kv::errc::handle);
    EXPECT_EQ(store.nothrow().groups().error().code(), kv::errc::handle);
}

TEST_F(Errors, batches_answer_with_results) {
    kv::nothrow::batch batch = *kv::nothrow::batch::create();
    EXPECT_EQ(*batch.set("g", "k", "v"), 0u);
    EXPECT_EQ(*batch.take("g", "k"), 1u);
    EXPECT_EQ(batch.add_flat("x").error().code(), kv::errc::argument);
    // Either kind of store commits either kind of batch.
    EXPECT_TRUE(store.commit(batch));
    EXPECT_EQ(batch.result(1)->value, "v");
    EXPECT_TRUE(*store.nothrow().commit(batch));
    EXPECT_EQ(batch.result(9).error().code(), kv::errc::argument);
    ASSERT_TRUE(batch.clear());
}

TEST(Result, gives_its_value_or_why_there_is_none) {
    kv::result<std::string> good(std::string("v"));
    EXPECT_EQ(good->size(), 1u);
    EXPECT_EQ(good.value_or("other"), "v");
    good->append("w");
    EXPECT_EQ(*std::move(good), "vw");
    const kv::result<std::string> bad(kv::failure(kv::errc::busy, "no"));
    EXPECT_EQ(bad.value_or("other"), "other");
    EXPECT_EQ(bad.error().code(), kv::errc::busy);
    EXPECT_TRUE(kv::result<void>());
}

TEST(ResultDeathTest, ends_the_program_when_a_failure_is_used) {
    const kv::result<int> bad(kv::failure(kv::errc::busy, "the reason"));
    EXPECT_DEATH((void)*bad, "the reason");
    const kv::result<std::string> text(kv::failure(kv::errc::busy, "the reason"));
    EXPECT_DEATH((void)text->size(), "the reason");
    EXPECT_DEATH(*kv::result<void>(kv::failure(kv::errc::busy, "the reason")), "the reason");
    EXPECT_DEATH((void)kv::result<int>(1).error(), "has not failed");
    EXPECT_DEATH((void)kv::result<void>().error(), "has not failed");
}
