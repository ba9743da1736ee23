// Reading many keys in one call.
#ifndef KV_MANY_HPP
#define KV_MANY_HPP

#include <kv/flat_steps.hpp>
#include <kv/page.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::detail {

/// The values of entries in flat form, in their order; none where there is no entry.
inline std::vector<std::optional<std::string>> values_from(const std::vector<unsigned char> &flat,
                                                           std::size_t used) {
    constexpr std::size_t header_len = 28;
    std::vector<std::optional<std::string>> values;
    for (std::size_t at = 0; at < used;) {
        const unsigned char *header = flat.data() + at;
        const auto number = [&](std::size_t offset) {
            return static_cast<std::size_t>(number_at(header + offset, 4));
        };
        at += header_len + number(16) + number(20);
        const std::size_t len = number(24);
        if (len == UINT32_MAX) {
            values.emplace_back();
        } else {
            values.emplace_back(std::in_place, reinterpret_cast<const char *>(flat.data()) + at, len);
            at += len;
        }
    }
    return values;
}

/// Calls kv_get_many with a buffer that grows until the entries fit.
inline kv_status get_many(kv_store store, std::string_view keys, std::vector<unsigned char> &flat,
                          std::size_t &used, kv_error *error) {
    for (;;) {
        std::size_t count = 0;
        const kv_status status = kv_get_many(store, keys.data(), keys.size(), flat.data(),
                                             flat.size(), &used, &count, error);
        if (status != KV_TOO_SMALL) return status;
        // Values may have grown again before the next call.
        flat.resize(used);
    }
}

}  // namespace kv::detail

#endif
