// Errors, thrown and returned, and what each says.
#include <cerrno>
#include <cstring>

#include "fixture.hpp"

using Errors = StoreTest;

static_assert(std::is_base_of_v<std::system_error, kv::error>);
static_assert(std::is_nothrow_copy_constructible_v<kv::failure>);
static_assert(std::is_error_code_enum_v<kv::errc>);
static_assert(std::is_error_code_enum_v<kv::typed_errc>);
static_assert(std::is_error_code_enum_v<kv::update_errc>);

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
        EXPECT_EQ(error.code().value(), KV_ERR_IO);
        EXPECT_EQ(&error.code().category(), &kv::category(ENOENT));
        // By any type by which it is caught.
        EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
        EXPECT_NE(std::strstr(error.what(), missing.c_str()), nullptr);
        const auto &own = dynamic_cast<const kv::error &>(error);
        EXPECT_EQ(own.os_error(), ENOENT);
        EXPECT_EQ(own.os_code(), std::errc::no_such_file_or_directory);
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

TEST(Error, a_conflict_is_an_error_of_update_alone) {
    EXPECT_STREQ(kv::update_category().name(), "kv update");
    const std::error_code conflict = make_error_code(kv::update_errc::conflict);
    EXPECT_EQ(conflict, std::errc::resource_unavailable_try_again);
    EXPECT_NE(conflict.message(), kv::update_category().message(99));
    EXPECT_NE(conflict, std::error_code(KV_CONFLICT, kv::category()));
    // The errors of the library are all below 0; its outcomes are not among them.
    EXPECT_LT(static_cast<int>(kv::errc::argument), 0);
    EXPECT_LT(static_cast<int>(kv::errc::deadline), 0);
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

TEST_F(Errors, each_call_has_a_form_that_returns_results) {
    ASSERT_TRUE(store.try_set("g", "k", "v"));
    const kv::result<std::optional<std::string>> found = store.try_get("g", "k");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, "v");
    EXPECT_EQ(store.get("g", "k"), "v");
    const kv::result<std::int64_t> sum = store.try_increment("g", "k");
    ASSERT_FALSE(sum);
    EXPECT_EQ(sum.error().code(), kv::errc::not_integer);
    EXPECT_STRNE(sum.error().message(), "");
    EXPECT_EQ(sum.value_or(-1), -1);
    // A result of bool: the call succeeded, its value is no.
    const kv::result<bool> exists = store.try_exists("g", "absent");
    EXPECT_TRUE(exists);
    EXPECT_FALSE(*exists);
    ASSERT_TRUE(store.try_close());
    EXPECT_EQ(store.try_close().error().code(), kv::errc::handle);
    EXPECT_EQ(store.try_get("g", "k").error().code(), kv::errc::handle);
}

TEST_F(Errors, opening_returns_a_result) {
    const auto failed = kv::store::try_open(directory.file("missing/store.db"));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().os_error(), ENOENT);
    EXPECT_EQ(failed.error().os_code(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(failed.error().code(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(kv::store::try_open(directory.file("store.db/x.db")).error().code(),
              std::errc::not_a_directory);
    EXPECT_EQ(kv::store::try_open("a\0b"sv).error().code(), kv::errc::argument);
    auto opened = kv::store::try_open("memory:");
    ASSERT_TRUE(opened);
    const kv::store memory = *std::move(opened);
    ASSERT_TRUE(memory.try_set("g", "k", "v"));
    EXPECT_EQ(memory.try_backup(directory.file("m.db")).error().code(), kv::errc::unsupported);
    EXPECT_EQ(memory.try_usage()->entries, 1u);
}

TEST_F(Errors, a_walk_of_results_ends_with_its_failure) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    int seen = 0;
    kv::cursor whole = *store.try_scan("g");
    for (kv::result<kv::entry> &entry : whole.results()) {
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->key, seen == 0 ? "a" : "b");
        ++seen;
    }
    EXPECT_EQ(seen, 2);

    kv::cursor cursor = *store.try_scan("g");
    seen = 0;
    for (const kv::result<kv::entry> &entry : cursor.results()) {
        ++seen;
        if (seen == 1) {
            EXPECT_TRUE(entry);
            store.close();
        } else {
            EXPECT_EQ(entry.error().code(), kv::errc::closed);
        }
    }
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(cursor.try_next().error().code(), kv::errc::closed);
    EXPECT_EQ(store.try_scan("g").error().code(), kv::errc::handle);
    EXPECT_EQ(store.try_groups().error().code(), kv::errc::handle);
}

TEST_F(Errors, a_walk_that_throws_is_over) {
    store.set("g", "a", "1");
    store.set("g", "b", "2");
    kv::cursor cursor = store.scan("g");
    int seen = 0;
    refused(kv::errc::closed, [&] {
        for (const kv::entry &entry : cursor) {
            EXPECT_EQ(entry.key, "a");
            ++seen;
            store.close();
        }
    });
    EXPECT_EQ(seen, 1);
}

TEST_F(Errors, batches_return_results) {
    kv::batch batch = *kv::batch::try_create();
    EXPECT_EQ(*batch.try_set("g", "k", "v"), 0u);
    EXPECT_EQ(*batch.try_take("g", "k"), 1u);
    EXPECT_EQ(batch.try_add_flat("x").error().code(), kv::errc::argument);
    EXPECT_TRUE(*store.try_commit(batch));
    EXPECT_EQ(batch.try_result(1)->value, "v");
    EXPECT_EQ(batch.try_result(9).error().code(), kv::errc::argument);
    ASSERT_TRUE(batch.try_clear());
    EXPECT_TRUE(batch.empty());
}
