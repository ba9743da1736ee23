// kv for C++17 and later: a key-value store, one shared library, one file on disk.
//
// A program includes this header, which needs nothing but kv.h and the standard library. For typed
// stores in JSON it includes <kv/json.hpp>, the one header that needs another library.
//
//     kv::store store("app.db");
//     store.set("config", "colour", "blue");
//     std::optional<std::string> colour = store.get("config", "colour");
//
//  1. Every operation exists twice: `get` returns its value and throws kv::error, `try_get` returns
//     a kv::result. Without exceptions the compiler refuses the first.
//  2. Absent, expired and "the condition does not hold" are outcomes, never errors.
//  3. Objects own what they stand for, move, and close it themselves, in any order: a cursor may
//     outlive its store. Moved from or closed they fail with errc::handle, and never crash.
//  4. A const function may be called by any number of threads at once. A store takes any call from
//     any thread; cursors, batches, transactions, writers, readers and watches are used by one at a
//     time.
//  5. Bytes go in as std::string_view and may hold anything, NUL included.
//  6. Each structure of options has a `with_` function for each of its fields, which returns a
//     changed copy; C++20 can name the fields in place.
#ifndef KV_HPP
#define KV_HPP

#include <kv/bound.hpp>
#include <kv/log.hpp>
#include <kv/trace.hpp>
#include <kv/typed.hpp>

#include <cstdint>
#include <string_view>

namespace kv {

/// The version of the library that is loaded, such as "0.2.0".
inline std::string_view version() noexcept {
    return kv_version();
}

/// The version of the library that is loaded, to compare with KV_VERSION_NUMBER.
inline std::uint32_t version_number() noexcept {
    return kv_version_number();
}

/// The interface of the library that is loaded, to compare with KV_ABI_VERSION.
inline std::uint32_t abi_version() noexcept {
    return kv_abi_version();
}

}  // namespace kv

#endif
