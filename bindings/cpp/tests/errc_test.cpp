// Codes of errors: kv::errc, std::errc, and the operating system's error number in them.
#include <cerrno>

#include "fixture.hpp"

namespace {

// A failure as a call of the library reports it.
kv::failure failed(kv::errc code, int os_error) {
    kv_error error{};
    error.code = static_cast<kv_status>(code);
    error.os_error = os_error;
    return kv::failure(error);
}

struct pair {
    kv::errc code;
    int os_error;
    std::errc by_status, by_number;
};

// A status, a number that comes with it, and the conditions of both.
const pair pairs[] = {
    {kv::errc::io, ENOENT, std::errc::io_error, std::errc::no_such_file_or_directory},
    {kv::errc::io, ENOTDIR, std::errc::io_error, std::errc::not_a_directory},
    {kv::errc::io, EISDIR, std::errc::io_error, std::errc::is_a_directory},
    {kv::errc::io, EMFILE, std::errc::io_error, std::errc::too_many_files_open},
    {kv::errc::io, EIO, std::errc::io_error, std::errc::io_error},
    {kv::errc::argument, EEXIST, std::errc::invalid_argument, std::errc::file_exists},
    {kv::errc::full, ENOSPC, std::errc::no_space_on_device, std::errc::no_space_on_device},
    {kv::errc::full, EFBIG, std::errc::no_space_on_device, std::errc::file_too_large},
    {kv::errc::permission, EACCES, std::errc::permission_denied, std::errc::permission_denied},
    {kv::errc::permission, EPERM, std::errc::permission_denied,
     std::errc::operation_not_permitted},
    {kv::errc::read_only, EROFS, std::errc::read_only_file_system,
     std::errc::read_only_file_system},
    {kv::errc::read_only, EACCES, std::errc::read_only_file_system, std::errc::permission_denied},
    {kv::errc::busy, EAGAIN, std::errc::device_or_resource_busy,
     std::errc::resource_unavailable_try_again},
    {kv::errc::unavailable, ECONNREFUSED, std::errc::host_unreachable,
     std::errc::connection_refused},
    {kv::errc::unavailable, ETIMEDOUT, std::errc::host_unreachable, std::errc::timed_out},
    {kv::errc::memory, ENOMEM, std::errc::not_enough_memory, std::errc::not_enough_memory},
};

}  // namespace

TEST(Errc, holds_with_and_without_a_number_of_the_operating_system) {
    for (const pair &it : pairs) {
        for (const int os_error : {0, it.os_error, -1, 134, 100000}) {
            const std::error_code code = failed(it.code, os_error).code();
            EXPECT_TRUE(code == it.code && it.code == code) << code.message();
            EXPECT_FALSE(code != it.code || it.code != code) << code.message();
            EXPECT_TRUE(code != kv::errc::corrupt && kv::errc::corrupt != code);
            EXPECT_EQ(code.value(), static_cast<int>(it.code));
            EXPECT_EQ(code, it.by_status);
            EXPECT_STREQ(code.category().name(), "kv");
            EXPECT_EQ(code.message(), kv_strerror(code.value()));
        }
    }
}

TEST(Errc, compares_with_the_standard_by_status_and_by_number) {
    for (const pair &it : pairs) {
        const kv::failure failure = failed(it.code, it.os_error);
        EXPECT_EQ(failure.code(), it.by_status);
        EXPECT_EQ(failure.code(), it.by_number);
        EXPECT_EQ(failure.code().default_error_condition(), it.by_number);
        EXPECT_EQ(failure.code(), make_error_code(it.code, it.os_error));
        EXPECT_EQ(failure.os_code().value(), it.os_error);
        EXPECT_NE(failure.code(), std::errc::address_in_use);
        if (it.by_number != it.by_status) EXPECT_NE(make_error_code(it.code), it.by_number);
        const kv::error thrown(failure);
        const std::system_error &caught = thrown;
        EXPECT_EQ(caught.code(), it.by_number);
    }
}

TEST(Errc, is_in_one_category_for_each_number) {
    EXPECT_EQ(&kv::category(), &kv::category(0));
    EXPECT_EQ(&kv::category(ENOENT), &kv::category(ENOENT));
    EXPECT_NE(&kv::category(ENOENT), &kv::category(EIO));
    EXPECT_NE(&kv::category(133), &kv::category());
    for (const int unknown : {-1, 134, INT32_MAX, INT32_MIN})
        EXPECT_EQ(&kv::category(unknown), &kv::category());
}

TEST(Errc, is_not_the_code_of_another_category) {
    for (const pair &it : pairs) {
        EXPECT_NE(std::make_error_code(it.by_number), it.code);
        EXPECT_NE(std::make_error_code(it.by_status), it.code);
        EXPECT_NE(std::error_code(static_cast<int>(it.code), std::generic_category()), it.code);
    }
    EXPECT_NE(std::error_code(), kv::errc::io);
    EXPECT_NE(make_error_code(kv::typed_errc::decode), kv::errc::argument);
}

TEST(Errc, of_a_deadline_and_of_a_cancel_is_that_of_the_standard) {
    const kv::store store("memory:");
    kv::bound_store bound(store);
    bound.arm(-1ms);
    EXPECT_EQ(bound.try_get("g", "k").error().code(), std::errc::timed_out);
    bound.cancel(bound.arm());
    EXPECT_EQ(bound.try_get("g", "k").error().code(), std::errc::operation_canceled);
    kv::store closed("memory:");
    closed.close();
    EXPECT_EQ(closed.try_close().error().code(), std::errc::bad_file_descriptor);
}

TEST(Errc, of_an_object_in_use_is_that_of_the_standard) {
    kv::store store("memory:");
    std::error_code code;
    const kv::subscription subscription =
        store.on_change([&](const kv::event &) { code = store.try_close().error().code(); });
    store.set("g", "k", "v");
    EXPECT_EQ(code, std::errc::device_or_resource_busy);
    EXPECT_EQ(code, kv::errc::busy);
}
