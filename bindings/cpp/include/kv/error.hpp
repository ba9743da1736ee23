// Why a call failed: as a value, and as an exception.
#ifndef KV_ERROR_HPP
#define KV_ERROR_HPP

#include <kv/error_category.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#if defined(__cpp_exceptions)
#define KV_HAS_EXCEPTIONS 1
#else
#define KV_HAS_EXCEPTIONS 0
#endif

// Stands before each member that throws kv::error. With -fno-exceptions the compiler refuses a
// program that calls one (gcc 12 and later, clang); older ones let it end the program with the
// message.
#define KV_THROWS
#if !KV_HAS_EXCEPTIONS && defined(__has_attribute)
#if __has_attribute(unavailable)
#undef KV_THROWS
#define KV_THROWS __attribute__((unavailable("without exceptions, use the try_ form")))
#endif
#endif

namespace kv {

/// Why a call failed: a code to branch on, the operating system's number, a sentence to read. It
/// allocates nothing and may be copied and kept.
class failure {
public:
    explicit failure(const kv_error &error) noexcept
        : error_(error), category_(&category(error.os_error)) {}

    /// A failure that code outside the library reports: a codec, a hook. A long message is cut.
    failure(std::error_code code, std::string_view message) noexcept
        : error_(), category_(&code.category()) {
        error_.code = code.value();
        const std::size_t room = sizeof error_.message - 1;
        const std::size_t len = message.size() < room ? message.size() : room;
        if (len != 0) std::memcpy(error_.message, message.data(), len);
    }

    /// Compares with kv::errc, kv::typed_errc, kv::update_errc, and with std::errc by the status as
    /// well as by the operating system's number: `code() == std::errc::no_such_file_or_directory`.
    std::error_code code() const noexcept { return {error_.code, *category_}; }

    /// The operating system's error number, or 0 if it has no part in this.
    int os_error() const noexcept { return error_.os_error; }

    /// The operating system's error number as a std::error_code.
    std::error_code os_code() const noexcept { return {error_.os_error, std::system_category()}; }

    /// A sentence in UTF-8: the attempt, and the cause of its failure.
    const char *message() const noexcept { return error_.message; }

private:
    kv_error error_;
    const std::error_category *category_;
};

/// The exception of every call that fails. code() compares with kv::errc, kv::typed_errc,
/// kv::update_errc and std::errc, as that of a failure does, also where it is caught as a
/// std::system_error; what() is the message of the failure.
class KV_SHARED error : public std::system_error {
public:
    explicit error(const kv::failure &failure)
        : std::system_error(failure.code()), failure_(failure) {}

    const char *what() const noexcept override { return failure_.message(); }

    /// The operating system's error number, or 0 if it has no part in this.
    int os_error() const noexcept { return failure_.os_error(); }

    /// The operating system's error number as a std::error_code.
    std::error_code os_code() const noexcept { return failure_.os_code(); }

    /// The same as a value.
    const kv::failure &failure() const noexcept { return failure_; }

private:
    kv::failure failure_;
};

namespace detail {

/// Ends the program: a result was used as if the call had succeeded.
[[noreturn]] inline void misused(const char *what) noexcept {
    std::fprintf(stderr, "kv: the result of a failed call was used: %s\n", what);
    std::abort();
}

/// Throws a kv::error; without exceptions ends the program.
[[noreturn]] inline void raise(const kv::failure &failure) {
#if KV_HAS_EXCEPTIONS
    throw kv::error(failure);
#else
    misused(failure.message());
#endif
}

}  // namespace detail
}  // namespace kv

#endif
