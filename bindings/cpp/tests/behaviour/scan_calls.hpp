// Scans, of a store and of a transaction.
#ifndef KV_BEHAVIOUR_SCAN_CALLS_HPP
#define KV_BEHAVIOUR_SCAN_CALLS_HPP

#include "batch_calls.hpp"

namespace behaviour {

template <class Origin>
json scan_of(Origin &origin, given &call) {
    kv::scan_options options;
    const std::string prefix = call.bytes_or_empty("prefix"), glob = call.bytes_or_empty("glob"),
                      redis = call.bytes_or_empty("redis_glob"),
                      from = call.bytes_or_empty("from"), above = call.bytes_or_empty("above"),
                      below = call.bytes_or_empty("below"), to = call.bytes_or_empty("to");
    if (call.has("prefix")) options = kv::prefix(prefix);
    if (call.has("glob")) options = kv::glob(glob);
    if (call.has("redis_glob")) options = kv::redis_glob(redis);
    if (call.has("from")) options = options.with_lower(from);
    if (call.has("above")) options = options.with_lower(above, true);
    if (call.has("below")) options = options.with_upper(below);
    if (call.has("to")) options = options.with_upper(to, true);
    if (call.has("limit")) options.limit = static_cast<std::uint64_t>(call.integer("limit"));
    if (call.has("offset")) options.offset = static_cast<std::uint64_t>(call.integer("offset"));
    if (call.has("reverse")) options.reverse = call.at("reverse").get<bool>();
    options.keys_only = call.has("expect") && call.at("expect").contains("keys");
    json reply = {{"status", "ok"}, {"entries", json::array()}, {"keys", json::array()}};
    for (auto [key, value] : origin.scan(call.group(), options)) {
        reply["keys"].push_back(std::string(key));
        reply["entries"].push_back({{"key", std::string(key)}, {"value", std::string(value)}});
    }
    return reply;
}

inline const calls scan_calls = {
    {"scan", [](run &run, given &call) { return scan_of(run.store(call), call); }},
    {"txn_scan", [](run &run, given &call) { return scan_of(transaction(run, call), call); }},
};

}  // namespace behaviour

#endif
