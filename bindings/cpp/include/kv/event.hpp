// The events of watches, callbacks and the change log.
#ifndef KV_EVENT_HPP
#define KV_EVENT_HPP

#include <kv/value.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kv {

enum class event_type : std::int32_t {
    set = KV_EVENT_SET,                   ///< a value was written
    erase = KV_EVENT_DELETE,              ///< a live entry was deleted
    erase_group = KV_EVENT_DELETE_GROUP,  ///< all entries of a group at once; there is no key
    expire = KV_EVENT_EXPIRE,             ///< an entry that had expired was purged
    synced = KV_EVENT_SYNCED,             ///< all existing entries were sent; changes follow
    lagged = KV_EVENT_LAGGED,             ///< `lost` events since `version` are missing here
    set_large = KV_EVENT_SET_LARGE,       ///< written in pieces, or too large; see value_size
};

/// A change, or a notice about changes. Its bytes stay until the next event is asked for; in a
/// callback, until it returns.
struct event {
    event_type type = event_type::set;
    std::string_view group;
    std::string_view key;            ///< of set, set_large, erase and expire
    std::string_view value;          ///< empty but for set
    std::uint64_t version = 0;       ///< higher for each later change
    std::optional<time_point> time;  ///< when it was committed; none but for changes
    std::uint64_t lost = 0;          ///< of lagged; 0 there: the number is not known
    std::uint64_t value_size = 0;    ///< of the whole value in bytes, of set and set_large
};

namespace detail {

inline std::optional<time_point> time_from(std::int64_t time_ms) {
    if (time_ms == 0) return std::nullopt;
    return time_point(std::chrono::milliseconds(time_ms));
}

inline event event_from(const kv_event &native) {
    event event;
    event.type = static_cast<event_type>(native.type);
    event.group = bytes(native.group, native.group_len);
    event.key = bytes(native.key, native.key_len);
    event.value = bytes(native.value, native.value_len);
    event.version = native.version;
    event.time = time_from(native.time_ms);
    event.lost = native.lost;
    event.value_size = native.value_size;
    return event;
}

}  // namespace detail
}  // namespace kv

#endif
