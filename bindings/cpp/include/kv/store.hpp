// The store, owned or borrowed.
#ifndef KV_STORE_HPP
#define KV_STORE_HPP

#include <kv/operations.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

/// A store that belongs to somebody else, to be passed and kept by value. Once its owner has
/// closed it every call fails with errc::handle; nothing dangles.
template <class Errors>
class basic_store_ref : public basic_operations<Errors> {
public:
    /// Borrows from kv.h.
    explicit basic_store_ref(kv_store handle) noexcept : basic_operations<Errors>(handle) {}

    /// Borrows any store, whichever way it tells of errors.
    template <class AnyErrors>
    basic_store_ref(const basic_operations<AnyErrors> &store) noexcept
        : basic_operations<Errors>(store.native()) {}
};

/// An open store. Moves, and closes itself, which waits for calls that run in other threads.
///
/// Moved from it is empty: every call fails with errc::handle. Only moving and destroying need the
/// object to be left alone by other threads.
template <class Errors>
class basic_store : public basic_operations<Errors> {
    using base = basic_operations<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Opens a store: a path, `sqlite:PATH?option=value`, `memory:`; see kv_open for the options and
    /// errors. A missing file is created, readable by its owner alone.
    static returned<basic_store> open(std::string_view location) {
        const std::string text(location);
        kv_store handle{};
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "open: the location", error);
                return status < 0 ? status : kv_open(text.c_str(), &handle, error);
            },
            [&](kv_status) { return basic_store(handle); });
    }

    /// Opens the store that a services file, in YAML, calls `service`; see kv_open_config for the
    /// form. errc::config with file, line, column and key if the file is wrong or the service is not
    /// in it; errors as open(). Other threads must not change the environment meanwhile.
    static returned<basic_store> open_config(std::string_view path, std::string_view service) {
        const std::string file(path), name(service);
        kv_store handle{};
        return Errors::call(
            [&](kv_error *error) {
                kv_status status = detail::without_nul(file, "open config: the path", error);
                if (status < 0) return status;
                status = detail::without_nul(name, "open config: the service", error);
                if (status < 0) return status;
                return kv_open_config(file.c_str(), name.c_str(), &handle, error);
            },
            [&](kv_status) { return basic_store(handle); });
    }

    /// The same, where errors are thrown.
    template <class E = Errors, std::enable_if_t<E::is_throwing::value, int> = 0>
    explicit basic_store(std::string_view location) : basic_store(open(location)) {}

    /// Takes over what kv_open has given.
    explicit basic_store(kv_store handle) noexcept : base(handle) {}

    /// Takes over a store that tells of errors the other way.
    template <class OtherErrors>
    explicit basic_store(basic_store<OtherErrors> &&other) noexcept : base(other.release()) {}

    basic_store(basic_store &&other) noexcept : base(other.release()) {}
    basic_store &operator=(basic_store &&other) noexcept {
        basic_store taken(std::move(other));
        std::swap(this->handle_, taken.handle_);
        return *this;
    }
    ~basic_store() {
        if (this->handle_.id != 0) kv_close(this->handle_, nullptr);
    }

    /// Gives the handle away; whoever gets it closes it. This object is then as moved from.
    kv_store release() noexcept { return std::exchange(this->handle_, {}); }
};

}  // namespace kv

#endif
