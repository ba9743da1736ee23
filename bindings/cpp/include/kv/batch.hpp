// Steps that are applied together or not at all.
#ifndef KV_BATCH_HPP
#define KV_BATCH_HPP

#include <kv/options.hpp>
#include <kv/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

namespace detail {

/// Steps in flat form.
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
inline std::string flat(const step &step) {
    std::string buffer;
    put_number(buffer, static_cast<std::uint32_t>(step.kind), 4);
    put_number(buffer, step.flags, 4);
    put_number(buffer, 0, 8);
    put_number(buffer, static_cast<std::uint64_t>(step.time_ms), 8);
    put_number(buffer, 0, 8);
    for (std::string_view part : {step.group, step.key, step.value})
        put_number(buffer, part.size() < UINT32_MAX ? part.size() : UINT32_MAX, 4);
    for (std::string_view part : {step.group, step.key, step.value})
        if (part.size() < UINT32_MAX) buffer.append(part);
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

}  // namespace detail

/// What became of one step of a committed batch.
struct step_result {
    kv::outcome outcome = kv::outcome::ok;
    /// The result of a get or take, or a number as decimal text. Its version is the one a step
    /// wrote, or, for a condition
    /// that did not hold, the one its key is at.
    kv::value value;

    explicit operator bool() const { return outcome == kv::outcome::ok; }
};

/// A list of steps for any keys and groups, applied by `store.commit(batch)`: all, or none if a
/// condition does not hold. Each function that adds a step gives its number, with which result()
/// tells later what became of it. Conditions look at the store as it is before the batch, reads
/// see the steps before them. The bytes are copied.
///
/// Moves, and frees itself. One thread uses it at a time, it may move between threads, and a call
/// that meets another fails with errc::busy. Moved from, it fails with errc::handle.
template <class Errors>
class basic_batch {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Makes an empty batch; errc::memory when 65,536 exist.
    static returned<basic_batch> create() {
        kv_batch handle{};
        return Errors::call([&](kv_error *error) { return kv_batch_new(&handle, error); },
                            [&](kv_status) { return basic_batch(handle); });
    }

    /// The same, where errors are thrown.
    template <class E = Errors, std::enable_if_t<E::is_throwing::value, int> = 0>
    basic_batch() : basic_batch(create()) {}

    /// Takes over what a function of kv.h has given, with the number of steps in it.
    explicit basic_batch(kv_batch handle, std::size_t size = 0) noexcept
        : handle_(handle), size_(size) {}
    basic_batch(basic_batch &&other) noexcept
        : handle_(std::exchange(other.handle_, {})), size_(std::exchange(other.size_, 0)) {}
    basic_batch &operator=(basic_batch &&other) noexcept {
        basic_batch taken(std::move(other));
        std::swap(handle_, taken.handle_);
        std::swap(size_, taken.size_);
        return *this;
    }
    ~basic_batch() {
        if (handle_.id != 0) kv_batch_close(handle_, nullptr);
    }

    /// Requires that the key is at this version; 0: absent.
    returned<std::size_t> check(std::string_view group, std::string_view key,
                                std::uint64_t version) {
        return add([&](kv_error *error) {
            return kv_batch_check(handle_, group.data(), group.size(), key.data(), key.size(),
                                  version, error);
        });
    }

    /// Requires that the key has a live entry.
    returned<std::size_t> check_present(std::string_view group, std::string_view key) {
        return add({detail::step_kind::check, KV_IF_PRESENT, 0, group, key, {}});
    }

    /// Reads; the value is in result().
    returned<std::size_t> get(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_get(handle_, group.data(), group.size(), key.data(), key.size(), error);
        });
    }

    /// Writes. A condition in the options is one of the whole batch.
    returned<std::size_t> set(std::string_view group, std::string_view key, std::string_view value,
                              const put_options &options = {}) {
        const kv_put_options native = options.native();
        return add([&](kv_error *error) {
            return kv_batch_set(handle_, group.data(), group.size(), key.data(), key.size(),
                                value.data(), value.size(), &native, error);
        });
    }

    /// Deletes; result() is ok or not_found.
    returned<std::size_t> erase(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                   error);
        });
    }

    /// Deletes; the value that was there is in result().
    returned<std::size_t> take(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_take(handle_, group.data(), group.size(), key.data(), key.size(), error);
        });
    }

    /// Adds to an integer, as store.increment does; the sum is in result(), as decimal text.
    returned<std::size_t> increment(std::string_view group, std::string_view key,
                                    std::int64_t delta = 1,
                                    std::chrono::milliseconds ttl_if_created = default_ttl) {
        return add([&](kv_error *error) {
            return kv_batch_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                      delta, detail::ttl_ms(ttl_if_created), error);
        });
    }

    /// Appends to a value, as store.append does; the new length is in result(), as decimal text.
    returned<std::size_t> append(std::string_view group, std::string_view key,
                                 std::string_view value,
                                 std::chrono::milliseconds ttl_if_created = default_ttl) {
        return add([&](kv_error *error) {
            return kv_batch_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                   value.data(), value.size(), detail::ttl_ms(ttl_if_created),
                                   error);
        });
    }

    /// Lets a key live this long; result() is ok, not_found, or conflict if `rule` forbids it.
    returned<std::size_t> expire(std::string_view group, std::string_view key,
                                 std::chrono::milliseconds ttl, expire_if rule = expire_if::always) {
        return add([&](kv_error *error) {
            return kv_batch_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                   detail::ttl_ms(ttl), static_cast<std::uint32_t>(rule), error);
        });
    }

    /// Deletes all keys of a group that begin with these bytes; how many live entries there were is in
    /// result(), as decimal text.
    returned<std::size_t> erase_prefix(std::string_view group, std::string_view prefix) {
        return add([&](kv_error *error) {
            return kv_batch_delete_prefix(handle_, group.data(), group.size(), prefix.data(),
                                          prefix.size(), error);
        });
    }

    /// Adds steps in flat form (see kv.h), or none if one is malformed. Gives the first's number.
    returned<std::size_t> add_flat(std::string_view steps) {
        return Errors::call(
            [&](kv_error *error) {
                return kv_batch_add_flat(handle_, steps.data(), steps.size(), error);
            },
            [&](kv_status) { return std::exchange(size_, size_ + detail::count_steps(steps)); });
    }

    /// Tells what became of a step of the last commit. errc::argument if there is no such step, the
    /// batch has changed since, or the batch was refused for another step than this one.
    returned<step_result> result(std::size_t index) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) { return kv_batch_result(handle_, index, &found, error); },
            [&](kv_status status) {
                step_result result;
                result.outcome = static_cast<outcome>(status);
                result.value = value(found);
                return result;
            });
    }

    /// How many steps there are.
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Removes all steps and results.
    returned<void> clear() {
        return Errors::call([&](kv_error *error) { return kv_batch_clear(handle_, error); },
                            [&](kv_status) { size_ = 0; });
    }

    /// The handle, which stays this object's.
    kv_batch native() const noexcept { return handle_; }

private:
    template <class Call>
    returned<std::size_t> add(Call &&call) {
        return Errors::call(call, [&](kv_status) { return size_++; });
    }
    returned<std::size_t> add(const detail::step &step) { return add_flat(detail::flat(step)); }

    kv_batch handle_;
    std::size_t size_;
};

}  // namespace kv

#endif
