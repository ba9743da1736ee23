// Steps of a batch and keys in the flat form of kv.h.
#ifndef KV_FLAT_STEPS_HPP
#define KV_FLAT_STEPS_HPP

#include <kv.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kv::detail {

/// The steps of which kv.h has the flat form alone, and those that tests write in it.
enum class step_kind : std::uint32_t { check = 1, take = 5, append = 7 };

struct step {
    step_kind kind;
    std::uint32_t flags;
    std::int64_t time_ms;
    std::string_view group, key, value;
};

inline void put_number(std::string &buffer, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) buffer.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

// A part that is too long for the form is sent with a length past every limit and without its
// bytes, so that the library refuses it by its name.
inline void put_len(std::string &buffer, std::string_view part) {
    put_number(buffer, part.size() < UINT32_MAX ? part.size() : UINT32_MAX, 4);
}
inline void put_bytes(std::string &buffer, std::string_view part) {
    if (part.size() < UINT32_MAX) buffer.append(part);
}

inline std::string flat(const step &step) {
    std::string buffer;
    put_number(buffer, static_cast<std::uint32_t>(step.kind), 4);
    put_number(buffer, step.flags, 4);
    put_number(buffer, 0, 8);
    put_number(buffer, static_cast<std::uint64_t>(step.time_ms), 8);
    put_number(buffer, 0, 8);
    for (std::string_view part : {step.group, step.key, step.value}) put_len(buffer, part);
    for (std::string_view part : {step.group, step.key, step.value}) put_bytes(buffer, part);
    return buffer;
}

/// Counts well-formed steps.
inline std::size_t count_steps(std::string_view flat) {
    constexpr std::size_t header_len = 44;
    std::size_t count = 0;
    while (flat.size() >= header_len) {
        std::size_t len = header_len;
        for (std::size_t at = 32; at < header_len; at += 4)
            for (std::size_t i = 0; i < 4; ++i)
                len += static_cast<std::size_t>(static_cast<unsigned char>(flat[at + i])) << (8 * i);
        flat.remove_prefix(len < flat.size() ? len : flat.size());
        ++count;
    }
    return count;
}

/// Keys of one group for kv_get_many, of any range. Its elements may be made on the way, and gone
/// after each step.
template <class Keys>
std::string flat_keys(std::string_view group, Keys &&keys) {
    std::string buffer;
    for (auto &&element : keys) {
        const std::string_view key = element;
        for (std::string_view part : {group, key}) put_len(buffer, part);
        for (std::string_view part : {group, key}) put_bytes(buffer, part);
    }
    return buffer;
}

}  // namespace kv::detail

#endif
