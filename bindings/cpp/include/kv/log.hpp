// The log of the process.
#ifndef KV_LOG_HPP
#define KV_LOG_HPP

#include <kv/observer.hpp>
#include <kv/ttl.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

/// The weight of a record. A log of one level has the records of those above as well.
enum class log_level : std::int32_t {
    off = KV_LOG_OFF,      ///< no records
    error = KV_LOG_ERROR,  ///< a store refuses writes, or a bug was caught
    warn = KV_LOG_WARN,    ///< slow, or failed for a while and tried again
    info = KV_LOG_INFO,    ///< stores that are opened, closed and recovered, and connections
    debug = KV_LOG_DEBUG,  ///< checkpoints, purges and repeated calls
};

/// A record of the log. Its text stays until the callback returns. No record has a password, a key
/// or a value.
struct log_record {
    log_level level = log_level::off;
    time_point time;           ///< when it was made
    std::string_view topic;    ///< one word, such as "open", "slow" or "poison"; see kv_log_record
    std::string_view store;    ///< its path or addresses without options; empty if it is about none
    std::string_view message;  ///< a sentence
};

namespace detail {

inline log_record log_record_from(const kv_log_record &native) {
    log_record record;
    record.level = static_cast<log_level>(native.level);
    record.time = time_point(std::chrono::milliseconds(native.time_ms));
    record.topic = native.topic;
    record.store = native.store;
    record.message = native.message;
    return record;
}

}  // namespace detail

/// Sends the records of a level and above, of the whole process, to `callback(const log_record &)`,
/// in place of the one before. Without a log the library writes nothing anywhere.
///
/// The callback runs in a thread of the library's own, one record after the other, so it may take
/// any lock and call any store, and no call waits for it. At most 1,024 records wait; more are
/// dropped and counted in a record. An exception of the callback is dropped. The callback is
/// destroyed after its last call, before the next set_log or end_log returns.
///
/// errc::argument for an unknown level; errc::busy inside a callback of the log. Then the log is as
/// it was.
template <class Callback>
result<void> try_set_log(log_level level, Callback &&callback) {
    using observer = detail::observer<std::decay_t<Callback>>;
    const auto pass = [](void *self, const kv_log_record *native) {
        (*static_cast<observer *>(self))(detail::log_record_from(*native));
    };
    return detail::hand_over(
        std::make_unique<observer>(std::forward<Callback>(callback)),
        [&](observer *data, kv_error *error) {
            return kv_set_log(static_cast<std::int32_t>(level), pass, data, &observer::destroy, error);
        });
}
template <class Callback>
KV_THROWS void set_log(log_level level, Callback &&callback) {
    detail::value_of(try_set_log(level, std::forward<Callback>(callback)));
}

/// Ends the log, after it has passed on what is queued. errc::busy inside a callback of the log.
inline result<void> try_end_log() {
    return detail::call(
        [](kv_error *error) { return kv_set_log(KV_LOG_OFF, nullptr, nullptr, nullptr, error); },
        detail::nothing);
}
inline KV_THROWS void end_log() {
    detail::value_of(try_end_log());
}

}  // namespace kv

#endif
