// The parts of a value, cut at a separator or at white space.
#ifndef KV_PARTS_HPP
#define KV_PARTS_HPP

#include <kv/cursor.hpp>

#include <optional>
#include <string_view>

namespace kv {

/// A walk over the parts of one value, which was read once:
/// `for (std::string_view part : store.get_split("config", "hosts", ","))`.
///
/// An absent or expired key has no parts; is_found() distinguishes it from a value that has none. A
/// part stays until the walk goes on. Otherwise as cursor.
class parts : public detail::range<parts, std::string_view> {
public:
    /// Takes over a cursor of kv.h; with KV_NOT_FOUND the walk is empty.
    parts(kv_status status, kv_cursor handle) noexcept
        : cursor_(handle), is_found_(status != KV_NOT_FOUND) {}

    /// Says whether the key had a live entry.
    bool is_found() const noexcept { return is_found_; }

    /// Returns the next part; none at the end, again and again.
    KV_THROWS std::optional<std::string_view> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<std::string_view>> try_next() {
        kv_entry found{};
        return detail::call(
            [&](kv_error *error) {
                return is_found_ ? kv_cursor_next(cursor_.native(), &found, error)
                                 : kv_status{KV_DONE};
            },
            [&](kv_status status) -> std::optional<std::string_view> {
                if (status == KV_DONE) return std::nullopt;
                return detail::bytes(found.value, found.value_len);
            });
    }

    /// The handle, which stays this object's; none if the key was absent.
    kv_cursor native() const noexcept { return cursor_.native(); }

private:
    cursor cursor_;
    bool is_found_;
};

}  // namespace kv

#endif
