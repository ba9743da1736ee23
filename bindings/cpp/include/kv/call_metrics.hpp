// The kinds of calls, and the metrics of the calls of one kind.
#ifndef KV_CALL_METRICS_HPP
#define KV_CALL_METRICS_HPP

#include <kv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace kv {

/// The kinds of calls, as metrics count and traces show them.
enum class call_kind : std::int32_t {
    get = KV_CALL_GET,                    ///< reads of one key
    get_many = KV_CALL_GET_MANY,          ///< reads of many keys
    set = KV_CALL_SET,                    ///< writes of one key
    erase = KV_CALL_DELETE,               ///< deletes of one key
    take = KV_CALL_TAKE,                  ///< reads that delete
    increment = KV_CALL_INCREMENT,        ///< increments
    append = KV_CALL_APPEND,              ///< appends
    expire = KV_CALL_EXPIRE,              ///< changes of an expiry
    scan = KV_CALL_SCAN,                  ///< begins of scans, lists of groups, snapshots
    count = KV_CALL_COUNT,                ///< counts
    erase_range = KV_CALL_DELETE_RANGE,   ///< deletes of prefixes and groups, purges
    batch = KV_CALL_BATCH,                ///< commits of batches
    transaction = KV_CALL_TRANSACTION,    ///< commits of transactions
    watch = KV_CALL_WATCH,                ///< begins of watches, callbacks and walks of changes
    lock = KV_CALL_LOCK,                  ///< calls on locks, with their waits
    idempotency = KV_CALL_IDEMPOTENCY,    ///< calls on idempotency records
    stream = KV_CALL_STREAM,              ///< begins and commits of values in pieces
    text = KV_CALL_TEXT,                  ///< JSON, parts of values, templates
    scope = KV_CALL_NAMESPACE,            ///< scopes and quotas
    copy = KV_CALL_COPY,                  ///< copies
    maintenance = KV_CALL_MAINTENANCE,    ///< figures, backups, compaction, checks, flushes
};

/// The number of kinds that this version knows: the numbers of the kinds are less.
inline constexpr std::int32_t call_kinds = KV_CALL_KINDS;

/// The name of a kind, as in the metrics as text: "delete" for call_kind::erase.
inline std::string_view call_name(call_kind kind) noexcept {
    return kv_call_name(static_cast<std::int32_t>(kind));
}

/// The metrics of the calls of one kind on a store. Of the calls that read one key, one in 64 is
/// timed and counted 64 times; so are those that write one key of a store in memory.
struct call_metrics {
    call_kind kind = call_kind::get;
    std::uint64_t calls = 0;       ///< those that failed included
    std::uint64_t errors = 0;      ///< calls that failed
    std::uint64_t total_ns = 0;    ///< nanoseconds of all calls
    std::uint64_t longest_ns = 0;  ///< nanoseconds of the longest call that was timed
    /// The calls by their duration: up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1, 2, 5, 10 s,
    /// and longer.
    std::array<std::uint64_t, KV_DURATION_BUCKETS> buckets{};
};

namespace detail {

inline call_metrics call_metrics_from(const kv_call_metrics &native) {
    call_metrics metrics;
    metrics.kind = static_cast<call_kind>(native.kind);
    metrics.calls = native.calls;
    metrics.errors = native.errors;
    metrics.total_ns = native.total_ns;
    metrics.longest_ns = native.longest_ns;
    std::copy_n(native.buckets, metrics.buckets.size(), metrics.buckets.begin());
    return metrics;
}

}  // namespace detail
}  // namespace kv

#endif
