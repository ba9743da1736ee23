// A group whose values are of one type.
#ifndef KV_TYPED_HPP
#define KV_TYPED_HPP

#include <kv/codec.hpp>
#include <kv/hooks.hpp>
#include <kv/store.hpp>
#include <kv/stored.hpp>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

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
template <class T, class Codec = json<T>>
class typed_cursor : public detail::range<typed_cursor<T, Codec>, stored<T>> {
public:
    typed_cursor(cursor &&cursor, hook<std::string_view, T &> after_load)
        : cursor_(std::move(cursor)), after_load_(std::move(after_load)) {}

    /// Returns the next value; none at the end. After a failure the walk may go on behind it.
    KV_THROWS std::optional<stored<T>> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<stored<T>>> try_next() {
        const result<std::optional<entry>> found = cursor_.try_next();
        if (!found) return found.error();
        if (!*found) return std::optional<stored<T>>();
        const entry &next = **found;
        result<T> loaded = detail::load<T, Codec>(next.group, next.key, next.value, after_load_);
        if (!loaded) return loaded.error();
        return std::optional<stored<T>>(stored<T>{std::string(next.key), *std::move(loaded),
                                                  next.version, next.expires_at});
    }

private:
    cursor cursor_;
    hook<std::string_view, T &> after_load_;
};

/// A group of a store whose values are T. It refers to the store as a store_ref does, and may be
/// copied. Threads: as a store, if codec and hooks allow it.
///
/// Fails as a store does, and with typed_errc: a value that cannot be decoded is `decode`, never
/// "not found". Operations of the whole group, and those of store(), call no hooks. try_ before a
/// name is the same with a failure returned.
template <class T, class Codec = json<T>>
class typed {
    static_assert(detail::is_defined<Codec>::value,
                  "kv::typed<T> needs #include <kv/json.hpp>, or a codec: kv::typed<T, Codec>");

public:
    using cursor = typed_cursor<T, Codec>;

    /// The group may be empty, which is the default one.
    explicit typed(store_ref store, std::string_view group = {}, kv::hooks<T> hooks = {})
        : store_(store), group_(group), hooks_(std::move(hooks)) {}

    /// Writes a value that lives for `ttl`, by default for the default_ttl of the store.
    KV_THROWS void set(std::string_view key, T value, kv::ttl ttl = {}) const {
        detail::value_of(try_set(key, std::move(value), ttl));
    }
    result<void> try_set(std::string_view key, T value, kv::ttl ttl = {}) const {
        return save(key, std::move(value), {{}, expires_after(ttl)}).transform([](put_result) {});
    }

    /// Writes a value if a condition holds.
    KV_THROWS put_result put(std::string_view key, T value, const put_options &options = {}) const {
        return detail::value_of(try_put(key, std::move(value), options));
    }
    result<put_result> try_put(std::string_view key, T value, const put_options &options = {}) const {
        return save(key, std::move(value), options);
    }

    /// Returns the value under a key; none if it is absent or expired.
    KV_THROWS std::optional<T> get(std::string_view key) const {
        return detail::value_of(try_get(key));
    }
    result<std::optional<T>> try_get(std::string_view key) const {
        return try_entry(key).transform([](std::optional<stored<T>> found) {
            return found ? std::optional<T>(std::move(found->value)) : std::nullopt;
        });
    }

    /// The same with version and expiry, for a later put or erase_version.
    KV_THROWS std::optional<stored<T>> entry(std::string_view key) const {
        return detail::value_of(try_entry(key));
    }
    result<std::optional<stored<T>>> try_entry(std::string_view key) const {
        const auto found = store_->try_get<value>(group_, key);
        if (!found) return found.error();
        if (!*found) return std::optional<stored<T>>();
        const value &pinned = **found;
        result<T> loaded = detail::load<T, Codec>(group_, key, pinned, hooks_.after_load);
        if (!loaded) return loaded.error();
        return std::optional<stored<T>>(stored<T>{std::string(key), *std::move(loaded),
                                                  pinned.version(), pinned.expires_at()});
    }

    /// Deletes a key and returns the value it had; of any number of callers exactly one gets it. A
    /// value that cannot be decoded stays.
    KV_THROWS std::optional<T> take(std::string_view key) const {
        return detail::value_of(try_take(key));
    }
    result<std::optional<T>> try_take(std::string_view key) const;

    /// Deletes a key and says whether a live entry was there.
    KV_THROWS bool erase(std::string_view key) const { return detail::value_of(try_erase(key)); }
    result<bool> try_erase(std::string_view key) const;

    /// Says whether a live entry is under a key.
    KV_THROWS bool exists(std::string_view key) const { return detail::value_of(try_exists(key)); }
    result<bool> try_exists(std::string_view key) const { return store_->try_exists(group_, key); }

    /// Begins a walk over the values, in the order of their keys. With keys_only there is nothing
    /// to decode; scan with store() instead.
    KV_THROWS cursor scan(const scan_options &options = {}) const {
        return detail::value_of(try_scan(options));
    }
    result<cursor> try_scan(const scan_options &options = {}) const {
        return store_->try_scan(group_, options).transform([&](kv::cursor begun) {
            return cursor(std::move(begun), hooks_.after_load);
        });
    }

    /// Returns the number of live entries.
    KV_THROWS std::uint64_t count() const { return detail::value_of(try_count()); }
    result<std::uint64_t> try_count() const { return store_->try_count(group_); }

    /// Deletes all, without hooks, and returns how many there were.
    KV_THROWS std::uint64_t clear() const { return detail::value_of(try_clear()); }
    result<std::uint64_t> try_clear() const { return store_->try_erase_group(group_); }

    /// The store, for everything that does not look at values.
    store_ref store() const noexcept { return store_; }
    const std::string &group() const noexcept { return group_; }

private:
    result<put_result> save(std::string_view key, T &&value, const put_options &options) const;

    store_ref store_;
    std::string group_;
    kv::hooks<T> hooks_;
};

template <class T, class Codec>
result<put_result> typed<T, Codec>::save(std::string_view key, T &&value,
                                         const put_options &options) const {
    const result<void> allowed = hooks_.before_save(key, value);
    if (!allowed) return allowed.error();
    const result<std::string> encoded = Codec::encode(value);
    if (!encoded) return detail::named(encoded.error(), "save", group_, key);
    result<put_result> put = store_->try_put(group_, key, *encoded, options);
    if (!put || !put->is_written) return put;
    const result<void> after = hooks_.after_save(key, value);
    if (!after) return after.error();
    return put;
}

// Deletes what was decoded, at its version. Another's write in between means to look again.
template <class T, class Codec>
result<std::optional<T>> typed<T, Codec>::try_take(std::string_view key) const {
    for (;;) {
        result<std::optional<stored<T>>> found = try_entry(key);
        if (!found) return found.error();
        if (!*found) return std::optional<T>();
        const result<void> allowed = hooks_.before_delete(key);
        if (!allowed) return allowed.error();
        const result<outcome> taken = store_->try_erase_version(group_, key, (*found)->version);
        if (!taken) return taken.error();
        if (*taken == outcome::not_found) return std::optional<T>();
        if (*taken == outcome::conflict) continue;
        const result<void> after = hooks_.after_delete(key);
        if (!after) return after.error();
        return std::optional<T>(std::move((*found)->value));
    }
}

template <class T, class Codec>
result<bool> typed<T, Codec>::try_erase(std::string_view key) const {
    const result<void> allowed = hooks_.before_delete(key);
    if (!allowed) return allowed.error();
    const result<bool> removed = store_->try_erase(group_, key);
    if (!removed || !*removed) return removed;
    const result<void> after = hooks_.after_delete(key);
    if (!after) return after.error();
    return true;
}

}  // namespace kv

#endif
