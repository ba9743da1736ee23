// How a store writes and reads a value in pieces.
#ifndef KV_STORE_STREAMS_HPP
#define KV_STORE_STREAMS_HPP

#include <kv/read_stream.hpp>
#include <kv/reader.hpp>
#include <kv/store_writes.hpp>
#include <kv/write_stream.hpp>
#include <kv/writer.hpp>

#include <optional>
#include <string_view>

namespace kv {

/// The part of a store that writes and reads a value in pieces; see kv::store.
class store_streams : public store_writes {
public:
    /// Begins to write the value of a key in pieces; writer::commit makes it the value. The
    /// condition holds, and a ttl begins, at the commit. errc::unsupported on an engine without
    /// values in pieces; errc::memory when 65,536 writers are open.
    KV_THROWS kv::writer writer(std::string_view group, std::string_view key,
                                const put_options &options = {}) const {
        return detail::value_of(try_writer(group, key, options));
    }
    result<kv::writer> try_writer(std::string_view group, std::string_view key,
                                  const put_options &options = {}) const {
        const kv_put_options native = options.native();
        kv_writer opened{};
        return detail::call(
            [&](kv_error *error) {
                return kv_writer_open(handle_, group.data(), group.size(), key.data(), key.size(),
                                      &native, &opened, error);
            },
            [&](kv_status) { return kv::writer(opened); });
    }

    /// Opens the value under a key for reading in pieces; none if it is absent or expired.
    /// errc::memory when 65,536 readers are open.
    KV_THROWS std::optional<kv::reader> reader(std::string_view group, std::string_view key) const {
        return detail::value_of(try_reader(group, key));
    }
    result<std::optional<kv::reader>> try_reader(std::string_view group,
                                                 std::string_view key) const {
        kv_reader opened{};
        return detail::call(
            [&](kv_error *error) {
                return kv_reader_open(handle_, group.data(), group.size(), key.data(), key.size(),
                                      &opened, error);
            },
            [&](kv_status status) -> std::optional<kv::reader> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return kv::reader(opened);
            });
    }

protected:
    using store_writes::store_writes;
};

}  // namespace kv

#endif
