// A group whose values are of one type.
#ifndef KV_TYPED_HPP
#define KV_TYPED_HPP

#include <kv/codec.hpp>
#include <kv/store.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv {

/// A function that a typed store calls; by default none. Any callable will do: one that gives
/// nothing, or one that gives result<void>, whose failure ends the operation and is given to its
/// caller. What it throws goes through to the caller as well.
template <class... Arguments>
class hook {
public:
    hook() = default;
    template <class Function,
              std::enable_if_t<!std::is_same_v<std::decay_t<Function>, hook>, int> = 0>
    hook(Function function) {
        if constexpr (std::is_void_v<std::invoke_result_t<Function &, Arguments...>>) {
            function_ = [function = std::move(function)](Arguments... arguments) mutable {
                function(std::forward<Arguments>(arguments)...);
                return result<void>();
            };
        } else {
            function_ = std::move(function);
        }
    }

    result<void> operator()(Arguments... arguments) const {
        return function_ ? function_(std::forward<Arguments>(arguments)...) : result<void>();
    }

private:
    std::function<result<void>(Arguments...)> function_;
};

/// What happens around the operations of a typed store. Set them before several threads use it.
template <class T>
struct hooks {
    /// May change the value, or refuse: then nothing is written.
    hook<std::string_view, T &> before_save;
    /// After a write that was made; its failure does not undo it.
    hook<std::string_view, const T &> after_save;
    /// May change what the caller gets, or refuse it.
    hook<std::string_view, T &> after_load;
    /// May refuse: then nothing is deleted.
    hook<std::string_view> before_delete;
    /// After a delete that found an entry; its failure does not undo it.
    hook<std::string_view> after_delete;
};

/// A value with its key and version. Unpacks as key and value.
template <class T>
struct stored {
    std::string key;
    T value;
    std::uint64_t version = 0;
    std::optional<time_point> expires_at;  ///< none if it never expires
};

template <std::size_t Index, class T>
auto &get(stored<T> &stored) noexcept {
    if constexpr (Index == 0) {
        return stored.key;
    } else {
        return stored.value;
    }
}
template <std::size_t Index, class T>
auto &get(const stored<T> &stored) noexcept {
    if constexpr (Index == 0) {
        return stored.key;
    } else {
        return stored.value;
    }
}
template <std::size_t Index, class T>
auto &&get(stored<T> &&stored) noexcept {
    return std::move(kv::get<Index>(stored));
}

}  // namespace kv

template <class T>
struct std::tuple_size<kv::stored<T>> : std::integral_constant<std::size_t, 2> {};
template <class T>
struct std::tuple_element<0, kv::stored<T>> {
    using type = std::string;
};
template <class T>
struct std::tuple_element<1, kv::stored<T>> {
    using type = T;
};

namespace kv {

namespace detail {

/// Names in a message: cut, and in ASCII whatever the bytes are.
inline std::string quoted(std::string_view bytes) {
    constexpr std::size_t shown_max = 48;
    std::string text = "\"";
    for (const char byte : bytes.substr(0, shown_max)) {
        if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\') {
            text += byte;
        } else {
            char escape[5];
            std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(byte));
            text += escape;
        }
    }
    return text += bytes.size() > shown_max ? "...\"" : "\"";
}

inline failure named(const failure &failure, const char *verb, std::string_view group,
                     std::string_view key) {
    return kv::failure(failure.code(), std::string(verb) + " " + quoted(key) + " of group " +
                                           quoted(group) + ": " + failure.message());
}

template <class T, class Codec>
result<T> load(std::string_view group, std::string_view key, std::string_view bytes,
               const hook<std::string_view, T &> &after_load) {
    result<T> decoded = Codec::decode(bytes);
    if (!decoded) return named(decoded.error(), "load", group, key);
    const result<void> accepted = after_load(key, *decoded);
    if (!accepted) return accepted.error();
    return decoded;
}

}  // namespace detail

/// A walk over the values of a typed store: `for (auto &[key, value] : users.scan())`. Each element
/// is its own, and may be moved from. A value that cannot be decoded fails with typed_errc::decode.
template <class T, class Codec, class Errors>
class basic_typed_cursor
    : public detail::range<basic_typed_cursor<T, Codec, Errors>, stored<T>, Errors> {
public:
    template <class R>
    using returned = typename Errors::template returned<R>;

    basic_typed_cursor(basic_cursor<returning> &&cursor, hook<std::string_view, T &> after_load)
        : cursor_(std::move(cursor)), after_load_(std::move(after_load)) {}

    /// Gives the next value; none at the end. After a failure the walk may go on behind it.
    returned<std::optional<stored<T>>> next() { return Errors::deliver(read()); }

private:
    result<std::optional<stored<T>>> read() {
        const result<std::optional<entry>> found = cursor_.next();
        if (!found) return found.error();
        if (!*found) return std::optional<stored<T>>();
        const entry &next = **found;
        result<T> loaded = detail::load<T, Codec>(next.group, next.key, next.value, after_load_);
        if (!loaded) return loaded.error();
        return std::optional<stored<T>>(stored<T>{std::string(next.key), *std::move(loaded),
                                                  next.version, next.expires_at});
    }

    basic_cursor<returning> cursor_;
    hook<std::string_view, T &> after_load_;
};

/// A group of a store whose values are T. It borrows the store as a store_ref does, and may be
/// copied. Threads: as a store, if codec and hooks allow it.
///
/// Fails as a store does, and with typed_errc: a value that cannot be decoded is `decode`, never
/// "not found". Operations of the whole group, and those of store(), call no hooks.
template <class T, class Codec, class Errors>
class basic_typed {
public:
    template <class R>
    using returned = typename Errors::template returned<R>;
    using cursor = basic_typed_cursor<T, Codec, Errors>;

    /// The group may be empty, which is the default one.
    template <class AnyErrors>
    explicit basic_typed(const basic_operations<AnyErrors> &store, std::string_view group = {})
        : store_(store), group_(group) {}

    kv::hooks<T> hooks;

    /// Writes a value that never expires.
    returned<void> set(std::string_view key, T value) const {
        return Errors::deliver(only(save(key, std::move(value), {})));
    }

    /// Writes a value that lives for `ttl`.
    returned<void> set(std::string_view key, T value, std::chrono::milliseconds ttl) const {
        return Errors::deliver(only(save(key, std::move(value), expires_after(ttl))));
    }

    /// Writes a value if a condition holds.
    returned<put_result> put(std::string_view key, T value, const put_options &options = {}) const {
        return Errors::deliver(save(key, std::move(value), options));
    }

    /// Gives the value under a key; none if it is absent or expired.
    returned<std::optional<T>> get(std::string_view key) const {
        result<std::optional<stored<T>>> found = read(key);
        if (!found) return Errors::deliver(result<std::optional<T>>(found.error()));
        std::optional<T> value;
        if (*found) value = std::move((*found)->value);
        return Errors::deliver(result<std::optional<T>>(std::move(value)));
    }

    /// The same with version and expiry, for a later put or erase_version.
    returned<std::optional<stored<T>>> entry(std::string_view key) const {
        return Errors::deliver(read(key));
    }

    /// Deletes a key and gives the value it had; of any number of callers exactly one gets it. A
    /// value that cannot be decoded stays.
    returned<std::optional<T>> take(std::string_view key) const {
        return Errors::deliver(take_decoded(key));
    }

    /// Deletes a key and answers whether a live entry was there.
    returned<bool> erase(std::string_view key) const {
        return Errors::deliver(remove(key));
    }

    /// Answers whether a live entry is under a key.
    returned<bool> exists(std::string_view key) const {
        return Errors::deliver(store_.exists(group_, key));
    }

    /// Begins a walk over the values, in the order of their keys. With keys_only there is nothing
    /// to decode; scan with store() instead.
    returned<cursor> scan(const scan_options &options = {}) const {
        result<basic_cursor<returning>> begun = store_.scan(group_, options);
        if (!begun) return Errors::deliver(result<cursor>(begun.error()));
        return Errors::deliver(result<cursor>(cursor(*std::move(begun), hooks.after_load)));
    }

    /// Gives the number of live entries.
    returned<std::uint64_t> count() const { return Errors::deliver(store_.count(group_)); }

    /// Deletes all, without hooks, and gives how many there were.
    returned<std::uint64_t> clear() const { return Errors::deliver(store_.erase_group(group_)); }

    /// The store, for everything that does not look at values.
    basic_store_ref<Errors> store() const noexcept { return store_; }
    const std::string &group() const noexcept { return group_; }

private:
    static result<void> only(const result<put_result> &put) {
        if (!put) return put.error();
        return {};
    }

    result<put_result> save(std::string_view key, T &&value, const put_options &options) const {
        const result<void> allowed = hooks.before_save(key, value);
        if (!allowed) return allowed.error();
        const result<std::string> encoded = Codec::encode(value);
        if (!encoded) return detail::named(encoded.error(), "save", group_, key);
        result<put_result> put = store_.put(group_, key, *encoded, options);
        if (!put || !put->is_written) return put;
        const result<void> after = hooks.after_save(key, value);
        if (!after) return after.error();
        return put;
    }

    result<std::optional<stored<T>>> read(std::string_view key) const {
        const auto found = store_.template get<value>(group_, key);
        if (!found) return found.error();
        if (!*found) return std::optional<stored<T>>();
        const value &pinned = **found;
        result<T> loaded = detail::load<T, Codec>(group_, key, pinned, hooks.after_load);
        if (!loaded) return loaded.error();
        return std::optional<stored<T>>(stored<T>{std::string(key), *std::move(loaded),
                                                  pinned.version(), pinned.expires_at()});
    }

    // Deletes what was decoded, at its version. Somebody's write in between means to look again.
    result<std::optional<T>> take_decoded(std::string_view key) const {
        for (;;) {
            result<std::optional<stored<T>>> found = read(key);
            if (!found) return found.error();
            if (!*found) return std::optional<T>();
            const result<void> allowed = hooks.before_delete(key);
            if (!allowed) return allowed.error();
            const auto taken = store_.erase_version(group_, key, (*found)->version);
            if (!taken) return taken.error();
            if (*taken == outcome::not_found) return std::optional<T>();
            if (*taken == outcome::conflict) continue;
            const result<void> after = hooks.after_delete(key);
            if (!after) return after.error();
            return std::optional<T>(std::move((*found)->value));
        }
    }

    result<bool> remove(std::string_view key) const {
        const result<void> allowed = hooks.before_delete(key);
        if (!allowed) return allowed.error();
        const result<bool> removed = store_.erase(group_, key);
        if (!removed || !*removed) return removed;
        const result<void> after = hooks.after_delete(key);
        if (!after) return after.error();
        return true;
    }

    basic_store_ref<returning> store_;
    std::string group_;
};

}  // namespace kv

#endif
