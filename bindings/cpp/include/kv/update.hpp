// A transaction that is run again after each conflict.
#ifndef KV_UPDATE_HPP
#define KV_UPDATE_HPP

#include <kv/transaction.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace kv {

/// How often update() begins a transaction by default.
inline constexpr int update_tries = 16;

namespace detail {

/// The value of an update, by what its callable returns: a T or a result<T> makes a T.
template <class Returned>
struct updated {
    using type = Returned;
};
template <class T>
struct updated<result<T>> {
    using type = T;
};
template <class Function>
using updated_t =
    typename updated<std::decay_t<std::invoke_result_t<Function &, transaction &>>>::type;

/// Waits before the next try: longer each time, and each thread for another time, or those that
/// have met would meet again.
inline void wait_after(int tries) {
    constexpr std::uint64_t first_us = 50, most_us = 10000;
    const std::uint64_t at_most = std::min(first_us << std::min(tries, 10), most_us);
    std::uint64_t mixed = std::hash<std::thread::id>()(std::this_thread::get_id());
    mixed += static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    mixed *= 0x9E3779B97F4A7C15u;
    std::this_thread::sleep_for(std::chrono::microseconds((mixed >> 32) % at_most));
}

template <class Function>
result<updated_t<Function>> run(Function &function, transaction &txn) {
    if constexpr (std::is_void_v<std::invoke_result_t<Function &, transaction &>>) {
        function(txn);
        return {};
    } else {
        return function(txn);
    }
}

template <class Function>
result<updated_t<Function>> update(kv_store store, Function &function, int tries_max) {
    if (tries_max < 1)
        return failure(errc::argument, "update: " + std::to_string(tries_max) + " tries");
    for (int tries = 1; tries <= tries_max; ++tries) {
        kv_txn handle{};
        const result<void> begun =
            call([&](kv_error *error) { return kv_txn_begin(store, &handle, error); }, nothing);
        if (!begun) return begun.error();
        transaction txn(handle);
        result<updated_t<Function>> returned = run(function, txn);
        if (!returned || !txn.is_open()) return returned;
        const result<bool> committed = txn.try_commit();
        if (!committed) return committed.error();
        if (*committed) return returned;
        if (tries < tries_max) wait_after(tries);
    }
    return failure(update_errc::conflict, "update: other writers committed first, " +
                                              std::to_string(tries_max) + " times");
}

}  // namespace detail
}  // namespace kv

#endif
