// kv for C++17 and later: a key-value store, one shared library, one file on disk.
//
// This header is all a program includes; it needs nothing but kv.h and the standard library.
//
//     kv::store store("app.db");
//     store.set("config", "colour", "blue");
//     std::optional<std::string> colour = store.get("config", "colour");
//
//  1. Every operation exists twice, written once. Of kv::store it gives its value and throws
//     kv::error. Of kv::nothrow::store, or of store.nothrow(), it gives a kv::result. Without
//     exceptions only namespace nothrow is there.
//  2. Absent, expired and "the condition did not hold" are answers, never errors.
//  3. Objects own what they stand for, move, and end it themselves, in any order: a cursor may
//     outlive its store. Moved from or closed they fail with errc::handle, and never crash.
//  4. A store takes any call from any thread; cursors, batches, transactions and watches are used
//     by one at a time.
//  5. Bytes go in as std::string_view and may hold anything, NUL included.
#ifndef KV_HPP
#define KV_HPP

#include <kv/bound.hpp>
#include <kv/typed.hpp>

#include <cstdint>
#include <string_view>

namespace kv {

/// The same operations, with what went wrong returned in a kv::result.
namespace nothrow {

using store = basic_store<returning>;
using store_ref = basic_store_ref<returning>;
using bound_store = basic_bound_store<returning>;
using cursor = basic_cursor<returning>;
using group_names = basic_group_names<returning>;
using batch = basic_batch<returning>;
using watch = basic_watch<returning>;
using subscription = basic_subscription<returning>;
using change_cursor = basic_change_cursor<returning>;
using parts = basic_parts<returning>;
using transaction = basic_transaction<returning>;
using idempotency = basic_idempotency<returning>;
using attempt = basic_attempt<returning>;
template <class T, class Codec = json<T>>
using typed = basic_typed<T, Codec, returning>;
template <class T, class Codec = json<T>>
using typed_cursor = basic_typed_cursor<T, Codec, returning>;

}  // namespace nothrow

#if KV_HAS_EXCEPTIONS

using store = basic_store<throwing>;
using store_ref = basic_store_ref<throwing>;
using bound_store = basic_bound_store<throwing>;
using cursor = basic_cursor<throwing>;
using group_names = basic_group_names<throwing>;
using batch = basic_batch<throwing>;
using watch = basic_watch<throwing>;
using subscription = basic_subscription<throwing>;
using change_cursor = basic_change_cursor<throwing>;
using parts = basic_parts<throwing>;
using transaction = basic_transaction<throwing>;
using idempotency = basic_idempotency<throwing>;
using attempt = basic_attempt<throwing>;
template <class T, class Codec = json<T>>
using typed = basic_typed<T, Codec, throwing>;
template <class T, class Codec = json<T>>
using typed_cursor = basic_typed_cursor<T, Codec, throwing>;

#endif

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
