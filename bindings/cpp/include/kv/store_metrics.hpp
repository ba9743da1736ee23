// How a store is measured.
#ifndef KV_STORE_METRICS_HPP
#define KV_STORE_METRICS_HPP

#include <kv/call_metrics.hpp>
#include <kv/metrics.hpp>
#include <kv/stats.hpp>
#include <kv/store_changes.hpp>
#include <kv/usage.hpp>

#include <cstdint>
#include <string>

namespace kv {

/// The part of a store that measures it; see kv::store.
class store_metrics : public store_changes {
public:
    /// Returns statistics of this moment. Reads no entry; usage() counts them.
    KV_THROWS kv::stats stats() const { return detail::value_of(try_stats()); }
    result<kv::stats> try_stats() const {
        kv_stats figures = KV_STATS_INIT;
        return detail::call([&](kv_error *error) { return kv_stats_get(handle_, &figures, error); },
                            [&](kv_status) { return detail::stats_from(figures); });
    }

    /// Counts the entries of the store, or of the namespace that it is narrowed to. Reads each
    /// entry, so its time grows with their number.
    KV_THROWS kv::usage usage() const { return detail::value_of(try_usage()); }
    result<kv::usage> try_usage() const {
        kv_usage found = KV_USAGE_INIT;
        return detail::call([&](kv_error *error) { return kv_usage_get(handle_, &found, error); },
                            [&](kv_status) { return detail::usage_from(found); });
    }

    /// Returns the metrics of this moment, all but those of calls. Reads no entry; of a scope they
    /// are those of the whole store. errc::unsupported on a snapshot.
    KV_THROWS kv::metrics metrics() const { return detail::value_of(try_metrics()); }
    result<kv::metrics> try_metrics() const {
        kv_metrics figures = KV_METRICS_INIT;
        return detail::call([&](kv_error *error) { return kv_metrics_get(handle_, &figures, error); },
                            [&](kv_status) { return detail::metrics_from(figures); });
    }

    /// Returns the metrics of the calls of one kind. errc::argument for an unknown one.
    KV_THROWS kv::call_metrics call_metrics(call_kind kind) const {
        return detail::value_of(try_call_metrics(kind));
    }
    result<kv::call_metrics> try_call_metrics(call_kind kind) const {
        kv_call_metrics figures = KV_CALL_METRICS_INIT;
        return detail::call(
            [&](kv_error *error) {
                return kv_call_metrics_get(handle_, static_cast<std::int32_t>(kind), &figures, error);
            },
            [&](kv_status) { return detail::call_metrics_from(figures); });
    }

    /// Returns all metrics as text that Prometheus scrapes (format 0.0.4). Each line has the label
    /// `store`: the path or the addresses, without password and options. errc::unsupported on a
    /// snapshot.
    template <class As = std::string>
    KV_THROWS As metrics_text() const {
        return detail::value_of(try_metrics_text<As>());
    }
    template <class As = std::string>
    result<As> try_metrics_text() const {
        kv_value text{};
        return detail::call([&](kv_error *error) { return kv_metrics_text(handle_, &text, error); },
                            [&](kv_status) { return detail::value_as<As>(value(text)); });
    }

protected:
    using store_changes::store_changes;
};

}  // namespace kv

#endif
