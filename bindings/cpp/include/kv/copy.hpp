// How a store is copied into another, and how far a copy has come.
#ifndef KV_COPY_HPP
#define KV_COPY_HPP

#include <kv.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace kv {

/// How a copy treats entries that are in the target already.
enum class existing : std::uint32_t {
    overwrite = KV_COPY_OVERWRITE,  ///< those under a key of the source are replaced, others stay
    keep = KV_COPY_KEEP,            ///< all stay; those of the source under their keys are skipped
    refuse = KV_COPY_REFUSE,        ///< there must be none when the copy begins
};

/// The entry that a copy has come to.
struct copy_position {
    std::string group;
    std::string key;
};

/// How a copy is made. In C++17 and in C++20:
///
///     from.copy(to, kv::copy_options().with_existing(kv::existing::keep));
///     from.copy(to, {.existing = kv::existing::keep});
struct copy_options {
    kv::existing existing = kv::existing::overwrite;
    /// Copies only what follows this position of a copy that ended early.
    std::optional<copy_position> after = std::nullopt;

    copy_options with_existing(kv::existing chosen) const { return {chosen, after}; }
    copy_options with_after(std::optional<copy_position> position) const {
        return {existing, std::move(position)};
    }
};

/// How far a copy has come; see kv_copy_state.
struct copy_state {
    std::uint64_t entries = 0;  ///< written by this call
    std::uint64_t bytes = 0;    ///< of their groups, keys and values
    std::uint64_t skipped = 0;  ///< skipped because their keys were there
    std::uint64_t expired = 0;  ///< expired on the way
    std::uint64_t missing = 0;  ///< written, and then removed by others or evicted
    std::uint64_t total = 0;    ///< of the whole source when the call began, an estimate
    /// The last entry that was copied or skipped: a later call goes on after it. None at first.
    std::optional<copy_position> position;
};

namespace detail {

/// The state that kv_copy fills, freed at the end.
struct owned_copy_state {
    kv_copy_state native = KV_COPY_STATE_INIT;

    owned_copy_state() = default;
    owned_copy_state(const owned_copy_state &) = delete;
    owned_copy_state &operator=(const owned_copy_state &) = delete;
    ~owned_copy_state() { kv_copy_state_free(&native); }
};

inline std::string text_at(const std::uint8_t *data, std::size_t len) {
    return std::string(reinterpret_cast<const char *>(data), len);
}

inline copy_state state_from(const kv_copy_state &native) {
    copy_state state;
    state.entries = native.entries;
    state.bytes = native.bytes;
    state.skipped = native.skipped;
    state.expired = native.expired;
    state.missing = native.missing;
    state.total = native.total;
    if (native.key != nullptr) {
        state.position = copy_position{text_at(native.group, native.group_len),
                                       text_at(native.key, native.key_len)};
    }
    return state;
}

inline kv_copy_options native_options(const copy_options &options) {
    kv_copy_options native = KV_COPY_OPTIONS_INIT;
    native.existing = static_cast<std::uint32_t>(options.existing);
    if (options.after) {
        native.after_group = options.after->group.data();
        native.after_group_len = options.after->group.size();
        native.after_key = options.after->key.data();
        native.after_key_len = options.after->key.size();
    }
    return native;
}

}  // namespace detail
}  // namespace kv

#endif
